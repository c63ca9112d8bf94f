// SPDX-License-Identifier: Apache-2.0
#include "olt/engine.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "olt/context.h"
#include "olt/pons.h"
#include "olt/waves.h"

namespace olt {

struct Engine::State {
    explicit State(const EngineOptions& options) : context{options}, pons{context} {}

    Context context;
    Pons pons;
    Waves waves;
    bool running = false;
    std::vector<SerialNumber> missing;  ///< targets that are on no PON yet
    Instant missing_until = never;
    std::vector<SerialNumber> given_up;  ///< missing ones whose outcome was reported: too late for them
    std::size_t turn = 0;                ///< the PON that may send first
    std::array<std::uint8_t, omci::frame_max_octets> room{};

    Pon* pon_of(Address onu) { return onu.pon < pons_max ? &pons.touch(onu.pon) : nullptr; }

    Session* session_at(Address onu) {
        Pon* pon = pon_of(onu);
        return pon ? pon->at(onu) : nullptr;
    }

    bool is_target(const SerialNumber& serial) const {
        const auto& targets = context.campaign.targets;
        if (std::find(given_up.begin(), given_up.end(), serial) != given_up.end()) return false;
        return targets.empty() || std::find(targets.begin(), targets.end(), serial) != targets.end();
    }

    void settle(Instant now);
    void give_up_missing(Reason reason, Instant now);
    void report_end();
};

/// What follows from a change, beyond the one ONT it happened to.
void Engine::State::settle(Instant now) {
    if (!running || !context.changed) return;
    auto& all = pons.touch_all();
    while (std::exchange(context.changed, false)) waves.progress(context, all, now);
    if (!missing.empty()) return;
    const bool over = std::all_of(all.begin(), all.end(), [](const auto& pon) { return pon->all_done(); });
    if (over) report_end();
}

/// Targets that are not on any PON yet are waited for, but not for ever.
void Engine::State::give_up_missing(Reason reason, Instant now) {
    for (const SerialNumber& serial : missing) {
        OntDone done;
        done.serial = serial;
        done.result = reason == Reason::stopped ? Result::aborted : Result::lost;
        done.reason = reason;
        done.began = done.ended = now;
        context.report(done);
        given_up.push_back(serial);
    }
    missing.clear();
    context.changed = true;
}

void Engine::State::report_end() {
    running = false;
    CampaignDone done;
    done.others = static_cast<std::uint32_t>(given_up.size());
    for (const auto& pon : pons.touch_all())
        for (const auto& session : pon->sessions()) {
            if (!session->targeted) continue;
            if (session->result() == Result::upgraded)
                ++done.upgraded;
            else if (session->result() == Result::up_to_date)
                ++done.up_to_date;
            else
                ++done.others;
        }
    context.report(done);
    for (const auto& pon : pons.touch_all()) pon->end_campaign();
}

Engine::Engine(const EngineOptions& options) : state_{std::make_unique<State>(options)} {}
Engine::~Engine() = default;

bool Engine::onu_up(Address onu, const SerialNumber& serial, LinkKind link, Instant now) {
    Pon* pon = state_->pon_of(onu);
    if (!pon) return false;
    if (!state_->running) {
        for (const auto& any : state_->pons.touch_all()) {
            if (any.get() != pon) any->move_away(serial, now);
            any->drop_gone();
        }
        return pon->up(onu, serial, link, now) != nullptr;
    }
    // Who had an outcome, or moves to another PON and so gets one now, has left the campaign.
    bool is_new = !pon->find(serial);
    for (const auto& other : state_->pons.touch_all())
        if (other.get() != pon && other->find(serial)) {
            other->move_away(serial, now);
            is_new = false;
        }
    Session* session = pon->up(onu, serial, link, now);
    if (session && is_new && state_->is_target(serial)) {
        if (std::erase(state_->missing, serial) > 0) state_->context.changed = true;
        session->targeted = true;
        session->look(now);
    }
    if (session) pon->changed(*session, now);
    state_->settle(now);
    return session != nullptr;
}

void Engine::onu_down(Address onu, Instant now) {
    Session* session = state_->session_at(onu);
    if (!session) return;
    session->down(now);
    state_->pon_of(onu)->changed(*session, now);
    state_->settle(now);
}

void Engine::shared_ready(Address onu, Instant now) {
    Session* session = state_->session_at(onu);
    if (!session) return;
    session->shared_port_set = true;
    state_->pon_of(onu)->changed(*session, now);
    state_->pon_of(onu)->progress(now);
}

void Engine::omcc_granted(Address onu, Instant now) {
    Session* session = state_->session_at(onu);
    if (!session) return;
    session->grant(now);
    state_->pon_of(onu)->changed(*session, now);
    state_->settle(now);
}

void Engine::omcc_revoked(Address onu, Instant now) {
    Session* session = state_->session_at(onu);
    if (!session) return;
    session->revoke(now);
    state_->pon_of(onu)->changed(*session, now);
    state_->settle(now);
}

void Engine::link_ready(std::uint8_t pon, Instant) {
    if (pon < pons_max) state_->pons.touch(pon).link_ready(true);
}

void Engine::link_busy(std::uint8_t pon, Instant) {
    if (pon < pons_max) state_->pons.touch(pon).link_ready(false);
}

void Engine::stored(std::uint64_t number, Instant now) {
    for (const auto& pon : state_->pons.touch_all())
        for (const auto& session : pon->sessions())
            if (session->stored(number)) pon->changed(*session, now);
    state_->settle(now);
}

bool Engine::start(const Campaign& campaign, Instant now) {
    const bool window_ok = campaign.window_sections >= 1 && campaign.window_sections <= omci::window_sections_max;
    const bool size_ok = campaign.image.octets.size() <= std::numeric_limits<std::uint32_t>::max();
    const bool ids_ok = state_->context.commands.enough() && state_->context.section_ids.enough();
    if (state_->running || campaign.image.octets.empty() || !window_ok || !size_ok || !ids_ok) return false;
    Context& context = state_->context;
    context.campaign = campaign;
    context.baseline = Sections{campaign.image.octets, omci::MessageSet::baseline};
    context.extended = Sections{campaign.image.octets, omci::MessageSet::extended};
    context.accounts = Accounts{};
    state_->waves.begin();
    state_->running = true;
    context.stopping = false;
    state_->given_up.clear();
    state_->missing = campaign.targets;
    std::sort(state_->missing.begin(), state_->missing.end());
    state_->missing.erase(std::unique(state_->missing.begin(), state_->missing.end()), state_->missing.end());
    for (const auto& pon : state_->pons.touch_all()) {
        pon->drop_gone();
        for (const auto& session : pon->sessions()) std::erase(state_->missing, session->serial());
        pon->begin([&](const SerialNumber& serial) { return state_->is_target(serial); }, now);
    }
    state_->missing_until = state_->missing.empty() ? never : now + context.policy().absent_wait_max;
    state_->settle(now);
    return true;
}

void Engine::stop(Instant now) {
    if (!state_->running) return;
    state_->context.stopping = true;
    state_->give_up_missing(Reason::stopped, now);
    for (const auto& pon : state_->pons.touch_all()) pon->stop(now);
    state_->settle(now);
}

void Engine::receive(Address from, std::span<const std::uint8_t> octets, Instant now) {
    Context& context = state_->context;
    context.accounts.upstream_octets += context.on_wire(octets.size());
    const auto frame = omci::read_frame(octets);
    const bool bad = !frame || (context.options.seal_frames && omci::check_crc(*frame) == omci::MicState::bad);
    if (bad) return;
    Pon* pon = state_->pon_of(from);
    if (pon && pon->receive(from, *frame, now)) return state_->settle(now);
    // A late repeat of an answer that was taken already is nobody's business.
    const omci::TransactionId id = frame->header.transaction_id;
    const bool late = frame->header.acknowledgement && (context.commands.holds(id) || context.section_ids.holds(id));
    if (!late) context.report(ForeignFrame{from, {octets.begin(), octets.end()}});
}

void Engine::advance(Instant now) {
    for (std::size_t pon = 0; pon < pons_max; ++pon)
        if (state_->pons.due(pon) <= now) state_->pons.touch(pon).advance(now);
    if (now >= state_->missing_until) {
        state_->missing_until = never;
        state_->give_up_missing(Reason::not_there, now);
    }
    state_->settle(now);
}

std::optional<Transmission> Engine::transmit(Instant now) {
    for (std::size_t i = 0; i < pons_max; ++i) {
        const std::size_t pon = (state_->turn + i) % pons_max;
        if (state_->pons.sends_at(pon) > now) continue;
        const auto out = state_->pons.touch(pon).transmit(state_->room, now);
        if (!out) continue;
        state_->turn = (pon + 1) % pons_max;
        state_->context.account(*out, now);
        return out;
    }
    return std::nullopt;
}

std::optional<Event> Engine::poll_event() {
    auto& events = state_->context.events;
    if (events.empty()) return std::nullopt;
    Event event = std::move(events.front());
    events.pop_front();
    return event;
}

Instant Engine::deadline() const { return std::min(state_->missing_until, state_->pons.first_due()); }

bool Engine::idle() const { return !state_->running; }

const Accounts& Engine::accounts() const { return state_->context.accounts; }

std::vector<Engine::OntStatus> Engine::status() const {
    std::vector<OntStatus> out;
    for (const auto& pon : state_->pons.touch_all())
        for (const auto& session : pon->sessions())
            out.push_back({session->address(), session->serial(), session->stage(), session->octets_done(),
                           session->window_failures() > 0 && session->stage() == Stage::transferring});
    return out;
}

}  // namespace olt
