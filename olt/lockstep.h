// SPDX-License-Identifier: Apache-2.0
// A group of standard class 7 ONTs that hear the shared port, one window at a time: the sections once for everybody,
// then the close, then whatever single members need, and only when no member is left behind the next window.
//
// Why so strict: a section carries no window number. A member that has not closed window w would take window w+1 for
// its retry (H2), and one that has would take a repeat of w for w+1 (H1). So between two windows every member has
// either accepted, or has left the group with its download ended (H3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "olt/context.h"
#include "olt/session.h"

namespace olt {

class Lockstep {
public:
    /// `members` are in stage transferring, all of the same instance and set, and agreed to `window_sections` or more.
    Lockstep(Context& context, std::vector<Session*> members, std::uint16_t window_sections, bool shared_close,
             Instant now);

    /// No window is left to send, or nobody to send it to. The members that are left have the whole image.
    bool done() const noexcept { return done_; }
    const std::vector<Session*>& members() const noexcept { return members_; }

    /// A section for the shared port waits to be sent.
    bool wants_bulk() const noexcept { return phase_ == Phase::sending && !done_; }
    std::size_t write(std::span<std::uint8_t> room, Instant now);

    /// `member` has an answer, fell silent or went away: gives it what it needs next, and goes on to the next window
    /// when it was the last one waited for.
    /// True where all members may have something to send now.
    bool changed(Session& member, Instant now);
    void advance(Instant now);
    Instant due() const noexcept { return phase_ == Phase::guard ? guard_until_ : never; }

private:
    enum class Phase : std::uint8_t {
        sending,  ///< sections go out on the shared port
        guard,    ///< they are out; unicast closes must not overtake them
        closing,  ///< closes, answers, repairs, evictions
    };

    void next_window(Instant now);
    void close_all(Instant now);
    bool settle(Session& member, Instant now);
    void take_usual_time() noexcept;
    Instant repair_time(const Session& member) const;
    bool too_late(Session& member, Instant now);
    std::size_t late_members_max() const noexcept;
    bool next_if_settled(Instant now);
    omci::TransactionId shared_close_id();

    Context& context_;
    std::vector<Session*> members_;
    omci::MessageSet set_;
    std::uint8_t image_;
    std::uint16_t window_sections_;
    bool shared_close_;
    Instant began_;

    Phase phase_ = Phase::sending;
    Window window_;
    std::uint16_t next_section_ = 0;
    Instant guard_until_ = never;
    bool done_ = false;
    std::vector<bool> settled_;  ///< by Session::group_slot: holds this window up no longer
    std::size_t unsettled_ = 0;
    Instant sections_out_{};  ///< when the last section left on the shared port
    Instant window_began_{};
    Instant most_settled_{};  ///< when all but a few had settled this window
    Duration usual_time_{};   ///< smoothed: from the beginning of a window to most_settled_
    std::uint32_t windows_ = 0;
    std::size_t failed_ = 0;  ///< members that answered this window with 1 at least once
};

}  // namespace olt
