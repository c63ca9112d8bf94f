// SPDX-License-Identifier: Apache-2.0
#include "olt/lockstep.h"

#include <algorithm>
#include <cassert>
#include <optional>

namespace olt {
namespace {

constexpr int smoothing = 64;  ///< windows over which lateness is smoothed
constexpr int always = 1024;   ///< of Session::late_share: late in every window

}  // namespace

Lockstep::Lockstep(Context& context, std::vector<Session*> members, std::uint16_t window_sections, bool shared_close,
                   Instant now)
    : context_{context},
      members_{std::move(members)},
      set_{members_.front()->set()},
      image_{members_.front()->target()},
      window_sections_{window_sections},
      shared_close_{shared_close},
      began_{now} {
    next_window(now);
}

void Lockstep::next_window(Instant now) {
    window_ = context_.sections(set_).window(window_.first + window_.count, window_sections_);
    next_section_ = 0;
    settled_.assign(members_.size(), false);
    unsettled_ = members_.size();
    failed_ = 0;
    take_usual_time();
    window_began_ = most_settled_ = now;
    for (std::size_t slot = 0; slot < members_.size(); ++slot) members_[slot]->group_slot = slot;
    if (window_.count == 0 || members_.empty()) {
        done_ = true;
        return;
    }
    phase_ = Phase::sending;
    // A window of one section has nothing but its close.
    if (window_.count == 1 && !shared_close_) close_all(now);
}

std::size_t Lockstep::write(std::span<std::uint8_t> room, Instant now) {
    assert(wants_bulk());
    const std::uint16_t number = next_section_++;
    sections_out_ = now;
    const bool last = next_section_ == window_.count;
    const bool close = last && shared_close_;
    const omci::TransactionId id = close ? shared_close_id() : context_.section_ids.next(set_);
    const auto header = omci::request(omci::Action::download_section, id, set_, omci::MeClass::software_image,
                                      omci::image_instance(image_), close);
    const omci::SectionRequest section{static_cast<std::uint8_t>(number),
                                       context_.sections(set_).section(window_.first + number)};
    const std::size_t size = *omci::write_frame(header, section, room, context_.trailer(set_));
    if (close) {
        phase_ = Phase::closing;
        for (Session* member : members_)
            if (member->member) member->close_window(window_, id, now);
    } else if (next_section_ + 1 == window_.count && !shared_close_) {
        phase_ = Phase::guard;
        guard_until_ = now + context_.policy().close_guard;
    }
    return size;
}

/// One identifier for all: none of the members may have it as its last one, or it would replay an old answer.
omci::TransactionId Lockstep::shared_close_id() {
    for (;;) {
        const omci::TransactionId id = context_.section_ids.next(set_);
        const bool used =
            std::any_of(members_.begin(), members_.end(), [&](const Session* m) { return m->last_id() == id; });
        if (!used) return id;
    }
}

void Lockstep::close_all(Instant now) {
    phase_ = Phase::closing;
    for (Session* member : members_)
        if (member->member) member->close_window(window_, std::nullopt, now);
}

void Lockstep::advance(Instant now) {
    if (phase_ == Phase::guard && now >= guard_until_) close_all(now);
}

bool Lockstep::changed(Session& member, Instant now) {
    // One that has left keeps its old place number, which may be another's by now.
    const std::size_t slot = member.group_slot;
    if (done_ || slot >= members_.size() || members_[slot] != &member || settled_[slot]) return false;
    if (!settle(member, now)) return false;
    settled_[slot] = true;
    --unsettled_;
    if (unsettled_ >= late_members_max()) most_settled_ = now;
    return next_if_settled(now);
}

/// While sections are still going out only members that went down are settled: none is left if this was the last one.
bool Lockstep::next_if_settled(Instant now) {
    if (unsettled_ > 0) return false;
    std::erase_if(members_, [](const Session* m) { return !m->member; });
    next_window(now);
    return true;
}

std::size_t Lockstep::late_members_max() const noexcept {
    return std::max<std::size_t>(1, members_.size() * context_.policy().late_share_percent / 100);
}

void Lockstep::take_usual_time() noexcept {
    if (++windows_ == 1) return;
    const Duration took = most_settled_ - window_began_;
    usual_time_ += windows_ == 2 ? took : (took - usual_time_) / smoothing;
}

/// Takes note of how far behind most others this member was, and says whether it is so all the time.
bool Lockstep::too_late(Session& member, Instant now) {
    const Policy& policy = context_.policy();
    const bool late = unsettled_ <= late_members_max();
    const Duration behind = late ? now - most_settled_ : Duration::zero();
    // Somebody is last every time, by a little; that holds nobody up.
    const bool matters = behind * 100 > usual_time_ * policy.late_percent_max;
    member.late_share += ((matters ? always : 0) - member.late_share) / smoothing;
    member.lateness += (behind - member.lateness) / smoothing;
    member.late_total += behind;
    if (member.late_total > policy.late_total_max && member.late_total * 100 > (now - began_) * policy.late_percent_max)
        return true;
    const bool can_judge = windows_ > policy.late_windows_min && members_.size() >= policy.late_members_min;
    // Bad luck makes everyone late now and then, a slow ONT or a bad line makes one late nearly always.
    const bool mostly = member.late_share > always / 2;
    return can_judge && mostly && member.lateness * 100 > usual_time_ * policy.late_percent_max;
}

/// When what waits behind the shared port will have been taken in by this member. Its answer to a close on that port
/// proves that it has; its answer to a unicast close, which may have overtaken it, does not.
Instant Lockstep::repair_time(const Session& member) const {
    const Policy& policy = context_.policy();
    if (member.window_failures() > 1) return sections_out_;  // the earlier repair has waited already
    if (shared_close_) return member.close_resent() ? sections_out_ + member.drain_time() : sections_out_;
    const bool most_fail = failed_ * 2 > members_.size();
    return sections_out_ + (member.refused_in_a_row > 1 || most_fail ? member.drain_time() : policy.repair_guard);
}

/// True where this member holds the window up no longer: it accepted, or it has left and its download is ended.
bool Lockstep::settle(Session& member, Instant now) {
    if (!member.member) return member.stage() != Stage::aborting;
    const Policy& policy = context_.policy();
    switch (member.window_state()) {
    case WindowState::accepted:
        if (member.window_failures() == 0 && !member.close_resent()) member.refused_in_a_row = 0;
        member.take_note();
        if (!too_late(member, now)) return true;
        member.abort(Reason::too_slow, now);
        return false;
    case WindowState::refused: {
        if (member.window_failures() == 1) {
            ++failed_;
            ++member.refused_in_a_row;
        }
        const bool common_cause = failed_ > 1 && failed_ * 100 > members_.size() * policy.breaker_percent;
        const std::uint8_t repairs_max = common_cause ? policy.repairs_with_breaker_max : policy.repairs_max;
        const bool hopeless = !common_cause && member.refused_in_a_row > policy.refused_in_a_row_max;
        if (member.window_failures() > repairs_max || hopeless)
            member.abort(Reason::windows_refused, now);
        else
            member.send_window(window_, repair_time(member), now);
        return false;
    }
    case WindowState::rejected: member.abort(Reason::image_refused, now); return false;
    case WindowState::gone: member.abort(member.why_gone(), now); return false;
    default: return false;
    }
}

}  // namespace olt
