// SPDX-License-Identifier: Apache-2.0
// Slots and boot record as files in one folder, for a Linux ONT, a daemon or a test bench.
//
//     slot0  slot1        the images; created full of 0xFF; erasing writes 0xFF
//     record0 record1     two copies of the boot record, written in turn:
//                         magic "OBR1"(4) generation(4) size(4) octets(size) CRC-32(4), big-endian
//
// The copy with the higher generation and a right CRC counts. A store overwrites the other one and syncs it, so a power
// cut leaves the old record or the new one. What the slots hold has reached the disk when sync() returned.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "ont/ont.h"

namespace ont {

class FileSlots {
public:
    static constexpr std::uint32_t erase_unit = 64 * 1024;

    FileSlots() = default;
    FileSlots(const FileSlots&) = delete;
    FileSlots& operator=(const FileSlots&) = delete;
    ~FileSlots();

    /// Opens the folder, which must exist, and creates what is missing in it. 0, or the errno of what failed.
    int open(const std::string& folder, std::uint32_t slot_octets);

    /// Fills in the storage callbacks of `platform` and its context, which is this object. A host that needs a context
    /// of its own for send() and the like calls the functions below from its own callbacks.
    void lend(ont_platform& platform);

    std::uint32_t slot_octets() const { return slot_octets_; }
    int erase(std::uint8_t image, std::uint32_t offset);
    int write(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count);
    int read(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) const;
    int sync(std::uint8_t image);
    int record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) const;
    int record_write(const std::uint8_t* octets, std::size_t size);

private:
    struct Copy;
    Copy read_copy(std::size_t which) const;

    std::uint32_t slot_octets_ = 0;
    std::array<int, 2> slots_{-1, -1};
    std::array<int, 2> records_{-1, -1};
};

}  // namespace ont
