// SPDX-License-Identifier: Apache-2.0
// One PON: its ONTs, what they share, and the order in which they may send. Everything on a PON leaves through
// transmit(), at the PON's rate: commands first, then the sections of the group or, in turn, those of single ONTs.
//
//     looking --> joining --> probing --> group by group --> alone
//                (mode lockstep only)                        (mode unicast starts here)
//
// Only members of the running group may be in S2 while it runs (H3), so ONTs that are served alone come after the last
// group; whoever appears late, left a group or was too slow for one is served there too. On XG(S)-PON no frame can be
// shared, and all are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "olt/context.h"
#include "olt/grouping.h"
#include "olt/lockstep.h"
#include "olt/pacer.h"
#include "olt/session.h"

namespace olt {

class Pon {
public:
    Pon(Context& context, std::uint8_t number);

    // --- the host's news ---

    /// Null where the PON is full.
    Session* up(Address onu, const SerialNumber& serial, LinkKind link, Instant now);
    /// The ONT was seen on another PON.
    void move_away(const SerialNumber& serial, Instant now);
    void drop_gone();
    Session* at(Address onu) noexcept;
    Session* find(const SerialNumber& serial) noexcept;
    void link_ready(bool ready) noexcept { link_ready_ = ready; }
    /// To be called whenever a session was told something: finds out what follows for it and for the others.
    void changed(Session& session, Instant now);

    // --- the campaign ---

    void begin(const std::function<bool(const SerialNumber&)>& is_target, Instant now);
    void stop(Instant now);
    /// Nothing of a campaign that is over is sent or waited for any more.
    void end_campaign();
    /// Goes from phase to phase for as long as nothing is left to wait for.
    void progress(Instant now);
    /// The last group is done: activation may begin.
    bool groups_done() const noexcept { return phase_ == Phase::alone; }
    bool all_done() const noexcept;
    const std::vector<std::unique_ptr<Session>>& sessions() const noexcept { return sessions_; }

    // --- the loop ---

    bool receive(Address from, const omci::Frame& frame, Instant now);
    void advance(Instant now);
    std::optional<Transmission> transmit(std::span<std::uint8_t> room, Instant now);
    Instant deadline() const;
    /// When transmit() may have a frame; never where none waits.
    Instant sends_at() const noexcept { return link_ready_ && something_waits() ? pacer_.next() : never; }

private:
    enum class Phase : std::uint8_t {
        idle,
        looking,
        joining,
        probing,
        starting,
        transferring,
        ending,
        draining,
        alone
    };

    bool progress_once(Instant now);
    void enter(Phase phase, Instant until);
    template <typename Predicate>
    bool any(Predicate&& predicate) const;
    bool can_join(const Session& session) const noexcept;
    void begin_joining(Instant now);
    void begin_probe(Instant now);
    std::size_t write_probe(std::span<std::uint8_t> room, Instant now);
    void make_all_groups(Instant now);
    Reason why_alone(const Session& session) const noexcept;
    void begin_next_group(Instant now);
    bool start_is_over(Instant now);
    void dismiss_the_unfit(Instant now);
    void begin_lockstep(Instant now);
    void begin_ending(Instant now);
    void give_up_ending(Instant now);
    void begin_alone(Instant now);
    void progress_alone(Session& session, Instant now);

    void renumber();
    bool fits(const Session& session, const Group& group) const noexcept;
    void drain(Instant now);
    void queue(Session& session);
    bool sections_wait() const noexcept { return !bulk_.empty() || (lockstep_ && lockstep_->wants_bulk()); }
    bool something_waits() const noexcept { return probe_waits_ || !control_.empty() || sections_wait(); }
    std::optional<Transmission> write_session(std::deque<std::uint16_t>& from, std::uint8_t which,
                                              std::span<std::uint8_t> room, Instant now);

    struct Timer {
        Instant at;
        std::size_t index;
        bool operator>(const Timer& other) const noexcept { return at > other.at; }
    };

    Context& context_;
    std::uint8_t number_;
    bool link_ready_ = true;
    Pacer pacer_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::array<std::uint16_t, 256> index_by_onu_id_{};  ///< index + 1; 0: nobody there

    Phase phase_ = Phase::idle;
    bool progressing_ = false;
    Instant began_{};
    Instant phase_until_ = never;
    std::vector<Group> groups_;       ///< still to be served; the next one last
    std::vector<Session*> starting_;  ///< members of the group that is being started or ended
    Instant groups_formed_{};
    std::uint16_t group_number_ = 0;
    std::optional<Lockstep> lockstep_;
    Instant last_shared_{};  ///< when the last section left on the shared port

    bool probe_waits_ = false;
    std::uint8_t probes_ = 0;
    omci::TransactionId probe_id_{};

    std::deque<std::uint16_t> control_;  ///< sessions whose command waits
    std::deque<std::uint16_t> bulk_;     ///< sessions whose sections wait, in turn
    std::vector<std::uint8_t> queued_;   ///< by session: bit 0 in control_, bit 1 in bulk_
    std::vector<Stage> stage_seen_;
    std::vector<Instant> timer_set_;  ///< by session: the due time that lies in timers_
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

}  // namespace olt
