// SPDX-License-Identifier: Apache-2.0
// A package of any octets: its header, lists and CMS, and the loader of the tools behind them. What is found lies
// inside what was given, and what was read is written back the same.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "omci/package.h"
#include "ont/linux/unpacker.h"
#include "tests/fuzz/demand.h"
#include "tools/image/package_file.h"
#include "tools/image/package_maker.h"

namespace {

bool inside(omci::Octets part, omci::Octets all) {
    return part.empty() || (part.data() >= all.data() && part.data() + part.size() <= all.data() + all.size());
}

void demand_sound_frames(omci::Octets frames) {
    std::uint32_t payload = 0, longest = 0;
    const bool sound = omci::frames_sound(frames, payload, longest);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < frames.size() / omci::FrameEntry::wire_octets; ++i) {
        const omci::FrameEntry entry = omci::read_frame_entry(frames, i);
        std::array<std::uint8_t, omci::FrameEntry::wire_octets> written;
        omci::write_frame_entry(entry, written);
        DEMAND(std::memcmp(written.data(), frames.data() + i * written.size(), written.size()) == 0);
        if (!sound) continue;
        DEMAND(entry.offset == sum && entry.octets > 0 && entry.octets <= longest);
        sum += entry.octets;
    }
    if (sound) DEMAND(sum == payload && payload > 0);
}

/// A whole package, as the tools load it.
void load(omci::Octets octets) {
    try {
        const tools::Package package = tools::read_package(octets, "input");
        DEMAND(inside(package.manifest_octets, package.head.cms) && !package.manifest_octets.empty());
        const auto joined =
            tools::join_package(package.head.cms, package.head.blocks, package.head.frames, package.payload);
        DEMAND(std::equal(joined.begin(), joined.end(), octets.begin(), octets.end()));
        tools::check_lists(package, "input");
        const auto image = tools::unpack(package, "input");
        DEMAND((image.empty() ? package.payload.size() : image.size()) == package.manifest.size);
    } catch (const tools::PackageError& error) {
        DEMAND(error.refusal != omci::Refusal::none);
    }
}

void unpack_frame(omci::Octets octets) {
    static ont::Unpacker unpacker;
    if (unpacker.start(octets) != 0) return;
    static std::vector<std::uint8_t> room(omci::frame_yield_octets + 1);
    std::size_t count = 0;
    DEMAND(unpacker.next(room.data(), room.size(), &count) == 0 && count <= omci::frame_yield_octets);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const omci::Octets octets{data, size};
    DEMAND(inside(omci::cms_content(octets), octets));
    if (size < (1u << 16)) demand_sound_frames(octets);
    unpack_frame(octets);

    omci::PackageHeader header;
    std::array<std::uint8_t, omci::package_header_octets> written;
    if (omci::read_header(octets, header) == omci::HeaderFault::ok) {
        DEMAND(omci::is_package(octets));
        omci::write_header(header, written);
        DEMAND(std::memcmp(written.data(), data, written.size()) == 0);
    }
    load(octets);
    // The same with a right check, else few changed headers would be looked into.
    if (size < omci::package_header_octets) return 0;
    std::vector<std::uint8_t> checked(data, data + size);
    omci::write_header({omci::load_be<std::uint32_t>(data + 12), omci::load_be<std::uint32_t>(data + 16),
                        omci::load_be<std::uint32_t>(data + 20)},
                       std::span{checked}.first<omci::package_header_octets>());
    load(checked);
    return 0;
}
