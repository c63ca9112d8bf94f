// SPDX-License-Identifier: Apache-2.0
// Why an ONT would not have the image: what the engine asks it before it gives it up, and what it makes of the answer.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/olt/scripted_ont.h"

using namespace olt_test;

namespace {

using omci::Action;
using omci::ResultCode;
using Bent = std::optional<std::optional<ResultCode>>;

const Bent as_usual{};
Bent answered(ResultCode result) { return Bent{std::optional{result}}; }

constexpr omci::LastRefusal wrong_product{omci::Refusal::wrong_product, omci::UpdatePhase::judging, 1, 312};

bool asks_why(const omci::Frame& frame) {
    return frame.header.action == Action::get && frame.header.me_class == omci::update_entity_class;
}

/// Answers `action` with `result`, and counts how often it is asked why.
auto refusing(Action action, ResultCode result, int& asked) {
    return [=, &asked](const omci::Frame& frame) -> Bent {
        asked += asks_why(frame);
        return frame.header.action == action ? answered(result) : as_usual;
    };
}

void check_others_upgraded(const Rig& rig, std::uint16_t but) {
    for (std::uint16_t id = 0; id < rig.onts.size(); ++id) {
        if (id == but) continue;
        CHECK(rig.outcome(id).result == olt::Result::upgraded);
        CHECK_FALSE(rig.outcome(id).refusal);
    }
}

}  // namespace

TEST_CASE("reasons: an ONT that refuses Start or a close with 3 is asked why, once, and its outcome says it") {
    const auto image = some_image(31 * 100);
    for (const Action action : {Action::start_software_download, Action::download_section}) {
        Rig rig{4};
        int asked = 0;
        rig.ont(1).filter = refusing(action, ResultCode::parameter_error, asked);
        rig.ont(1).update = {omci::UpdateState::idle, wrong_product};
        REQUIRE(rig.engine.start(campaign_of(image), rig.now));
        rig.run();
        check_others_upgraded(rig, 1);
        CHECK(rig.outcome(1).result == olt::Result::refused);
        CHECK(rig.outcome(1).result_code == 3);
        CHECK(rig.outcome(1).refusal == wrong_product);
        CHECK(asked == 1);
        CHECK_FALSE(rig.ont(1).downloading);
        const auto& heard = rig.ont(1).heard;
        CHECK(std::count(heard.begin(), heard.end(), "start_software_download") == 1);
    }
}

TEST_CASE("reasons: an End that fails every time ends with the reason that the ONT gives for it") {
    const auto image = some_image(31 * 100);
    Rig rig{3};
    int asked = 0;
    const omci::LastRefusal bad_block{omci::Refusal::block_hash_wrong, omci::UpdatePhase::downloading, 1, 20'000};
    rig.ont(2).filter = refusing(Action::end_software_download, ResultCode::processing_error, asked);
    rig.ont(2).update = {omci::UpdateState::idle, bad_block};
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    check_others_upgraded(rig, 2);
    CHECK(rig.outcome(2).result == olt::Result::failed);
    CHECK(rig.outcome(2).reason == olt::Reason::image_crc);
    CHECK(rig.outcome(2).refusal == bad_block);
    CHECK(asked == 1);
}

TEST_CASE("reasons: an ONT without the entity, one of another make, and one that names nothing have no reason") {
    const auto image = some_image(31 * 10);
    std::array<ScriptedOnt::Update, 2> updates{};
    updates[0].last_refusal = wrong_product;
    updates[0].magic[0] = 'X';
    for (const auto& update :
         {std::optional<ScriptedOnt::Update>{}, std::optional{updates[0]}, std::optional{updates[1]}}) {
        Rig rig{3};
        int asked = 0;
        rig.ont(1).filter = refusing(Action::download_section, ResultCode::parameter_error, asked);
        rig.ont(1).update = update;
        REQUIRE(rig.engine.start(campaign_of(image), rig.now));
        rig.run();
        check_others_upgraded(rig, 1);
        CHECK(rig.outcome(1).result == olt::Result::refused);
        CHECK_FALSE(rig.outcome(1).refusal);
        CHECK(asked == 1);
    }
}

TEST_CASE("reasons: one that is silent or busy when asked why is given up all the same, and soon") {
    const auto image = some_image(31 * 10);
    for (const Bent& answer : {answered(ResultCode::device_busy), Bent{std::optional<ResultCode>{}}}) {
        Rig rig{3};
        rig.ont(1).filter = [&](const omci::Frame& frame) -> Bent {
            if (asks_why(frame)) return answer;
            return frame.header.action == Action::start_software_download ? answered(ResultCode::parameter_error)
                                                                          : as_usual;
        };
        rig.ont(1).update = {omci::UpdateState::idle, wrong_product};
        REQUIRE(rig.engine.start(campaign_of(image), rig.now));
        rig.run();
        check_others_upgraded(rig, 1);
        CHECK(rig.outcome(1).result == olt::Result::refused);
        CHECK_FALSE(rig.outcome(1).refusal);
        CHECK(rig.outcome(1).ended - rig.outcome(1).began < 4s);
    }
}

TEST_CASE("reasons: nobody waits for an ONT that is being asked, nor is it waited for once it is down") {
    const auto image = some_image(31 * 100);
    Rig rig{4};
    bool went = false;
    rig.ont(1).filter = [&](const omci::Frame& frame) -> Bent {
        if (asks_why(frame)) {
            went = true;
            return Bent{std::optional<ResultCode>{}};
        }
        return frame.header.action == Action::download_section ? answered(ResultCode::parameter_error) : as_usual;
    };
    rig.wire = [&](const olt::Transmission& frame) {
        if (went && frame.to.onu_id != 1) rig.engine.onu_down({0, 1}, rig.now);
        return true;
    };
    REQUIRE(rig.engine.start(campaign_of(image), rig.now));
    rig.run();
    CHECK(went);
    check_others_upgraded(rig, 1);
    CHECK(rig.outcome(1).result == olt::Result::refused);
    CHECK(rig.outcome(1).reason == olt::Reason::image_refused);
    CHECK(rig.outcome(1).ended < rig.outcome(0).ended);
    CHECK(rig.outcome(1).ended - rig.outcome(1).began < 1s);
}

TEST_CASE("reasons: a fallen back ONT says whether it rolled back itself") {
    const auto image = some_image(31 * 10);
    for (const omci::UpdateState state : {omci::UpdateState::rollback, omci::UpdateState::idle}) {
        Rig rig{1};
        rig.ont(0).update = {state, {}};
        rig.ont(0).filter = [&](const omci::Frame& frame) -> Bent {
            if (frame.header.action != Action::activate_software) return as_usual;
            rig.ont(0).wants_reboot = true;  // restarts, and boots what it ran before
            return answered(ResultCode::success);
        };
        REQUIRE(rig.engine.start(campaign_of(image), rig.now));
        rig.run();
        CHECK(rig.outcome(0).result == olt::Result::fell_back);
        CHECK(rig.outcome(0).rolled_back == (state == omci::UpdateState::rollback));
    }
}

TEST_CASE("reasons: an image that arrived damaged is sent again, alone, and not for ever") {
    const auto image = some_image(31 * 100);
    const omci::LastRefusal bad_block{omci::Refusal::block_hash_wrong, omci::UpdatePhase::downloading, 1, 20'000};
    for (const int damaged : {1, 100}) {
        CAPTURE(damaged);
        Rig rig{3};
        int closes = 0, asked = 0;
        rig.ont(1).filter = [&](const omci::Frame& frame) -> Bent {
            asked += asks_why(frame);
            const bool close = frame.header.action == Action::download_section;
            return close && ++closes <= damaged ? answered(ResultCode::parameter_error) : as_usual;
        };
        rig.ont(1).update = {omci::UpdateState::idle, bad_block};
        REQUIRE(rig.engine.start(campaign_of(image), rig.now));
        rig.run();
        check_others_upgraded(rig, 1);
        const auto& heard = rig.ont(1).heard;
        const auto starts = std::count(heard.begin(), heard.end(), "start_software_download");
        if (damaged == 1) {
            CHECK(rig.outcome(1).result == olt::Result::upgraded);
            CHECK_FALSE(rig.outcome(1).refusal);
            CHECK(starts == 2);
            CHECK(asked == 1);
        } else {
            CHECK(rig.outcome(1).result == olt::Result::refused);
            CHECK(rig.outcome(1).refusal == bad_block);
            CHECK(starts == olt::Policy{}.transfers_max);
            CHECK(asked == olt::Policy{}.transfers_max);
        }
    }
}
