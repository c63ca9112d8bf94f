// SPDX-License-Identifier: Apache-2.0
#include "ont/download.h"

#include <algorithm>

#include "omci/image_version.h"
#include "ont/report.h"

namespace ont {
namespace {

using omci::ResultCode;

enum Ended : std::uint32_t { stored = 0, refused = 1, aborted = 2, replaced = 3 };  // of ONT_EVENT_DOWNLOAD_ENDED

struct SlotReader {
    const ont_platform& platform;
    std::uint8_t image;
};

bool read_slot(void* context, std::uint32_t offset, std::span<std::uint8_t> octets) {
    const auto& slot = *static_cast<const SlotReader*>(context);
    return slot.platform.slot_read(slot.platform.context, slot.image, offset, octets.data(), octets.size()) == 0;
}

}  // namespace

void Download::start(const ont_platform& platform, std::uint8_t image, std::uint32_t image_octets, omci::MessageSet set,
                     std::size_t sections, std::span<std::uint8_t> buffer) noexcept {
    if (running()) report(platform, ONT_EVENT_DOWNLOAD_ENDED, replaced);
    phase_ = Phase::receiving;
    set_ = set;
    image_ = image;
    failed_ = false;
    end_asked_ = false;
    image_octets_ = image_octets;
    accepted_ = writing_ = erased_ = read_ = 0;
    window_.open(buffer, set, sections);
    report(platform, ONT_EVENT_DOWNLOAD_STARTED, image_octets);
}

/// Octets of image in the window at its close.
std::uint32_t Download::expected() const noexcept {
    return std::min(static_cast<std::uint32_t>(window_.octets()), image_octets_ - accepted_);
}

ResultCode Download::close(const ont_platform& platform, std::uint8_t last) noexcept {
    const std::uint32_t size = expected();
    // Beyond the image's end a baseline window may go on with sections of zeros (G.988 I.3.2.1), an extended one not
    // at all (11.2.5). The padding of the section that holds the end is not looked at: its octets never count.
    const auto too_much = [&] {
        if (size == window_.octets()) return false;
        if (set_ == omci::MessageSet::extended) return true;
        const std::size_t sections = (size + omci::baseline_section_octets - 1) / omci::baseline_section_octets;
        return !window_.zero_from(sections * omci::baseline_section_octets);
    };
    if (phase_ != Phase::receiving || failed_ || !window_.complete(last) || too_much()) {
        report(platform, ONT_EVENT_WINDOW_REFUSED, static_cast<std::uint32_t>(window_.arrived()));
        window_.clear();
        return ResultCode::processing_error;
    }
    if (erased_ < accepted_ + size) return ResultCode::device_busy;
    writing_ = size;
    return ResultCode::success;
}

void Download::write_window(const ont_platform& platform) noexcept {
    if (writing_ == 0) return;
    const auto octets = window_.gather();
    if (platform.slot_write(platform.context, image_, accepted_, octets.data(), writing_) != 0)
        fail(platform, accepted_);
    accepted_ += writing_;
    writing_ = 0;
    window_.clear();
    report(platform, ONT_EVENT_WINDOW_ACCEPTED, accepted_);
    if (accepted_ != image_octets_ || failed_) return;
    phase_ = Phase::reading;
    crc_ = {};
}

ResultCode Download::end(const ont_platform& platform, ImageBank& bank, std::uint8_t image,
                         const omci::EndRequest& request) noexcept {
    if (phase_ == Phase::none || image != image_) return ResultCode::processing_error;
    const bool settled_good = phase_ == Phase::settled && answer_ == ResultCode::success;
    if (request.is_abort() || request.image_octets != image_octets_ ||
        (settled_good && request.image_crc != wanted_crc_)) {
        // Until its 0 is delivered the download runs on as the OLT sees it: what was already settled is taken back.
        if (settled_good) bank.clear(platform, image_);
        return refuse(platform, request.is_abort() ? aborted : refused);
    }
    if (phase_ == Phase::settled) {
        phase_ = Phase::none;
        return answer_;
    }
    if (failed_ || phase_ == Phase::receiving) return refuse(platform, refused);
    wanted_crc_ = request.image_crc;
    if (phase_ == Phase::proven) return finish(platform, bank);
    end_asked_ = true;
    return ResultCode::device_busy;
}

bool Download::step(const ont_platform& platform, ImageBank& bank, std::span<std::uint8_t> buffer) noexcept {
    if (phase_ == Phase::receiving && erased_ < image_octets_ && !failed_) {
        erase_next(platform, bank);
        return erased_ < image_octets_ && !failed_;
    }
    if (phase_ == Phase::reading && !failed_) {
        read_next(platform, buffer);
        return !failed_;
    }
    if (!end_asked_ || (phase_ != Phase::proven && !(failed_ && running()))) return false;
    answer_ = failed_ ? refuse(platform, refused) : finish(platform, bank);
    phase_ = Phase::settled;
    return false;
}

void Download::erase_next(const ont_platform& platform, const ImageBank& bank) noexcept {
    if (!bank.idle(image_)) return fail(platform, erased_);  // cannot be: Start was refused then; cheap to be sure
    const std::uint32_t unit = platform.slot_erase_unit(platform.context, image_);
    if (unit == 0) {  // storage that is written without erasing
        erased_ = image_octets_;
        return;
    }
    if (platform.slot_erase(platform.context, image_, erased_) != 0) return fail(platform, erased_);
    erased_ = image_octets_ - erased_ > unit ? erased_ + unit : image_octets_;
}

void Download::read_next(const ont_platform& platform, std::span<std::uint8_t> buffer) noexcept {
    const bool hashes = platform.md5_start != nullptr;
    if (read_ == 0) {
        if (platform.slot_sync(platform.context, image_) != 0) return fail(platform, 0);
        if (hashes) platform.md5_start(platform.context);
    }
    // The window buffer is free by now: no section is taken in once the image is complete.
    for (std::size_t left = read_back_octets_max; left > 0 && read_ < image_octets_;) {
        const std::size_t size = std::min({left, buffer.size(), std::size_t{image_octets_ - read_}});
        if (platform.slot_read(platform.context, image_, read_, buffer.data(), size) != 0) return fail(platform, read_);
        crc_.update(buffer.first(size));
        if (hashes) platform.md5_update(platform.context, buffer.data(), size);
        read_ += static_cast<std::uint32_t>(size);
        left -= size;
    }
    if (read_ < image_octets_) return;
    hash_ = {};
    if (hashes) platform.md5_finish(platform.context, hash_.data());
    find_version(platform);
    phase_ = Phase::proven;
}

void Download::find_version(const ont_platform& platform) noexcept {
    if (platform.image_version != nullptr) {
        version_ = {};
        if (platform.image_version(platform.context, image_, image_octets_, version_.data()) == 0) return;
    }
    SlotReader slot{platform, image_};
    omci::ImageReader reader;
    reader.context = &slot;
    reader.read = read_slot;
    reader.image_octets = image_octets_;
    version_ = omci::image_version(reader, hash_);
    // The rule's last resort is the MD5. Without one the image has no version, rather than one made of zeros.
    if (platform.md5_start == nullptr && std::all_of(version_.begin(), version_.end(), [](auto c) { return c == '0'; }))
        version_ = {};
}

/// All is read back and End names a CRC. Success only once the record that makes the image valid is stored.
ResultCode Download::finish(const ont_platform& platform, ImageBank& bank) noexcept {
    if (omci::ImageCrc{crc_.value()} != wanted_crc_) return refuse(platform, refused);
    if (!bank.install(platform, image_, {.version = version_, .hash = hash_})) return refuse(platform, refused);
    phase_ = Phase::none;
    report(platform, ONT_EVENT_DOWNLOAD_ENDED, stored);
    return ResultCode::success;
}

ResultCode Download::refuse(const ont_platform& platform, std::uint32_t how) noexcept {
    phase_ = Phase::none;
    report(platform, ONT_EVENT_DOWNLOAD_ENDED, how);
    return ResultCode::processing_error;
}

void Download::fail(const ont_platform& platform, std::uint32_t offset) noexcept {
    failed_ = true;
    report(platform, ONT_EVENT_STORAGE_FAILED, offset);
}

}  // namespace ont
