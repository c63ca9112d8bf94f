// SPDX-License-Identifier: Apache-2.0
#include "ont/package_slot.h"

#include <algorithm>
#include <array>

namespace ont {
namespace {

using omci::block_octets;

constexpr std::size_t scratch_octets = 1024;  ///< of stack

}  // namespace

void PackageSlot::start(const Host& host, std::uint8_t image, std::uint32_t image_octets) noexcept {
    *this = {};
    image_ = image;
    image_octets_ = image_octets;
    unit_ = host.platform.slot_erase_unit(host.platform.context, image);
    erases_ = unit_ != 0;
    if (!erases_) unit_ = block_octets;
}

bool PackageSlot::prepare(const Host& host, const PackageHead& head) noexcept {
    const std::uint32_t end = end_of(prepared_, unit_);
    if (looked_ < end) {
        look(host, head, end);
        return true;
    }
    if (erases_ && !kept(host, head, prepared_, end)) {
        // Cannot be: Start was refused then. Cheap to be sure before an erase.
        if (!host.bank.idle(image_)) return false;
        if (host.platform.slot_erase(host.platform.context, image_, prepared_) != 0) return false;
    }
    prepared_ = end;
    skip_kept(host, head);
    return true;
}

/// Is the next block the right one?
void PackageSlot::look(const Host& host, const PackageHead& head, std::uint32_t unit_end) noexcept {
    const std::uint32_t block = looked_ / block_octets;
    const std::uint32_t end = block_end(looked_);
    // One wrong block, and the unit goes, with all that lies in it whole: need not be looked at.
    const bool goes = host.options.rewrite_all != 0 ||
                      (end <= unit_end && looked_ > prepared_ && !kept(host, head, prepared_, looked_));
    std::array<std::uint8_t, scratch_octets> scratch;
    head.set(host, block, !goes && holds(host, image_, looked_, head.block_hash(host, block), scratch));
    looked_ = end;
}

/// Every block that reaches into these octets of the slot, all looked at, is the right one.
bool PackageSlot::kept(const Host& host, const PackageHead& head, std::uint32_t begin,
                       std::uint32_t end) const noexcept {
    for (std::uint32_t block = begin / block_octets; block <= (end - 1) / block_octets; ++block)
        if (!head.has(host, block)) return false;
    return true;
}

/// The slot holds the block with this hash at `begin`. What cannot be read is not there: a cut write may leave that.
bool PackageSlot::holds(const Host& host, std::uint8_t image, std::uint32_t begin, omci::Octets hash,
                        std::span<std::uint8_t> room) const noexcept {
    const std::uint32_t end = block_end(begin);
    bool whole = true;
    host.platform.sha256_start(host.platform.context);
    for (std::uint32_t at = begin; at < end && whole;) {
        const auto piece = room.first(std::min<std::size_t>(room.size(), end - at));
        whole = host.read(image, at, piece);
        if (whole) host.platform.sha256_update(host.platform.context, piece.data(), piece.size());
        at += static_cast<std::uint32_t>(piece.size());
    }
    return host.finished_hash_is(hash) && whole;
}

bool PackageSlot::may_copy() const noexcept {
    return stored_ < image_octets_ && stored_ % block_octets == 0 && stored_ >= asked_ &&
           block_end(stored_) <= prepared_;
}

bool PackageSlot::copy(const Host& host, const PackageHead& head) noexcept {
    const std::uint32_t block = stored_ / block_octets;
    const std::uint32_t end = block_end(stored_);
    const std::uint8_t running = host.bank.record().active;
    asked_ = end;
    if (host.platform.slot_octets(host.platform.context, running) < end) return true;
    std::array<std::uint8_t, scratch_octets> scratch;
    // In the block buffer octets of this block may wait that arrived already: they go only when it was found.
    if (!holds(host, running, stored_, head.block_hash(host, block), scratch)) return true;
    const std::span<std::uint8_t> room = host.block().empty() ? std::span{scratch} : host.block();
    while (stored_ < end) {  // write() passes over kept blocks behind it, and then this ends too
        const auto piece = room.first(std::min<std::size_t>(room.size(), end - stored_));
        if (!host.read(running, stored_, piece) || !write(host, head, piece)) return false;
    }
    host.report(ONT_EVENT_BLOCK_COPIED, block);
    return true;
}

bool PackageSlot::write(const Host& host, const PackageHead& head, omci::Octets octets) noexcept {
    const std::uint32_t end = stored_ + static_cast<std::uint32_t>(octets.size());
    const auto put = [&](std::uint32_t from, std::uint32_t to) {
        return host.platform.slot_write(host.platform.context, image_, from, octets.data() + (from - stored_),
                                        to - from) == 0;
    };
    if (!head.has(host, stored_ / block_octets)) {
        if (!put(stored_, end)) return false;
    } else {
        // The right block lay here, but reached into a unit that had to go: only there it is missing.
        for (std::uint32_t unit = stored_unit_; unit < end; unit = end_of(unit, unit_)) {
            const std::uint32_t from = std::max(unit, stored_), to = std::min(end_of(unit, unit_), end);
            if (!kept(host, head, unit, end_of(unit, unit_)) && !put(from, to)) return false;
        }
    }
    advance(end);
    skip_kept(host, head);
    return true;
}

void PackageSlot::advance(std::uint32_t to) noexcept {
    stored_ = to;
    while (end_of(stored_unit_, unit_) <= stored_ && end_of(stored_unit_, unit_) < image_octets_)
        stored_unit_ = end_of(stored_unit_, unit_);
}

/// Goes on behind the blocks that lie in kept units alone.
void PackageSlot::skip_kept(const Host& host, const PackageHead& head) noexcept {
    while (stored_ < image_octets_ && stored_ % block_octets == 0) {
        const std::uint32_t end = block_end(stored_);
        if (end > prepared_) return;
        for (std::uint32_t unit = stored_unit_; unit < end; unit = end_of(unit, unit_))
            if (!kept(host, head, unit, end_of(unit, unit_))) return;
        host.report(ONT_EVENT_BLOCK_KEPT, stored_ / block_octets);
        advance(end);
    }
}

}  // namespace ont
