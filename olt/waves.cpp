// SPDX-License-Identifier: Apache-2.0
#include "olt/waves.h"

#include <algorithm>

namespace olt {

void Waves::progress(const Context& context, std::vector<std::unique_ptr<Pon>>& pons, Instant now) {
    const bool groups_done = std::all_of(pons.begin(), pons.end(), [](const auto& pon) { return pon->groups_done(); });
    if (!groups_done) return;
    if (gate_ == Gate::canary && canary_->done()) {
        const bool well = canary_->result() == Result::upgraded;
        const bool give_up = !well && canaries_ >= context.policy().canaries_max;
        gate_ = well ? Gate::open : give_up ? Gate::shut : Gate::closed;
    }
    if (gate_ == Gate::canary && canary_->held_by_call()) {  // somebody is on the phone: that says nothing of the image
        gate_ = Gate::closed;
        --canaries_;
    }
    for (const auto& pon : pons)
        for (const auto& session : pon->sessions()) {
            if (session->stage() != Stage::staged) continue;
            if (!context.campaign.activate) {
                session->finish(Result::held, Reason::none, now);
            } else if (gate_ == Gate::shut) {
                session->finish(Result::held, Reason::canary_failed, now);
            } else if (gate_ == Gate::open) {
                session->activate(now);
            } else if (gate_ == Gate::closed) {
                gate_ = Gate::canary;
                canary_ = session.get();
                ++canaries_;
                session->activate(now);
            } else if (session.get() == canary_) {  // it went down before its Activate, and is back
                session->activate(now);
            } else {
                continue;
            }
            pon->changed(*session, now);
        }
}

}  // namespace olt
