// SPDX-License-Identifier: Apache-2.0
// What the answers to a session's commands mean, and what silence means. What it says stands in session.cpp.
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
    if (command_ != Command::none && !to_send_ && awaited_record_ == 0)
        due = std::min(due, exchange_.outstanding() ? exchange_.until() : send_at_);
    return due;
}

void Session::advance(Instant now) {
    if (done() || now < due()) return;
    if (now >= absent_until_) return finish(Result::lost, Reason::went_down, now);
    if (!exchange_.outstanding()) {
        send_at_ = never;
        to_send_ = true;
        return;
    }
    const Command command = command_;
    const auto silence = command == Command::activate
                             ? Exchange::Silence::gone  // never resent: the ONT may be restarting already
                             : exchange_.timed_out(silence_max(), context_.policy().reply_timeout, now);
    if (silence == Exchange::Silence::resend)
        to_send_ = true;
    else
        on_silence(command, now);
}

bool Session::receive(const omci::Frame& frame, Instant now) {
    if (!frame.header.acknowledgement || !exchange_.outstanding() || frame.header.transaction_id != exchange_.id())
        return false;
    const Command command = command_;
    const omci::Action action = frame.header.action;
    const auto expected = [&] {
        switch (command) {
        case Command::none: return false;
        case Command::start: return action == omci::Action::start_software_download;
        case Command::close: return action == omci::Action::download_section;
        case Command::end:
        case Command::abort: return action == omci::Action::end_software_download;
        case Command::activate: return action == omci::Action::activate_software;
        case Command::commit: return action == omci::Action::commit_software;
        default: return action == action_of_get;
        }
    };
    if (!expected() || frame.truncated) return false;
    // A resent command cannot be measured: nobody knows which sending was answered (Karn).
    // A Get says as well as a close how far away the ONT is; a Start or an End may take it longer.
    const bool quick = command == Command::close || action == action_of_get;
    if (quick && !exchange_.resent()) quick_answers_.measured(now - exchange_.first_sent());
    exchange_.answered();
    to_send_ = false;
    on_reply(command, frame, now);
    return true;
}

void Session::on_reply(Command command, const omci::Frame& frame, Instant now) {
    // Every reply to these commands begins with its result.
    const ResultCode result = frame.contents.empty() ? ResultCode::processing_error : ResultCode{frame.contents[0]};
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

void Session::on_get(Command command, const omci::Frame& frame, Instant now) {
    const auto reply = omci::read_message<omci::GetResponse>(frame);
    const omci::GetResponse response = reply ? *reply : omci::GetResponse{};
    switch (command) {
    case Command::look_state_0:
    case Command::look_state_1: {
        const std::size_t instance = command == Command::look_state_0 ? 0 : 1;
        const bool read = reply && read_state(response, view_.images[instance]);
        if (!read) return finish(Result::failed, Reason::no_look, now, omci::value(response.result));
        break;
    }
    case Command::look_omcc:
        if (response.result == ResultCode::success && !response.values.empty()) view_.omcc_version = response.values[0];
        break;
    case Command::look_hash_0: view_.hashes[0] = read_hash(response); break;
    case Command::look_hash_1: view_.hashes[1] = read_hash(response); break;
    default: {
        if (command == Command::verify_hash) {
            view_.hashes[target_] = read_hash(response);
            return after_verify(now);
        }
        const bool read = reply && read_state(response, view_.images[target_]);
        if (command == Command::verify_state) {
            if (!read || !view_.images[target_].valid)
                return finish(Result::failed, Reason::not_valid, now, omci::value(response.result));
            if (context_.campaign.image.hash) return ask(Command::verify_hash);
            return after_verify(now);
        }
        return on_confirm(read, now);
    }
    }
    after_look(command, now);
}

/// The next question of a look, or its verdict.
void Session::after_look(Command command, Instant now) {
    switch (command) {
    case Command::look_state_0: return ask(Command::look_state_1);
    case Command::look_state_1: return ask(Command::look_omcc);
    case Command::look_omcc:
        if (context_.campaign.image.hash) return ask(Command::look_hash_0);
        break;
    case Command::look_hash_0:
        // An ONT without the attribute has it in neither instance.
        if (view_.hashes[0] || view_.images[1].valid) return ask(Command::look_hash_1);
        break;
    default: break;
    }
    command_ = Command::none;
    verdict_ = olt::verdict(view_, context_.campaign.image, history_);
    looked_at_ = now;
    target_ = verdict_.image;
    switch (verdict_.next) {
    case Next::finish:
        return finish(history_.written || history_.activated ? Result::upgraded : Result::up_to_date, Reason::none,
                      now);
    case Next::commit:
        if (!context_.campaign.commit) return finish(Result::upgraded, Reason::none, now);
        enter(Stage::committing);
        return ask_after_record(Record::What::commit, Command::commit);
    case Next::activate:
        if (context_.stopping) return finish(Result::aborted, Reason::stopped, now);
        history_.written = target_;
        history_.written_version = view_.images[target_].version;
        return enter(Stage::staged);
    case Next::transfer:
        set_ = context_.campaign.set == SetChoice::extended && omci::speaks_extended(view_.omcc_version)
                   ? omci::MessageSet::extended
                   : omci::MessageSet::baseline;
        if (context_.stopping) return finish(Result::aborted, Reason::stopped, now);
        if (transfers_ >= context_.policy().transfers_max)
            return finish(Result::failed, abort_reason_ == Reason::none ? Reason::went_down : abort_reason_, now);
        return enter(Stage::waiting);
    case Next::no_idle: return finish(Result::refused, Reason::no_idle_image, now);
    case Next::came_back: return finish(Result::fell_back, Reason::old_image_active, now);
    case Next::unreadable: return finish(Result::failed, Reason::no_look, now);
    }
}

void Session::on_result(Command command, ResultCode result, Instant now) {
    switch (command) {
    case Command::close: return on_close(result, now);
    case Command::abort: return after_abort(true, now);
    case Command::activate:
        if (result == ResultCode::device_busy) {
            if (!busy_since_) busy_since_ = now;
            if (now - *busy_since_ >= context_.policy().busy_max)
                return finish(Result::failed, Reason::call_up, now, omci::value(result));
            const auto since = busy_since_;
            ask_later(Command::activate, now + context_.policy().busy_poll_max);
            busy_since_ = since;
            return;
        }
        if (result != ResultCode::success)
            return finish(Result::refused, Reason::activate_refused, now, omci::value(result));
        advance_mib_sync();
        activate_answered_ = true;
        return look_again_for_new_image(now);
    case Command::commit:
        if (result != ResultCode::success)
            return finish(Result::failed, Reason::commit_refused, now, omci::value(result));
        advance_mib_sync();
        return ask(Command::check_commit);
    default: return;
    }
}

void Session::on_start(const omci::StartResponse& reply, Instant now) {
    const ResultCode result = reply.instances.result_of(omci::image_instance(target_), reply.result);
    if (result == ResultCode::device_busy) return on_busy(Command::start, now);
    if (result != ResultCode::success) return finish(Result::refused, Reason::start_refused, now, omci::value(result));
    advance_mib_sync();
    const unsigned answered = reply.last_section + 1u;
    agreed_window_ = static_cast<std::uint16_t>(std::min<unsigned>(answered, context_.campaign.window_sections));
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
    } else if (result == ResultCode::processing_error) {
        // Fewer sections at a time lose less (A.3.24): half of them now, some more with every window that arrives.
        ++window_failures_;
        window_limit_ = static_cast<std::uint16_t>(std::max(1, window_.count / 2));
        window_state_ = WindowState::refused;
    } else {
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
    serve_alone(Reason::image_crc);
    look(now);
}

void Session::after_verify(Instant now) {
    const auto& wanted = context_.campaign.image.hash;
    const auto& stored = view_.hashes[target_];
    if (wanted && stored && *wanted != *stored) return finish(Result::failed, Reason::not_valid, now);
    command_ = Command::none;
    history_.written = target_;
    history_.written_version = view_.images[target_].version;
    enter(Stage::staged);
}

void Session::after_abort(bool confirmed, Instant now) {
    command_ = Command::none;
    in_download_ = abort_first_ = false;
    if (abort_reason_ == Reason::stopped) return finish(Result::aborted, Reason::stopped, now);
    if (!confirmed) return finish(Result::failed, abort_reason_, now);
    if (abort_reason_ == Reason::image_refused) return finish(Result::refused, abort_reason_, now);
    look(now);
}

/// A look at the target around Activate, after the restart, or after Commit.
void Session::on_confirm(bool read, Instant now) {
    const omci::SoftwareImage& image = view_.images[target_];
    const Command command = command_;
    command_ = Command::none;
    if (!read) return finish(Result::failed, Reason::no_look, now);
    if (image.active) {
        view_.images[target_ ^ 1].active = false;
        if (image.committed || !context_.campaign.commit) return finish(Result::upgraded, Reason::none, now);
        enter(Stage::committing);
        if (command == Command::check_commit && ++commits_ >= context_.policy().activates_max)
            return finish(Result::failed, Reason::commit_refused, now);
        return ask_after_record(Record::What::commit, Command::commit);
    }
    if (command == Command::pre_activate) {
        if (!image.valid) return finish(Result::failed, Reason::not_valid, now);
        return ask_after_record(Record::What::activate, Command::activate);
    }
    // The old image is active: the ONT never heard the Activate, or it fell back, or it has yet to restart.
    if (!activate_answered_ && activates_ < context_.policy().activates_max) {
        enter(Stage::activating);
        return ask_after_record(Record::What::activate, Command::activate);
    }
    if (came_back_ || command == Command::check_commit || now >= confirm_until_)
        return finish(Result::fell_back, Reason::old_image_active, now);
    ask_later(Command::confirm, now + context_.policy().reboot_poll);
}

void Session::look_again_for_new_image(Instant now) {
    enter(Stage::rebooting);
    ask_later(Command::confirm, now + context_.policy().reboot_quiet);
}

void Session::on_busy(Command command, Instant now) {
    const Policy& policy = context_.policy();
    const bool others_wait = group != 0 && !alone && between_windows();
    const Duration limit = others_wait ? policy.member_busy_max : policy.busy_max;
    const std::optional<Instant> since = busy_since_ ? busy_since_ : now;
    if (now - *since >= limit) {
        if (command == Command::close) {
            command_ = Command::none;
            window_state_ = WindowState::gone;
            abort_reason_ = Reason::busy;
        } else if (command == Command::abort) {
            after_abort(false, now);
        } else if (command == Command::end) {
            abort(Reason::busy, now);
        } else {
            finish(Result::failed, Reason::busy, now, omci::value(ResultCode::device_busy));
        }
        return;
    }
    const Duration pause = busy_since_ ? std::min(busy_pause_ * 2, policy.busy_poll_max) : policy.busy_poll_min;
    ask_later(command, now + pause);  // with a new identifier: the old one would be answered "busy" for ever
    busy_since_ = since;
    busy_pause_ = pause;
}

void Session::on_silence(Command command, Instant now) {
    const Policy& policy = context_.policy();
    switch (command) {
    case Command::close:
        command_ = Command::none;
        window_state_ = WindowState::gone;
        abort_reason_ = Reason::silent;
        return;
    case Command::abort: return after_abort(false, now);
    case Command::activate:
        exchange_.answered();
        activate_answered_ = false;
        return look_again_for_new_image(now);
    case Command::confirm:
        if (now >= confirm_until_) return finish(Result::lost, Reason::silent, now);
        return ask_later(Command::confirm, now + policy.reboot_poll);
    case Command::commit: return ask(Command::check_commit);
    case Command::start:
    case Command::end: return abort(Reason::silent, now);
    default: return finish(Result::failed, Reason::silent, now);
    }
}

void Session::advance_mib_sync() { context_.report(MibSyncAdvanced{onu_, 1}); }

}  // namespace olt
