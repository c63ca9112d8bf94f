// SPDX-License-Identifier: Apache-2.0
// Whole campaigns of the engine against scripted ONTs: what it does when all is well.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/olt/scripted_ont.h"

using namespace olt_test;

TEST_CASE("engine: a group in lockstep is upgraded, activated and committed, whichever way windows are closed") {
    for (const auto close : {olt::Close::unicast, olt::Close::shared})
        for (const std::size_t octets : {1u, 31u, 32u, 992u, 993u, 31u * 64u, 10'000u}) {
            CAPTURE(octets);
            const auto image = some_image(octets);
            Rig rig{5};
            auto campaign = campaign_of(image);
            campaign.close = close;
            REQUIRE(rig.engine.start(campaign, rig.now));
            rig.run();
            REQUIRE(rig.engine.idle());
            REQUIRE(rig.outcomes.size() == 5);
            for (std::uint16_t id = 0; id < 5; ++id) {
                CHECK(rig.outcome(id).result == olt::Result::upgraded);
                CHECK(rig.outcome(id).group == 1);
                CHECK(rig.ont(id).stored == image);
                CHECK(rig.ont(id).images[1].active);
                CHECK(rig.ont(id).images[1].committed);
                CHECK(rig.ont(id).reboots == 1);
            }
            CHECK(rig.engine.accounts().unicast_octets == 0);
        }
}

TEST_CASE("engine: every section of a group goes out once on the shared port") {
    const auto image = some_image(31 * 100);
    Rig rig{20};
    auto campaign = campaign_of(image);
    campaign.close = olt::Close::shared;
    REQUIRE(rig.engine.start(campaign, rig.now));
    rig.run();
    CHECK(rig.engine.accounts().shared_octets == 100 * 53);
    CHECK(rig.engine.accounts().repair_octets == 0);
    CHECK(rig.frames_shared == 101);  // and one probe
}

TEST_CASE("engine: an ONT that cannot hear the shared port is served alone, after the group") {
    const auto image = some_image(5000);
    Rig rig{4};
    rig.ont(2).hears_shared = false;
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(rig.outcome(2).result == olt::Result::upgraded);
    CHECK(rig.outcome(2).group == 0);
    CHECK(rig.ont(2).stored == image);
    CHECK(rig.outcome(1).group == 1);
}

TEST_CASE("engine: standby instances 0 and 1 make two groups, one after the other") {
    const auto image = some_image(3000);
    Rig rig{6};
    for (std::uint16_t id = 3; id < 6; ++id) std::swap(rig.ont(id).images[0], rig.ont(id).images[1]);
    bool overlap = false;
    rig.wire = [&](const olt::Transmission&) {
        const auto in_download = [&](std::uint16_t a) { return rig.ont(a).downloading; };
        overlap = overlap || (in_download(0) && in_download(3));
        return true;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    for (std::uint16_t id = 0; id < 6; ++id) CHECK(rig.outcome(id).result == olt::Result::upgraded);
    CHECK(rig.outcome(0).group != rig.outcome(3).group);
    CHECK_FALSE(overlap);  // H3: only members of the running group are in S2
}

TEST_CASE("engine: mode unicast serves all in parallel without the shared port") {
    const auto image = some_image(4000);
    Rig rig{6};
    auto campaign = campaign_of(image);
    campaign.mode = olt::Mode::unicast;
    REQUIRE(rig.engine.start(campaign, rig.now));
    rig.run();
    for (std::uint16_t id = 0; id < 6; ++id) CHECK(rig.ont(id).stored == image);
    CHECK(rig.frames_shared == 0);
}

TEST_CASE("engine: ONTs that hold the image already are skipped, by version or in full") {
    const auto image = some_image(500);
    Rig rig{3};
    rig.ont(0).images[0].version = omci::make_version("new");                // active and committed: nothing to do
    rig.ont(1).images[1] = {omci::make_version("new"), false, false, true};  // stored: to be activated only
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(rig.outcome(0).result == olt::Result::up_to_date);
    CHECK(std::count(rig.ont(0).heard.begin(), rig.ont(0).heard.end(), "get") == 4);  // three looks, and the probe
    CHECK(rig.ont(0).heard.size() == 4);
    CHECK(rig.outcome(1).result == olt::Result::upgraded);
    CHECK(std::count(rig.ont(1).heard.begin(), rig.ont(1).heard.end(), "start_software_download") == 0);
    CHECK(rig.outcome(2).result == olt::Result::upgraded);
}

TEST_CASE("engine: extended messages are used with ONTs that know them, baseline with the others") {
    const auto image = some_image(20'000);
    Rig rig{4};
    rig.ont(0).omcc_version = rig.ont(1).omcc_version = 0xB4;
    auto campaign = campaign_of(image);
    campaign.set = olt::SetChoice::extended;
    REQUIRE(rig.engine.start(campaign, rig.now));
    rig.run();
    for (std::uint16_t id = 0; id < 4; ++id) CHECK(rig.ont(id).stored == image);
    CHECK(rig.ont(0).windows_acknowledged == 1);
    CHECK(rig.outcome(0).group != rig.outcome(2).group);
}

TEST_CASE("engine: without commit the new image runs, and the old one stays committed") {
    const auto image = some_image(100);
    Rig rig{2};
    auto campaign = campaign_of(image);
    campaign.commit = false;
    REQUIRE(rig.engine.start(campaign, rig.now));
    rig.run();
    CHECK(rig.outcome(0).result == olt::Result::upgraded);
    CHECK(rig.ont(0).images[1].active);
    CHECK(rig.ont(0).images[0].committed);
}

TEST_CASE("engine: sixteen PONs at once, each at its own rate") {
    const auto image = some_image(2000);
    Rig rig{4, {}, 16};
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(rig.outcomes.size() == 64);
    for (std::uint8_t pon = 0; pon < 16; ++pon)
        for (std::uint16_t id = 0; id < 4; ++id) CHECK(rig.outcome(id, pon).result == olt::Result::upgraded);
}

TEST_CASE("engine: a campaign for some serial numbers leaves the others alone, and waits for none for ever") {
    const auto image = some_image(100);
    Rig rig{3};
    auto campaign = campaign_of(image);
    campaign.targets = {Rig::serial(0, 1), Rig::serial(0, 77)};
    REQUIRE(rig.engine.start(campaign, rig.now));
    rig.run();
    REQUIRE(rig.engine.idle());
    CHECK(rig.outcome(1).result == olt::Result::upgraded);
    CHECK(rig.outcome(77).reason == olt::Reason::not_there);
    CHECK(rig.ont(0).heard == std::vector<std::string>{"get"});  // the probe, which everyone hears
}

TEST_CASE("engine: the rate is kept to the octet") {
    const auto image = some_image(31 * 1000);
    olt::EngineOptions options;
    options.rate_bits_per_second = 1'000'000;
    Rig rig{2, options};
    olt::Instant first = olt::never, last{};
    std::uint64_t octets = 0;
    rig.wire = [&](const olt::Transmission& frame) {
        first = std::min(first, rig.now);
        last = rig.now;
        octets += frame.octets.size() + 5;
        return true;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(octets == rig.engine.accounts().downstream_octets());
    CHECK(std::chrono::duration_cast<std::chrono::microseconds>(last - first).count() >=
          static_cast<std::int64_t>((octets - 53) * 8) - 200);
}
