// SPDX-License-Identifier: Apache-2.0
// One slot of an ONT's flash, as strict as flash is: erase before write, every octet written once, in ascending order.
// It knows the true image: a block whose octets equal the image's so far takes no memory of its own, which lets 128
// ONTs hold 32 MiB each, and tells at any time how many octets are wrong. A power cut forgets nothing written.
//
// Where nobody knows the image beforehand, a slot keeps what is written; slots that hold alike share it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sim {

inline constexpr std::uint32_t flash_block_octets = 65'536;  ///< one erase unit

/// What flash says to an access that it cannot do: null is good, else a sentence.
using FlashBreach = const char*;

/// Full blocks of slots, each kept once however many slots hold it.
class BlockStore {
public:
    using Octets = std::shared_ptr<std::uint8_t[]>;

    /// What equals `octets` and lies at the same place of another slot, or `octets` themselves.
    Octets shared(std::size_t place, const Octets& octets);

private:
    static constexpr std::size_t variants_max = 4;  ///< per place: more are not worth the search

    std::vector<std::vector<std::weak_ptr<std::uint8_t[]>>> places_;
};

class Slot {
public:
    /// A slot for `octets` octets (whole blocks) that holds a factory image, or something of no use. `truth` is the
    /// image that the campaign brings, empty where that is not known. It and the store, if there is one, outlive the
    /// slot.
    Slot(std::span<const std::uint8_t> truth, std::uint32_t octets, bool factory_image, BlockStore* store = nullptr);

    std::uint32_t octets() const noexcept { return static_cast<std::uint32_t>(blocks_.size()) * flash_block_octets; }

    FlashBreach erase(std::uint32_t offset);
    FlashBreach write(std::uint32_t offset, std::span<const std::uint8_t> octets);
    FlashBreach read(std::uint32_t offset, std::span<std::uint8_t> octets) const;

    /// The ONT found the CRC of what lies here to be the one that End named.
    void accept() noexcept { accepted_ = true; }

    bool knows_truth() const noexcept { return !truth_.empty(); }
    /// Octets of the first `octets` that are not the image's as far as that is known, those not written included.
    std::uint32_t wrong(std::uint32_t octets) const noexcept {
        return wrong_ + (octets > written_ ? octets - written_ : 0);
    }
    std::uint32_t written() const noexcept { return written_; }
    /// Octets that were written and are not the image's.
    std::uint32_t wrong_written() const noexcept { return wrong_; }
    bool holds_truth() const noexcept { return knows_truth() && written_ == truth_.size() && wrong_ == 0; }
    bool holds_factory_image() const noexcept { return factory_image_; }
    /// An ONT could run what lies here.
    bool bootable() const noexcept { return factory_image_ || (knows_truth() ? holds_truth() : accepted_); }

private:
    struct Block {
        BlockStore::Octets own;  ///< null: octets [0, end) are the image's
        std::uint32_t end = 0;   ///< octets written, from the block's begin
        std::uint32_t written = 0;
        std::uint32_t wrong = 0;
        bool erased = false;
    };

    void write_block(Block& block, std::uint32_t base, std::uint32_t within, std::span<const std::uint8_t> octets);
    std::span<const std::uint8_t> truth_at(std::uint32_t offset, std::size_t octets) const noexcept;

    std::span<const std::uint8_t> truth_;
    std::vector<Block> blocks_;
    std::uint32_t written_ = 0;  ///< over all blocks
    std::uint32_t wrong_ = 0;
    std::uint32_t next_ = 0;  ///< where writing may go on
    bool factory_image_ = false;
    bool accepted_ = false;
    BlockStore* store_ = nullptr;
};

}  // namespace sim
