// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/media.h"

#include <algorithm>
#include <cstring>

namespace power_cut {

void Media::open_cache() {
    if (!clean_) return;
    cached_ = durable_;
    dirty_.assign((cached_.size() + sector_octets - 1) / sector_octets, false);
    clean_ = false;
}

void Media::put(Octets& to, std::size_t offset, std::span<const std::uint8_t> octets) {
    if (octets.empty()) return;
    Bytes& all = to.change();
    if (all.size() < offset + octets.size()) all.resize(offset + octets.size());
    std::memcpy(all.data() + offset, octets.data(), octets.size());
}

/// Rubbish over octets that are there, on the disk and in what will be kept of the cache.
void Media::garbage(std::size_t begin, std::size_t end, Dice& dice) {
    for (std::size_t i = begin; i < end; ++i) {
        const std::uint8_t octet = dice.octet();
        if (i < durable_.size()) durable_.change()[i] = octet;
        if (i < cached_.size()) cached_.change()[i] = octet;
    }
}

void Media::write(Fate fate, std::size_t offset, std::span<const std::uint8_t> octets, Dice& dice) {
    if (fate == Fate::nothing || octets.empty()) return;
    open_cache();
    if (fate == Fate::done || fate == Fate::last) {
        put(cached_, offset, octets);
        dirty_.resize((cached_.size() + sector_octets - 1) / sector_octets, false);
        const std::size_t end = (offset + octets.size() - 1) / sector_octets;
        for (std::size_t sector = offset / sector_octets; sector <= end; ++sector) dirty_[sector] = true;
        return;
    }
    const std::size_t done = dice.below(octets.size());
    keep_size();
    put(durable_, offset, octets.first(done));
    put(cached_, offset, octets.first(done));
    if (fate != Fate::garbage) return;
    const std::size_t rest = std::min(octets.size() - done, sector_octets);
    garbage(offset + done, offset + done + 1 + dice.below(rest), dice);
}

void Media::resize(Fate fate, std::size_t octets) {
    // A change of size is one entry of the file system's journal: it is there or it is not.
    if (fate != Fate::done && fate != Fate::last) return;
    open_cache();
    cached_.change().resize(octets);
    dirty_.resize((octets + sector_octets - 1) / sector_octets, false);
    resized_ = true;
}

/// The journal keeps the order: a new size came before what was written behind it.
void Media::keep_size() {
    if (resized_) durable_.change().resize(cached_.size());
    resized_ = false;
}

void Media::save_sector(std::size_t sector) {
    const std::size_t begin = sector * sector_octets;
    const std::size_t end = std::min(begin + sector_octets, cached_.size());
    if (begin >= end) return;
    keep_size();
    put(durable_, begin, std::span{cached_.get()}.subspan(begin, end - begin));
}

void Media::sync(Fate fate, Dice& dice) {
    if (clean_ || fate == Fate::nothing) return;
    if (fate == Fate::done || fate == Fate::last) {
        std::swap(durable_, cached_);
        clean_ = true;
        resized_ = false;
        return;
    }
    const std::size_t until = dice.below(dirty_.size() + 1);
    for (std::size_t sector = 0; sector < until; ++sector)
        if (dirty_[sector]) {
            save_sector(sector);
            dirty_[sector] = false;
        }
    if (fate == Fate::garbage && until < dirty_.size() && dirty_[until]) {
        // Half of the sector that was being written is new, and the rest is rubbish.
        save_sector(until);
        const std::size_t begin = until * sector_octets;
        garbage(begin + dice.below(sector_octets), begin + sector_octets, dice);
    }
}

void Media::settle(Survival survival, Dice& dice) {
    if (clean_) return;
    const auto stays = [&] { return survival == Survival::keep || (survival == Survival::draw && dice.one_in(2)); };
    // Data beyond the end that the file keeps is gone; an end whose data did not arrive leaves zeros.
    if (stays()) keep_size();
    for (std::size_t sector = 0; sector < dirty_.size(); ++sector)
        if (dirty_[sector] && stays()) save_sector(sector);
    clean_ = true;
    resized_ = false;
}

}  // namespace power_cut
