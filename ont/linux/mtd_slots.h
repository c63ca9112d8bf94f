// SPDX-License-Identifier: Apache-2.0
// Slots as two MTD partitions, NAND or NOR, by the kernel's ioctls. Bad blocks are skipped as boot loaders do it
// ("nand read" of U-Boot, nanddump --bb=skipbad): the octets of the image lie in the good blocks in ascending order.
//
//     block of the device     0     1     2    bad    4     5
//     octets of the slot      0..   1..   2..   -     3..   4..       each a block long
//
// A block of NAND that cannot be erased or written is marked bad, and all that is to come moves up by one block: the
// slot is shorter then. What was written of that block is copied to the next one. That is not possible where octets
// behind it were already written, or read to be kept: then the write fails, and the next download finds the block
// marked and goes on. Where many blocks fail at once none is marked any more, and the call fails. NOR has no bad
// blocks; there every failure is one.
//
// NAND is written in whole pages, once each: octets are collected up to the end of a page, and sync() fills the last
// one up with 0xFF. A slot takes four octets for each block, and one page while it is written.
#pragma once

#include <mtd/mtd-user.h>

#include <memory>
#include <vector>

#include "ont/linux/device_slots.h"

namespace ont {

class MtdSlots final : public DeviceSlots {
public:
    explicit MtdSlots(const Kernel& kernel = linux_kernel());

    /// Empty, or a sentence that says what is wrong with which device. To be called once. Asks of each block whether
    /// it is bad.
    std::string open(const std::string& device0, const std::string& device1) { return open_both(device0, device1); }

    std::uint32_t octets(std::uint8_t image) const override;
    std::uint32_t erase_unit(std::uint8_t image) const override { return chips_[image].info.erasesize; }
    bool reads_stay() const override { return false; }

private:
    /// What the slot's user may rely on in a block's worth of octets.
    enum class Use : std::uint8_t {
        unknown,  ///< nothing yet
        erased,   ///< it is blank
        used,     ///< what was written there, or read
    };
    struct Block {
        std::uint32_t number : 30;  ///< on the device
        std::uint32_t blank : 1;    ///< erased by this object, and nothing was written since
        std::uint32_t bad : 1;      ///< marked so while others relied on where it is
    };
    struct Chip {
        mtd_info_user info{};
        std::vector<Block> blocks;  ///< the good ones, in the order in which the slot uses them
        std::vector<Use> uses;      ///< of the slot's units, as many as blocks
        std::size_t marks = 0;      ///< blocks that this object has marked bad
        bool unlocked = false;
    };
    /// Octets of a page that is not full yet.
    struct Page {
        std::unique_ptr<std::uint8_t[]> room;
        std::uint8_t image = 0;
        std::uint32_t offset = 0;  ///< in the slot, a multiple of the page
        std::uint32_t size = 0;
    };

    std::string describe(std::uint8_t image) override;
    int erase_unit_at(std::uint8_t image, std::uint32_t offset) override;
    int write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) override;
    int read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) override;
    int sync_all(std::uint8_t image) override;

    int unlock(std::uint8_t image);
    int make_blank(std::uint8_t image, std::size_t unit);
    int mark_bad(std::uint8_t image, std::size_t unit);
    static std::size_t marks_max(const Chip& chip);
    void drop(std::uint8_t image, std::size_t unit);
    int program(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count);
    int move_on(std::uint8_t image, std::size_t unit, std::uint32_t written);
    int write_page();
    std::uint64_t place(std::uint8_t image, std::uint32_t offset) const;

    std::array<Chip, ONT_IMAGES> chips_;
    Page page_;
};

}  // namespace ont
