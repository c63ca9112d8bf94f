// SPDX-License-Identifier: Apache-2.0
#include "ont/download.h"

#include <algorithm>

#include "ont/report.h"

namespace ont {

using omci::Refusal;
using omci::ResultCode;

void Download::start(const Host& host, std::uint8_t image, std::uint32_t stream_octets, omci::MessageSet set,
                     std::size_t sections) noexcept {
    if (running()) host.report(ONT_EVENT_DOWNLOAD_ENDED, static_cast<std::uint32_t>(Ended::replaced));
    phase_ = Phase::receiving;
    kind_ = Kind::unknown;
    set_ = set;
    image_ = image;
    failed_ = end_asked_ = kept_ = installed_ = false;
    refusal_ = Refusal::none;
    stream_octets_ = image_octets_ = stream_octets;
    accepted_ = writing_ = taken_ = erased_ = read_ = 0;
    head_ = {};
    slot_ = {};
    payload_ = {};
    window_.open(host.window(), set, sections);
    host.report(ONT_EVENT_DOWNLOAD_STARTED, stream_octets);
}

/// Octets of the stream in the window at its close.
std::uint32_t Download::expected() const noexcept {
    return std::min(static_cast<std::uint32_t>(window_.octets()), stream_octets_ - accepted_);
}

/// Beyond the stream's end a baseline window may go on with sections of zeros (G.988 I.3.2.1), an extended one not at
/// all (11.2.5). The padding of the section that holds the end is not looked at: its octets never count.
bool Download::too_much() const noexcept {
    const std::uint32_t size = expected();
    if (size == window_.octets()) return false;
    if (set_ == omci::MessageSet::extended) return true;
    const std::size_t sections = (size + omci::baseline_section_octets - 1) / omci::baseline_section_octets;
    return !window_.zero_from(sections * omci::baseline_section_octets);
}

ResultCode Download::close(const Host& host, std::uint8_t last) noexcept {
    const auto no = [&](ResultCode answer) {
        host.report(ONT_EVENT_WINDOW_REFUSED, static_cast<std::uint32_t>(window_.arrived()));
        window_.clear();
        return answer;
    };
    kept_ = false;
    if (phase_ == Phase::receiving && refusal_ != Refusal::none && !failed_) return no(ResultCode::parameter_error);
    if (phase_ != Phase::receiving || failed_ || !window_.complete(last) || too_much())
        return no(ResultCode::processing_error);
    if (kind_ == Kind::unknown)
        if (const Refusal why = recognize(host); why != Refusal::none) refuse(host, why);
    const bool ready = usable() && (is_package() ? take(host) : erased_ >= accepted_ + expected());
    if (!usable()) return no(failed_ ? ResultCode::processing_error : ResultCode::parameter_error);
    if (!ready) {
        kept_ = true;
        kept_last_ = last;
        return ResultCode::device_busy;
    }
    writing_ = expected();
    return ResultCode::success;
}

/// Package or plain image, and may it be looked at further?
Refusal Download::recognize(const Host& host) noexcept {
    std::array<std::uint8_t, omci::package_magic.size()> first{};
    const auto seen = std::span{first}.first(std::min<std::size_t>(first.size(), expected()));
    window_.copy(0, seen);
    // The name is enough: what stands behind it of a package that was moved as text must not pass for an image.
    const auto name = seen.first(std::min(seen.size(), omci::package_name_octets));
    const bool begins_so = std::equal(name.begin(), name.end(), omci::package_magic.begin());
    if (begins_so && stream_octets_ > first.size()) {
        if (!host.takes_packages()) return Refusal::not_supported;
        // A first window of less than the magic does not tell. Nobody sends one.
        if (!omci::is_package(seen) || stream_octets_ <= omci::package_header_octets) return Refusal::malformed_head;
        kind_ = Kind::package;
        return Refusal::none;
    }
    if (host.options.trust_anchor != 0 && !host.permits(ONT_MAY_INSTALL_PLAIN, nullptr)) return Refusal::plain_image;
    if (stream_octets_ > host.platform.slot_octets(host.platform.context, image_)) return Refusal::slot_too_small;
    kind_ = Kind::plain;
    return Refusal::none;
}

/// Takes what it can of a package's window into head or frame buffer. False: work has to be done first, or it was
/// refused. A raw payload stays in the window until the answer is on the way.
bool Download::take(const Host& host) noexcept {
    const std::uint32_t end = accepted_ + expected();
    while (taken_ < end && !payload_.working()) {
        const std::uint32_t from = taken_ - accepted_;
        if (!head_.whole()) {
            const auto room = head_.wanted(host);
            const auto part = room.first(std::min<std::size_t>(room.size(), end - taken_));
            window_.copy(from, part);
            taken_ += static_cast<std::uint32_t>(part.size());
            const Refusal why = head_.took(host, part.size(), stream_octets_);
            if (why == Refusal::none) continue;
            refuse(host, why);
            return false;
        }
        if (!head_.judged()) return false;
        if (head_.payload() == omci::Payload::raw) {
            const std::uint32_t needed = payload_at(end);
            return needed <= slot_.stored() || needed <= slot_.prepared();
        }
        taken_ += payload_.take_framed(host, head_, slot_, window_, from, payload_at(taken_), end - taken_);
    }
    return (!head_.whole() || head_.judged()) && !payload_.working();
}

void Download::write_window(const Host& host) noexcept {
    if (writing_ == 0) return;
    const std::uint32_t end = accepted_ + writing_;
    if (!is_package()) {
        const auto octets = window_.gather();
        if (host.platform.slot_write(host.platform.context, image_, accepted_, octets.data(), writing_) != 0)
            fail(host, accepted_);
    } else if (head_.judged() && head_.payload() == omci::Payload::raw) {
        write_raw(host, end);
    }
    accepted_ = end;
    writing_ = 0;
    window_.clear();
    host.report(ONT_EVENT_WINDOW_ACCEPTED, accepted_);
    if (accepted_ != stream_octets_ || !usable()) return;
    phase_ = Phase::reading;
    crc_ = {};
}

/// The part of the window that is payload, into block buffer or slot.
void Download::write_raw(const Host& host, std::uint32_t end) noexcept {
    const std::uint32_t first = std::max(accepted_, std::min(end, head_.octets()));
    const auto octets = window_.gather().subspan(first - accepted_, end - first);
    const Refusal why = payload_.take_raw(host, head_, slot_, payload_at(first), octets);
    if (why != Refusal::none) refuse(host, why, slot_.stored());
    taken_ = std::max(taken_, end);
}

ResultCode Download::end(const Host& host, std::uint8_t image, const omci::EndRequest& request) noexcept {
    if (phase_ == Phase::none || image != image_) return ResultCode::processing_error;
    const bool settled_good = phase_ == Phase::settled && answer_ == ResultCode::success;
    if (request.is_abort() || request.image_octets != stream_octets_ ||
        (settled_good && request.image_crc != wanted_crc_)) {
        // Until its 0 is delivered the download runs on as the OLT sees it: what was already settled is taken back.
        if (settled_good) host.bank.clear(host.platform, image_);
        return over(host, request.is_abort() ? Ended::aborted : Ended::refused);
    }
    if (phase_ == Phase::settled) {
        phase_ = Phase::none;
        return answer_;
    }
    if (!usable() || phase_ == Phase::receiving) return over(host, Ended::refused);
    wanted_crc_ = request.image_crc;
    if (phase_ == Phase::proven) return finish(host);
    end_asked_ = true;
    return ResultCode::device_busy;
}

bool Download::step(const Host& host) noexcept {
    if (phase_ == Phase::receiving && usable()) {
        if (is_package()) return package_step(host);
        if (erased_ == image_octets_ || (kind_ == Kind::unknown && host.looks_first())) return false;
        erase_next(host);
        return erased_ < image_octets_ && usable();
    }
    if (phase_ == Phase::reading && usable()) {
        read_next(host);
        return usable();
    }
    if (!end_asked_ || (phase_ != Phase::proven && !(!usable() && running()))) return false;
    answer_ = usable() ? finish(host) : over(host, Ended::refused);
    phase_ = Phase::settled;
    return false;
}

void Download::erase_next(const Host& host) noexcept {
    if (!host.bank.idle(image_)) return fail(host, erased_);  // cannot be: Start was refused then; cheap to be sure
    const std::uint32_t unit = host.platform.slot_erase_unit(host.platform.context, image_);
    if (unit == 0) {  // storage that is written without erasing
        erased_ = image_octets_;
        return;
    }
    if (host.platform.slot_erase(host.platform.context, image_, erased_) != 0) return fail(host, erased_);
    erased_ = image_octets_ - erased_ > unit ? erased_ + unit : image_octets_;
}

/// Verdict first, then a frame that waits, then the room for what comes next, then the rest of the room.
bool Download::package_step(const Host& host) noexcept {
    if (!head_.whole()) return false;
    if (!head_.judged()) {
        const auto verdict = head_.judge(host, image_, stream_octets_);
        if (verdict && *verdict != Refusal::none) {
            refuse(host, *verdict);
        } else if (verdict) {
            image_octets_ = head_.image_octets();
            slot_.start(host, image_, image_octets_);
        }
        return usable();
    }
    if (payload_.working()) {
        const auto done = payload_.step(host, head_, slot_);
        if (done && *done != Refusal::none)
            refuse(host, *done, slot_.stored());
        else if (done && kept_ && window_.complete(kept_last_) && !too_much())
            take(host);  // the same window goes on: its next close need not wait for each frame in it
        return usable();
    }
    if (slot_.may_copy()) {
        if (!slot_.copy(host, head_)) fail(host, slot_.stored());
    } else if (!slot_.all_prepared()) {
        if (!slot_.prepare(host, head_)) fail(host, slot_.prepared());
    } else {
        return false;
    }
    return usable();
}

ResultCode Download::over(const Host& host, Ended how) noexcept {
    phase_ = Phase::none;
    host.report(ONT_EVENT_DOWNLOAD_ENDED, static_cast<std::uint32_t>(how));
    return ResultCode::processing_error;
}

void Download::refuse(const Host& host, Refusal why, std::uint32_t offset) noexcept {
    using omci::UpdatePhase;
    const bool judged = kind_ == Kind::plain || head_.judged() || why == Refusal::storage_failed;
    refused_in_ = phase_ != Phase::receiving ? UpdatePhase::verifying
                  : judged                   ? UpdatePhase::downloading
                                             : UpdatePhase::judging;
    refusal_ = why;
    refusal_told_ = false;
    failed_ = why == Refusal::storage_failed;
    if (failed_) host.report(ONT_EVENT_STORAGE_FAILED, offset);
    host.report(ONT_EVENT_REFUSED, static_cast<std::uint32_t>(why));
}

}  // namespace ont
