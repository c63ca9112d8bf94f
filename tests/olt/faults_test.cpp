// SPDX-License-Identifier: Apache-2.0
// The engine against ONTs that do not behave, or that cannot: each has its outcome, and the others are not held back.
#include <algorithm>

#include "tests/olt/bent.h"

using namespace olt_test;

TEST_CASE("engine: a silent close is asked again with the same transaction, never with a new one") {
    const auto image = some_image(31 * 64);
    Rig rig{3};
    int lost = 0;
    rig.ont(1).filter = [&](const omci::Frame& frame) { return is_close(frame) && lost++ < 3 ? dropped : as_usual; };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(rig.outcome(1).result == olt::Result::upgraded);
    CHECK(rig.ont(1).stored == image);
    CHECK(rig.outcome(1).windows_repaired == 0);
}

TEST_CASE("engine: a lost answer is fetched by the same transaction, and the window is not sent again (H1)") {
    const auto image = some_image(31 * 64);
    Rig rig{3};
    auto campaign = campaign_of(image);
    campaign.close = olt::Close::shared;
    // The ONT executes and answers; the link loses what it says: a resend must find the remembered reply.
    int closes = 0;
    rig.wire = [&](const olt::Transmission& frame) {
        const auto read = omci::read_frame(frame.octets);
        if (!frame.to.is_shared() || !is_close(*read) || !read->header.acknowledge_request || closes++ > 0) return true;
        (void)rig.ont(0).handle(frame.octets);  // heard, but nobody hears its answer
        for (std::uint16_t id = 1; id < 3; ++id)
            if (const auto answer = rig.ont(id).handle(frame.octets)) rig.engine.receive({0, id}, *answer, rig.now);
        return false;
    };
    REQUIRE(rig.engine.start(campaign, rig.now));
    rig.run();
    CHECK(rig.ont(0).stored == image);
    CHECK(rig.outcome(0).windows_repaired == 0);
    REQUIRE(rig.ont(0).close_ids.size() >= 2);
    CHECK(rig.ont(0).close_ids[0] == rig.ont(0).close_ids[1]);
}

TEST_CASE("engine: a refused window is repaired on the member's own OMCC, under new transactions, before the next") {
    const auto image = some_image(31 * 96);
    Rig rig{3};
    auto campaign = campaign_of(image);
    campaign.close = olt::Close::shared;
    int refusals = 0;
    rig.ont(1).filter = [&](const omci::Frame& frame) {
        return is_close(frame) && refusals++ == 0 ? answered(ResultCode::processing_error) : as_usual;
    };
    // What the filter refused stays in the script's buffer: the same sections come again.
    REQUIRE(rig.engine.start(campaign, rig.now));
    rig.run();
    for (std::uint16_t id = 0; id < 3; ++id) CHECK(rig.ont(id).stored == image);
    CHECK(rig.outcome(1).windows_repaired == 1);
    CHECK(rig.outcome(0).windows_repaired == 0);
    CHECK(rig.engine.accounts().shared_octets == 96 * 53);
    CHECK(rig.engine.accounts().repair_octets == 32 * 53);
}

TEST_CASE("engine: busy at a close is asked again under a new transaction") {
    const auto image = some_image(31 * 64);
    Rig rig{2};
    int busy = 0;
    std::vector<std::uint16_t> ids;
    rig.ont(0).filter = [&](const omci::Frame& frame) {
        if (!is_close(frame)) return as_usual;
        ids.push_back(omci::value(frame.header.transaction_id));
        return busy++ < 4 ? answered(ResultCode::device_busy) : as_usual;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(rig.outcome(0).result == olt::Result::upgraded);
    std::sort(ids.begin(), ids.end());
    CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("engine: a member that fails a window for good leaves by a confirmed abort and is served alone later (H3)") {
    const auto image = some_image(31 * 96);
    Rig rig{12};
    int failures = 0;
    rig.ont(4).filter = [&](const omci::Frame& frame) {
        return is_close(frame) && failures < 5 ? (++failures, answered(ResultCode::processing_error)) : as_usual;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    check_upgraded_but(rig, {4}, 12);
    CHECK(rig.outcome(4).result == olt::Result::upgraded);
    CHECK(rig.outcome(4).group == 0);
    CHECK(rig.ont(4).stored == image);
    const auto& heard = rig.ont(4).heard;
    CHECK(std::count(heard.begin(), heard.end(), "end_software_download") == 2);  // the abort, and the good one
    CHECK(std::count(heard.begin(), heard.end(), "start_software_download") == 2);
}

TEST_CASE("engine: one that falls silent in mid-transfer is given up, and holds the others for a bounded time") {
    const auto image = some_image(31 * 320);
    Rig rig{4};
    int closes = 0;
    rig.ont(3).filter = [&](const omci::Frame& frame) {
        closes += is_close(frame);
        return closes > 2 ? dropped : as_usual;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    check_upgraded_but(rig, {3}, 4);
    CHECK(rig.outcome(3).result == olt::Result::failed);
    CHECK(rig.outcome(3).reason == olt::Reason::silent);
    CHECK_FALSE(rig.ont(3).images[1].valid);
    for (std::uint16_t id = 0; id < 3; ++id) CHECK(rig.outcome(id).ended < olt::Instant{} + 15s);
}

TEST_CASE("engine: one that goes down in mid-transfer and returns is served again, alone") {
    const auto image = some_image(31 * 320);
    Rig rig{4};
    int frames = 0;
    rig.wire = [&](const olt::Transmission&) {
        if (++frames == 120) {
            rig.engine.onu_down({0, 2}, rig.now);
            rig.ont(2).reboot();
            rig.ont(2).filter = [](const omci::Frame&) { return dropped; };
        }
        if (frames == 200) {
            rig.ont(2).filter = nullptr;
            rig.engine.onu_up({0, 2}, Rig::serial(0, 2), olt::LinkKind::gpon, rig.now);
        }
        return true;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    check_upgraded_but(rig, {2}, 4);
    CHECK(rig.outcome(2).result == olt::Result::upgraded);
    CHECK(rig.outcome(2).group == 0);
    CHECK(rig.ont(2).stored == image);
}

TEST_CASE("engine: one that goes down and never returns is lost, with that reason") {
    const auto image = some_image(31 * 320);
    Rig rig{3};
    int frames = 0;
    rig.wire = [&](const olt::Transmission&) {
        if (++frames == 100) {
            rig.engine.onu_down({0, 1}, rig.now);
            rig.ont(1).filter = [](const omci::Frame&) { return dropped; };
        }
        return true;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    check_upgraded_but(rig, {1}, 3);
    CHECK(rig.outcome(1).result == olt::Result::lost);
    CHECK(rig.outcome(1).reason == olt::Reason::went_down);
}

TEST_CASE("engine: both images in use is refused without a Start") {
    const auto image = some_image(500);
    Rig rig{3};
    rig.ont(1).images[0] = {omci::make_version("a"), false, true, true};
    rig.ont(1).images[1] = {omci::make_version("b"), true, false, true};
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    check_upgraded_but(rig, {1}, 3);
    CHECK(rig.outcome(1).result == olt::Result::refused);
    CHECK(rig.outcome(1).reason == olt::Reason::no_idle_image);
    CHECK(rig.ont(1).heard.size() == 4);  // three looks, and the probe that everyone hears
}

TEST_CASE("engine: a window of 8 is too small for the group and good enough alone") {
    const auto image = some_image(31 * 100);
    Rig rig{4};
    rig.ont(0).window_max = 8;
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    check_upgraded_but(rig, {0}, 4);
    CHECK(rig.outcome(0).result == olt::Result::upgraded);
    CHECK(rig.outcome(0).group == 0);
    CHECK(rig.ont(0).windows_acknowledged == 13);
    CHECK(rig.ont(1).windows_acknowledged == 4);
}

TEST_CASE("engine: one that answers everything 'device busy' for twenty seconds comes last, not in the way") {
    const auto image = some_image(31 * 100);
    Rig rig{4};
    rig.ont(2).filter = [&](const omci::Frame&) {
        return rig.now < olt::Instant{} + 20s ? answered(ResultCode::device_busy) : as_usual;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    check_upgraded_but(rig, {2}, 4);
    CHECK(rig.outcome(1).ended < olt::Instant{} + 20s);
    CHECK(rig.outcome(2).result == olt::Result::upgraded);
}

TEST_CASE("engine: a Start that is refused ends with the ONT's own result") {
    const auto image = some_image(100);
    Rig rig{3};
    rig.ont(1).filter = [](const omci::Frame& frame) {
        return frame.header.action == Action::start_software_download ? answered(ResultCode::not_supported) : as_usual;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    check_upgraded_but(rig, {1}, 3);
    CHECK(rig.outcome(1).result == olt::Result::refused);
    CHECK(rig.outcome(1).result_code == 2);
}

TEST_CASE("engine: a wrong image CRC starts the transfer over, and not for ever") {
    const auto image = some_image(100);
    Rig rig{3};
    rig.ont(1).filter = [](const omci::Frame& frame) {
        return frame.header.action == Action::end_software_download ? answered(ResultCode::processing_error) : as_usual;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    check_upgraded_but(rig, {1}, 3);
    CHECK(rig.outcome(1).result == olt::Result::failed);
    CHECK(rig.outcome(1).reason == olt::Reason::image_crc);
    const auto& heard = rig.ont(1).heard;
    CHECK(std::count(heard.begin(), heard.end(), "start_software_download") == 3);
}

TEST_CASE("engine: a lost answer to Activate is never answered by a second Activate while the new image runs") {
    const auto image = some_image(100);
    Rig rig{2};
    for (std::uint16_t id = 0; id < 2; ++id) {
        rig.ont(id).goes_down_to_reboot = false;
        rig.ont(id).filter = [&rig, id](const omci::Frame& frame) {
            if (frame.header.action != Action::activate_software) return as_usual;
            rig.ont(id).filter = nullptr;
            std::vector<std::uint8_t> octets(frame.checked.begin(), frame.checked.end());
            octets.insert(octets.end(), frame.mic.begin(), frame.mic.end());
            (void)rig.ont(id).handle(octets);  // executed; the answer is lost
            return dropped;
        };
    }
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    for (std::uint16_t id = 0; id < 2; ++id) {
        CHECK(rig.outcome(id).result == olt::Result::upgraded);
        CHECK(rig.ont(id).reboots == 1);
    }
}

TEST_CASE("engine: an Activate that got lost is sent again after a look that found the old image active") {
    const auto image = some_image(100);
    Rig rig{2};
    int lost = 0;
    rig.ont(0).filter = [&](const omci::Frame& frame) {
        return frame.header.action == Action::activate_software && lost++ == 0 ? dropped : as_usual;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(rig.outcome(0).result == olt::Result::upgraded);
    CHECK(rig.ont(0).reboots == 1);
    CHECK(lost == 2);
}

TEST_CASE("engine: when the canaries fall back nobody else is activated") {
    const auto image = some_image(100);
    Rig rig{6};
    for (std::uint16_t id = 0; id < 6; ++id)
        rig.ont(id).filter = [&rig, id](const omci::Frame& frame) {
            if (frame.header.action != Action::activate_software) return as_usual;
            rig.ont(id).wants_reboot = true;  // restarts, and boots what it ran before
            return answered(ResultCode::success);
        };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    int fell_back = 0, held = 0, reboots = 0;
    for (std::uint16_t id = 0; id < 6; ++id) {
        fell_back += rig.outcome(id).result == olt::Result::fell_back;
        held += rig.outcome(id).result == olt::Result::held;
        reboots += rig.ont(id).reboots;
    }
    CHECK(fell_back == 3);
    CHECK(held == 3);
    CHECK(reboots == 3);
}

TEST_CASE("engine: nothing that depends on a record is sent before the host has stored it") {
    const auto image = some_image(100);
    Rig rig{2};
    rig.store_records = false;
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run(olt::Instant{} + 60s);
    for (std::uint16_t id = 0; id < 2; ++id) {
        const auto& heard = rig.ont(id).heard;
        CHECK(std::count(heard.begin(), heard.end(), "start_software_download") == 0);
    }
    CHECK(rig.count<olt::Record>() >= 2);
}

TEST_CASE("engine: stopped in mid-transfer, it ends every download with size 0 and reports everyone") {
    const auto image = some_image(31 * 640);
    Rig rig{4};
    int frames = 0;
    rig.wire = [&](const olt::Transmission&) {
        if (++frames == 150) rig.engine.stop(rig.now);
        return true;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    REQUIRE(rig.engine.idle());
    for (std::uint16_t id = 0; id < 4; ++id) {
        CHECK(rig.outcome(id).result == olt::Result::aborted);
        CHECK_FALSE(rig.ont(id).downloading);
        CHECK(rig.ont(id).reboots == 0);
    }
}

TEST_CASE("engine: frames that are not ours are handed to the host, late repeats of ours are not") {
    Rig rig{1};
    const auto image = some_image(100);
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    std::vector<std::uint8_t> frame(48);
    const auto alarm =
        omci::Header{omci::TransactionId{0}, false, false, false, Action::alarm, omci::MessageSet::baseline,
                     omci::MeClass::onu_g,   {}};
    REQUIRE(omci::write_frame(alarm, omci::Alarm{}, frame));
    rig.engine.receive({0, 0}, frame, rig.now);
    const auto late = omci::response_to(
        omci::request(Action::get, omci::TransactionId{0x123}, omci::MessageSet::baseline, omci::MeClass::onu_g, {}));
    REQUIRE(omci::write_frame(late, omci::GetResponse{}, frame));
    rig.engine.receive({0, 0}, frame, rig.now);
    frame[20] ^= 1;  // and a damaged one is nobody's
    rig.engine.receive({0, 0}, frame, rig.now);
    rig.run();
    CHECK(rig.count<olt::ForeignFrame>() == 1);
}

TEST_CASE("engine: commands and sections keep to the transaction ranges the host lends") {
    const auto image = some_image(31 * 200);
    olt::EngineOptions options;
    options.commands = {0x0100, 0x01FF};
    options.sections = {0x5000, 0x50FF};
    options.first_transaction = 0xBEEF;
    Rig rig{3, options};
    bool kept = true;
    rig.wire = [&](const olt::Transmission& frame) {
        const auto read = omci::read_frame(frame.octets);
        const auto id = omci::value(read->header.transaction_id);
        const bool section = read->header.action == Action::download_section;
        kept = kept && (section ? id >= 0x5000 && id <= 0x50FF : id >= 0x0100 && id <= 0x01FF);
        return true;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(kept);
    for (std::uint16_t id = 0; id < 3; ++id) CHECK(rig.outcome(id).result == olt::Result::upgraded);
}
