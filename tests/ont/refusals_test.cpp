// SPDX-License-Identifier: Apache-2.0
// What is answered with which refusal, what is met with silence, and what the shared port may bring.
#include <doctest/doctest.h>

#include "tests/ont/lab.h"

using namespace tests;

namespace {

/// Hands a command with raw contents in; the result octet or silence.
int raw(Lab& lab, Action action, unsigned me_class, unsigned instance, const Bytes& contents,
        bool reply_wanted = true) {
    Say say;
    say.reply_wanted = reply_wanted;
    const auto reply = lab.ask(MeClass{static_cast<std::uint16_t>(me_class)}, static_cast<std::uint16_t>(instance),
                               omci::RawContents{contents}, action, say);
    return reply ? reply->result() : silence;
}

std::uint32_t last_drop(const Lab& lab) {
    return !lab.device.events.empty() && lab.device.events.back().first == ONT_EVENT_FRAME_DROPPED
               ? lab.device.events.back().second
               : 0;
}

}  // namespace

TEST_CASE("refusals: a row each, baseline and extended, and silence without AR") {
    struct Row {
        const char* what;
        Action action;
        unsigned me_class, instance;
        Bytes contents;
        int answer;
    };
    using enum Action;
    const Bytes one{1};
    const Row rows[] = {
        {"start for the active image", start_software_download, 7, 0, {31, 0, 0, 1, 0, 1, 0, 0}, 3},
        {"start for several targets", start_software_download, 7, 0xFFFF, {31, 0, 0, 1, 0, 2, 0, 0, 0, 1}, 5},
        {"start for a third image", start_software_download, 7, 2, {31, 0, 0, 1, 0, 1, 0, 2}, 5},
        {"start for a circuit pack", start_software_download, 7, 0x0101, {31, 0, 0, 1, 0, 1, 1, 1}, 5},
        {"start of nothing", start_software_download, 7, 1, {31, 0, 0, 0, 0, 1, 0, 1}, 3},
        {"start of more than the slot holds", start_software_download, 7, 1, {31, 0, 1, 0, 1, 1, 0, 1}, 3},
        {"start with ten targets", start_software_download, 7, 1, {31, 0, 0, 1, 0, 10, 0, 1}, 3},
        {"section outside a download", download_section, 7, 1, {0, 1, 2, 3}, 1},
        {"section for a third image", download_section, 7, 2, {0, 1, 2, 3}, 5},
        {"end outside a download", end_software_download, 7, 1, {1, 2, 3, 4, 0, 0, 1, 0}, 1},
        {"end for a third image", end_software_download, 7, 3, {1, 2, 3, 4, 0, 0, 1, 0}, 5},
        {"abort outside a download", end_software_download, 7, 1, {255, 255, 255, 255, 0, 0, 0, 0}, 1},
        {"activate of an invalid image", activate_software, 7, 1, {0}, 3},
        {"activate with flags 3", activate_software, 7, 0, {3}, 3},
        {"activate with flags 255", activate_software, 7, 0, {255}, 3},
        {"activate of a third image", activate_software, 7, 2, {0}, 5},
        {"commit of an invalid image", commit_software, 7, 1, {}, 3},
        {"commit of a third image", commit_software, 7, 9, {}, 5},
        {"reboot with flags 3", reboot, 256, 0, {3}, 3},
        {"reboot of another ONU-G", reboot, 256, 1, {0}, 5},
        {"end to ONU-G", end_software_download, 256, 0, {}, 2},
        {"reboot of a software image", reboot, 7, 0, {}, 2},
        {"set of a software image", set, 7, 0, {0x10, 0, 1}, 2},
        {"test of ONU-G", test, 256, 0, one, 2},
        {"get next of ONU data", get_next, 2, 0, {0x80, 0, 0, 0}, 2},
        {"an action nobody knows", Action{31}, 7, 0, {}, 2},
        {"a class nobody knows", get, 9999, 0, {0x80, 0}, 4},
        {"an action and a class nobody knows", Action{1}, 9999, 0, {}, 4},
        {"get of a third image", get, 7, 2, {0xF0, 0}, 5},
        {"get of another ONU2-G", get, 257, 7, {0x80, 0}, 5},
        {"create of a second ONU-G", create, 256, 1, {}, 2},
        {"delete of a GEM port that is not there", delete_me, 268, 1, {}, 5},
    };
    for (const MessageSet set : {MessageSet::baseline, MessageSet::extended})
        for (const Row& row : rows) {
            CAPTURE(row.what);
            CAPTURE(static_cast<int>(set));
            Lab lab;
            lab.set = set;
            CHECK(raw(lab, row.action, row.me_class, row.instance, row.contents) == row.answer);
            CHECK(raw(lab, row.action, row.me_class, row.instance, row.contents, false) == silence);
            CHECK(lab.states() == "ACV ---");
            CHECK(lab.device.order.find_first_not_of("s", 1) ==
                  std::string::npos);  // the factory's record, and replies
            lab.set = MessageSet::baseline;
            CHECK(lab.sync() == 0);
        }
}

TEST_CASE("start and end: every way in which OLTs fill in their list is read") {
    const Bytes image = make_image(20);
    const auto crc = omci::crc32(image);
    const Bytes head{static_cast<std::uint8_t>(crc >> 24),
                     static_cast<std::uint8_t>(crc >> 16),
                     static_cast<std::uint8_t>(crc >> 8),
                     static_cast<std::uint8_t>(crc),
                     0,
                     0,
                     0,
                     20};
    for (const MessageSet set : {MessageSet::baseline, MessageSet::extended})
        for (const Bytes& list : {Bytes{}, Bytes{0}, Bytes{1, 0, 1}, Bytes{1, 0, 0}, Bytes{0, 0, 0}}) {
            Lab lab;
            lab.set = set;
            Bytes start{31, 0, 0, 0, 20}, end = head;
            start.insert(start.end(), list.begin(), list.end());
            end.insert(end.end(), list.begin(), list.end());
            CHECK(raw(lab, Action::start_software_download, 7, 1, start) == 0);
            lab.work();
            lab.send_image(image);
            lab.work();
            CHECK(raw(lab, Action::end_software_download, 7, 1, end) == 0);
        }
}

TEST_CASE("activate and reboot: the flags protect calls") {
    struct Row {
        unsigned flags;
        ont_calls calls;
        int answer;
    };
    const Row rows[] = {{0, ONT_NO_CALL, 0},           {0, ONT_CALL_UP, 0}, {0, ONT_EMERGENCY_CALL_UP, 0},
                        {1, ONT_NO_CALL, 0},           {1, ONT_CALL_UP, 6}, {1, ONT_EMERGENCY_CALL_UP, 6},
                        {2, ONT_NO_CALL, 0},           {2, ONT_CALL_UP, 0}, {2, ONT_EMERGENCY_CALL_UP, 6},
                        {3, ONT_EMERGENCY_CALL_UP, 3}, {3, ONT_NO_CALL, 3}};
    for (const Row& row : rows)
        for (const bool activate : {true, false}) {
            CAPTURE(row.flags);
            CAPTURE(row.calls);
            Lab lab{true};
            lab.device.calls = row.calls;
            const Bytes flags{static_cast<std::uint8_t>(row.flags)};
            CHECK(raw(lab, activate ? Action::activate_software : Action::reboot, activate ? 7 : 256, activate ? 1 : 0,
                      flags) == row.answer);
            lab.work();
            CHECK(lab.device.reboots == (row.answer == 0 ? 1 : 0));
        }
    SUBCASE("the octet may be missing in an extended message") {
        Lab lab{true};
        lab.set = MessageSet::extended;
        CHECK(raw(lab, Action::activate_software, 7, 1, {}) == 0);
    }
}

TEST_CASE("frames that are not whole or not for us are dropped in silence and reported") {
    Lab lab;
    const Bytes good = lab.frame(1, MeClass::onu_data, 0, omci::GetRequest{omci::AttributeMask{0x8000}}, Action::get);
    const auto dropped = [&](Bytes frame, std::uint32_t why) {
        const std::size_t before = lab.device.sent.size();
        lab.device.events.clear();
        lab.hand_in(frame);
        CHECK(lab.device.sent.size() == before);
        CHECK(last_drop(lab) == why);
    };
    Bytes frame = good;
    for (std::size_t i = 0; i < good.size(); ++i) {
        frame = good;
        frame[i] ^= 0x10;
        if (i == 3) continue;  // another device identifier: below
        dropped(frame, ONT_DROP_BAD_MIC);
    }
    for (const std::size_t size : {0u, 1u, 7u, 8u, 39u})
        dropped(Bytes(good.begin(), good.begin() + size), ONT_DROP_MALFORMED);
    frame = Bytes(good.begin(), good.begin() + 40);
    frame[3] = 0x0C;
    dropped(frame, ONT_DROP_MALFORMED);
    frame[3] = 0x0B;  // extended, announcing more than there is
    frame[8] = 0x01;
    dropped(frame, ONT_DROP_MALFORMED);
    frame = Bytes(good.begin(), good.begin() + 40);
    frame[2] = 0x29;  // a reply
    dropped(frame, ONT_DROP_MALFORMED);
    frame[2] = 0xC9;  // bit 8
    dropped(frame, ONT_DROP_MALFORMED);

    SUBCASE("extended, where only baseline is spoken") {
        lab.identity.omcc_version = 0xA3;
        REQUIRE(lab.power_on() == 0);
        lab.set = MessageSet::extended;
        dropped(lab.frame(2, MeClass::onu_data, 0, omci::GetRequest{omci::AttributeMask{0x8000}}, Action::get),
                ONT_DROP_MALFORMED);
    }
    SUBCASE("a MIC that is absent or zero was checked by the driver") {
        for (const std::size_t size : {40u, 44u, 48u}) {
            frame = Bytes(good.begin(), good.begin() + 40);
            frame.resize(size);
            const std::size_t before = lab.device.sent.size();
            lab.hand_in(frame);
            CHECK(lab.device.sent.size() == before + 1);
        }
    }
}

TEST_CASE("replies end with their CRC, or without where the driver adds it") {
    Lab lab;
    lab.options.seal_frames = 0;
    REQUIRE(lab.power_on() == 0);
    lab.sync();
    CHECK(lab.device.sent.back().size() == 44);
    lab.set = MessageSet::extended;
    lab.sync();
    CHECK(lab.device.sent.back().size() == 10 + 8);
}

TEST_CASE("the shared port brings sections and the probe, and nothing else") {
    Lab lab;
    const Bytes image = make_image(62);
    REQUIRE(lab.start(image.size(), 2) == 0);
    lab.work();
    Say shared;
    shared.origin = ONT_FROM_SHARED_PORT;
    CHECK(lab.section(0, omci::Octets{image}.first(31), false, 1, shared) == silence);
    CHECK(lab.section(1, omci::Octets{image}.subspan(31), true, 1, shared) == 0);
    CHECK(lab.result(MeClass::software_image, 1, omci::GetRequest{omci::AttributeMask{0xF000}}, shared) == 0);
    lab.work();
    lab.device.order.clear();
    CHECK(lab.end(image, 1, shared) == silence);
    CHECK(last_drop(lab) == ONT_DROP_NOT_FOR_SHARED_PORT);
    CHECK(lab.start(100, 32, 1, shared) == silence);
    CHECK(lab.result(MeClass::software_image, 0, omci::ActivateRequest{}, shared) == silence);
    CHECK(lab.result(MeClass::software_image, 0, omci::CommitRequest{}, shared) == silence);
    CHECK(lab.result(MeClass::onu_g, 0, omci::RebootRequest{}, shared) == silence);
    CHECK(lab.result(MeClass::onu_data, 0, omci::MibResetRequest{}, shared) == silence);
    CHECK(lab.result(MeClass::onu_g, 0, omci::GetRequest{omci::AttributeMask{0x8000}}, shared) == silence);
    CHECK(lab.device.order.empty());
    CHECK(lab.poll_end(image) == 0);
}

TEST_CASE("while it restarts the ONT hears nothing") {
    Lab lab;
    CHECK(lab.reboot() == 0);
    CHECK(lab.commit(0) == silence);
    CHECK(last_drop(lab) == ONT_DROP_RESTARTING);
    lab.work();
    lab.work();
    CHECK(lab.device.reboots == 1);
}
