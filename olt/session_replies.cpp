// SPDX-License-Identifier: Apache-2.0
// What the answers to a session's commands mean, and what silence means. What it says stands in session.cpp, what it
// reads of its ONT in session_looks.cpp.
#include <algorithm>

#include "olt/session.h"

namespace olt {
namespace {

using omci::ResultCode;

/// The message a command is answered with: its action is the command's own.
constexpr omci::Action action_of_get = omci::Action::get;

}  // namespace

Instant Session::due() const noexcept {
    if (done()) return never;
    Instant due = absent_until_;
    if (window_state_ == WindowState::held) due = std::min(due, send_window_at_);
    if (command_ != Command::none && !to_send_ && awaited_record_ == 0)
        due = std::min(due, exchange_.outstanding() ? exchange_.until() : send_at_);
    return due;
}

void Session::advance(Instant now) {
    if (done() || now < due()) return;
    if (now >= absent_until_) return finish(Result::lost, away_reason_, now);
    if (window_state_ == WindowState::held) {
        window_state_ = WindowState::sending;
        return;
    }
    if (!exchange_.outstanding()) {
        send_at_ = never;
        to_send_ = true;
        return;
    }
    const Command command = command_;
    const auto silence = command == Command::activate
                             ? Exchange::Silence::gone  // never resent: the ONT may be restarting already
                             : exchange_.timed_out(silence_max(), context_.policy().reply_timeout, now);
    if (silence == Exchange::Silence::gone) return on_silence(command, now);
    to_send_ = true;
    sent_again_ |= command == Command::close;
}

/// The reply names the command's action, class and instance.
bool Session::answers(Command command, const omci::Header& header) const noexcept {
    omci::Action action = action_of_get;
    omci::MeClass me_class = omci::MeClass::software_image;
    omci::MeInstance instance = omci::image_instance(target_);
    switch (command) {
    case Command::none: return false;
    case Command::start: action = omci::Action::start_software_download; break;
    case Command::close: action = omci::Action::download_section; break;
    case Command::end:
    case Command::abort: action = omci::Action::end_software_download; break;
    case Command::activate: action = omci::Action::activate_software; break;
    case Command::commit: action = omci::Action::commit_software; break;
    case Command::ask_why:
        me_class = omci::update_entity_class;
        instance = omci::update_entity_instance;
        break;
    case Command::look_omcc: me_class = omci::MeClass::onu2_g; [[fallthrough]];
    case Command::look_state_0:
    case Command::look_hash_0: instance = omci::image_instance(0); break;
    case Command::look_state_1:
    case Command::look_hash_1: instance = omci::image_instance(1); break;
    default: break;  // a Get of the target
    }
    return header.action == action && header.me_class == me_class && header.me_instance == instance;
}

bool Session::receive(const omci::Frame& frame, Instant now) {
    if (!frame.header.acknowledgement || !exchange_.outstanding() || frame.header.transaction_id != exchange_.id())
        return false;
    const Command command = command_;
    if (!answers(command, frame.header) || frame.truncated) return false;
    // A resent command cannot be measured: nobody knows which sending was answered (Karn).
    // A Get says as well as a close how far away the ONT is; a Start or an End may take it longer.
    const bool quick = command == Command::close || frame.header.action == action_of_get;
    if (quick && !exchange_.resent()) {
        AnswerTime& answers = command == Command::close && closed_on_shared_ ? shared_answers_ : quick_answers_;
        answers.measured(now - exchange_.first_sent());
    }
    exchange_.answered();
    to_send_ = false;
    on_reply(command, frame, now);
    return true;
}

void Session::on_reply(Command command, const omci::Frame& frame, Instant now) {
    // Every reply to these commands begins with its result.
    const ResultCode result = frame.contents.empty() ? ResultCode::processing_error : ResultCode{frame.contents[0]};
    if (command == Command::ask_why) return on_why(frame, now);
    if (result == ResultCode::device_busy && command != Command::activate) return on_busy(command, now);
    if (frame.header.action == action_of_get) return on_get(command, frame, now);
    if (command == Command::start) {
        const auto reply = omci::read_message<omci::StartResponse>(frame);
        return on_start(reply ? *reply : omci::StartResponse{ResultCode::processing_error, 0, {}}, now);
    }
    if (command == Command::end) {
        const auto reply = omci::read_message<omci::EndResponse>(frame);
        const ResultCode own =
            reply ? reply->instances.result_of(omci::image_instance(target_), reply->result) : result;
        return own == ResultCode::device_busy ? on_busy(command, now) : on_end(own, now);
    }
    on_result(command, result, now);
}

void Session::on_result(Command command, ResultCode result, Instant now) {
    switch (command) {
    case Command::close: return on_close(result, now);
    case Command::abort:
        // 0 or 1: no download runs any more. Anything else says nothing, and the ONT may be in S2 still (H3).
        if (result == ResultCode::success || result == ResultCode::processing_error) return after_abort(now);
        return abort_failed(abort_reason_, now, omci::value(result));
    case Command::activate:
        if (result == ResultCode::device_busy) {
            history_.activated = false;  // it said that it will not restart
            --activates_;
            if (context_.stopping) return finish(Result::aborted, Reason::stopped, now);
            if (!ask_again(Command::activate, context_.policy().busy_max, now))
                finish(Result::failed, Reason::call_up, now, omci::value(result));
            return;
        }
        if (result != ResultCode::success)
            return conclude(Result::refused, Reason::activate_refused, now, omci::value(result));
        advance_mib_sync();
        activate_answered_ = true;
        return look_again_for_new_image(now);
    case Command::commit:
        if (result != ResultCode::success)
            return conclude(Result::failed, Reason::commit_refused, now, omci::value(result));
        commit_answered_ = true;
        advance_mib_sync();
        return ask(Command::check_commit);
    default: return;
    }
}

void Session::on_start(const omci::StartResponse& reply, Instant now) {
    const ResultCode result = reply.instances.result_of(omci::image_instance(target_), reply.result);
    if (result == ResultCode::device_busy) return on_busy(Command::start, now);
    if (result == ResultCode::not_supported && set_ == omci::MessageSet::extended) {
        // Its OMCC version says extended, the ONT does not. It may well take the image in baseline messages.
        no_extended_ = true;
        in_download_ = false;
        serve_alone(Reason::no_group);
        return look(now);
    }
    if (result != ResultCode::success)
        return conclude(Result::refused, Reason::start_refused, now, omci::value(result));
    advance_mib_sync();
    const unsigned answered = reply.last_section + 1u;
    agreed_window_ = static_cast<std::uint16_t>(std::min<unsigned>(answered, offered_window()));
    window_limit_ = agreed_window_;
    command_ = Command::none;
    member = true;
    context_.report(Membership{onu_, serial_, true, Reason::none});
    enter(Stage::transferring);
}

void Session::on_close(ResultCode result, Instant) {
    command_ = Command::none;
    if (result == ResultCode::success) {
        window_state_ = WindowState::accepted;
        const unsigned larger = window_limit_ + std::max(1u, window_limit_ / 8u);
        window_limit_ = static_cast<std::uint16_t>(std::min<unsigned>(larger, agreed_window_));
    } else if (result == ResultCode::processing_error && clean_) {
        window_state_ = WindowState::gone;
        abort_reason_ = Reason::repeat_needed;
    } else if (result == ResultCode::processing_error) {
        // Fewer sections at a time lose less (A.3.24): half of them now, some more with every window that arrives.
        ++window_failures_;
        window_limit_ = static_cast<std::uint16_t>(std::max(1, window_.count / 2));
        window_state_ = WindowState::refused;
    } else {
        refusal_code_ = omci::value(result);
        window_state_ = WindowState::rejected;
    }
}

void Session::on_end(ResultCode result, Instant now) {
    leave(Reason::none);
    in_download_ = false;  // whatever it answered, the download is over
    context_.accounts.last_end = std::max(context_.accounts.last_end, now);
    if (result == ResultCode::success) {
        advance_mib_sync();
        enter(Stage::verifying);
        return ask(Command::verify_state);
    }
    abort_reason_ = Reason::image_crc;
    refusal_code_ = omci::value(result);
    serve_alone(Reason::image_crc);
    if (clean_) return conclude(Result::failed, Reason::image_crc, now, refusal_code_);
    clean_ = sent_again_ && context_.policy().clean_transfers_max > 0;
    look(now);
}

std::uint8_t Session::transfers_max() const noexcept {
    const Policy& policy = context_.policy();
    return static_cast<std::uint8_t>(policy.transfers_max + (clean_ ? policy.clean_transfers_max : 0));
}

void Session::after_abort(Instant now) {
    command_ = Command::none;
    in_download_ = abort_first_ = false;
    if (abort_reason_ == Reason::stopped) return finish(Result::aborted, Reason::stopped, now);
    if (abort_reason_ == Reason::image_refused) return conclude(Result::refused, abort_reason_, now, refusal_code_);
    if (abort_reason_ == Reason::repeat_needed) return conclude(Result::failed, abort_reason_, now, refusal_code_);
    look(now);
}

/// Nobody knows whether a download still runs: it is never resumed.
void Session::abort_failed(Reason why, Instant now, std::uint8_t code) {
    if (abort_reason_ == Reason::stopped) return finish(Result::aborted, Reason::stopped, now);
    finish(Result::failed, why, now, code);
}

/// Asks once more under a new identifier, since the old one would be answered "busy" for ever; later each time. False
/// when that has gone on for `limit`.
bool Session::ask_again(Command command, Duration limit, Instant now) {
    const Policy& policy = context_.policy();
    const Instant since = busy_since_.value_or(now);
    if (now - since >= limit) return false;
    const Duration pause = busy_since_ ? std::min(busy_pause_ * 2, policy.busy_poll_max) : policy.busy_poll_min;
    ask_later(command, now + pause);
    busy_since_ = since;
    busy_pause_ = pause;
    return true;
}

void Session::on_busy(Command command, Instant now) {
    const Policy& policy = context_.policy();
    sent_again_ |= command == Command::close;
    const bool others_wait = group != 0 && between_windows() && (!alone || command == Command::abort);
    if (ask_again(command, others_wait ? policy.member_busy_max : policy.busy_max, now)) return;
    switch (command) {
    case Command::close:
        command_ = Command::none;
        window_state_ = WindowState::gone;
        abort_reason_ = Reason::busy;
        return;
    case Command::abort: return abort_failed(Reason::busy, now, omci::value(ResultCode::device_busy));
    case Command::end: return abort(Reason::busy, now);
    default: return finish(Result::failed, Reason::busy, now, omci::value(ResultCode::device_busy));
    }
}

void Session::on_silence(Command command, Instant now) {
    const Policy& policy = context_.policy();
    switch (command) {
    case Command::close:
        command_ = Command::none;
        window_state_ = WindowState::gone;
        abort_reason_ = clean_ ? Reason::repeat_needed : Reason::silent;
        return;
    case Command::abort: return abort_failed(Reason::silent, now);
    case Command::activate:
        exchange_.answered();
        activate_answered_ = false;
        return look_again_for_new_image(now);
    case Command::confirm:
        if (now >= confirm_until_) return finish(Result::lost, Reason::silent, now);
        return ask_later(Command::confirm, now + policy.reboot_poll);
    case Command::commit: return ask(Command::check_commit);
    case Command::ask_why: return end_asking(now);
    case Command::start:
        no_extended_ = set_ == omci::MessageSet::extended;
        set_ = omci::MessageSet::baseline;
        return abort(Reason::silent, now);
    case Command::end: return abort(Reason::silent, now);
    default: return finish(Result::failed, Reason::silent, now);
    }
}

void Session::advance_mib_sync() { context_.report(MibSyncAdvanced{onu_, 1}); }

}  // namespace olt
