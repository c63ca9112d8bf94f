// SPDX-License-Identifier: Apache-2.0
// What a host may do at any moment: stop, revoke and grant, hold the link up, store records late, name targets that are
// not there, and call an engine that has no campaign. Who goes, returns and moves stands in moves_test.cpp.
#include <memory>

#include "tests/olt/bent.h"

using namespace olt_test;

// --- without a campaign ---

TEST_CASE("engine: without a campaign nothing is sent, and one that goes down is not reported lost") {
    olt::Engine engine{olt::EngineOptions{}};
    olt::Instant now{};
    REQUIRE(engine.onu_up({0, 1}, Rig::serial(0, 1), olt::LinkKind::gpon, now));
    engine.shared_ready({0, 1}, now);
    CHECK_FALSE(engine.transmit(now));
    engine.onu_down({0, 1}, now);
    now += olt::Policy{}.absent_wait_max + 1s;
    engine.advance(now);
    CHECK_FALSE(engine.transmit(now));
    CHECK_FALSE(engine.poll_event());
    CHECK(engine.deadline() == olt::never);
}

TEST_CASE("engine: an ONT that comes up after a campaign is not sent the image of that campaign") {
    auto image = std::make_unique<std::vector<std::uint8_t>>(some_image(31 * 64));
    Rig rig{2};
    bring(rig, campaign_of(*image));
    image.reset();  // the octets had to outlive the campaign, and no more
    REQUIRE(rig.engine.onu_up({0, 7}, Rig::serial(0, 7), olt::LinkKind::gpon, rig.now));
    rig.engine.shared_ready({0, 7}, rig.now);
    rig.now += 1s;
    rig.engine.advance(rig.now);
    CHECK_FALSE(rig.engine.transmit(rig.now));
    CHECK(rig.engine.deadline() == olt::never);
}

TEST_CASE("engine: between campaigns an ONT that is gone makes room for another on a full PON") {
    olt::Engine engine{olt::EngineOptions{}};
    const olt::Instant now{};
    for (std::uint16_t id = 0; id < olt::onts_per_pon_max; ++id)
        REQUIRE(engine.onu_up({0, id}, Rig::serial(0, id), olt::LinkKind::gpon, now));
    CHECK_FALSE(engine.onu_up({0, 200}, Rig::serial(0, 500), olt::LinkKind::gpon, now));
    engine.onu_down({0, 5}, now);
    CHECK(engine.onu_up({0, 5}, Rig::serial(0, 500), olt::LinkKind::gpon, now));
}

TEST_CASE("engine: a campaign that follows a stopped one lets the shared port drain before it starts anybody (H3)") {
    const auto image = some_image(31 * 640);
    Rig rig{3};
    olt::Instant last_shared{}, started{};
    int frames = 0;
    rig.wire = [&](const olt::Transmission& frame) {
        if (frame.to.is_shared()) last_shared = rig.now;
        if (frames > 150 && action_of(frame) == Action::start_software_download && started == olt::Instant{})
            started = rig.now;
        if (++frames == 150) rig.engine.stop(rig.now);
        return true;
    };
    auto campaign = campaign_of(image);
    bring(rig, campaign);
    campaign.mode = olt::Mode::unicast;
    bring(rig, campaign);
    REQUIRE(last_shared > olt::Instant{});
    CHECK(started - last_shared >= olt::Policy{}.shared_drain);
}

// --- what start() takes ---

TEST_CASE("engine: fewer than 256 transaction identifiers for commands or for sections start no campaign") {
    const auto image = some_image(100);
    constexpr olt::TransactionRange enough{0x0100, 0x01FF}, too_few{0x5000, 0x50FE};
    for (const auto& [commands, sections, starts] :
         {std::tuple{enough, olt::TransactionRange{0x5000, 0x50FF}, true}, std::tuple{enough, too_few, false},
          std::tuple{too_few, enough, false}, std::tuple{too_few, olt::TransactionRange{0x7000, 0x7000}, false}}) {
        olt::EngineOptions options;
        options.commands = commands;
        options.sections = sections;
        Rig rig{2, options};
        CHECK(rig.engine.start(campaign_of(image), rig.now) == starts);
        CHECK(rig.engine.idle() != starts);
    }
}

TEST_CASE("engine: commands in extended messages keep to the identifiers the host lends, priority bit or not") {
    const auto image = some_image(20'000);
    olt::EngineOptions options;
    options.high_priority = true;
    Rig rig{2, options};
    rig.ont(0).omcc_version = rig.ont(1).omcc_version = 0xB4;
    auto campaign = campaign_of(image);
    campaign.set = olt::SetChoice::extended;
    int extended = 0, outside = 0;
    rig.wire = [&](const olt::Transmission& frame) {
        const auto read = omci::read_frame(frame.octets);
        if (read->header.set != omci::MessageSet::extended) return true;
        ++extended;
        outside += omci::value(read->header.transaction_id) >= 0x8000;
        return true;
    };
    bring(rig, campaign);
    check_all_upgraded(rig, 2);
    CHECK(extended > 0);
    CHECK(outside == 0);
}

// --- targets ---

TEST_CASE("engine: an ONT that is no target hears nothing of a campaign, not even when it restarts meanwhile") {
    const auto image = some_image(31 * 640);
    Rig rig{3};
    auto campaign = campaign_of(image);
    campaign.targets = {Rig::serial(0, 0), Rig::serial(0, 1)};
    at_frame(rig, 60, [&] { restart(rig, 2); });
    bring(rig, campaign);
    check_upgraded_but(rig, {2}, 3);
    CHECK(heard(rig, 2, Action::start_software_download) == 0);
    CHECK(outcomes_of(rig, Rig::serial(0, 2)) == 0);
    CHECK_FALSE(rig.ont(2).images[1].active);
}

TEST_CASE("engine: a target that was reported as not there is left alone when it comes up after all") {
    const auto image = some_image(100);
    Rig rig{2};
    auto campaign = campaign_of(image);
    const auto late = Rig::serial(0, 50);
    campaign.targets = {Rig::serial(0, 0), Rig::serial(0, 1), late};
    rig.ont(1).filter = [&](const omci::Frame& frame) -> Bent {  // keeps the campaign going for longer than that
        if (!is(frame, Action::activate_software)) return as_usual;
        rig.engine.onu_down({0, 1}, rig.now);
        return dropped;
    };
    REQUIRE(rig.engine.start(campaign, rig.now));
    const olt::Instant given_up = olt::Instant{} + olt::Policy{}.absent_wait_max;
    rig.run(given_up - 1s);
    rig.now = given_up;
    rig.engine.advance(rig.now);
    REQUIRE_FALSE(rig.engine.idle());
    rig.onts[{0, 50}];
    REQUIRE(rig.engine.onu_up({0, 50}, late, olt::LinkKind::gpon, rig.now));
    rig.run();
    REQUIRE(rig.engine.idle());
    CHECK(rig.ont(50).heard.empty());
    CHECK(outcomes_of(rig, late) == 1);
    CHECK(rig.outcome(50).reason == olt::Reason::not_there);
}

TEST_CASE("engine: a target that is listed twice has one outcome") {
    const auto image = some_image(100);
    Rig rig{1};
    auto campaign = campaign_of(image);
    campaign.targets = {Rig::serial(0, 0), Rig::serial(0, 50), Rig::serial(0, 50), Rig::serial(0, 0)};
    bring(rig, campaign);
    CHECK(outcomes_of(rig, Rig::serial(0, 0)) == 1);
    CHECK(outcomes_of(rig, Rig::serial(0, 50)) == 1);
    for (const auto& event : rig.events)
        if (const auto* done = std::get_if<olt::CampaignDone>(&event)) {
            CHECK(done->upgraded == 1);
            CHECK(done->others == 1);
        }
}

// --- stop ---

TEST_CASE("engine: stopped while a call holds Activate back, it sends no Activate any more") {
    const auto image = some_image(100);
    Rig rig{1};
    olt::Instant stopped = olt::never;
    int later = 0;
    rig.ont(0).filter = [&](const omci::Frame& frame) -> Bent {
        if (!is(frame, Action::activate_software)) return as_usual;
        later += rig.now > stopped;
        if (stopped == olt::never && rig.now > olt::Instant{} + 20s) {
            stopped = rig.now;
            rig.engine.stop(rig.now);
        }
        return answered(ResultCode::device_busy);
    };
    bring(rig, campaign_of(image));
    REQUIRE(stopped != olt::never);
    CHECK(later == 0);
    CHECK(rig.ont(0).reboots == 0);
    CHECK(rig.outcome(0).result == olt::Result::aborted);
}

TEST_CASE("engine: stopped after an Activate that got lost, it does not send it again") {
    const auto image = some_image(100);
    Rig rig{1};
    rig.ont(0).filter = [&](const omci::Frame& frame) -> Bent {
        if (!is(frame, Action::activate_software)) return as_usual;
        rig.engine.stop(rig.now);
        return dropped;
    };
    bring(rig, campaign_of(image));
    CHECK(heard(rig, 0, Action::activate_software) == 1);
    CHECK(rig.outcome(0).result == olt::Result::aborted);
    CHECK(rig.outcome(0).reason == olt::Reason::stopped);
}

// --- records, the MIB, the OMCC, the link ---

TEST_CASE("engine: Activate, held back by its record, does not go to another ONT that has the ONU-ID by then") {
    const auto image = some_image(100);
    Rig rig{1};
    rig.store_records = false;
    bool replaced = false;
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    std::size_t seen = 0;
    while (!rig.engine.idle() && rig.now < olt::Instant{} + 9000s) {
        rig.run(rig.now);
        for (; seen < rig.events.size(); ++seen) {
            const auto* record = std::get_if<olt::Record>(&rig.events[seen]);
            if (!record) continue;
            if (record->what == olt::Record::What::activate && !std::exchange(replaced, true)) {
                rig.ont(0) = ScriptedOnt{};
                rig.ont(0).images[1] = {omci::make_version("other"), false, false, true};
                rig.engine.onu_up({0, 0}, Rig::serial(0, 99), olt::LinkKind::gpon, rig.now);
            }
            rig.engine.stored(record->number, rig.now);
        }
        rig.now += 1s;
    }
    REQUIRE(rig.engine.idle());
    CHECK(replaced);
    CHECK(heard(rig, 0, Action::activate_software) <= 1);  // its own: it has become part of the campaign
    CHECK(omci::same_version(rig.ont(0).images[1].version, omci::make_version("new")));
    CHECK(rig.outcome(0).result == olt::Result::lost);
}

TEST_CASE("engine: a Commit whose every answer is lost is reported to have moved the MIB data sync as well") {
    const auto image = some_image(100);
    std::array<std::size_t, 2> reported{};
    for (const bool lossy : {false, true}) {
        Rig rig{1};
        rig.wire = [&](const olt::Transmission& frame) {
            if (!lossy || action_of(frame) != Action::commit_software) return true;
            (void)rig.ont(0).handle(frame.octets);  // executed once
            return false;
        };
        bring(rig, campaign_of(image));
        check_all_upgraded(rig, 1);
        reported[lossy] = rig.count<olt::MibSyncAdvanced>();
    }
    CHECK(reported[0] > 0);
    CHECK(reported[0] == reported[1]);
}

TEST_CASE("engine: an OMCC that is taken back in any stage and granted again later costs nobody the upgrade") {
    const auto image = some_image(31 * 640);
    using enum olt::Stage;
    for (const olt::Stage stage :
         {looking, starting, transferring, ending, verifying, activating, rebooting, committing}) {
        CAPTURE(olt::text(stage));
        Rig rig{1};
        auto campaign = campaign_of(image);
        campaign.mode = olt::Mode::unicast;
        olt::Instant revoked = olt::never;
        rig.wire = [&](const olt::Transmission&) {
            CHECK(revoked == olt::never);  // not a frame until it is granted
            if (rig.engine.status()[0].stage != stage) return true;
            revoked = rig.now;
            rig.engine.omcc_revoked({0, 0}, rig.now);
            return false;
        };
        REQUIRE(rig.engine.start(campaign, rig.now));
        rig.run(olt::Instant{} + 30s);
        REQUIRE(revoked != olt::never);
        REQUIRE_FALSE(rig.engine.idle());
        rig.wire = nullptr;
        rig.now = std::max(rig.now, revoked + 10s);
        rig.engine.omcc_granted({0, 0}, rig.now);
        rig.run();
        CHECK(rig.outcome(0).result == olt::Result::upgraded);
        check_one_outcome_each(rig, 1);
    }
}

TEST_CASE(
    "engine: a link that takes no frames for an hour, at any moment, delays the campaign and changes no outcome") {
    const auto image = some_image(31 * 320);
    int held_up = 0;
    for (int frame = 1; frame < 420; frame += 7) {
        CAPTURE(frame);
        Rig rig{4};
        at_frame(rig, frame, [&] {
            ++held_up;
            rig.engine.link_busy(0, rig.now);
        });
        REQUIRE(rig.engine.start(campaign_of(image), rig.now));
        rig.run();
        rig.now = std::max(rig.now, olt::Instant{} + 3700s);
        rig.engine.link_ready(0, rig.now);
        rig.engine.advance(rig.now);
        rig.run(olt::Instant{} + 9000s);
        CHECK(rig.engine.idle());
        check_one_outcome_each(rig, 4);
        check_all_upgraded(rig, 4);
    }
    CHECK(held_up > 50);
}

TEST_CASE("engine: stopped at any frame, every ONT has its one outcome and the campaign ends") {
    const auto image = some_image(31 * 128);
    for (const bool restarts_too : {false, true})
        for (int frame = 1; frame < 260; frame += 3) {
            CAPTURE(frame);
            Rig rig{4};
            at_frame(rig, frame, [&] {
                if (restarts_too) rig.engine.onu_up({0, 1}, Rig::serial(0, 1), olt::LinkKind::gpon, rig.now);
                rig.engine.stop(rig.now);
            });
            bring(rig, campaign_of(image));
            check_one_outcome_each(rig, 4);
            for (std::uint16_t id = 0; id < 4; ++id) CHECK_FALSE(rig.ont(id).downloading);
        }
}
