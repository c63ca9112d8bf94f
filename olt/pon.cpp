// SPDX-License-Identifier: Apache-2.0
// Who is on the PON, and who may send next. What the campaign does with them stands in pon_phases.cpp.
#include "olt/pon.h"

#include <algorithm>
#include <utility>

namespace olt {
namespace {

constexpr std::uint8_t in_control = 1;
constexpr std::uint8_t in_bulk = 2;

}  // namespace

Pon::Pon(Context& context, std::uint8_t number)
    : context_{context},
      number_{number},
      pacer_{context.options.rate_bits_per_second, context.options.policy.pace_slack} {}

Session* Pon::at(Address onu) noexcept {
    if (onu.onu_id >= index_by_onu_id_.size() || index_by_onu_id_[onu.onu_id] == 0) return nullptr;
    return sessions_[index_by_onu_id_[onu.onu_id] - 1u].get();
}

Session* Pon::find(const SerialNumber& serial) noexcept {
    for (const auto& session : sessions_)
        if (session->serial() == serial) return session.get();
    return nullptr;
}

Session* Pon::up(Address onu, const SerialNumber& serial, LinkKind link, Instant now) {
    if (onu.onu_id >= index_by_onu_id_.size()) return nullptr;
    Session* session = find(serial);
    if (!session && sessions_.size() == onts_per_pon_max) return nullptr;
    // Whoever had this ONU-ID has lost it, and an ONT that was up already has restarted or moved to another one.
    for (Session* before : {at(onu), session})
        if (before && before->is_up()) {
            before->down(now);
            changed(*before, now);
        }
    for (std::uint16_t& index : index_by_onu_id_)
        if (session && index == session->index + 1) index = 0;
    if (!session) {
        sessions_.push_back(std::make_unique<Session>(context_, onu, serial, link));
        session = sessions_.back().get();
        session->index = sessions_.size() - 1;
        queued_.push_back(0);
        timer_set_.push_back(never);
        stage_seen_.push_back(session->stage());
    }
    index_by_onu_id_[onu.onu_id] = static_cast<std::uint16_t>(session->index + 1);
    session->up(onu, link, now);
    return session;
}

void Pon::move_away(const SerialNumber& serial, Instant now) {
    Session* session = find(serial);
    if (!session) return;
    for (std::uint16_t& index : index_by_onu_id_)
        if (index == session->index + 1) index = 0;
    session->move_away(now);
    changed(*session, now);
}

void Pon::end_campaign() {
    enter(Phase::idle, never);
    lockstep_.reset();
    groups_.clear();
    starting_.clear();
    for (const auto& session : sessions_) session->targeted = false;
    renumber();
}

/// Between campaigns: those that are not up make room for others.
void Pon::drop_gone() {
    lockstep_.reset();
    starting_.clear();
    std::erase_if(sessions_, [](const auto& session) { return !session->is_up(); });
    renumber();
}

void Pon::renumber() {
    control_.clear();
    bulk_.clear();
    timers_ = {};
    index_by_onu_id_ = {};
    queued_.assign(sessions_.size(), 0);
    timer_set_.assign(sessions_.size(), never);
    stage_seen_.clear();
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
        sessions_[i]->index = i;
        index_by_onu_id_[sessions_[i]->address().onu_id] = static_cast<std::uint16_t>(i + 1);
        stage_seen_.push_back(sessions_[i]->stage());
    }
}

// --- sending ---

/// Puts a session where its next frame or its next timeout will be found.
void Pon::queue(Session& session) {
    const std::size_t index = session.index;
    if (session.wants_control() && !(queued_[index] & in_control)) {
        queued_[index] |= in_control;
        control_.push_back(static_cast<std::uint16_t>(index));
    }
    if (session.wants_bulk() && !(queued_[index] & in_bulk)) {
        queued_[index] |= in_bulk;
        bulk_.push_back(static_cast<std::uint16_t>(index));
    }
    const Instant due = session.due();
    if (due < timer_set_[index]) {
        timer_set_[index] = due;
        timers_.push({due, index});
    }
}

std::optional<Transmission> Pon::transmit(std::span<std::uint8_t> room, Instant now) {
    if (!link_ready_ || now < pacer_.next()) return std::nullopt;
    while (something_waits()) {
        std::optional<Transmission> out;
        if (probe_waits_) {
            out = {Address::shared(number_), room.first(write_probe(room, now)), Purpose::control};
        } else if (!control_.empty()) {
            out = write_session(control_, in_control, room, now);
        } else if (!bulk_.empty()) {
            out = write_session(bulk_, in_bulk, room, now);
        } else {
            const std::size_t octets = lockstep_->write(room, now);
            last_shared_ = now;
            out = {Address::shared(number_), room.first(octets), Purpose::shared_section};
            if (!lockstep_->wants_bulk())  // a close went out: its answers are awaited now
                for (Session* member : lockstep_->members()) queue(*member);
        }
        if (!out || out->octets.empty()) continue;
        pacer_.sent(context_.on_wire(out->octets.size()), now);
        return out;
    }
    return std::nullopt;
}

/// Lets the first of a queue write one frame; a session that has more to say queues again behind the others.
std::optional<Transmission> Pon::write_session(std::deque<std::uint16_t>& from, std::uint8_t which,
                                               std::span<std::uint8_t> room, Instant now) {
    Session& session = *sessions_[from.front()];
    from.pop_front();
    queued_[session.index] &= static_cast<std::uint8_t>(~which);
    const bool still_wants = which == in_control ? session.wants_control() : session.wants_bulk();
    if (!still_wants) return std::nullopt;
    const Session::Written written = session.write(room, now);
    queue(session);
    return Transmission{session.address(), room.first(written.octets), written.purpose};
}

Instant Pon::deadline() const {
    Instant at = std::min(phase_until_, sends_at());
    if (!timers_.empty()) at = std::min(at, timers_.top().at);
    if (lockstep_) at = std::min(at, lockstep_->due());
    return at;
}

// --- what happens to sessions ---

bool Pon::receive(Address from, const omci::Frame& frame, Instant now) {
    Session* session = at(from);
    if (!session) return false;
    if (session->receive(frame, now)) {
        changed(*session, now);
        return true;
    }
    const bool probe_answer = phase_ == Phase::probing && probes_ > 0 && frame.header.acknowledgement &&
                              frame.header.transaction_id == probe_id_ && frame.header.action == omci::Action::get;
    if (!probe_answer) return false;
    session->hears_shared = true;
    progress(now);
    return true;
}

void Pon::advance(Instant now) {
    while (!timers_.empty() && timers_.top().at <= now) {
        const Timer timer = timers_.top();
        timers_.pop();
        Session& session = *sessions_[timer.index];
        if (timer_set_[timer.index] == timer.at) timer_set_[timer.index] = never;
        session.advance(now);
        changed(session, now);
    }
    if (lockstep_ && now >= lockstep_->due()) {
        lockstep_->advance(now);
        for (Session* member : lockstep_->members()) queue(*member);
    }
    if (now >= phase_until_) progress(now);
}

void Pon::changed(Session& session, Instant now) {
    if (lockstep_ && session.group == group_number_) {
        // While sections go out on the shared port members have nothing to say and nothing to wait for.
        if (lockstep_->changed(session, now) && !lockstep_->wants_bulk())
            for (Session* member : lockstep_->members()) queue(*member);
        if (lockstep_->done()) progress(now);
    }
    if (phase_ == Phase::alone) progress_alone(session, now);
    queue(session);
    if (session.held_by_call()) context_.changed = true;
    if (session.stage() == stage_seen_[session.index]) return;
    stage_seen_[session.index] = session.stage();
    context_.changed = true;
    progress(now);
}

bool Pon::all_done() const noexcept {
    return std::all_of(sessions_.begin(), sessions_.end(), [](const auto& session) { return session->done(); });
}

void Pon::stop(Instant now) {
    groups_.clear();
    starting_.clear();
    lockstep_.reset();
    probe_waits_ = false;
    enter(Phase::alone, never);
    context_.changed = true;
    for (const auto& session : sessions_) {
        session->stop(now);
        changed(*session, now);
    }
}

}  // namespace olt
