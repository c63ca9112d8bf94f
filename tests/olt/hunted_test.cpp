// SPDX-License-Identifier: Apache-2.0
// What hunts through simulated worlds have found in the engine, each as the smallest script that shows it.
#include <algorithm>

#include "tests/olt/bent.h"

using namespace olt_test;

TEST_CASE("engine: one that left its group does not settle the window of the member that has its place now") {
    const auto image = some_image(31 * 128);
    Rig rig{12};
    int failures = 0, silent = 0;
    rig.ont(0).filter = [&](const omci::Frame& frame) -> Bent {
        return is_close(frame) && failures++ < 4 ? Bent{ResultCode::processing_error} : as_usual;
    };
    rig.ont(1).filter = [&](const omci::Frame& frame) -> Bent {
        return is_close(frame) && rig.ont(1).windows_acknowledged == 1 && silent++ < 2 ? dropped : as_usual;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(rig.outcome(0).group == 0);
    CHECK(rig.outcome(1).group == 1);
    CHECK(rig.ont(1).stored == image);
    const auto& heard = rig.ont(1).heard;
    CHECK(std::count(heard.begin(), heard.end(), "start_software_download") == 1);
}

TEST_CASE("engine: a probe that the link holds up is forgotten when there is nobody left to probe") {
    const auto image = some_image(100);
    Rig rig{1};
    rig.wire = [&](const olt::Transmission& frame) {
        const auto read = omci::read_frame(frame.octets);
        if (read->header.me_class != omci::MeClass::onu2_g) return true;
        rig.engine.link_busy(0, rig.now);
        return true;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    rig.engine.onu_down({0, 0}, rig.now);
    rig.engine.link_ready(0, rig.now);
    rig.wire = nullptr;
    rig.run();
    CHECK(rig.engine.idle());
    CHECK(rig.outcome(0).result == olt::Result::lost);
}

TEST_CASE("engine: a canary that goes down before its Activate is the canary again when it is back") {
    const auto image = some_image(100);
    Rig rig{1};
    bool down_once = false;
    rig.ont(0).filter = [&](const omci::Frame& frame) -> Bent {
        const bool staged = rig.ont(0).images[1].valid && frame.header.action == Action::get;
        if (!staged || down_once || rig.engine.status()[0].stage != olt::Stage::activating) return as_usual;
        down_once = true;
        rig.engine.onu_down({0, 0}, rig.now);
        rig.ont(0).reboot();
        rig.engine.onu_up({0, 0}, Rig::serial(0, 0), olt::LinkKind::gpon, rig.now);
        return dropped;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    REQUIRE(rig.engine.idle());
    CHECK(down_once);
    CHECK(rig.outcome(0).result == olt::Result::upgraded);
}

TEST_CASE("engine: nobody is started while sections may still lie in the queues behind the shared port (H3)") {
    const auto image = some_image(31 * 96);
    Rig rig{12};
    int failures = 0;
    rig.ont(4).filter = [&](const omci::Frame& frame) -> Bent {
        return is_close(frame) && failures++ < 4 ? Bent{ResultCode::processing_error} : as_usual;
    };
    olt::Instant last_shared{}, late_start{};
    rig.wire = [&](const olt::Transmission& frame) {
        const auto read = omci::read_frame(frame.octets);
        if (frame.to.is_shared()) last_shared = rig.now;
        if (read->header.action == Action::start_software_download) late_start = rig.now;
        return true;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(rig.outcome(4).result == olt::Result::upgraded);
    CHECK(late_start - last_shared >= olt::Policy{}.shared_drain);
}

TEST_CASE("engine: a member that goes on storing for too long after End does not hold the next group for ever") {
    const auto image = some_image(100);
    Rig rig{5};
    for (std::uint16_t id = 3; id < 5; ++id) std::swap(rig.ont(id).images[0], rig.ont(id).images[1]);
    rig.ont(1).filter = [&](const omci::Frame& frame) -> Bent {
        const auto end = omci::read_message<omci::EndRequest>(frame);
        return end && !end->is_abort() ? Bent{ResultCode::device_busy} : as_usual;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    REQUIRE(rig.engine.idle());
    CHECK(rig.outcome(3).result == olt::Result::upgraded);
    CHECK(rig.outcome(3).ended < olt::Instant{} + 2 * olt::Policy{}.group_end_wait_max);
    CHECK(rig.outcome(1).reason == olt::Reason::busy);
}
