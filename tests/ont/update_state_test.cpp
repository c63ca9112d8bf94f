// SPDX-License-Identifier: Apache-2.0
// The update entity: what a person and the OLT are told of an update, and when.
#include <doctest/doctest.h>

#include "omci/update_entity.h"
#include "tests/ont/package_lab.h"

using namespace tests;

namespace {

/// The values of the whole entity: magic 8, state 1, percent 1, refusal 2, phase 1, image 1, milliseconds 4.
Bytes read_entity(Lab& lab) {
    const auto reply =
        lab.ask(omci::update_entity_class, 0, omci::GetRequest{omci::AttributeMask{omci::update_entity::all}});
    REQUIRE(reply);
    const auto response = omci::read_message<omci::GetResponse>(reply->frame);
    REQUIRE(response);
    REQUIRE(response->result == ResultCode::success);
    return {response->values.begin(), response->values.begin() + 18};
}

/// The AVCs of the entity since `from`, as text: "state 1" or "refusal 14".
std::string notifications(const Lab& lab, std::size_t from) {
    std::string text;
    for (std::size_t i = from; i < lab.device.sent.size(); ++i) {
        const auto frame = omci::read_frame(lab.device.sent[i]);
        REQUIRE(frame);
        if (frame->header.action != Action::attribute_value_change) continue;
        if (frame->header.me_class != omci::update_entity_class) continue;
        CHECK(frame->header.transaction_id == omci::TransactionId{0});
        const auto message = omci::read_message<omci::AttributeValueChange>(*frame);
        REQUIRE(message);
        const unsigned mask = omci::value(message->mask);
        std::size_t at = 0;
        if (mask & omci::update_entity::state) text += "state " + std::to_string(message->values[at++]) + " ";
        if (mask & omci::update_entity::last_refusal)
            text += "refusal " + std::to_string(message->values[at + 1]) + " ";
    }
    return text;
}

}  // namespace

TEST_CASE("update entity: one Get tells all, in both message sets") {
    for (const MessageSet set : {MessageSet::baseline, MessageSet::extended}) {
        PackageLab lab;
        lab.set = set;
        const Bytes idle = read_entity(lab);
        CHECK(std::equal(omci::update_entity_magic.begin(), omci::update_entity_magic.end(), idle.begin()));
        CHECK(idle[8] == 0);
        CHECK(lab.result(omci::update_entity_class, 0, omci::SetRequest{}) == 2);  // not an action of it
        CHECK(lab.result(omci::update_entity_class, 1, omci::GetRequest{}) == 5);
    }
}

TEST_CASE("update entity: the last refusal says why, when, how late and of which image") {
    PackageLab lab;
    PackageMaker maker{.image = make_image(70'000), .signers = "X"};
    const Bytes package = maker.make();
    REQUIRE(lab.start(package.size(), 256) == 0);
    lab.now += 1234;
    CHECK(lab.push(package, 0, 256) == 3);
    const Bytes values = read_entity(lab);
    CHECK(Bytes(values.begin() + 8, values.end()) == Bytes{0, 0, 0, 11, 1, 1, 0, 0, 0x04, 0xD2});
    REQUIRE(lab.power_on() == 0);
    CHECK(read_entity(lab)[11] == 0);
}

TEST_CASE("update entity: an OLT that has read it hears of changes; another one hears nothing of this class") {
    for (const bool reads : {true, false}) {
        CAPTURE(reads);
        PackageLab lab;
        lab.set = MessageSet::extended;
        if (reads) read_entity(lab);
        const std::size_t before = lab.device.sent.size();
        PackageMaker maker{.image = make_image(200'000)};
        const Bytes package = maker.make();
        CHECK(lab.install(package) == 0);
        CHECK(lab.activate(1) == 0);
        // Downloading, Verifying the head, Downloading, Verifying the slot, Applying, Rebooting.
        CHECK(notifications(lab, before) == (reads ? "state 1 state 2 state 1 state 2 state 3 state 4 " : ""));
        CHECK(lab.events(ONT_EVENT_UPDATE_STATE) == 6);
        lab.work();
        REQUIRE(lab.power_on() == 0);
        CHECK(lab.update_state() == ONT_UPDATE_APPLYING);  // on trial
        REQUIRE(lab.healthy() == 0);
        CHECK(lab.commit(1) == 0);
        CHECK(lab.update_state() == ONT_UPDATE_IDLE);
    }
}

TEST_CASE("update entity: refusals are told, state and reason in one") {
    PackageLab lab;
    lab.set = MessageSet::extended;
    read_entity(lab);
    const std::size_t before = lab.device.sent.size();
    const Bytes plain = make_image(10'000);
    REQUIRE(lab.start(plain.size(), 4) == 0);
    CHECK(lab.send_window(plain, 0, 4) == 3);
    CHECK(lab.send_window(plain, 0, 4) == 3);
    CHECK(notifications(lab, before) == "state 1 state 0 refusal 14 ");
    CHECK(lab.end(plain) == 1);
    CHECK(notifications(lab, before) == "state 1 state 0 refusal 14 ");
}

TEST_CASE("update entity: percent of what is accepted, then of what is read back") {
    PackageLab lab;
    lab.set = MessageSet::extended;
    PackageMaker maker{.image = make_image(300'000)};
    const Bytes package = maker.make();
    REQUIRE(lab.start(package.size(), 4) == 0);
    unsigned percent = 101, last = 0;
    for (std::size_t at = 0; at < package.size(); at += 4 * 1965) {
        REQUIRE(lab.push(package, at, 4) == 0);
        REQUIRE(ont_update(&lab.handler, nullptr, &percent, nullptr) == 0);
        if (at + 4 * 1965 >= package.size()) break;
        CHECK(percent == 100 * (at + 4 * 1965) / package.size());
        last = percent;
        lab.work();
    }
    CHECK(last > 90);
    CHECK(percent == 0);  // of the reading back
    CHECK(lab.update_state() == ONT_UPDATE_VERIFYING);
    for (int steps = 0; steps < 3; ++steps) ont_step(&lab.handler, lab.now);
    REQUIRE(ont_update(&lab.handler, nullptr, &percent, nullptr) == 0);
    CHECK(percent == 3 * 65'536 * 100 / 300'000);
}

TEST_CASE("update entity: a trial that is given up is a rollback until the next Start") {
    PackageLab lab;
    lab.set = MessageSet::extended;
    PackageMaker maker{.image = make_image(70'000)};
    const Bytes package = maker.make();
    REQUIRE(lab.install(package) == 0);
    REQUIRE(lab.activate(1) == 0);
    for (int boots = 0; boots < 4; ++boots) REQUIRE(lab.power_on() == 0);  // three tries, never healthy
    CHECK(lab.device.running == 0);
    CHECK(lab.update_state() == ONT_UPDATE_ROLLBACK);
    CHECK(read_entity(lab)[8] == 5);
    REQUIRE(lab.start(package.size(), 4) == 0);
    CHECK(lab.update_state() == ONT_UPDATE_DOWNLOADING);
    CHECK(lab.abort() == 1);
    CHECK(lab.update_state() == ONT_UPDATE_IDLE);
}

TEST_CASE("ont_update: null pointers are skipped, a null handler is an error") {
    const Lab lab;
    CHECK(ont_update(&lab.handler, nullptr, nullptr, nullptr) == 0);
    CHECK(ont_update(nullptr, nullptr, nullptr, nullptr) == ONT_ERROR_ARGUMENT);
}
