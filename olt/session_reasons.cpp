// SPDX-License-Identifier: Apache-2.0
// Why an ONT would not have the image, or came back without it: before such an end is reported its update entity is
// read (omci/update_entity.h), once and for a bounded time. An ONT of another make has no such entity, or something
// else under that class; then there is no reason to tell. Called where the answers to a session's commands end it.
#include <algorithm>

#include "olt/session.h"

namespace olt {
namespace {

/// The ONT had a say in this, so it may say why.
bool has_reason(Reason reason) noexcept {
    switch (reason) {
    case Reason::start_refused:
    case Reason::image_refused:
    case Reason::activate_refused:
    case Reason::commit_refused:
    case Reason::windows_refused:
    case Reason::image_crc:
    case Reason::repeat_needed:
    case Reason::not_valid:
    case Reason::old_image_active: return true;
    default: return false;
    }
}

/// What is wrong is not the image: what arrived was damaged, or did not get into the storage. It may do so next time.
bool may_pass(omci::Refusal refusal) noexcept {
    return refusal == omci::Refusal::block_hash_wrong || refusal == omci::Refusal::frame_hash_wrong ||
           refusal == omci::Refusal::storage_failed;
}

}  // namespace

void Session::conclude(Result result, Reason reason, Instant now, std::uint8_t code) {
    if (done()) return;
    if (!is_up_ || !granted_ || !has_reason(reason)) return finish(result, reason, now, code);
    leave(reason);
    window_state_ = WindowState::none;
    absent_until_ = never;
    conclusion_ = Conclusion{result, reason, code};
    enter(Stage::asking);
    ask(Command::ask_why);
}

void Session::on_why(const omci::Frame& frame, Instant now) {
    const auto reply = omci::read_message<omci::GetResponse>(frame);
    namespace entity = omci::update_entity;
    constexpr std::size_t octets = omci::update_entity_magic.size() + 2 + omci::LastRefusal::octets;
    if (reply && reply->result == omci::ResultCode::success && omci::value(reply->mask) == entity::all &&
        reply->values.size() >= octets &&
        std::equal(omci::update_entity_magic.begin(), omci::update_entity_magic.end(), reply->values.begin())) {
        const omci::Octets behind_magic = reply->values.subspan(omci::update_entity_magic.size());
        const omci::UpdateState state{behind_magic[0]};
        omci::Reader reader{behind_magic.subspan(2), frame.header.set};
        omci::LastRefusal refusal;
        omci::LastRefusal::layout(reader, refusal);
        const bool names_one = refusal.refusal != omci::Refusal::none;
        const bool fell_back = conclusion_->result == Result::fell_back;
        const bool again = conclusion_->reason == Reason::image_refused && transfers_ < transfers_max();
        if (fell_back)
            rolled_back_ = state == omci::UpdateState::rollback;
        else if (names_one && again && may_pass(refusal.refusal) && !context_.stopping)
            return look(now);
        else if (names_one)
            refusal_ = refusal;
    }
    end_asking(now);
}

void Session::end_asking(Instant now) { finish(conclusion_->result, conclusion_->reason, now, conclusion_->code); }

}  // namespace olt
