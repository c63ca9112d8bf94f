// SPDX-License-Identifier: Apache-2.0
// Slots and boot record as files in one folder, for a Linux ONT, a daemon or a test bench.
//
//     slot0  slot1        the images, sparse: created without taking room, erased by giving it back
//     record0 record1     two copies of the boot record, written in turn:
//                         magic "OBR1"(4) generation(4) size(4) octets(size) CRC-32(4), big-endian
//
// The copy with the higher generation and a right CRC counts. A store overwrites the other one and syncs it, so a power
// cut leaves the old record or the new one. What the slots hold has reached the disk when sync() returned.
//
// Octets that were erased or never written read as zeros, not as the 0xFF of flash; where the file system cannot punch
// holes, erasing writes 0xFF. Nobody may rely on either. Writes are collected up to the end of an erase unit, then
// given to the disk at once, without waiting: what sync() has to wait for is the last unit, not the whole image.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "ont/ont.h"

namespace ont {

class FileSlots {
public:
    static constexpr std::uint32_t erase_unit = 64 * 1024;

    // What open() says beside errnos.
    static constexpr int in_use = -1;      ///< another process has this folder
    static constexpr int other_size = -2;  ///< the slots that lie there have another size: found_octets()

    FileSlots() = default;
    FileSlots(const FileSlots&) = delete;
    FileSlots& operator=(const FileSlots&) = delete;
    ~FileSlots();

    /// Opens the folder, which must exist, and creates what is missing in it; nobody else can until this object is
    /// gone. 0, the errno of what failed, or one of the above. To be called once. Takes three file descriptors.
    int open(const std::string& folder, std::uint32_t slot_octets);
    std::uint64_t found_octets() const { return found_octets_; }

    /// Fills in the storage callbacks of `platform` and its context, which is this object. A host that needs a context
    /// of its own for send() and the like calls the functions below from its own callbacks.
    void lend(ont_platform& platform);

    std::uint32_t slot_octets() const { return slot_octets_; }
    int erase(std::uint8_t image, std::uint32_t offset);
    int write(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count);
    int read(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count);
    int sync(std::uint8_t image);
    int record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) const;
    int record_write(const std::uint8_t* octets, std::size_t size);

private:
    struct Copy;
    Copy read_copy(std::size_t which) const;

    int open_slot(int directory, std::size_t which);
    int fill_erased(std::uint8_t image, std::uint32_t offset, std::uint32_t end);
    int write_collected();

    /// Octets of one erase unit, written but not yet in the file.
    struct Collected {
        std::unique_ptr<std::uint8_t[]> room;  ///< one erase unit; only while something is being written
        std::uint8_t image = 0;
        std::uint32_t offset = 0;  ///< of the first octet, in the slot
        std::uint32_t size = 0;
    };

    std::uint32_t slot_octets_ = 0;
    std::uint64_t found_octets_ = 0;
    int directory_ = -1;
    std::array<int, 2> slots_{-1, -1};
    Collected collected_;
};

}  // namespace ont
