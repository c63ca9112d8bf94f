// SPDX-License-Identifier: Apache-2.0
// The bank's changes to the boot record, each one atomic store.
#include "ont/image_bank.h"

#include "ont/counter.h"
#include "ont/report.h"

namespace ont {

using omci::ResultCode;

static_assert(record_octets <= ONT_RECORD_OCTETS_MAX);

int read_record(const ont_platform& platform, BootRecord& record) noexcept {
    std::array<std::uint8_t, ONT_RECORD_OCTETS_MAX> octets{};
    std::size_t size = 0;
    if (platform.record_read(platform.context, octets.data(), octets.size(), &size) != 0) return ONT_ERROR_STORAGE;
    if (size > octets.size()) return ONT_ERROR_NO_IMAGE;
    const auto decoded = decode_record(omci::Octets{octets.data(), size});
    if (!decoded) return ONT_ERROR_NO_IMAGE;
    record = *decoded;
    return 0;
}

bool write_record(const ont_platform& platform, const BootRecord& record) noexcept {
    const auto octets = encode(record);
    return platform.record_write(platform.context, octets.data(), octets.size()) == 0;
}

int ImageBank::load(const ont_platform& platform) noexcept {
    const int error = read_record(platform, record_);
    if (error == 0) settle_counter(platform, record_);
    return error;
}

Situation ImageBank::situation(bool downloading) const noexcept {
    if (record_.active != record_.committed) return Situation::s4;
    if (downloading) return Situation::s2;
    return record_.image[other(record_.active)].valid ? Situation::s3 : Situation::s1;
}

omci::ResultCode ImageBank::answer(Event event, std::uint8_t image, bool downloading) const noexcept {
    const BankRow& row = bank::row(situation(downloading), event);
    const ResultCode answer = (image == record_.active ? row.for_running : row.for_other).answer;
    // The table takes the committed image for valid. Should it ever not be (a record mended by hand), it stays asleep.
    const bool needs_image = event == Event::activate || event == Event::commit;
    return needs_image && !record_.image[image].valid ? ResultCode::parameter_error : answer;
}

bool ImageBank::clear(const ont_platform& platform, std::uint8_t image) noexcept {
    if (!idle(image)) return false;
    BootRecord next = record_;
    next.image[image] = {};
    next.trial = false;
    next.rolled_back = false;
    return store(platform, next);
}

bool ImageBank::install(const ont_platform& platform, std::uint8_t image, const InstalledImage& installed) noexcept {
    BootRecord next = record_;
    next.image[image] = {.valid = true,
                         .version = installed.version,
                         .hash = installed.hash,
                         .product_code = installed.product_code,
                         .security_counter = installed.security_counter};
    return store(platform, next);
}

bool ImageBank::activate(const ont_platform& platform, std::uint8_t image, std::uint8_t tries) noexcept {
    BootRecord next = record_;
    next.trial = image != record_.committed;
    next.rolled_back = false;
    next.image[image].tries_left = tries;
    return store(platform, next);
}

bool ImageBank::commit(const ont_platform& platform, std::uint8_t image, std::uint8_t tries) noexcept {
    BootRecord next = record_;
    if (image != record_.committed) {
        next.committed = image;
        next.trial = false;
        next.image[image].tries_left = tries;
    }
    return store_counted(platform, next);
}

bool ImageBank::end_trial(const ont_platform& platform) noexcept {
    BootRecord next = record_;
    next.trial = false;
    return store(platform, next);
}

bool ImageBank::prove(const ont_platform& platform) noexcept {
    BootRecord next = record_;
    next.image[next.active].proven = true;
    next.trial = false;
    next.announced = next.active;
    return store_counted(platform, next);
}

/// A change after which the committed image may be one that has been healthy: the record first, then the counter.
bool ImageBank::store_counted(const ont_platform& platform, BootRecord& next) noexcept {
    owe_counter(next);
    if (!store(platform, next)) return false;
    settle_counter(platform, record_);
    return true;
}

bool ImageBank::store(const ont_platform& platform, const BootRecord& next) noexcept {
    if (next == record_ && !doubtful_) return true;
    doubtful_ = !write_record(platform, next);
    if (doubtful_) {
        report(platform, ONT_EVENT_STORAGE_FAILED, record_storage);
        return false;
    }
    record_ = next;
    return true;
}

}  // namespace ont
