// SPDX-License-Identifier: Apache-2.0
// What a session is told to do, and how it says it. What the answers mean stands in session_replies.cpp
// and session_looks.cpp.
#include "olt/session.h"

#include <algorithm>
#include <cassert>

namespace olt {

Session::Session(Context& context, Address onu, const SerialNumber& serial, LinkKind link)
    : context_{context}, onu_{onu}, serial_{serial}, link_{link} {}

Session::Session(const Session& earlier, bool is_target)
    : Session{earlier.context_, earlier.onu_, earlier.serial_, earlier.link_} {
    index = earlier.index;
    targeted = is_target;
    is_up_ = earlier.is_up_;
    granted_ = earlier.granted_;
}

std::uint32_t Session::octets_done() const noexcept {
    switch (stage_) {
    case Stage::transferring: return context_.sections(set_).octets_before(window_.first);
    case Stage::ending:
    case Stage::verifying:
    case Stage::staged:
    case Stage::activating:
    case Stage::rebooting:
    case Stage::committing: return context_.campaign.image.size();
    case Stage::done:
        return result_ == Result::upgraded || result_ == Result::up_to_date ? context_.campaign.image.size() : 0;
    default: return 0;
    }
}

void Session::enter(Stage stage) {
    if (stage == stage_) return;
    stage_ = stage;
    context_.report(StageChanged{onu_, serial_, stage});
}

void Session::leave(Reason why) {
    if (!member) return;
    member = false;
    context_.report(Membership{onu_, serial_, false, why});
}

// --- commands ---

void Session::ask(Command command) {
    command_ = command;
    to_send_ = true;
    fresh_id_ = true;
    send_at_ = never;
    awaited_record_ = 0;
    busy_since_.reset();
    exchange_.answered();
}

void Session::ask_later(Command command, Instant at) {
    ask(command);
    to_send_ = false;
    send_at_ = at;
}

void Session::ask_after_record(Record::What what, Command command) {
    ask(command);
    to_send_ = false;
    awaited_record_ = ++context_.last_record;
    context_.report(Record{awaited_record_, serial_, what, target_});
}

bool Session::stored(std::uint64_t number) {
    if (awaited_record_ == 0 || awaited_record_ > number) return false;
    awaited_record_ = 0;
    to_send_ = true;
    return true;
}

void Session::move_away(Instant now) {
    is_up_ = false;
    if (stage_ == Stage::asking) return end_asking(now);
    finish(Result::lost, Reason::moved, now);
}

void Session::up(Address onu, LinkKind link, Instant now) {
    onu_ = onu;
    link_ = link;
    is_up_ = granted_ = true;
    shared_port_set = hears_shared = false;
    came_back_ = true;
    come_back(now);
}

void Session::down(Instant now) {
    is_up_ = false;
    go_away(Reason::went_down, now);
}

void Session::grant(Instant now) {
    if (std::exchange(granted_, true)) return;
    come_back(now);
}

void Session::revoke(Instant now) {
    if (!std::exchange(granted_, false)) return;
    go_away(Reason::revoked, now);
}

/// Whatever it was doing, a look will tell how far it came.
void Session::go_away(Reason why, Instant now) {
    if (done()) return;
    if (stage_ == Stage::asking) return end_asking(now);
    const bool may_have_restarted = command_ == Command::activate && exchange_.outstanding();
    const bool restarts = stage_ == Stage::rebooting || stage_ == Stage::committing || may_have_restarted;
    command_ = Command::none;
    to_send_ = false;
    awaited_record_ = 0;
    window_state_ = WindowState::none;
    leave(why);
    if (in_download_) serve_alone(why);
    away_reason_ = why;
    absent_until_ = now + context_.policy().absent_wait_max;
    if (restarts) absent_until_ = std::max(absent_until_, confirm_until_);
    enter(restarts ? Stage::rebooting : Stage::absent);
}

void Session::come_back(Instant now) {
    if (done() || !is_up_ || !granted_) return;
    if (stage_ == Stage::rebooting) {
        absent_until_ = never;
        ask(Command::confirm);
    } else if (stage_ == Stage::absent) {
        abort_first_ = in_download_;
        look(now);
    }
}

void Session::look(Instant now) {
    if (began_ == never) began_ = now;
    window_state_ = WindowState::none;
    absent_until_ = never;
    if (!is_up_ || !granted_) {
        away_reason_ = is_up_ ? Reason::revoked : Reason::went_down;
        absent_until_ = now + context_.policy().absent_wait_max;
        return enter(Stage::absent);
    }
    enter(Stage::looking);
    if (abort_first_) return abort(Reason::went_down, now);
    view_ = {};
    ask(Command::look_state_0);
}

void Session::start(Instant) {
    target_ = verdict_.image;
    ++transfers_;
    in_download_ = true;
    window_ = {};
    window_failures_ = 0;
    sent_again_ = false;
    enter(Stage::starting);
    context_.report(QuiesceMib{onu_});
    ask_after_record(Record::What::start, Command::start);
}

void Session::send_window(const Window& window, Instant at, Instant now) {
    assert(stage_ == Stage::transferring && window.count > 0);
    if (window_.first == window.first && window_failures_ > 0) {
        ++windows_repaired_;
        sent_again_ = true;
    } else {
        window_failures_ = 0;
    }
    window_ = window;
    next_section_ = 0;
    command_ = Command::none;
    window_state_ = at > now ? WindowState::held : WindowState::sending;
    send_window_at_ = at;
    closed_on_shared_ = false;
}

void Session::close_window(const Window& window, std::optional<omci::TransactionId> shared_id, Instant now) {
    assert(stage_ == Stage::transferring && window.count > 0);
    window_ = window;
    window_failures_ = 0;
    window_state_ = WindowState::closing;
    closed_on_shared_ = shared_id.has_value();
    ask(Command::close);
    if (!shared_id) return;
    to_send_ = false;
    fresh_id_ = false;
    exchange_.sent(*shared_id, timeout(), now);
}

void Session::end(Instant) {
    window_state_ = WindowState::none;
    enter(Stage::ending);
    ask(Command::end);
}

void Session::abort(Reason why, Instant) {
    leave(why);
    window_state_ = WindowState::none;
    serve_alone(why);
    abort_reason_ = why;
    enter(Stage::aborting);
    ask(Command::abort);
}

void Session::activate(Instant) {
    assert(stage_ == Stage::staged);
    enter(Stage::activating);
    ask(Command::pre_activate);
}

void Session::stop(Instant now) {
    switch (stage_) {
    case Stage::done:
    case Stage::asking:
    case Stage::aborting: return;
    case Stage::starting:
    case Stage::transferring:
    case Stage::ending: return abort(Reason::stopped, now);
    case Stage::rebooting:
    case Stage::committing: return;  // the ONT runs the new image: see it through
    case Stage::activating:
        if (command_ == Command::activate && exchange_.outstanding()) return;  // it may be restarting
        return finish(Result::aborted, Reason::stopped, now);
    default: return finish(Result::aborted, Reason::stopped, now);
    }
}

void Session::finish(Result result, Reason reason, Instant now, std::uint8_t code) {
    if (done()) return;
    leave(reason);
    command_ = Command::none;
    to_send_ = false;
    awaited_record_ = 0;
    window_state_ = WindowState::none;
    absent_until_ = never;
    result_ = result;
    enter(Stage::done);
    const std::uint8_t image = history_.written || transfers_ > 0 ? target_ : verdict_.image;
    const omci::SoftwareImage& state = view_.images[image & 1];
    context_.report(OntDone{onu_, serial_, result, reason, code, image, state.active, state.committed, state.valid,
                            state.version, alone.value_or(Reason::none), group, windows_repaired_,
                            began_ == never ? now : began_, now, refusal_, rolled_back_});
}

// --- writing ---

Duration Session::timeout() const noexcept {
    const Policy& policy = context_.policy();
    // Both may be executed again under the same identifier without harm, and others may wait for them.
    if (command_ != Command::close && command_ != Command::abort) return policy.reply_timeout;
    if (is_clean_close()) return policy.clean_close_wait;
    // Asked again on its OMCC, a close would overtake what still waits behind the shared port (H1): until this ONT has
    // shown how long that takes, wait for as long as it might.
    if (closed_on_shared_ && command_ == Command::close)
        return shared_answers_.patience(policy.close_timeout_min, drain_time());
    return quick_answers_.patience(policy.close_timeout_min, policy.reply_timeout);
}

Duration Session::drain_time() const noexcept {
    const Policy& policy = context_.policy();
    const Duration by_answers = quick_answers_.nearly_longest() * policy.ont_queue_frames;
    return std::min(std::max(policy.shared_drain, by_answers), policy.shared_drain_max);
}

Duration Session::silence_max() const noexcept {
    const Policy& policy = context_.policy();
    if (is_clean_close()) return policy.clean_close_wait;
    if (command_ == Command::ask_why) return policy.reason_wait_max;
    return group != 0 && between_windows() ? policy.member_silence_max : policy.silence_max;
}

/// From here on the ONT may restart at any time.
void Session::note_activate(Instant now) {
    if (!history_.activated) confirm_until_ = now + context_.policy().confirm_wait_max;
    history_.activated = true;
    history_.written = target_;
    activate_answered_ = came_back_ = false;
    ++activates_;
}

std::uint16_t Session::offered_window() const noexcept {
    const std::uint16_t wanted = context_.campaign.window_sections;
    return clean_ ? std::clamp<std::uint16_t>(context_.policy().clean_window_sections, 1, wanted) : wanted;
}

Session::Written Session::write(std::span<std::uint8_t> room, Instant now) {
    const Purpose section_purpose = group != 0 && !alone ? Purpose::repair_section : Purpose::unicast_section;
    if (wants_control()) {
        to_send_ = false;
        const bool is_close = command_ == Command::close;
        const bool of_download = is_close || command_ == Command::start || command_ == Command::end;
        TransactionIds& ids = is_close ? context_.section_ids : context_.commands;
        const omci::MessageSet set = of_download || command_ == Command::abort ? set_ : omci::MessageSet::baseline;
        const omci::TransactionId id = fresh_id_ ? ids.next(set, exchange_.id()) : exchange_.id();
        fresh_id_ = false;
        exchange_.sent(id, timeout(), now);
        if (command_ == Command::activate) note_activate(now);
        return {write_command(room, id), is_close ? section_purpose : Purpose::control};
    }
    if (!wants_bulk()) return {};
    if (next_section_ + 1 == window_.count) {
        window_state_ = WindowState::closing;
        ask(Command::close);
        return write(room, now);
    }
    const omci::TransactionId id = context_.section_ids.next(set_);
    const std::uint16_t number = next_section_++;
    return {write_section(room, id, number, false), section_purpose};
}

std::size_t Session::write_section(std::span<std::uint8_t> room, omci::TransactionId id, std::uint16_t number,
                                   bool close) {
    const auto header = omci::request(omci::Action::download_section, id, set_, omci::MeClass::software_image,
                                      omci::image_instance(target_), close);
    const omci::SectionRequest section{static_cast<std::uint8_t>(number),
                                       context_.sections(set_).section(window_.first + number)};
    return *omci::write_frame(header, section, room, context_.trailer(set_));
}

std::size_t Session::write_command(std::span<std::uint8_t> room, omci::TransactionId id) {
    using omci::Action;
    using omci::MeClass;
    const auto get = [&](MeClass me_class, unsigned instance, std::uint16_t mask) {
        const auto header = omci::request(Action::get, id, omci::MessageSet::baseline, me_class,
                                          omci::MeInstance{static_cast<std::uint16_t>(instance)});
        return *omci::write_frame(header, omci::GetRequest{omci::AttributeMask{mask}}, room,
                                  context_.trailer(omci::MessageSet::baseline));
    };
    const auto image_command = [&](const auto& message, omci::MessageSet set) {
        const auto header = omci::request(std::remove_cvref_t<decltype(message)>::action, id, set,
                                          MeClass::software_image, omci::image_instance(target_));
        return *omci::write_frame(header, message, room, context_.trailer(set));
    };
    const Image& image = context_.campaign.image;
    const auto target_list = omci::TargetList::one(omci::image_instance(target_));
    namespace attribute = omci::software_image;

    switch (command_) {
    case Command::none: return 0;
    case Command::look_state_0: return get(MeClass::software_image, 0, attribute::state);
    case Command::look_state_1: return get(MeClass::software_image, 1, attribute::state);
    case Command::look_omcc: return get(MeClass::onu2_g, 0, 0x4000);
    case Command::ask_why:
        return get(omci::update_entity_class, omci::value(omci::update_entity_instance), omci::update_entity::all);
    case Command::look_hash_0: return get(MeClass::software_image, 0, attribute::image_hash);
    case Command::look_hash_1: return get(MeClass::software_image, 1, attribute::image_hash);
    case Command::start: {
        const auto last = static_cast<std::uint8_t>(offered_window() - 1);
        return image_command(omci::StartRequest{last, image.size(), target_list}, set_);
    }
    case Command::close: return write_section(room, id, static_cast<std::uint16_t>(window_.count - 1), true);
    case Command::end: return image_command(omci::EndRequest{image.crc, image.size(), target_list}, set_);
    case Command::abort: return image_command(omci::EndRequest{omci::ImageCrc{0xFFFF'FFFF}, 0, target_list}, set_);
    case Command::activate:
        return image_command(omci::ActivateRequest{context_.campaign.calls}, omci::MessageSet::baseline);
    case Command::commit: return image_command(omci::CommitRequest{}, omci::MessageSet::baseline);
    case Command::verify_hash: return get(MeClass::software_image, target_, attribute::image_hash);
    case Command::verify_state:
    case Command::pre_activate:
    case Command::confirm:
    case Command::check_commit: return get(MeClass::software_image, target_, attribute::state);
    }
    return 0;
}

}  // namespace olt
