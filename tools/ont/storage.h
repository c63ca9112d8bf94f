// SPDX-License-Identifier: Apache-2.0
// Where one ONT of "omcast ont" keeps its images and what it remembers: files of a folder, or devices and a folder for
// the rest; and the boot record in the environment of a boot loader, if that is wanted. Made by OntDaemon.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ont/linux/slot_spec.h"

namespace tools {

class OntStorage {
public:
    /// `place` as slot_spec.h has it; `state_folder` is for devices. Opens it, and makes folders and files where they
    /// are missing. Throws std::runtime_error naming the place and the cause: in use, slots of another size, no
    /// permission.
    OntStorage(const std::string& place, const std::string& state_folder, std::uint32_t slot_octets);

    ont::Slots& slots() { return *slots_; }
    ont::RecordStore& records() { return *records_; }

private:
    ont::OpenedSlots opened_;            ///< devices
    std::unique_ptr<ont::Slots> files_;  ///< a folder
    ont::Slots* slots_ = nullptr;
    ont::RecordStore* records_ = nullptr;
};

/// Throws UsageError naming the flag where `text` is no place for slots.
ont::SlotSpec parse_slots(const std::string& flag, const std::string& text);

}  // namespace tools
