// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/slot_spec.h"

#include <algorithm>
#include <cstring>

#include "ont/linux/block_slots.h"
#include "ont/linux/file_slots.h"
#include "ont/linux/mtd_slots.h"
#include "ont/linux/ubi_slots.h"

namespace ont {
namespace {

using Kind = SlotSpec::Kind;

struct KindName {
    Kind kind;
    std::string_view name;
    std::string_view wants;
};

// clang-format off
constexpr KindName kind_names[] = {
    {Kind::file,  "file",  "file:A,B"},
    {Kind::block, "block", "block:/dev/mmcblk0p2,/dev/mmcblk0p3"},
    {Kind::mtd,   "mtd",   "mtd:/dev/mtd4,/dev/mtd5"},
    {Kind::ubi,   "ubi",   "ubi:/dev/ubi0_1,/dev/ubi0_2"},
};
// clang-format on

std::string file_sentence(const SlotSpec& spec, const SlotOptions& options, const FileSlots& slots, int error) {
    const std::string where = spec.kind == Kind::folder ? spec.first : spec.first + " and " + spec.second;
    switch (error) {
    case 0: return "";
    case FileSlots::in_use: return where + ": in use by another process";
    case FileSlots::same_file: return "the slots overlap: " + spec.second + " is the same file as " + spec.first;
    case FileSlots::other_size:
        return where + ": slots of " + std::to_string(slots.found_octets()) + " octets are there, and " +
               std::to_string(options.slot_octets) + " are wanted";
    default: return where + ": cannot be opened: " + std::strerror(error);
    }
}

std::string open_files(const Kernel& kernel, const SlotSpec& spec, const SlotOptions& options, OpenedSlots& opened) {
    if (options.slot_octets == 0) return spec.first + ": slots of no octets hold no image";
    if (spec.kind == Kind::file && options.state_folder.empty())
        return spec.first + " and " + spec.second + ": a folder for the boot record is wanted beside them";
    auto slots = std::make_unique<FileSlots>(kernel);
    const int error = spec.kind == Kind::folder
                          ? slots->open(spec.first, options.slot_octets)
                          : slots->open(options.state_folder, spec.first, spec.second, options.slot_octets);
    std::string wrong = file_sentence(spec, options, *slots, error);
    opened.records = slots.get();
    opened.slots = std::move(slots);
    return wrong;
}

template <typename Devices>
std::string open_pair(const Kernel& kernel, const SlotSpec& spec, OpenedSlots& opened) {
    auto slots = std::make_unique<Devices>(kernel);
    if (opened.state) slots->keep_heads_in(*opened.state);
    std::string wrong = slots->open(spec.first, spec.second);
    opened.slots = std::move(slots);
    return wrong;
}

std::string open_devices(const Kernel& kernel, const SlotSpec& spec, const SlotOptions& options, OpenedSlots& opened) {
    if (!options.state_folder.empty()) {
        opened.state = std::make_unique<StateFolder>();
        const int error = opened.state->open(kernel, options.state_folder);
        if (error == StateFolder::in_use) return options.state_folder + ": in use by another process";
        if (error != 0) return options.state_folder + ": cannot be used: " + std::strerror(error);
        opened.records = opened.state.get();
    }
    switch (spec.kind) {
    case Kind::block: return open_pair<BlockDeviceSlots>(kernel, spec, opened);
    case Kind::mtd: return open_pair<MtdSlots>(kernel, spec, opened);
    default: return open_pair<UbiSlots>(kernel, spec, opened);
    }
}

}  // namespace

std::string parse_slot_spec(std::string_view text, SlotSpec& spec) {
    spec = {};
    if (text.empty()) return "no folder and no devices are named";
    const std::size_t colon = text.find(':');
    if (colon == text.npos || text.find('/') < colon) {
        spec.first = text;
        return "";
    }
    const std::string whole{text}, name{text.substr(0, colon)};
    const auto* kind = std::find_if(std::begin(kind_names), std::end(kind_names),
                                    [&](const KindName& known) { return known.name == name; });
    if (kind == std::end(kind_names))
        return '"' + name + "\" is no kind of slots: file, block, mtd or ubi; a folder of that name is ./" + whole;
    const std::string_view places = text.substr(colon + 1);
    const std::size_t comma = places.find(',');
    if (comma == places.npos || comma == 0 || comma + 1 == places.size() || places.find(',', comma + 1) != places.npos)
        return '"' + whole + "\" does not name two places with a comma between, as in " + std::string{kind->wants};
    spec = {kind->kind, std::string{places.substr(0, comma)}, std::string{places.substr(comma + 1)}};
    if (spec.first == spec.second) return "both slots would be " + spec.first;
    return "";
}

std::string open_slots(const Kernel& kernel, const SlotSpec& spec, const SlotOptions& options, OpenedSlots& opened) {
    opened = {};
    std::string wrong = spec.kind == Kind::folder || spec.kind == Kind::file
                            ? open_files(kernel, spec, options, opened)
                            : open_devices(kernel, spec, options, opened);
    if (!wrong.empty()) opened = {};
    return wrong;
}

}  // namespace ont
