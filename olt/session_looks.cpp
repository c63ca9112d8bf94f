// SPDX-License-Identifier: Apache-2.0
// What a session reads of its ONT, and where that leads: the look at the beginning and after every surprise, the
// verification of what End called good, and the confirmation around Activate and Commit.
#include "olt/session.h"

namespace olt {

using omci::ResultCode;

void Session::on_get(Command command, const omci::Frame& frame, Instant now) {
    const auto reply = omci::read_message<omci::GetResponse>(frame);
    const omci::GetResponse response = reply ? *reply : omci::GetResponse{};
    switch (command) {
    case Command::look_state_0:
    case Command::look_state_1: {
        const std::size_t instance = command == Command::look_state_0 ? 0 : 1;
        const bool read = reply && read_state(response, view_.images[instance]);
        if (!read) return on_unreadable(command, response.result, now);
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
            if (!read) return on_unreadable(command, response.result, now);
            if (!view_.images[target_].valid) return conclude(Result::failed, Reason::not_valid, now);
            if (context_.campaign.image.hash) return ask(Command::verify_hash);
            return after_verify(now);
        }
        if (!read) return on_unreadable(command, response.result, now);
        return on_confirm(now);
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
        set_ =
            context_.campaign.set == SetChoice::extended && !no_extended_ && omci::speaks_extended(view_.omcc_version)
                ? omci::MessageSet::extended
                : omci::MessageSet::baseline;
        if (context_.stopping) return finish(Result::aborted, Reason::stopped, now);
        if (transfers_ >= transfers_max())
            return conclude(Result::failed, abort_reason_ == Reason::none ? Reason::went_down : abort_reason_, now,
                            refusal_code_);
        return enter(Stage::waiting);
    case Next::no_idle: return finish(Result::refused, Reason::no_idle_image, now);
    case Next::came_back: return conclude(Result::fell_back, Reason::old_image_active, now);
    case Next::unreadable: return finish(Result::failed, Reason::no_look, now);
    }
}

void Session::after_verify(Instant now) {
    const auto& wanted = context_.campaign.image.hash;
    const auto& stored = view_.hashes[target_];
    if (wanted && stored && *wanted != *stored) return conclude(Result::failed, Reason::not_valid, now);
    command_ = Command::none;
    history_.written = target_;
    history_.written_version = view_.images[target_].version;
    enter(Stage::staged);
}

/// A look at the target around Activate, after the restart, or after Commit.
void Session::on_confirm(Instant now) {
    const omci::SoftwareImage& image = view_.images[target_];
    const Command command = command_;
    command_ = Command::none;
    if (image.active) {
        activate_answered_ = true;  // as good as: should the old image come back it did so by itself
        view_.images[target_ ^ 1].active = false;
        if (command == Command::check_commit && image.committed && !commit_answered_) advance_mib_sync();
        if (image.committed || !context_.campaign.commit) return finish(Result::upgraded, Reason::none, now);
        enter(Stage::committing);
        if (command == Command::check_commit && ++commits_ >= context_.policy().activates_max)
            return finish(Result::failed, Reason::commit_refused, now);
        return ask_after_record(Record::What::commit, Command::commit);
    }
    if (command == Command::pre_activate) {
        if (!image.valid) return conclude(Result::failed, Reason::not_valid, now);
        return ask_after_record(Record::What::activate, Command::activate);
    }
    // The old image is active: the ONT never heard the Activate, or it fell back, or it has yet to restart.
    if (context_.stopping && !activate_answered_) return finish(Result::aborted, Reason::stopped, now);
    if (!activate_answered_ && activates_ < context_.policy().activates_max) {
        enter(Stage::activating);
        return ask_after_record(Record::What::activate, Command::activate);
    }
    if (!activate_answered_) return finish(Result::failed, Reason::silent, now);
    if (came_back_ || command == Command::check_commit || now >= confirm_until_)
        return conclude(Result::fell_back, Reason::old_image_active, now);
    ask_later(Command::confirm, now + context_.policy().reboot_poll);
}

void Session::look_again_for_new_image(Instant now) {
    enter(Stage::rebooting);
    ask_later(Command::confirm, now + context_.policy().reboot_quiet);
}

/// A Get was answered with an error.
void Session::on_unreadable(Command command, ResultCode result, Instant now) {
    if (command == Command::confirm && now < confirm_until_)
        return ask_later(Command::confirm, now + context_.policy().reboot_poll);
    if (!ask_again(command, context_.policy().unreadable_max, now))
        finish(Result::failed, Reason::no_look, now, omci::value(result));
}

}  // namespace olt
