// SPDX-License-Identifier: Apache-2.0
// The second half of a download: what was written is read back, and counts as an image when it is what End names.
#include <algorithm>

#include "omci/image_version.h"
#include "ont/download.h"

namespace ont {
namespace {

using omci::Refusal;
using omci::ResultCode;

struct SlotReader {
    const Host& host;
    std::uint8_t image;
};

bool read_slot(void* context, std::uint32_t offset, std::span<std::uint8_t> octets) {
    const auto& slot = *static_cast<const SlotReader*>(context);
    return slot.host.read(slot.image, offset, octets);
}

}  // namespace

/// Reads one piece back: of a package just one block, which is proven once more.
void Download::read_next(const Host& host) noexcept {
    const ont_platform& platform = host.platform;
    const bool hashes = platform.md5_start != nullptr;
    const bool package = is_package();
    if (read_ == 0) {
        if (platform.slot_sync(platform.context, image_) != 0) return fail(host, 0);
        if (hashes) platform.md5_start(platform.context);
        if (package) crc_.update(head_.all(host));
    }
    const std::uint32_t begin = read_;
    if (package) platform.sha256_start(platform.context);
    // The window buffer is free by now: no section is taken in once the image is complete.
    for (std::size_t left = piece_octets_max; left > 0 && read_ < image_octets_;) {
        const auto piece =
            host.window().first(std::min({left, host.window().size(), std::size_t{image_octets_ - read_}}));
        if (!host.read(image_, read_, piece)) return fail(host, read_);
        crc_.update(piece);
        if (hashes) platform.md5_update(platform.context, piece.data(), piece.size());
        if (package) platform.sha256_update(platform.context, piece.data(), piece.size());
        read_ += static_cast<std::uint32_t>(piece.size());
        left -= piece.size();
    }
    if (package && !host.finished_hash_is(head_.block_hash(host, begin / omci::block_octets))) {
        // What was proven before it was written and is wrong now went bad in the storage.
        const bool was_proven = !host.block().empty();
        return refuse(host, was_proven ? Refusal::storage_failed : Refusal::block_hash_wrong, begin);
    }
    if (read_ < image_octets_) return;
    hash_ = {};
    if (hashes) platform.md5_finish(platform.context, hash_.data());
    if (!package) find_version(host);
    phase_ = Phase::proven;
}

void Download::find_version(const Host& host) noexcept {
    const ont_platform& platform = host.platform;
    if (platform.image_version != nullptr) {
        version_ = {};
        if (platform.image_version(platform.context, image_, image_octets_, version_.data()) == 0) return;
    }
    SlotReader slot{host, image_};
    omci::ImageReader reader;
    reader.context = &slot;
    reader.read = read_slot;
    reader.image_octets = image_octets_;
    version_ = omci::image_version(reader, hash_);
    // The rule's last resort is the MD5. Without one the image has no version, rather than one made of zeros.
    if (platform.md5_start == nullptr && std::all_of(version_.begin(), version_.end(), [](auto c) { return c == '0'; }))
        version_ = {};
}

/// The CRC of all that travelled, from what lies in head buffer and slot. Frames are not kept: their CRCs are in the
/// list, which was proven, and so was each frame against it.
std::uint32_t Download::stream_crc(const Host& host) const noexcept {
    if (!is_package() || head_.payload() == omci::Payload::raw) return crc_.value();
    const omci::Octets frames = head_.frames(host);
    std::uint32_t crc = omci::crc32(head_.all(host));
    for (std::size_t i = 0; i < frames.size() / omci::FrameEntry::wire_octets; ++i) {
        const omci::FrameEntry entry = omci::read_frame_entry(frames, i);
        crc = omci::crc32_combine(crc, entry.crc, entry.octets);
    }
    return crc;
}

/// All is read back and End names a CRC. Success only once the record that makes the image valid is stored.
ResultCode Download::finish(const Host& host) noexcept {
    if (omci::ImageCrc{stream_crc(host)} != wanted_crc_) return over(host, Ended::refused);
    InstalledImage installed{.version = version_, .hash = hash_};
    if (is_package()) {
        const omci::Octets head = head_.all(host);
        head_.describe(host, installed);
        if (host.platform.head_write != nullptr &&
            host.platform.head_write(host.platform.context, image_, head.data(), head.size()) != 0) {
            fail(host, 0);
            return over(host, Ended::refused);
        }
    }
    if (!host.bank.install(host.platform, image_, installed)) return over(host, Ended::refused);
    phase_ = Phase::none;
    installed_ = true;
    host.report(ONT_EVENT_DOWNLOAD_ENDED, static_cast<std::uint32_t>(Ended::stored));
    return ResultCode::success;
}

omci::UpdatePhase Download::update_phase() const noexcept {
    using omci::UpdatePhase;
    if (!running() || !usable()) return UpdatePhase::none;
    if (phase_ != Phase::receiving) return UpdatePhase::verifying;
    const bool judging = is_package() && head_.whole() && !head_.judged();
    return judging ? UpdatePhase::judging : UpdatePhase::downloading;
}

std::uint8_t Download::percent() const noexcept {
    if (update_phase() == omci::UpdatePhase::judging) return 0;
    const bool receiving = phase_ == Phase::receiving;
    const std::uint64_t done = receiving ? accepted_ : read_;
    const std::uint64_t all = receiving ? stream_octets_ : image_octets_;
    std::uint8_t percent = 0;  // a 32-bit processor has no help with dividing so much
    while (percent < 100 && all * (percent + 1u) <= done * 100) ++percent;
    return percent;
}

Refusal Download::take_refusal(omci::UpdatePhase& phase) noexcept {
    phase = refused_in_;
    const Refusal fresh = refusal_told_ ? Refusal::none : refusal_;
    refusal_told_ = true;
    return fresh;
}

}  // namespace ont
