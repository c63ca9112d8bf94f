// SPDX-License-Identifier: Apache-2.0
// How an update goes, as a person is told and as the update entity shows it (omci/update_entity.h): worked out from
// what download and boot record are at this moment, so that no second memory of it can be wrong.
//
//     Rebooting     a restart was commanded, and comes with the next step
//     Downloading   a stream is taken in                                  percent: of its octets, accepted
//     Verifying     a head is judged, or what was written is read back    percent: of the image, read back
//     Rollback      an image was given up at boot; until the next Start or Activate
//     Applying      an image that was downloaded since power-on waits for Activate or Commit, or one runs that is not
//                   committed
//     Idle          none of these; after a refusal too, which stands in the last refusal
#pragma once

#include <cstdint>

#include "omci/update_entity.h"
#include "ont/boot_record.h"
#include "ont/download.h"

namespace ont {

/// The attributes of the update entity that change.
struct UpdateStatus {
    omci::UpdateState state = omci::UpdateState::idle;
    std::uint8_t percent = 0;
    omci::LastRefusal last_refusal;
};

class Update {
public:
    UpdateStatus status(const Download& download, const BootRecord& record, bool restarting) const noexcept;

    /// A Start came, accepted or not: refusals count their time from here.
    void started(std::uint64_t now_ms) noexcept { started_ms_ = now_ms; }
    void refused(omci::Refusal why, omci::UpdatePhase phase, std::uint8_t image, std::uint64_t now_ms) noexcept;

    /// The OLT read the entity: it knows the class, and is told of changes from now on.
    void watch() noexcept { watched_ = true; }
    bool watched() const noexcept { return watched_; }

    /// The attributes of which the OLT is to be told, by `now`; each change once.
    std::uint16_t take_changes(const UpdateStatus& now) noexcept;

private:
    omci::LastRefusal last_refusal_;
    omci::UpdateState told_ = omci::UpdateState::idle;
    bool refusal_untold_ = false;
    bool watched_ = false;
    std::uint64_t started_ms_ = 0;
};

}  // namespace ont
