// SPDX-License-Identifier: Apache-2.0
// Which request a reply answers, and how long to wait for it. G.988 commands are stop-and-wait: one ONT never has more
// than one of ours to answer.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <utility>

#include "olt/time.h"
#include "omci/ids.h"

namespace olt {

/// Transaction identifiers in turn from a closed range.
class TransactionIds {
public:
    TransactionIds(std::uint16_t first, std::uint16_t last, std::uint16_t start, bool high_priority)
        : first_{first}, last_{last}, high_priority_{high_priority} {
        assert(first > 0 && first <= last && last < 0x8000);
        next_ = static_cast<std::uint16_t>(first + start % (last - first + 1));
    }

    /// The next identifier that is not `used`: an ONT that sees its last one again replays its last answer.
    omci::TransactionId next(omci::MessageSet set, omci::TransactionId used = {}) noexcept {
        auto id = take(set);
        return id == used ? take(set) : id;
    }

    /// So many that one which comes round again has long been answered.
    bool enough() const noexcept { return last_ - first_ >= 255; }

    bool holds(omci::TransactionId id) const noexcept {
        const auto number = static_cast<std::uint16_t>(omci::value(id) & 0x7FFF);
        return number >= first_ && number <= last_;
    }

private:
    omci::TransactionId take(omci::MessageSet set) noexcept {
        const std::uint16_t number =
            std::exchange(next_, next_ == last_ ? first_ : static_cast<std::uint16_t>(next_ + 1));
        const bool priority_bit = high_priority_ && set == omci::MessageSet::baseline;
        return omci::TransactionId{static_cast<std::uint16_t>(number | (priority_bit ? 0x8000 : 0))};
    }

    std::uint16_t first_;
    std::uint16_t last_;
    std::uint16_t next_;
    bool high_priority_;
};

/// How long an ONT takes to answer, smoothed as TCP does it (RFC 6298) in integers: patience is the mean plus four
/// times the deviation.
class AnswerTime {
public:
    void measured(Duration took) noexcept {
        if (!known_) {
            known_ = true;
            mean_ = took;
            deviation_ = took / 2;
            return;
        }
        const Duration error = took > mean_ ? took - mean_ : mean_ - took;
        deviation_ += (error - deviation_) / 4;
        mean_ += (took - mean_) / 8;
    }

    /// Longer than nearly every answer took so far; zero before the first measurement.
    Duration nearly_longest() const noexcept { return mean_ + 4 * deviation_; }

    /// `unknown` before the first measurement.
    Duration patience(Duration least, Duration unknown) const noexcept {
        return !known_ ? unknown : std::min(std::max(nearly_longest(), least), unknown);
    }

private:
    Duration mean_{};
    Duration deviation_{};
    bool known_ = false;
};

/// One command on its way: sent, perhaps sent again with the same identifier, and what may become of it.
class Exchange {
public:
    enum class Silence { resend, gone };

    bool outstanding() const noexcept { return outstanding_; }
    omci::TransactionId id() const noexcept { return id_; }
    Instant until() const noexcept { return until_; }
    bool resent() const noexcept { return resent_; }
    Instant first_sent() const noexcept { return first_sent_; }

    void sent(omci::TransactionId id, Duration timeout, Instant now) noexcept {
        resent_ = outstanding_ && id == id_;
        if (!resent_) {
            first_sent_ = now;
            timeout_ = timeout;
        }
        id_ = id;
        until_ = now + timeout_;
        outstanding_ = true;
    }

    /// No answer by until(): ask again with the same identifier, twice as patient, or give up after `silence_max`.
    Silence timed_out(Duration silence_max, Duration timeout_max, Instant now) noexcept {
        if (now - first_sent_ >= silence_max) {
            outstanding_ = false;
            return Silence::gone;
        }
        timeout_ = std::min(timeout_ * 2, timeout_max);
        return Silence::resend;
    }

    void answered() noexcept { outstanding_ = false; }

private:
    omci::TransactionId id_{};
    Instant first_sent_{};
    Instant until_ = never;
    Duration timeout_{};
    bool outstanding_ = false;
    bool resent_ = false;
};

}  // namespace olt
