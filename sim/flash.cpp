// SPDX-License-Identifier: Apache-2.0
// One slot of flash: blocks that refer to the true image as long as they equal it.
#include "sim/flash.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace sim {

BlockStore::Octets BlockStore::shared(std::size_t place, const Octets& octets) {
    if (place >= places_.size()) places_.resize(place + 1);
    auto& variants = places_[place];
    for (auto variant = variants.begin(); variant != variants.end();) {
        const Octets known = variant->lock();
        if (known && std::memcmp(known.get(), octets.get(), flash_block_octets) == 0) return known;
        variant = known ? variant + 1 : variants.erase(variant);
    }
    if (variants.size() < variants_max) variants.push_back(octets);
    return octets;
}

Slot::Slot(std::span<const std::uint8_t> truth, std::uint32_t octets, bool factory_image, BlockStore* store)
    : truth_{truth}, blocks_(octets / flash_block_octets), factory_image_{factory_image}, store_{store} {
    assert(octets % flash_block_octets == 0 && octets > 0);
}

FlashBreach Slot::erase(std::uint32_t offset) {
    if (offset % flash_block_octets != 0) return "an erase that does not begin at an erase unit";
    if (offset >= octets()) return "an erase behind the end of the slot";
    Block& block = blocks_[offset / flash_block_octets];
    written_ -= block.written;
    wrong_ -= block.wrong;
    block = Block{};
    block.erased = true;
    factory_image_ = accepted_ = false;
    if (offset < next_) next_ = offset;
    return nullptr;
}

FlashBreach Slot::write(std::uint32_t offset, std::span<const std::uint8_t> octets) {
    if (octets.empty()) return nullptr;
    if (offset > this->octets() || octets.size() > this->octets() - offset) return "a write behind the end of the slot";
    if (offset < next_) return "a write that is out of order or the second one to an octet";
    const std::uint32_t end = offset + static_cast<std::uint32_t>(octets.size());
    for (std::uint32_t at = offset / flash_block_octets; at <= (end - 1) / flash_block_octets; ++at) {
        const std::uint32_t base = at * flash_block_octets;
        if (!blocks_[at].erased || base + blocks_[at].end > std::max(offset, base))
            return "a write to a unit that is not erased";
    }
    next_ = end;
    while (!octets.empty()) {
        const std::uint32_t within = offset % flash_block_octets;
        const auto part = octets.first(std::min<std::size_t>(octets.size(), flash_block_octets - within));
        Block& block = blocks_[offset / flash_block_octets];
        written_ -= block.written;
        wrong_ -= block.wrong;
        write_block(block, offset - within, within, part);
        if (store_ && block.own && block.end == flash_block_octets)
            block.own = store_->shared(offset / flash_block_octets, block.own);
        written_ += block.written;
        wrong_ += block.wrong;
        offset += static_cast<std::uint32_t>(part.size());
        octets = octets.subspan(part.size());
    }
    return nullptr;
}

void Slot::write_block(Block& block, std::uint32_t base, std::uint32_t within, std::span<const std::uint8_t> octets) {
    const auto size = static_cast<std::uint32_t>(octets.size());
    const auto truth = truth_at(base + within, octets.size());
    const bool equal = truth.size() == octets.size() && std::memcmp(truth.data(), octets.data(), octets.size()) == 0;
    if (!block.own && !(equal && within == block.end)) {
        block.own = BlockStore::Octets{new std::uint8_t[flash_block_octets]};
        std::memset(block.own.get(), 0xFF, flash_block_octets);
        const auto so_far = truth_at(base, block.end);
        std::copy(so_far.begin(), so_far.end(), block.own.get());
    }
    if (block.own) std::copy(octets.begin(), octets.end(), block.own.get() + within);
    if (!equal && knows_truth())
        for (std::uint32_t i = 0; i < size; ++i)
            if (i >= truth.size() || truth[i] != octets[i]) ++block.wrong;
    block.written += size;
    block.end = within + size;
}

FlashBreach Slot::read(std::uint32_t offset, std::span<std::uint8_t> octets) const {
    if (offset > this->octets() || octets.size() > this->octets() - offset) return "a read behind the end of the slot";
    while (!octets.empty()) {
        const std::uint32_t within = offset % flash_block_octets;
        const auto part = octets.first(std::min<std::size_t>(octets.size(), flash_block_octets - within));
        const Block& block = blocks_[offset / flash_block_octets];
        if (block.own) {
            std::memcpy(part.data(), block.own.get() + within, part.size());
        } else {
            const std::size_t known = block.end > within ? std::min<std::size_t>(block.end - within, part.size()) : 0;
            const auto truth = truth_at(offset, known);
            std::copy(truth.begin(), truth.end(), part.begin());
            std::fill(part.begin() + static_cast<std::ptrdiff_t>(known), part.end(), std::uint8_t{0xFF});
        }
        offset += static_cast<std::uint32_t>(part.size());
        octets = octets.subspan(part.size());
    }
    return nullptr;
}

std::span<const std::uint8_t> Slot::truth_at(std::uint32_t offset, std::size_t octets) const noexcept {
    if (offset >= truth_.size()) return {};
    return truth_.subspan(offset, std::min<std::size_t>(octets, truth_.size() - offset));
}

}  // namespace sim
