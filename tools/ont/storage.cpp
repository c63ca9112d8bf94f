// SPDX-License-Identifier: Apache-2.0
#include "tools/ont/storage.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "ont/linux/file_slots.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {
namespace {

[[noreturn]] void fail(const std::string& place, const std::string& cause) {
    throw std::runtime_error{fmt::format("slots in {}: {}", place, cause)};
}

void make_folder(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) fail(folder, error.message());
}

/// A folder is what most people have: what is wrong with it is told with what to do about it.
void open_folder(ont::FileSlots& slots, const std::string& folder, std::uint32_t slot_octets) {
    make_folder(folder);
    switch (const int opened = slots.open(folder, slot_octets)) {
    case 0: return;
    case ont::FileSlots::in_use: fail(folder, "in use by another process");
    case ont::FileSlots::other_size:
        fail(folder,
             fmt::format("they have {} octets, and {} are wanted; give --slot-size {} or another --slots folder",
                         grouped(slots.found_octets()), grouped(slot_octets), slots.found_octets()));
    default: fail(folder, std::strerror(opened));
    }
}

}  // namespace

OntStorage::OntStorage(const std::string& place, const std::string& state_folder, std::uint32_t slot_octets) {
    const ont::SlotSpec spec = parse_slots("--slots", place);
    if (spec.kind == ont::SlotSpec::Kind::folder) {
        auto files = std::make_unique<ont::FileSlots>();
        open_folder(*files, spec.first, slot_octets);
        records_ = files.get();
        slots_ = files.get();
        files_ = std::move(files);
        return;
    }
    if (state_folder.empty()) fail(place, "a --state folder is wanted beside them, for the boot record");
    make_folder(state_folder);
    if (const std::string wrong = ont::open_slots(ont::linux_kernel(), spec, {state_folder, slot_octets}, opened_);
        !wrong.empty())
        throw std::runtime_error{"--slots: " + wrong};
    slots_ = opened_.slots.get();
    records_ = opened_.records;
}

ont::SlotSpec parse_slots(const std::string& flag, const std::string& text) {
    ont::SlotSpec spec;
    if (const std::string wrong = ont::parse_slot_spec(text, spec); !wrong.empty())
        throw UsageError{fmt::format("{}: {}", flag, wrong)};
    return spec;
}

}  // namespace tools
