// SPDX-License-Identifier: Apache-2.0
// Slots from a line of text, for a command line or a configuration: where the images lie.
//
//     DIR                        files slot0 and slot1 in a folder, and beside them what else is remembered
//     file:A,B                   two files
//     block:/dev/X,/dev/Y        two partitions of a block device
//     mtd:/dev/mtdA,/dev/mtdB    two MTD partitions
//     ubi:/dev/ubi0_1,/dev/ubi0_2  two UBI volumes
//
// All but DIR want a state folder for record, counter and heads (state_folder.h), unless others keep them. A folder
// whose name has a colon is written with a slash before it: ./ubi:old.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ont/linux/kernel.h"
#include "ont/linux/slots.h"
#include "ont/linux/state_folder.h"

namespace ont {

struct SlotSpec {
    enum class Kind { folder, file, block, mtd, ubi };

    Kind kind = Kind::folder;
    std::string first;   ///< the folder; else what holds image 0
    std::string second;  ///< what holds image 1

    bool operator==(const SlotSpec&) const = default;
};

/// Empty, or a sentence that says what is wrong with `text`.
[[nodiscard]] std::string parse_slot_spec(std::string_view text, SlotSpec& spec);

struct SlotOptions {
    std::string state_folder;       ///< must exist; not for a folder of slots. Empty: no record, counter and heads
    std::uint32_t slot_octets = 0;  ///< of files; devices have a size
};

struct OpenedSlots {
    std::unique_ptr<StateFolder> state;  ///< before the slots, which keep heads in it
    std::unique_ptr<Slots> slots;
    RecordStore* records = nullptr;  ///< lives in one of the above; null without a state folder
};

/// Opens what `spec` names; the Kernel outlives it. Empty, or a sentence that names what cannot be used and why;
/// nothing was erased then, and files at most were made.
[[nodiscard]] std::string open_slots(const Kernel& kernel, const SlotSpec& spec, const SlotOptions& options,
                                     OpenedSlots& opened);

}  // namespace ont
