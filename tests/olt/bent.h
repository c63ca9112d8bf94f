// SPDX-License-Identifier: Apache-2.0
// Words for tests of the engine: how a ScriptedOnt is bent, when something happens to it, and what came of that.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <utility>

#include "tests/olt/scripted_ont.h"

namespace olt_test {

using omci::Action;
using omci::ResultCode;

// --- what a filter says ---

using Bent = std::optional<std::optional<ResultCode>>;
inline const Bent as_usual{};
inline const Bent dropped{std::optional<ResultCode>{}};
inline Bent answered(ResultCode code) { return Bent{std::optional<ResultCode>{code}}; }

inline bool is_close(const omci::Frame& frame) { return frame.header.action == Action::download_section; }
inline bool is(const omci::Frame& frame, Action action) { return frame.header.action == action; }
inline Action action_of(const olt::Transmission& frame) { return omci::read_frame(frame.octets)->header.action; }

// --- what happens when ---

/// Does `what` once, while frame number `frame` of the campaign goes out.
inline void at_frame(Rig& rig, int frame, std::function<void()> what) {
    rig.wire = [frame, what = std::move(what), sent = 0](const olt::Transmission&) mutable {
        if (++sent == frame) what();
        return true;
    };
}

/// The host sees the ONT go, and come back without its download.
inline void restart(Rig& rig, std::uint16_t id) {
    rig.engine.onu_down({0, id}, rig.now);
    rig.ont(id).reboot();
    rig.engine.onu_up({0, id}, Rig::serial(0, id), olt::LinkKind::gpon, rig.now);
}

/// A whole campaign, from start() until it is over.
inline void bring(Rig& rig, const olt::Campaign& campaign, olt::Instant until = olt::Instant{} + 9000s) {
    REQUIRE(rig.engine.start(campaign, rig.now));
    rig.run(until);
    REQUIRE(rig.engine.idle());
}

// --- what came of it ---

inline std::size_t heard(const Rig& rig, std::uint16_t id, Action action, std::uint8_t pon = 0) {
    const auto& all = rig.onts.at({pon, id}).heard;
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), omci::find_action(action)->name));
}

inline std::size_t outcomes_of(const Rig& rig, const olt::SerialNumber& serial) {
    return static_cast<std::size_t>(std::count_if(rig.outcomes.begin(), rig.outcomes.end(),
                                                  [&](const olt::OntDone& done) { return done.serial == serial; }));
}

/// Each of the `count` first ONTs has one outcome, and the campaign one end.
inline void check_one_outcome_each(const Rig& rig, std::uint16_t count) {
    CHECK(rig.count<olt::CampaignDone>() == 1);
    for (std::uint16_t id = 0; id < count; ++id) CHECK(outcomes_of(rig, Rig::serial(0, id)) == 1);
}

inline void check_upgraded_but(const Rig& rig, std::initializer_list<std::uint16_t> others, std::uint16_t count) {
    for (std::uint16_t id = 0; id < count; ++id)
        if (std::find(others.begin(), others.end(), id) == others.end())
            CHECK(rig.outcome(id).result == olt::Result::upgraded);
}
inline void check_all_upgraded(const Rig& rig, std::uint16_t count) { check_upgraded_but(rig, {}, count); }

}  // namespace olt_test
