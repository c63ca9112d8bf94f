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
/// The answer to an event, and the situation that follows, seen from the image that runs then.
struct Outcome {
    omci::ResultCode answer;
    Situation to;
};

struct BankRow {
    Situation from;
    Event event;
    Outcome for_running;  ///< the event names the running image
    Outcome for_other;    ///< it names the other one
    const char* note;
};

namespace bank {
using enum Situation;
using enum Event;
inline constexpr auto done = omci::ResultCode::success;
inline constexpr auto fails = omci::ResultCode::processing_error;
inline constexpr auto wrong = omci::ResultCode::parameter_error;

// The size is spelled out: a deduced constexpr array is writable data to g++ 12, and firmware has little of that.
// clang-format off
/// What may happen to two images. Activate and Reboot restart the ONT, which throws a partial download away.
inline constexpr std::array<BankRow, 24> table{{
    //         for the running | for the other
    {s1, start,    {wrong, s1}, {done,  s2}, "clears Is valid"},
    {s1, end_good, {fails, s1}, {fails, s1}, "no download runs"},
    {s1, end_bad,  {fails, s1}, {fails, s1}, "no download runs"},
    {s1, activate, {done,  s1}, {wrong, s1}, "a soft restart; the other image is not valid"},
    {s1, commit,   {done,  s1}, {wrong, s1}, "is committed already"},
    {s1, reboot,   {done,  s1}, {done,  s1}, ""},

    {s2, start,    {wrong, s2}, {done,  s2}, "throws the partial download away"},
    {s2, end_good, {fails, s2}, {done,  s3}, "sets Is valid"},
    {s2, end_bad,  {fails, s2}, {fails, s1}, "wrong CRC or size, or an abort"},
    {s2, activate, {done,  s1}, {wrong, s2}, ""},
    {s2, commit,   {done,  s2}, {wrong, s2}, ""},
    {s2, reboot,   {done,  s1}, {done,  s1}, ""},

    {s3, start,    {wrong, s3}, {done,  s2}, "clears Is valid"},
    {s3, end_good, {fails, s3}, {fails, s3}, "no download runs"},
    {s3, end_bad,  {fails, s3}, {fails, s3}, "no download runs"},
    {s3, activate, {done,  s3}, {done,  s4}, "the other image on trial"},
    {s3, commit,   {done,  s3}, {done,  s4}, "S4': what is committed did not run yet"},
    {s3, reboot,   {done,  s3}, {done,  s3}, ""},

    {s4, start,    {wrong, s4}, {wrong, s4}, "both images are in use"},
    {s4, end_good, {fails, s4}, {fails, s4}, "no download runs"},
    {s4, end_bad,  {fails, s4}, {fails, s4}, "no download runs"},
    {s4, activate, {done,  s4}, {done,  s3}, "once more, or back to the committed image"},
    {s4, commit,   {done,  s3}, {done,  s4}, ""},
    {s4, reboot,   {done,  s3}, {done,  s3}, "the committed image comes up"},
}};
// clang-format on

inline constexpr std::size_t events = 6;

constexpr const BankRow& row(Situation from, Event event) noexcept {
    return table[static_cast<std::size_t>(from) * events + static_cast<std::size_t>(event)];
}

constexpr bool whole() noexcept {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (i != static_cast<std::size_t>(table[i].from) * events + static_cast<std::size_t>(table[i].event))
            return false;
    return table.size() == 4 * events;
}
static_assert(whole(), "every state knows what to do with every event, in order");
}  // namespace bank

/// What End learns of the image that lies in a slot now.
struct InstalledImage {
    omci::Version version{};
    omci::ImageHash hash{};
    ProductCode product_code{};          ///< the package's; all zero where it was a plain image
    std::uint32_t security_counter = 0;  ///< the package's; 0 where it was a plain image
};

class ImageBank {
public:
    /// Reads the record, and raises the security counter to what it owes. 0, ONT_ERROR_STORAGE, or ONT_ERROR_NO_IMAGE
    /// where there is none that can be read.
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
    /// End: `image` is valid, and this is what it is.
    bool install(const ont_platform& platform, std::uint8_t image, const InstalledImage& installed) noexcept;
    /// Activate: `image`, a valid one, is what the next boot tries.
    bool activate(const ont_platform& platform, std::uint8_t image, std::uint8_t tries) noexcept;
    /// Commit: `image`, a valid one, is what boots from now on. Raises the security counter if it has been healthy.
    bool commit(const ont_platform& platform, std::uint8_t image, std::uint8_t tries) noexcept;
    /// Reboot: a trial, if there is one, is over (G.988: the committed image comes up).
    bool end_trial(const ont_platform& platform) noexcept;
    /// The running image is healthy, and the OLT knows that it is active. Raises the security counter if it is the
    /// committed one.
    bool prove(const ont_platform& platform) noexcept;

private:
    bool store(const ont_platform& platform, const BootRecord& next) noexcept;
    bool store_counted(const ont_platform& platform, BootRecord& next) noexcept;

    BootRecord record_;
    bool doubtful_ = false;  ///< a write failed: what is stored may be the old record or the new one
};

/// Reads the stored record: 0, ONT_ERROR_STORAGE or ONT_ERROR_NO_IMAGE.
int read_record(const ont_platform& platform, BootRecord& record) noexcept;
bool write_record(const ont_platform& platform, const BootRecord& record) noexcept;

}  // namespace ont
