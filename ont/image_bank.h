// SPDX-License-Identifier: Apache-2.0
// Two images and what may happen to them: Fig. I.3.1-1 of G.988 as a table, and the bank that obeys it.
//
// The figure's primed states are its plain ones with the images exchanged, so the table speaks of the running image
// and of the other one. The bank keeps the boot record: what it changes is stored before anybody hears of it.
#pragma once

#include <array>
#include <cstdint>

#include "omci/ids.h"
#include "ont/boot_record.h"
#include "ont/ont.h"

namespace ont {

/// The states of the figure, seen from the running image.
enum class Situation : std::uint8_t {
    s1,  ///< running one committed, the other empty
    s2,  ///< running one committed, the other being downloaded
    s3,  ///< running one committed, the other valid
    s4,  ///< running one not committed, the other is (S4 and S4' of the figure)
};

enum class Event : std::uint8_t { start, end_good, end_bad, activate, commit, reboot };
enum class Which : std::uint8_t { running, other };

struct BankRow {
    Situation from;
    Event event;
    Which image;              ///< which the event names; Reboot names none
    omci::ResultCode answer;  ///< refused unless success
    Situation to;             ///< seen from the image that runs then
};

namespace bank {
using enum Situation;
using enum Event;
using enum Which;
inline constexpr auto done = omci::ResultCode::success;
inline constexpr auto wrong = omci::ResultCode::parameter_error;
inline constexpr auto fails = omci::ResultCode::processing_error;

/// What may happen to two images. Activate and Reboot restart the ONT, which throws a partial download away.
inline constexpr std::array table{
    BankRow{s1, start, running, wrong, s1},    BankRow{s1, start, other, done, s2},
    BankRow{s1, end_good, running, fails, s1}, BankRow{s1, end_good, other, fails, s1},
    BankRow{s1, end_bad, running, fails, s1},  BankRow{s1, end_bad, other, fails, s1},
    BankRow{s1, activate, running, done, s1},  BankRow{s1, activate, other, wrong, s1},
    BankRow{s1, commit, running, done, s1},    BankRow{s1, commit, other, wrong, s1},
    BankRow{s1, reboot, running, done, s1},

    BankRow{s2, start, running, wrong, s2},    BankRow{s2, start, other, done, s2},
    BankRow{s2, end_good, running, fails, s2}, BankRow{s2, end_good, other, done, s3},
    BankRow{s2, end_bad, running, fails, s2},  BankRow{s2, end_bad, other, fails, s1},
    BankRow{s2, activate, running, done, s1},  BankRow{s2, activate, other, wrong, s2},
    BankRow{s2, commit, running, done, s2},    BankRow{s2, commit, other, wrong, s2},
    BankRow{s2, reboot, running, done, s1},

    BankRow{s3, start, running, wrong, s3},    BankRow{s3, start, other, done, s2},
    BankRow{s3, end_good, running, fails, s3}, BankRow{s3, end_good, other, fails, s3},
    BankRow{s3, end_bad, running, fails, s3},  BankRow{s3, end_bad, other, fails, s3},
    BankRow{s3, activate, running, done, s3},  BankRow{s3, activate, other, done, s4},
    BankRow{s3, commit, running, done, s3},    BankRow{s3, commit, other, done, s4},
    BankRow{s3, reboot, running, done, s3},

    BankRow{s4, start, running, wrong, s4},    BankRow{s4, start, other, wrong, s4},
    BankRow{s4, end_good, running, fails, s4}, BankRow{s4, end_good, other, fails, s4},
    BankRow{s4, end_bad, running, fails, s4},  BankRow{s4, end_bad, other, fails, s4},
    BankRow{s4, activate, running, done, s4},  BankRow{s4, activate, other, done, s3},
    BankRow{s4, commit, running, done, s3},    BankRow{s4, commit, other, done, s4},
    BankRow{s4, reboot, running, done, s3},
};

/// Number of the row for an event; there is one for every state, event and image (Reboot: the running one).
constexpr std::size_t find(Situation from, Event event, Which image) noexcept {
    std::size_t i = 0;
    while (i < table.size() && !(table[i].from == from && table[i].event == event && table[i].image == image)) ++i;
    return i;
}

constexpr bool whole() noexcept {
    for (const Situation from : {s1, s2, s3, s4})
        for (const Event event : {start, end_good, end_bad, activate, commit, reboot})
            for (const Which image : {running, other})
                if ((event == reboot && image == other) != (find(from, event, image) == table.size())) return false;
    return true;
}
static_assert(whole(), "every state knows what to do with every event");
}  // namespace bank

class ImageBank {
public:
    /// Reads the record. 0, ONT_ERROR_STORAGE, or ONT_ERROR_NO_IMAGE where there is none that can be read.
    int load(const ont_platform& platform) noexcept;

    const BootRecord& record() const noexcept { return record_; }

    Situation situation(bool downloading) const noexcept;

    /// What the table answers to `event` for `image`.
    omci::ResultCode answer(Event event, std::uint8_t image, bool downloading) const noexcept;

    /// Neither running nor committed: the only image that may ever be erased.
    bool idle(std::uint8_t image) const noexcept { return image != record_.active && image != record_.committed; }

    // What follows is stored when it returns true; when it returns false nothing is to be relied upon but that the
    // ONT still boots, and the next change stores all of it again.

    /// Start, or a download that failed: `image`, an idle one, is not valid any more and has no version and hash.
    bool clear(const ont_platform& platform, std::uint8_t image) noexcept;
    /// End: `image` is valid.
    bool install(const ont_platform& platform, std::uint8_t image, const omci::Version& version,
                 const omci::ImageHash& hash) noexcept;
    /// Activate: `image`, a valid one, is what the next boot tries.
    bool activate(const ont_platform& platform, std::uint8_t image, std::uint8_t tries) noexcept;
    bool commit(const ont_platform& platform, std::uint8_t image, std::uint8_t tries) noexcept;
    /// Reboot: a trial, if there is one, is over (G.988: the committed image comes up).
    bool end_trial(const ont_platform& platform) noexcept;
    /// The running image is healthy, and the OLT knows that it is active.
    bool prove(const ont_platform& platform) noexcept;

private:
    bool store(const ont_platform& platform, const BootRecord& next) noexcept;

    BootRecord record_;
    bool doubtful_ = false;  ///< a write failed: what is stored may be the old record or the new one
};

/// Reads the stored record: 0, ONT_ERROR_STORAGE or ONT_ERROR_NO_IMAGE.
int read_record(const ont_platform& platform, BootRecord& record) noexcept;
bool write_record(const ont_platform& platform, const BootRecord& record) noexcept;

}  // namespace ont
