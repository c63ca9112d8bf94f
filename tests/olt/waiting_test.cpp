// SPDX-License-Identifier: Apache-2.0
// What one bad ONT costs the others: never more than the policy's own bounds say.
#include "tests/olt/bent.h"

using namespace olt_test;

namespace {

constexpr std::uint16_t count = 20;
constexpr std::uint16_t bad = 3;
const olt::Policy policy;
/// Polls of a busy ONT grow by doubling: the one that ends it comes up to half a busy_poll_max late, and the last pause
/// before it is as long as all those before it.
const olt::Duration member_busy_wait_max = 2 * (policy.member_busy_max + policy.busy_poll_max / 2);
/// Whatever else takes milliseconds: a repair, an abort that is answered.
const olt::Duration at_once = 500ms;

/// How `bad` answers, given the time of its window's first close (`never`: it has none yet).
using Bend = std::function<Bent(const Rig&, const omci::Frame&, olt::Instant& first_close)>;

struct Upgrade {
    explicit Upgrade(const Bend& bend = nullptr) {
        if (bend)
            rig.ont(bad).filter = [this, bend](const omci::Frame& frame) {
                if (is_close(frame) && first_close == olt::never) first_close = rig.now;
                return bend(rig, frame, first_close);
            };
        bring(rig, campaign_of(image));
        check_upgraded_but(rig, {bad}, count);
        for (std::uint16_t id = 0; id < count; ++id)
            if (id != bad) {
                CHECK(rig.outcome(id).group == 1);
                CHECK(rig.outcome(id).windows_repaired == 0);
                others_ended = std::max(others_ended, rig.outcome(id).ended);
            }
    }

    std::vector<std::uint8_t> image = some_image(31 * 32 * 100);
    Rig rig{count};
    olt::Instant first_close = olt::never;
    olt::Instant others_ended{};
};

/// How much later the others were done than without that one.
olt::Duration cost(const Upgrade& upgrade) {
    static const Upgrade well;
    return upgrade.others_ended - well.others_ended;
}

Bent busy_until(const Rig& rig, olt::Instant& first_close, olt::Duration wait, const Bent& meanwhile) {
    if (rig.now < first_close + wait) return meanwhile;
    first_close = olt::never;  // the next window begins anew
    return as_usual;
}

}  // namespace

TEST_CASE("engine: a member that is busy at every close is waited for once, then served alone") {
    const Upgrade upgrade{[](const Rig& rig, const omci::Frame& frame, olt::Instant& first) {
        return is_close(frame) ? busy_until(rig, first, 4500ms, answered(ResultCode::device_busy)) : as_usual;
    }};
    CHECK(upgrade.rig.outcome(bad).alone == olt::Reason::too_slow);
    CHECK(cost(upgrade) <= policy.late_total_max + member_busy_wait_max);
}

TEST_CASE("engine: a member that is silent for a while at every close costs the others late_total_max, and one wait") {
    const Upgrade upgrade{[](const Rig& rig, const omci::Frame& frame, olt::Instant& first) {
        return is_close(frame) ? busy_until(rig, first, 1s, dropped) : as_usual;
    }};
    CHECK(upgrade.rig.outcome(bad).alone == olt::Reason::too_slow);
    CHECK(cost(upgrade) <= policy.late_total_max + policy.member_silence_max + at_once);
}

TEST_CASE("engine: a member that is busy for ever, even with its abort, is waited for twice as long as policy says") {
    const Upgrade upgrade{[](const Rig&, const omci::Frame&, olt::Instant& first) {
        return first != olt::never ? answered(ResultCode::device_busy) : as_usual;
    }};
    CHECK(upgrade.rig.outcome(bad).result == olt::Result::failed);
    CHECK(upgrade.rig.outcome(bad).reason == olt::Reason::busy);
    CHECK(cost(upgrade) <= 2 * member_busy_wait_max);
}

TEST_CASE("engine: a member that falls silent for ever, even with its abort, is waited for as long as policy says") {
    const Upgrade upgrade{
        [](const Rig&, const omci::Frame&, olt::Instant& first) { return first != olt::never ? dropped : as_usual; }};
    CHECK(upgrade.rig.outcome(bad).result == olt::Result::failed);
    CHECK(upgrade.rig.outcome(bad).reason == olt::Reason::silent);
    CHECK(cost(upgrade) <= 2 * (policy.member_silence_max + policy.reply_timeout));
}

TEST_CASE("engine: one that answers Start busy for ever is not waited for once most others have started") {
    const Upgrade upgrade{[](const Rig&, const omci::Frame& frame, olt::Instant&) {
        return is(frame, Action::start_software_download) ? answered(ResultCode::device_busy) : as_usual;
    }};
    CHECK(upgrade.rig.outcome(bad).reason == olt::Reason::busy);
    CHECK(cost(upgrade) <= policy.start_wait_min + at_once);
}

TEST_CASE("engine: one that answers Start and its abort busy for ever is waited for through both bounds, not longer") {
    const Upgrade upgrade{[](const Rig&, const omci::Frame& frame, olt::Instant&) {
        const bool busy = is(frame, Action::start_software_download) || is(frame, Action::end_software_download);
        return busy ? answered(ResultCode::device_busy) : as_usual;
    }};
    CHECK(upgrade.rig.outcome(bad).reason == olt::Reason::busy);
    CHECK(cost(upgrade) <= policy.start_wait_min + member_busy_wait_max);
}

TEST_CASE("engine: a member that refuses every window leaves after repairs_max repairs, and does so alone as well") {
    int refused = 0;
    const Upgrade upgrade{[&](const Rig&, const omci::Frame& frame, olt::Instant&) {
        if (!is_close(frame)) return as_usual;
        ++refused;
        return answered(ResultCode::processing_error);
    }};
    const olt::OntDone& done = upgrade.rig.outcome(bad);
    CHECK(done.result == olt::Result::failed);
    CHECK(done.reason == olt::Reason::windows_refused);
    CHECK(done.alone == olt::Reason::windows_refused);
    const int in_group = 1 + policy.repairs_max;
    const int alone = (policy.transfers_max - 1) * (1 + policy.unicast_repairs_max);
    CHECK(refused == in_group + alone);
    CHECK(cost(upgrade) <= policy.repairs_max * policy.shared_drain_max + at_once);
}

TEST_CASE("engine: three subscribers on the phone, the would-be canaries, do not hold back everybody else") {
    const auto image = some_image(100);
    Rig rig{10};
    for (std::uint16_t id = 0; id < 3; ++id)
        rig.ont(id).filter = [](const omci::Frame& frame) {
            return is(frame, Action::activate_software) ? answered(ResultCode::device_busy) : as_usual;
        };
    auto campaign = campaign_of(image);
    campaign.calls = omci::CallPolicy::no_call;
    bring(rig, campaign);
    check_upgraded_but(rig, {0, 1, 2}, 10);
    for (std::uint16_t id = 0; id < 3; ++id) {
        CHECK(rig.outcome(id).result == olt::Result::failed);
        CHECK(rig.outcome(id).reason == olt::Reason::call_up);
        CHECK(rig.ont(id).reboots == 0);
    }
    for (std::uint16_t id = 3; id < 10; ++id) CHECK(rig.outcome(id).ended < olt::Instant{} + policy.busy_max);
}
