// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/flash_model.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace power_cut {
namespace {

constexpr std::uint32_t unstable_one_in = 4;  ///< of the torn operations

}  // namespace

Flash::Flash(std::size_t octets, std::uint32_t erase_octets, std::uint32_t page_octets)
    : erase_octets_{erase_octets},
      page_octets_{page_octets},
      octets_(octets, 0xFF),
      pages_(octets / page_octets, erased),
      bad_(octets / erase_octets, false) {
    assert(octets % erase_octets == 0 && erase_octets % page_octets == 0);
}

bool Flash::all(std::size_t first, std::size_t count, Page state) const {
    const std::uint8_t* begin = pages_.get().data() + first;
    if (count == 0) return true;
    return *begin == state && std::memcmp(begin, begin + 1, count - 1) == 0;  // each like the one before it
}

bool Flash::any(std::size_t first, std::size_t count, Page state) const {
    return count > 0 && std::memchr(pages_.get().data() + first, state, count) != nullptr;
}

bool Flash::may_program(std::size_t offset, std::size_t count, Mistakes& mistakes) const {
    const char* why = nullptr;
    if (offset % page_octets_ != 0 || count % page_octets_ != 0 || offset + count > octets_.size())
        why = "raw flash was programmed off its pages";
    else if (!all(offset / page_octets_, count / page_octets_, erased))
        why = "a page was programmed that was not erased";
    for (std::size_t at = offset; why == nullptr && at < offset + count; at += erase_octets_ - at % erase_octets_)
        if (bad_[at / erase_octets_]) why = "a bad block was programmed";
    if (why != nullptr) mistakes.emplace_back(why);
    return why == nullptr;
}

/// The power went out while this page was being changed.
void Flash::spoil(std::size_t page, Dice& dice) {
    pages_.change()[page] = dice.one_in(2) ? unreadable : doubtful;
    Bytes& octets = octets_.change();
    for (std::size_t i = page * page_octets_; i < (page + 1) * page_octets_; ++i) octets[i] = dice.octet();
}

void Flash::program(Fate fate, std::size_t offset, std::span<const std::uint8_t> octets, Dice& dice) {
    if (fate == Fate::nothing) return;
    const bool whole = fate == Fate::done || fate == Fate::last;
    const bool unstable = ages_ && fate == Fate::prefix && dice.one_in(unstable_one_in);
    const std::size_t count = whole || unstable ? octets.size() : dice.below(octets.size());
    if (unstable) unstable_.push_back((offset + octets.size() - 1) / page_octets_);
    if (count > 0) std::memcpy(octets_.change().data() + offset, octets.data(), count);
    Bytes& pages = pages_.change();
    const std::size_t first = offset / page_octets_;
    std::fill_n(pages.begin() + static_cast<std::ptrdiff_t>(first), count / page_octets_, programmed);
    if (count % page_octets_ != 0) pages[first + count / page_octets_] = doubtful;
    if (fate == Fate::garbage) spoil((offset + count) / page_octets_, dice);
}

void Flash::age(Dice& dice) {
    constexpr std::uint32_t decays_one_in = 3;
    std::erase_if(unstable_, [&](std::size_t page) {
        const bool decays = dice.one_in(decays_one_in);
        if (decays) spoil(page, dice);
        return decays;
    });
}

bool Flash::may_erase(std::size_t offset, std::size_t count, Mistakes& mistakes) const {
    const char* why = nullptr;
    if (offset % erase_octets_ != 0 || count % erase_octets_ != 0 || offset + count > octets_.size())
        why = "raw flash was erased off its erase units";
    for (std::size_t block = offset / erase_octets_; why == nullptr && block < (offset + count) / erase_octets_;
         ++block)
        if (bad_[block]) why = "a bad block was erased";
    if (why != nullptr) mistakes.emplace_back(why);
    return why == nullptr;
}

void Flash::erase(Fate fate, std::size_t offset, std::size_t count, Dice& dice) {
    if (fate == Fate::nothing) return;
    const bool whole = fate == Fate::done || fate == Fate::last;
    const std::size_t first = offset / page_octets_;
    const std::size_t pages = count / page_octets_;
    const std::size_t gone = whole ? pages : dice.below(pages);
    std::memset(octets_.change().data() + offset, 0xFF, gone * page_octets_);
    std::erase_if(unstable_, [&](std::size_t page) { return whole && page >= first && page < first + pages; });
    // After half an erasure a page only looks erased.
    std::memset(pages_.change().data() + first, whole ? erased : doubtful, gone);
    for (std::size_t page = first + gone; fate == Fate::garbage && page < first + pages; ++page) spoil(page, dice);
}

bool Flash::read(std::size_t offset, std::span<std::uint8_t> out) const {
    const std::size_t first = offset / page_octets_;
    if (any(first, (offset + out.size() + page_octets_ - 1) / page_octets_ - first, unreadable)) return false;
    std::memcpy(out.data(), octets_.get().data() + offset, out.size());
    return true;
}

Pieces Flash::pieces() const {
    Pieces pieces;
    const std::size_t pages = erase_octets_ / page_octets_;
    for (std::size_t block = 0; block < bad_.size(); ++block) {
        if (bad_[block]) continue;
        if (any(block * pages, pages, unreadable)) {
            // What can be read before that is still there.
            std::size_t page = 0;
            while (pages_.get()[block * pages + page] != unreadable) ++page;
            pieces.push_back(std::span{octets_.get()}.subspan(block * erase_octets_, page * page_octets_));
            break;
        }
        pieces.push_back(std::span{octets_.get()}.subspan(block * erase_octets_, erase_octets_));
    }
    return pieces;
}

Volume::Volume(std::size_t blocks, std::uint32_t block_octets)
    : block_octets_{block_octets}, blocks_(blocks), ghosts_(blocks) {}

bool Volume::begin_change(std::uint32_t block, std::uint32_t octets) {
    if (block >= blocks_.size() || octets == 0 || octets > block_octets_ || changing()) return false;
    change_block_ = block;
    change_left_ = octets;
    change_.clear();
    return true;
}

void Volume::change(Fate fate, std::span<const std::uint8_t> octets, Dice&) {
    // By halves is not at all: the block is new with its last octet.
    if (fate != Fate::done && fate != Fate::last) return;
    const std::size_t count = std::min(octets.size(), change_left_);
    change_.insert(change_.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(count));
    change_left_ -= count;
    if (change_left_ > 0) return;
    change_.resize(block_octets_, 0xFF);
    blocks_[change_block_] = change_;
    ghosts_[change_block_].clear();
}

void Volume::erase(Fate fate, std::uint32_t block, Dice& dice) {
    if (fate == Fate::nothing) return;
    const bool whole = fate == Fate::done || fate == Fate::last;
    if (whole || dice.one_in(2)) {
        blocks_[block].clear();
        ghosts_[block].clear();
    }
}

void Volume::unmap(Fate fate, std::uint32_t block) {
    if ((fate != Fate::done && fate != Fate::last) || blocks_[block].empty()) return;
    ghosts_[block].swap(blocks_[block]);
    blocks_[block].clear();
}

void Volume::read(std::size_t offset, std::span<std::uint8_t> out) const {
    for (std::size_t done = 0; done < out.size();) {
        const std::size_t block = (offset + done) / block_octets_;
        const std::size_t within = (offset + done) % block_octets_;
        const std::size_t count = std::min(out.size() - done, block_octets_ - within);
        const auto to = out.subspan(done, count);
        if (blocks_[block].empty())
            std::fill(to.begin(), to.end(), std::uint8_t{0xFF});
        else
            std::memcpy(to.data(), blocks_[block].data() + within, count);
        done += count;
    }
}

/// It ends at a block that is not mapped: images have none.
Pieces Volume::pieces() const {
    Pieces pieces;
    for (const Bytes& block : blocks_) {
        if (block.empty()) break;
        pieces.push_back(block);
    }
    return pieces;
}

void Volume::settle(Dice& dice) {
    change_left_ = 0;
    for (std::size_t block = 0; block < blocks_.size(); ++block) {
        if (!ghosts_[block].empty() && blocks_[block].empty() && dice.one_in(2)) blocks_[block].swap(ghosts_[block]);
        ghosts_[block].clear();
    }
}

}  // namespace power_cut
