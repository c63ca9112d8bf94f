// SPDX-License-Identifier: Apache-2.0
#include "ont/package_check.h"

#include <algorithm>
#include <string_view>

#include "ont/counter.h"

namespace ont {
namespace {

using omci::Payload;
using omci::Refusal;

/// Text of an attribute, without its padding of zeros or blanks.
std::string_view text_of(const std::uint8_t* octets, std::size_t size) {
    std::size_t end = 0;
    while (end < size && octets[end] != 0) ++end;
    while (end > 0 && octets[end - 1] == ' ') --end;
    return {reinterpret_cast<const char*>(octets), end};
}

Refusal check_device(const Host& host, const omci::Manifest& manifest) {
    const std::string_view product = text_of(host.identity.product_code, sizeof host.identity.product_code);
    const std::string_view hardware = text_of(host.identity.hardware_version, sizeof host.identity.hardware_version);
    // An ONT that does not know what it is cannot tell that a package is for it.
    if (product.empty() || (product != manifest.product_code && !omci::list_has(manifest.compatible, product)))
        return Refusal::wrong_product;
    if (!manifest.hardware.empty() && !omci::list_has(manifest.hardware, hardware)) return Refusal::wrong_hardware;
    return Refusal::none;
}

Refusal check_path(const Host& host, const omci::Manifest& manifest) {
    const BootRecord& record = host.bank.record();
    const omci::Version& running = record.image[record.active].version;
    if (!manifest.required_version.empty() &&
        omci::compare_versions(text_of(running.data(), running.size()), manifest.required_version) < 0)
        return Refusal::running_too_old;
    std::uint32_t least = 0;
    if (!read_counter(host.platform, record, least)) return Refusal::storage_failed;
    return manifest.security_counter < least ? Refusal::counter_too_low : Refusal::none;
}

Refusal check_memory(const Host& host, const Candidate& candidate) {
    const omci::Manifest& manifest = candidate.manifest;
    if (manifest.payload == Payload::raw) return Refusal::none;
    std::uint32_t payload_octets = 0, longest = 0;
    omci::frames_sound(candidate.frames, payload_octets, longest);
    const std::uint64_t lent = std::uint64_t{host.options.frame_octets} + host.options.unpack_octets;
    return longest > host.options.frame_octets || manifest.max_memory > lent ? Refusal::memory_too_small
                                                                             : Refusal::none;
}

Refusal check_payload(const Host& host, Payload payload) {
    if (payload == Payload::raw) return Refusal::none;
    const bool unpacks = host.platform.unpack_start != nullptr && host.options.frame != nullptr &&
                         host.options.block_octets >= piece_octets_max;
    return payload == Payload::zstd && unpacks ? Refusal::none : Refusal::not_supported;
}

}  // namespace

Refusal check_lists(const Candidate& candidate) noexcept {
    const omci::Manifest& manifest = candidate.manifest;
    std::uint32_t payload_octets = manifest.size, longest = 0;
    if (candidate.header.blocks() != omci::block_count(manifest.size)) return Refusal::malformed_head;
    if (manifest.payload == Payload::raw) {
        if (!candidate.frames.empty()) return Refusal::malformed_head;
    } else if (candidate.frames.size() / omci::FrameEntry::wire_octets != omci::frame_count(manifest.size) ||
               !omci::frames_sound(candidate.frames, payload_octets, longest)) {
        return Refusal::malformed_head;
    }
    return candidate.header.head_octets() + payload_octets == candidate.stream_octets ? Refusal::none
                                                                                      : Refusal::size_wrong;
}

Refusal check_fitness(const Host& host, const Candidate& candidate) noexcept {
    const omci::Manifest& manifest = candidate.manifest;
    if (const Refusal no = check_device(host, manifest); no != Refusal::none) return no;
    if (const Refusal no = check_path(host, manifest); no != Refusal::none) return no;
    if (const Refusal no = check_payload(host, manifest.payload); no != Refusal::none) return no;
    const std::uint32_t room = host.platform.slot_octets(host.platform.context, candidate.image);
    if (manifest.size > room || manifest.min_free > room - manifest.size) return Refusal::slot_too_small;
    if (const Refusal no = check_memory(host, candidate); no != Refusal::none) return no;
    omci::Version version{};
    std::copy_n(manifest.version.begin(), std::min(manifest.version.size(), version.size()), version.begin());
    return host.permits(ONT_MAY_START, version.data()) ? Refusal::none : Refusal::not_permitted;
}

}  // namespace ont
