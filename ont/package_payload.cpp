// SPDX-License-Identifier: Apache-2.0
#include "ont/package_payload.h"

#include <algorithm>
#include <cstring>

namespace ont {

using omci::Refusal;

Refusal PackagePayload::take_raw(const Host& host, const PackageHead& head, PackageSlot& slot, std::uint32_t at,
                                 omci::Octets octets) const noexcept {
    while (!octets.empty()) {
        const bool stored = at < slot.stored();
        const std::uint32_t end = stored ? slot.stored() : slot.block_end(at);
        const auto part = octets.first(std::min<std::size_t>(octets.size(), end - at));
        if (!stored && host.block().empty()) {
            if (!slot.write(host, head, part)) return Refusal::storage_failed;
        } else if (!stored) {
            // What is not stored begins at a block: only whole blocks were written.
            std::memcpy(host.options.block + at % omci::block_octets, part.data(), part.size());
            if (at + part.size() == end) {
                const omci::Octets block = host.block().first(end - slot.stored());
                if (!host.is_hash_of(head.block_hash(host, at / omci::block_octets), block))
                    return Refusal::block_hash_wrong;
                if (!slot.write(host, head, block)) return Refusal::storage_failed;
            }
        }
        at += static_cast<std::uint32_t>(part.size());
        octets = octets.subspan(part.size());
    }
    return Refusal::none;
}

/// Where the image ends that this frame yields.
std::uint32_t PackagePayload::image_end(const PackageHead& head) const noexcept {
    const std::uint32_t begin = frame_ * omci::frame_yield_octets;
    return head.image_octets() - begin > omci::frame_yield_octets ? begin + omci::frame_yield_octets
                                                                  : head.image_octets();
}

std::uint32_t PackagePayload::take_framed(const Host& host, const PackageHead& head, const PackageSlot& slot,
                                          const Window& window, std::size_t from, std::uint32_t at,
                                          std::uint32_t count) noexcept {
    const omci::FrameEntry entry = omci::read_frame_entry(head.frames(host), frame_);
    const std::uint32_t gathered = at - entry.offset;
    const std::uint32_t taken = std::min(count, entry.octets - gathered);
    const bool stored = slot.stored() >= image_end(head);
    if (!stored) window.copy(from, host.frame().subspan(gathered, taken));
    if (gathered + taken < entry.octets) return taken;
    if (stored)
        next_frame();
    else
        stage_ = Stage::hashing;
    return taken;
}

std::optional<Refusal> PackagePayload::step(const Host& host, const PackageHead& head, PackageSlot& slot) noexcept {
    return stage_ == Stage::hashing ? hash_more(host, head) : unpack_more(host, head, slot);
}

/// The frame is looked at as it travelled, before a single octet of it is unpacked.
std::optional<Refusal> PackagePayload::hash_more(const Host& host, const PackageHead& head) noexcept {
    const omci::FrameEntry entry = omci::read_frame_entry(head.frames(host), frame_);
    const omci::Octets frame = host.frame().first(entry.octets);
    const auto piece = frame.subspan(hashed_, std::min(entry.octets - hashed_, piece_octets_max));
    if (hashed_ == 0) {
        crc_ = {};
        host.platform.sha256_start(host.platform.context);
    }
    crc_.update(piece);
    host.platform.sha256_update(host.platform.context, piece.data(), piece.size());
    hashed_ += static_cast<std::uint32_t>(piece.size());
    if (hashed_ < entry.octets) return std::nullopt;
    if (!host.finished_hash_is(entry.hash) || crc_.value() != entry.crc) return Refusal::frame_hash_wrong;
    if (host.platform.unpack_start(host.platform.context, frame.data(), frame.size()) != 0)
        return Refusal::frame_undecodable;
    unpacked_ = frame_ * omci::frame_yield_octets;
    stage_ = Stage::unpacking;
    return std::nullopt;
}

std::optional<Refusal> PackagePayload::unpack_more(const Host& host, const PackageHead& head,
                                                   PackageSlot& slot) noexcept {
    const std::uint32_t end = image_end(head);
    if (unpacked_ == end) {  // there must be nothing behind it
        std::uint8_t more = 0;
        std::size_t count = 0;
        if (host.platform.unpack_next(host.platform.context, &more, 1, &count) != 0 || count != 0)
            return Refusal::frame_undecodable;
        next_frame();
        return Refusal::none;
    }
    const std::uint32_t block_end = slot.block_end(unpacked_);
    if (slot.prepared() < block_end) {
        if (!slot.prepare(host, head)) return Refusal::storage_failed;
        return std::nullopt;
    }
    const auto block = host.block().first(block_end - unpacked_);
    std::size_t count = 0;
    if (host.platform.unpack_next(host.platform.context, block.data(), block.size(), &count) != 0 ||
        count != block.size())
        return Refusal::frame_undecodable;
    if (unpacked_ >= slot.stored()) {
        if (!host.is_hash_of(head.block_hash(host, unpacked_ / omci::block_octets), block))
            return Refusal::block_hash_wrong;
        if (!slot.write(host, head, block)) return Refusal::storage_failed;
    }
    unpacked_ = block_end;
    return std::nullopt;
}

void PackagePayload::next_frame() noexcept {
    ++frame_;
    hashed_ = 0;
    stage_ = Stage::gathering;
}

}  // namespace ont
