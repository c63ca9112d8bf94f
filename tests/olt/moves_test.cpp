// SPDX-License-Identifier: Apache-2.0
// Who goes down, returns, or comes up somewhere else while a campaign runs, at any moment: every serial number has one
// outcome, no command reaches an ONT that it was not meant for, and the others are upgraded.
#include "tests/olt/bent.h"

using namespace olt_test;

namespace {

olt::Campaign alone(const std::vector<std::uint8_t>& image) {
    auto campaign = campaign_of(image);
    campaign.mode = olt::Mode::unicast;
    return campaign;
}

/// ONTs 3, 4 and 5 of 6 run image 1, so that there are two groups, one after the other.
void make_two_groups(Rig& rig) {
    for (std::uint16_t id = 3; id < 6; ++id) std::swap(rig.ont(id).images[0], rig.ont(id).images[1]);
}

/// One of two ONTs of different groups, while the other group is served.
std::optional<std::uint16_t> in_no_download(Rig& rig, std::uint16_t first, std::uint16_t second) {
    for (const std::uint16_t id : {first, second})
        if (!rig.ont(id).downloading) return id;
    return std::nullopt;
}

}  // namespace

// --- to another PON ---

TEST_CASE("engine: a member that moves to another PON in mid-transfer leaves its group, which goes on") {
    const auto image = some_image(31 * 640);
    Rig rig{4};
    at_frame(rig, 120, [&] {
        rig.onts[{1, 9}];
        rig.onts.erase({0, 2});
        rig.engine.onu_up({1, 9}, Rig::serial(0, 2), olt::LinkKind::gpon, rig.now);
    });
    bring(rig, campaign_of(image));
    check_upgraded_but(rig, {2}, 4);
    check_one_outcome_each(rig, 4);
    CHECK(rig.outcome(2).reason == olt::Reason::moved);
    CHECK(rig.ont(9, 1).heard.empty());
}

TEST_CASE("engine: a serial number that moves to another PON and back at once does not hold the campaign up") {
    const auto image = some_image(31 * 640);
    Rig rig{2};
    at_frame(rig, 120, [&] {
        rig.engine.onu_up({1, 9}, Rig::serial(0, 1), olt::LinkKind::gpon, rig.now);
        rig.engine.onu_up({0, 1}, Rig::serial(0, 1), olt::LinkKind::gpon, rig.now);
    });
    bring(rig, alone(image));
    check_one_outcome_each(rig, 2);
    CHECK(rig.outcome(0).result == olt::Result::upgraded);
    CHECK(rig.outcome(1).reason == olt::Reason::moved);
}

TEST_CASE("engine: a canary that moves to another PON does not open the way for all others") {
    const auto image = some_image(100);
    Rig rig{5};
    bool moved = false;
    for (std::uint16_t id = 0; id < 5; ++id)
        rig.ont(id).filter = [&, id](const omci::Frame& frame) -> Bent {
            if (!is(frame, Action::activate_software)) return as_usual;
            if (!std::exchange(moved, true)) {
                rig.engine.onu_up({1, 9}, Rig::serial(0, id), olt::LinkKind::gpon, rig.now);
                return dropped;
            }
            rig.ont(id).wants_reboot = true;  // the image is bad: whoever tries it falls back
            return answered(ResultCode::success);
        };
    bring(rig, campaign_of(image));
    CHECK(moved);
    int reboots = 0;
    for (std::uint16_t id = 0; id < 5; ++id) reboots += rig.ont(id).reboots;
    CHECK(reboots <= olt::Policy{}.canaries_max);
}

TEST_CASE("engine: a serial number that moved before the campaign is one ONT with one outcome") {
    const auto image = some_image(100);
    Rig rig{2};
    rig.engine.onu_down({0, 1}, rig.now);
    rig.onts.erase({0, 1});
    rig.onts[{1, 1}];
    REQUIRE(rig.engine.onu_up({1, 1}, Rig::serial(0, 1), olt::LinkKind::gpon, rig.now));
    // The rig names it by where it is when it has restarted; it had better stay up.
    rig.ont(1, 1).goes_down_to_reboot = false;
    bring(rig, campaign_of(image));
    check_one_outcome_each(rig, 2);
    check_all_upgraded(rig, 2);
}

TEST_CASE("engine: one that is done and then moves to another PON keeps its one outcome") {
    const auto image = some_image(100);
    Rig rig{3};
    rig.ont(1).images[0].version = omci::make_version("new");
    bool moved = false;
    rig.wire = [&](const olt::Transmission& frame) {
        if (action_of(frame) != Action::start_software_download || std::exchange(moved, true)) return true;
        rig.onts[{1, 1}] = rig.ont(1);
        rig.engine.onu_up({1, 1}, Rig::serial(0, 1), olt::LinkKind::gpon, rig.now);
        return true;
    };
    bring(rig, campaign_of(image));
    CHECK(moved);
    check_one_outcome_each(rig, 3);
    CHECK(rig.outcome(1).result == olt::Result::up_to_date);
}

TEST_CASE("engine: an ONT that moves to a PON which is full still has its outcome") {
    const auto image = some_image(31 * 640);
    Rig rig{2};
    for (std::uint16_t id = 0; id < olt::onts_per_pon_max; ++id)
        REQUIRE(rig.engine.onu_up({1, id}, Rig::serial(1, id), olt::LinkKind::gpon, rig.now));
    auto campaign = alone(image);
    campaign.targets = {Rig::serial(0, 0), Rig::serial(0, 1)};
    bool taken = true;
    at_frame(rig, 100, [&] { taken = rig.engine.onu_up({1, 200}, Rig::serial(0, 1), olt::LinkKind::gpon, rig.now); });
    bring(rig, campaign);
    CHECK_FALSE(taken);
    check_one_outcome_each(rig, 2);
    CHECK(rig.outcome(0).result == olt::Result::upgraded);
}

// --- to another ONU-ID ---

TEST_CASE("engine: an ONU-ID that is given to an ONT which is no target brings that ONT nothing meant for the other") {
    const auto image = some_image(31 * 640);
    Rig rig{4};
    auto campaign = alone(image);
    for (std::uint16_t id = 0; id < 4; ++id) campaign.targets.push_back(Rig::serial(0, id));
    at_frame(rig, 120, [&] {
        rig.ont(2) = ScriptedOnt{};
        rig.engine.onu_up({0, 2}, Rig::serial(0, 77), olt::LinkKind::gpon, rig.now);
    });
    bring(rig, campaign);
    check_upgraded_but(rig, {2}, 4);
    CHECK(rig.ont(2).heard.empty());
    CHECK(rig.ont(2).close_ids.empty());
    CHECK(rig.outcome(2).result == olt::Result::lost);
    CHECK(rig.outcome(2).reason == olt::Reason::went_down);
}

// --- down, and up again ---

TEST_CASE("engine: an ONT whose Activate was only ever answered busy, and that restarts, did not fall back") {
    const auto image = some_image(100);
    Rig rig{1};
    int activates = 0;
    rig.ont(0).filter = [&](const omci::Frame& frame) -> Bent {
        if (!is(frame, Action::activate_software)) return as_usual;
        if (++activates == 4) {
            restart(rig, 0);
            return dropped;
        }
        return activates < 4 ? answered(ResultCode::device_busy) : as_usual;
    };
    bring(rig, campaign_of(image));
    CHECK(activates > 4);
    CHECK(rig.outcome(0).result == olt::Result::upgraded);
}

TEST_CASE("engine: an ONT that stays away after Activate is waited for as long as its boot may take") {
    const auto image = some_image(100);
    Rig rig{1};
    olt::Instant activated{};
    rig.ont(0).filter = [&](const omci::Frame& frame) -> Bent {
        if (!is(frame, Action::activate_software)) return as_usual;
        activated = rig.now;
        rig.engine.onu_down({0, 0}, rig.now);
        return dropped;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run(olt::Instant{} + olt::Policy{}.confirm_wait_max - 20s);
    CHECK_FALSE(rig.engine.idle());
    rig.run();
    REQUIRE(rig.engine.idle());
    CHECK(rig.outcome(0).result == olt::Result::lost);
    CHECK(rig.outcome(0).ended - activated >= olt::Policy{}.confirm_wait_max);
}

TEST_CASE("engine: one of a later group that has restarted off the shared port is not taken into its group") {
    const auto image = some_image(31 * 640);
    Rig rig{6};
    make_two_groups(rig);
    std::optional<std::uint16_t> deaf;
    at_frame(rig, 120, [&] {
        deaf = in_no_download(rig, 1, 4);
        if (!deaf) return;
        rig.provide_shared_port = false;
        rig.ont(*deaf).hears_shared = false;
        rig.engine.onu_down({0, *deaf}, rig.now);
        rig.engine.onu_up({0, *deaf}, Rig::serial(0, *deaf), olt::LinkKind::gpon, rig.now);
    });
    bring(rig, campaign_of(image));
    REQUIRE(deaf);
    check_all_upgraded(rig, 6);
    CHECK(rig.outcome(*deaf).group == 0);
    for (std::uint16_t id = 0; id < 6; ++id) CHECK(rig.outcome(id).windows_repaired == 0);
}

TEST_CASE("engine: one of a later group that came back on its other image does not turn its group to that image") {
    const auto image = some_image(31 * 640);
    Rig rig{6};
    make_two_groups(rig);
    std::optional<std::uint16_t> turned;
    int frames = 0, for_active = 0;
    rig.wire = [&](const olt::Transmission& frame) {
        if (++frames == 120) {
            turned = in_no_download(rig, 0, 3);
            REQUIRE(turned);
            rig.engine.onu_down({0, *turned}, rig.now);
            std::swap(rig.ont(*turned).images[0], rig.ont(*turned).images[1]);
            rig.engine.onu_up({0, *turned}, Rig::serial(0, *turned), olt::LinkKind::gpon, rig.now);
        }
        const auto read = omci::read_frame(frame.octets);
        if (!frame.to.is_shared() || !is_close(*read)) return true;
        const unsigned instance = omci::value(read->header.me_instance) & 1u;
        for (std::uint16_t id = 0; id < 6; ++id)
            for_active += id != turned && rig.ont(id).downloading && rig.ont(id).images[instance].active;
        return true;
    };
    bring(rig, campaign_of(image));
    REQUIRE(turned);
    CHECK(for_active == 0);
    check_all_upgraded(rig, 6);
}

TEST_CASE("engine: whoever goes down, restarts, or is announced twice at any frame changes nothing for the others") {
    const auto image = some_image(31 * 128);
    enum class What { goes_for_good, restarts, restarts_unseen };
    for (const What what : {What::goes_for_good, What::restarts, What::restarts_unseen})
        for (int frame = 1; frame < 260; frame += 3) {
            CAPTURE(static_cast<int>(what));
            CAPTURE(frame);
            Rig rig{4};
            bool on_trial = false;  // the new image runs, uncommitted: a restart ends that by design
            at_frame(rig, frame, [&] {
                on_trial = rig.ont(1).images[1].active && !rig.ont(1).images[1].committed;
                if (what == What::restarts) return restart(rig, 1);
                if (what == What::restarts_unseen) {
                    rig.ont(1).reboot();
                    rig.engine.onu_up({0, 1}, Rig::serial(0, 1), olt::LinkKind::gpon, rig.now);
                    return;
                }
                rig.engine.onu_down({0, 1}, rig.now);
                rig.ont(1).filter = [](const omci::Frame&) { return dropped; };
                rig.ont(1).hears_shared = false;
            });
            bring(rig, campaign_of(image));
            check_one_outcome_each(rig, 4);
            check_upgraded_but(rig, {1}, 4);
            if (what == What::goes_for_good) continue;
            CHECK(rig.outcome(1).result == (on_trial ? olt::Result::fell_back : olt::Result::upgraded));
        }
}
