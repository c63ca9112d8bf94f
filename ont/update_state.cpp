// SPDX-License-Identifier: Apache-2.0
#include "ont/update_state.h"

namespace ont {

UpdateStatus Update::status(const Download& download, const BootRecord& record, bool restarting) const noexcept {
    using omci::UpdatePhase;
    using omci::UpdateState;
    UpdateStatus status{UpdateState::idle, 0, last_refusal_};
    const UpdatePhase phase = download.update_phase();
    const bool waits = download.installed() && record.image[download.image()].valid;
    if (restarting) {
        status.state = UpdateState::rebooting;
    } else if (phase != UpdatePhase::none) {
        status.state = phase == UpdatePhase::downloading ? UpdateState::downloading : UpdateState::verifying;
        status.percent = download.percent();
    } else if (record.rolled_back) {
        status.state = UpdateState::rollback;
    } else if (record.active != record.committed || waits) {
        status.state = UpdateState::applying;
    }
    return status;
}

void Update::refused(omci::Refusal why, omci::UpdatePhase phase, std::uint8_t image, std::uint64_t now_ms) noexcept {
    last_refusal_ = {why, phase, image, static_cast<std::uint32_t>(now_ms - started_ms_)};
    refusal_untold_ = true;
}

std::uint16_t Update::take_changes(const UpdateStatus& now) noexcept {
    unsigned changes = 0;
    if (now.state != told_) changes |= omci::update_entity::state;
    if (refusal_untold_) changes |= omci::update_entity::last_refusal;
    told_ = now.state;
    refusal_untold_ = false;
    return static_cast<std::uint16_t>(changes);
}

}  // namespace ont
