// SPDX-License-Identifier: Apache-2.0
// Raw flash and UBI volumes as a power cut finds them. Both are strict: what a driver must never do is a mistake, and
// every mistake is a failure of the run that made it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/ont/power_cut/octets.h"

namespace power_cut {

using Mistakes = std::vector<std::string>;

/// A partition of raw flash. NAND is programmed by pages, each once between two erasures; NOR by octets, likewise. A
/// page that was being programmed or erased when the power went out reads as it likes, or not at all, and may only be
/// erased.
class Flash {
public:
    Flash() = default;
    Flash(std::size_t octets, std::uint32_t erase_octets, std::uint32_t page_octets);

    std::uint32_t erase_octets() const { return erase_octets_; }
    std::uint32_t page_octets() const { return page_octets_; }
    std::size_t size() const { return octets_.size(); }

    bool bad(std::size_t block) const { return bad_[block]; }
    void mark_bad(std::size_t block) { bad_[block] = true; }
    /// A block that cannot be programmed any more.
    void wear_out(std::size_t block) { worn_ = block; }
    bool worn(std::size_t offset, std::size_t count) const {
        return worn_ * erase_octets_ < offset + count && offset < (worn_ + 1) * erase_octets_;
    }
    /// What the attempt leaves.
    void fail_to_program(std::size_t offset, Dice& dice) { spoil(offset / page_octets_, dice); }

    /// False: cannot be done; nothing was.
    bool may_program(std::size_t offset, std::size_t count, Mistakes& mistakes) const;
    void program(Fate fate, std::size_t offset, std::span<const std::uint8_t> octets, Dice& dice);
    bool may_erase(std::size_t offset, std::size_t count, Mistakes& mistakes) const;
    void erase(Fate fate, std::size_t offset, std::size_t count, Dice& dice);

    /// From now on a page whose programming was cut at its very end reads well at first, and one day it does not.
    void let_age() { ages_ = true; }
    /// A restart later.
    void age(Dice& dice);

    /// False: the octets cannot be corrected.
    bool read(std::size_t offset, std::span<std::uint8_t> out) const;

    /// What lies in the good blocks; it ends where something cannot be read.
    Pieces pieces() const;

private:
    enum Page : std::uint8_t {
        erased,
        programmed,
        doubtful,    ///< reads as it likes
        unreadable,  ///< reads as an error
    };

    bool all(std::size_t first, std::size_t count, Page state) const;
    bool any(std::size_t first, std::size_t count, Page state) const;
    void spoil(std::size_t page, Dice& dice);

    std::uint32_t erase_octets_ = 0;
    std::uint32_t page_octets_ = 0;
    Octets octets_;
    Octets pages_;  ///< a Page each
    std::vector<bool> bad_;
    bool ages_ = false;
    std::vector<std::size_t> unstable_;  ///< pages
    std::size_t worn_ = 0x7FFF'FFFF;     ///< none
};

/// A UBI volume. A change of a logical erase block is atomic: it is there once all of its octets are. An unmapped block
/// reads as erased, but its old octets may be back after a power cut until it was erased.
class Volume {
public:
    Volume() = default;
    Volume(std::size_t blocks, std::uint32_t block_octets);

    std::uint32_t block_octets() const { return block_octets_; }
    std::size_t blocks() const { return blocks_.size(); }
    std::size_t size() const { return blocks_.size() * block_octets_; }

    bool changing() const { return change_left_ > 0; }
    bool begin_change(std::uint32_t block, std::uint32_t octets);
    /// The change that was begun is given up.
    void abandon() { change_left_ = 0; }
    /// More octets of the change that was begun. With the last one the block is new.
    void change(Fate fate, std::span<const std::uint8_t> octets, Dice& dice);
    void erase(Fate fate, std::uint32_t block, Dice& dice);
    void unmap(Fate fate, std::uint32_t block);
    bool mapped(std::uint32_t block) const { return !blocks_[block].empty(); }
    void read(std::size_t offset, std::span<std::uint8_t> out) const;
    Pieces pieces() const;

    void settle(Dice& dice);

private:
    std::uint32_t block_octets_ = 0;
    std::vector<Bytes> blocks_;  ///< empty: unmapped
    std::vector<Bytes> ghosts_;  ///< what an unmapped block held, until it is erased
    Bytes change_;
    std::uint32_t change_block_ = 0;
    std::size_t change_left_ = 0;
};

}  // namespace power_cut
