// SPDX-License-Identifier: Apache-2.0
// The phases of a campaign on one PON: look, join, probe, one group after another, then those that are served alone.
#include <algorithm>

#include "olt/pon.h"

namespace olt {

void Pon::enter(Phase phase, Instant until) {
    phase_ = phase;
    phase_until_ = until;
    probe_waits_ = false;
}

template <typename Predicate>
bool Pon::any(Predicate&& predicate) const {
    return std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& session) { return predicate(*session); });
}

void Pon::begin(const std::function<bool(const SerialNumber&)>& is_target, Instant now) {
    lockstep_.reset();
    groups_.clear();
    starting_.clear();
    group_number_ = 0;
    probes_ = 0;
    context_.changed = true;
    const bool shares = context_.campaign.mode == Mode::lockstep;
    for (auto& session : sessions_) session = std::make_unique<Session>(*session, is_target(session->serial()));
    renumber();
    if (shares)
        enter(Phase::looking, now + context_.policy().look_wait_max);
    else
        drain(now);
    for (const auto& session : sessions_) {
        if (!session->targeted) continue;
        session->look(now);
        changed(*session, now);
    }
    progress(now);
}

void Pon::progress(Instant now) {
    if (progressing_) return;  // called again from within: the loop below sees what has changed
    progressing_ = true;
    while (progress_once(now)) {}
    progressing_ = false;
}

bool Pon::progress_once(Instant now) {
    const bool late = now >= phase_until_;
    const auto in_group = [&](Stage stage) {
        return std::any_of(starting_.begin(), starting_.end(), [&](const Session* s) { return s->stage() == stage; });
    };
    switch (phase_) {
    case Phase::idle:
    case Phase::alone: return false;
    case Phase::looking:
        if (!late && any([](const Session& s) { return s.stage() == Stage::looking; })) return false;
        begin_joining(now);
        return true;
    case Phase::joining:
        if (!late && any([&](const Session& s) { return can_join(s) && !s.shared_port_set; })) return false;
        begin_probe(now);
        return true;
    case Phase::probing:
        if (any([&](const Session& s) { return can_join(s) && s.shared_port_set && !s.hears_shared; })) {
            if (!late) return false;
            if (probes_ < context_.policy().probes_max) {
                probe_waits_ = true;  // the same identifier again: who heard the first one repeats its answer
                phase_until_ = never;
                return false;
            }
        }
        make_all_groups(now);
        drain(now);
        return true;
    case Phase::starting:
        if (!start_is_over(now)) return false;
        dismiss_the_unfit(now);
        if (in_group(Stage::aborting)) return false;
        begin_lockstep(now);
        return true;
    case Phase::transferring:
        if (!lockstep_->done()) return false;
        begin_ending(now);
        return true;
    case Phase::ending:
        if (late) give_up_ending(now);
        if (in_group(Stage::ending) || in_group(Stage::aborting)) return false;
        drain(now);
        return true;
    case Phase::draining:
        if (!late) return false;
        begin_next_group(now);
        return true;
    }
    return false;
}

bool Pon::can_join(const Session& session) const noexcept {
    return session.stage() == Stage::waiting && session.link() == LinkKind::gpon && !session.alone;
}

bool Pon::fits(const Session& session, const Group& group) const noexcept {
    return can_join(session) && session.shared_port_set && session.hears_shared &&
           session.verdict().image == group.image && session.set() == group.set;
}

/// Lets what waits behind the shared port, of an earlier campaign even, be taken in before anybody is started.
void Pon::drain(Instant now) {
    Duration longest = context_.policy().shared_drain;
    for (const auto& session : sessions_)
        if (!session->done()) longest = std::max(longest, session->drain_time());
    const bool sent = last_shared_ != Instant{};
    enter(Phase::draining, sent ? last_shared_ + longest : now);
}

void Pon::begin_joining(Instant now) {
    enter(Phase::joining, now + context_.policy().shared_wait_max);
    for (const auto& session : sessions_)
        if (can_join(*session) && !session->shared_port_set) context_.report(WantShared{session->address()});
}

void Pon::begin_probe(Instant) {
    enter(Phase::probing, never);
    probe_waits_ = any([&](const Session& s) { return can_join(s) && s.shared_port_set; });
    if (!probe_waits_) return;
    probe_id_ = context_.commands.next(omci::MessageSet::baseline);
}

/// A Get that everyone answers on its own OMCC: who answers hears the shared port.
std::size_t Pon::write_probe(std::span<std::uint8_t> room, Instant now) {
    probe_waits_ = false;
    ++probes_;
    phase_until_ = now + context_.policy().probe_timeout;
    const auto header = omci::request(omci::Action::get, probe_id_, omci::MessageSet::baseline,
                                      omci::MeClass::software_image, omci::image_instance(0));
    const omci::GetRequest get{omci::AttributeMask{omci::software_image::is_valid}};
    return *omci::write_frame(header, get, room, context_.trailer(omci::MessageSet::baseline));
}

void Pon::make_all_groups(Instant now) {
    std::vector<Candidate> candidates;
    for (const auto& session : sessions_)
        if (can_join(*session))
            candidates.push_back({session->index, session->verdict().image, session->set(),
                                  session->shared_port_set && session->hears_shared});
    groups_formed_ = now;
    groups_ = make_groups(candidates, context_.policy().group_members_min);
    std::reverse(groups_.begin(), groups_.end());
}

void Pon::begin_next_group(Instant now) {
    lockstep_.reset();
    starting_.clear();
    while (!groups_.empty() && starting_.empty()) {
        const Group group = std::move(groups_.back());
        groups_.pop_back();
        // One that was to join may have restarted while earlier groups were served.
        for (const std::size_t index : group.members)
            if (fits(*sessions_[index], group)) starting_.push_back(sessions_[index].get());
    }
    if (starting_.empty()) return begin_alone(now);
    ++group_number_;
    began_ = now;
    enter(Phase::starting, now + context_.policy().start_wait_min);
    for (Session* session : starting_) {
        session->group = group_number_;
        session->start(now);
        queue(*session);
    }
}

/// Everybody has answered, or enough have and the others had their time.
bool Pon::start_is_over(Instant now) {
    const Policy& policy = context_.policy();
    const auto open = static_cast<std::size_t>(std::count_if(
        starting_.begin(), starting_.end(), [](const Session* s) { return s->stage() == Stage::starting; }));
    if (open == 0) return true;
    const bool quorum = (starting_.size() - open) * 100 >= starting_.size() * policy.start_quorum_percent;
    const Instant until = began_ + (quorum ? policy.start_wait_min : policy.start_wait_max);
    phase_until_ = until;
    return now >= until;
}

/// Those that did not start, or only with windows that would slow all others down, must not stay in S2 (H3).
void Pon::dismiss_the_unfit(Instant now) {
    phase_until_ = never;
    for (Session* session : starting_) {
        const std::uint16_t floor =
            std::min(context_.campaign.window_sections, session->set() == omci::MessageSet::extended
                                                            ? context_.policy().window_floor_extended
                                                            : context_.policy().window_floor_baseline);
        const bool small = session->stage() == Stage::transferring && session->agreed_window() < floor;
        if (!small && session->stage() != Stage::starting) continue;
        session->abort(small ? Reason::too_small_window : session->why_not_started(), now);
        queue(*session);
    }
}

void Pon::begin_lockstep(Instant now) {
    std::erase_if(starting_, [](const Session* s) { return s->stage() != Stage::transferring; });
    if (starting_.empty()) return begin_next_group(now);
    const Session& first = *starting_.front();
    const auto smallest = std::min_element(starting_.begin(), starting_.end(), [](const Session* a, const Session* b) {
        return a->agreed_window() < b->agreed_window();
    });
    const std::uint16_t window = (*smallest)->agreed_window();
    const bool shared_close =
        context_.campaign.close == Close::shared && starting_.size() <= context_.policy().answers_in_flight_max;
    context_.report(GroupFormed{number_, group_number_, first.target(), window,
                                static_cast<std::uint16_t>(starting_.size()), first.set(), true, shared_close});
    lockstep_.emplace(context_, starting_, window, shared_close, now);
    enter(Phase::transferring, never);
    for (Session* session : starting_) queue(*session);
}

void Pon::begin_ending(Instant now) {
    enter(Phase::ending, now + context_.policy().group_end_wait_max);
    for (Session* session : starting_) {
        if (session->member) session->end(now);
        queue(*session);
    }
    lockstep_.reset();
}

void Pon::give_up_ending(Instant now) {
    phase_until_ = never;
    for (Session* session : starting_) {
        if (session->stage() != Stage::ending) continue;
        session->abort(Reason::busy, now);
        queue(*session);
    }
}

void Pon::begin_alone(Instant now) {
    enter(Phase::alone, never);
    context_.changed = true;
    for (const auto& session : sessions_) {
        progress_alone(*session, now);
        queue(*session);
    }
}

/// It waits although the groups are over, so it never was in one.
Reason Pon::why_alone(const Session& session) const noexcept {
    if (context_.campaign.mode == Mode::unicast) return Reason::none;
    if (session.link() != LinkKind::gpon) return Reason::keyed_check;
    if (session.looked_at() > groups_formed_) return Reason::late;
    if (!session.shared_port_set) return Reason::not_set_up;
    return session.hears_shared ? Reason::no_group : Reason::deaf;
}

/// Unicast, window by window, at its own pace.
void Pon::progress_alone(Session& session, Instant now) {
    if (session.stage() == Stage::waiting) {
        session.serve_alone(why_alone(session));
        session.group = 0;
        return session.start(now);
    }
    if (session.stage() != Stage::transferring) return;
    const Sections& sections = context_.sections(session.set());
    switch (session.window_state()) {
    case WindowState::none: return session.send_window(sections.window(0, session.agreed_window()), now, now);
    case WindowState::accepted: {
        const Window& last = session.window();
        const Window next = sections.window(last.first + last.count, session.window_limit());
        return next.count > 0 ? session.send_window(next, now, now) : session.end(now);
    }
    case WindowState::refused:
        if (session.window_failures() > context_.policy().unicast_repairs_max)
            return session.abort(Reason::windows_refused, now);
        return session.send_window(sections.window(session.window().first, session.window_limit()), now, now);
    case WindowState::rejected: return session.abort(Reason::image_refused, now);
    case WindowState::gone: return session.abort(session.why_gone(), now);
    default: return;
    }
}

}  // namespace olt
