// SPDX-License-Identifier: Apache-2.0
// Slots as files, and beside them what the ONT remembers, in one folder: for a Linux ONT, a daemon or a test bench.
//
//     slot0  slot1        the images, sparse: created without taking room, erased by giving it back
//     record0 ... head1   boot record, security counter, package heads: state_folder.h
//
// What the slots hold has reached the disk when sync() returned. The two files may lie elsewhere than in the folder.
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

#include "ont/linux/kernel.h"
#include "ont/linux/slots.h"
#include "ont/linux/state_folder.h"

namespace ont {

class FileSlots final : public Slots, public RecordStore {
public:
    static constexpr std::uint32_t unit_octets = 64 * 1024;

    // What open() says beside errnos.
    static constexpr int in_use = StateFolder::in_use;  ///< another process has this folder, or one of the files
    static constexpr int other_size = -2;               ///< the slots that lie there have another size: found_octets()
    static constexpr int same_file = -3;                ///< both slots would be one file

    explicit FileSlots(const Kernel& kernel = linux_kernel()) : kernel_{kernel} {}

    /// Opens the folder, which must exist, and creates what is missing in it; nobody else can until this object is
    /// gone. 0, the errno of what failed, or one of the above. To be called once. Takes three file descriptors.
    int open(const std::string& folder, std::uint32_t slot_octets);
    /// The same with the slots in files of any place.
    int open(const std::string& folder, const std::string& slot0, const std::string& slot1, std::uint32_t slot_octets);
    std::uint64_t found_octets() const { return found_octets_; }

    /// Fills in the storage callbacks of `platform` and its context, which is this object. A host that needs a context
    /// of its own for send() and the like uses lend_slots() and lend_records().
    void lend(ont_platform& platform);

    std::uint32_t slot_octets() const { return slot_octets_; }
    std::uint32_t octets(std::uint8_t) const override { return slot_octets_; }
    std::uint32_t erase_unit(std::uint8_t) const override { return unit_octets; }
    std::string name(std::uint8_t image) const override { return names_[image]; }

    int record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) override {
        return state_.record_read(octets, room, size);
    }
    int record_write(const std::uint8_t* octets, std::size_t size) override {
        return state_.record_write(octets, size);
    }
    int counter_read(std::uint32_t* value) override { return state_.counter_read(value); }
    int counter_write(std::uint32_t value) override { return state_.counter_write(value); }

    bool keeps_heads() const override { return true; }
    int head_write(std::uint8_t image, const std::uint8_t* head, std::size_t octets) override {
        return state_.head_write(image, head, octets);
    }
    int head_read(std::uint8_t image, std::uint8_t* head, std::size_t room, std::size_t* size) override {
        return state_.head_read(image, head, room, size);
    }

private:
    int erase_unit_at(std::uint8_t image, std::uint32_t offset) override;
    int write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) override;
    int read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) override;
    int sync_all(std::uint8_t image) override;

    int open_slots(int directory, const char* slot0, const char* slot1, std::uint32_t slot_octets);
    int give_size(std::uint8_t image, std::uint64_t found);
    int fill_erased(std::uint8_t image, std::uint32_t offset, std::uint32_t end);
    int write_collected();

    /// Octets of one erase unit, written but not yet in the file.
    struct Collected {
        std::unique_ptr<std::uint8_t[]> room;  ///< one erase unit; only while something is being written
        std::uint8_t image = 0;
        std::uint32_t offset = 0;  ///< of the first octet, in the slot
        std::uint32_t size = 0;
    };

    const Kernel& kernel_;
    std::uint32_t slot_octets_ = 0;
    std::uint64_t found_octets_ = 0;
    StateFolder state_;
    std::array<std::string, ONT_IMAGES> names_;
    std::array<File, ONT_IMAGES> slots_;
    Collected collected_;
};

}  // namespace ont
