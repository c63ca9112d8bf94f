// SPDX-License-Identifier: Apache-2.0
// A command that comes again gets the same reply again and is not executed again; sections without AR are.
#include <doctest/doctest.h>

#include "tests/ont/lab.h"

using namespace tests;

namespace {

constexpr Say with(std::uint16_t tci) {
    Say say;
    say.tci = tci;
    return say;
}

}  // namespace

TEST_CASE("replay: the same command under the same TCI executes once") {
    Lab lab;
    const int before = lab.sync();
    CHECK(lab.result(MeClass::software_image, 0, omci::CommitRequest{}, with(500)) == 0);
    const Bytes first = lab.device.sent.back();
    CHECK(lab.result(MeClass::software_image, 0, omci::CommitRequest{}, with(500)) == 0);
    CHECK(lab.device.sent.back() == first);
    CHECK(lab.sync() == before + 1);
    CHECK(lab.result(MeClass::software_image, 0, omci::CommitRequest{}, with(501)) == 0);
    CHECK(lab.sync() == before + 2);
}

TEST_CASE("replay: an old reply comes again although the answer would be another by now") {
    Lab lab;
    const Bytes image = make_image(100);
    REQUIRE(lab.start(image.size()) == 0);
    lab.work();
    lab.send_image(image);
    CHECK(lab.end(image, 1, with(600)) == 6);
    lab.work();
    CHECK(lab.end(image, 1, with(600)) == 6);
    CHECK(lab.end(image, 1, with(601)) == 0);
    CHECK(lab.end(image, 1, with(601)) == 0);
    CHECK(lab.end(image, 1, with(602)) == 1);
}

TEST_CASE("replay: each priority has its own memory, and extended messages have one class") {
    Lab lab;
    const auto commit = [&](std::uint16_t tci) {
        return lab.result(MeClass::software_image, 0, omci::CommitRequest{}, with(tci));
    };
    const int before = lab.sync();
    CHECK(commit(0x0100) == 0);
    CHECK(commit(0x8100) == 0);  // high
    CHECK(commit(0x0100) == 0);  // both again
    CHECK(commit(0x8100) == 0);
    lab.set = MessageSet::extended;
    CHECK(commit(0x0100) == 0);  // another memory
    CHECK(commit(0x8200) == 0);  // an ordinary TCI there, of the same class
    CHECK(commit(0x0100) == 0);  // so this one was forgotten
    lab.set = MessageSet::baseline;
    CHECK(lab.sync() == before + 5);
}

TEST_CASE("replay: another command under the same TCI is another command") {
    Lab lab;
    CHECK(lab.result(MeClass::software_image, 0, omci::CommitRequest{}, with(700)) == 0);
    CHECK(lab.result(MeClass::software_image, 1, omci::CommitRequest{}, with(700)) == 3);
    CHECK(lab.start(100, 8, 1, with(700)) == 0);
}

TEST_CASE("replay: a command without AR is executed each time, in silence") {
    Lab lab;
    const int before = lab.sync();
    for (int i = 0; i < 2; ++i) {
        Say say = with(800);
        say.reply_wanted = false;
        CHECK(lab.result(MeClass::software_image, 0, omci::CommitRequest{}, say) == silence);
    }
    CHECK(lab.sync() == before + 2);
}

TEST_CASE("replay: TCI 0 is executed all the same") {
    Lab lab;
    CHECK(lab.result(MeClass::software_image, 0, omci::CommitRequest{}, with(0)) == 0);
}

TEST_CASE("replay: a long extended reply is read anew, and forgets the shorter one before it") {
    Lab lab;
    lab.set = MessageSet::extended;
    const omci::GetRequest all{omci::AttributeMask{0xFFF8}};
    const auto once = lab.ask(MeClass::onu_g, 0, all, with(5));
    const auto again = lab.ask(MeClass::onu_g, 0, all, with(5));
    REQUIRE(once);
    REQUIRE(again);
    CHECK(once->octets.size() > 48);
    CHECK(once->octets == again->octets);
}

TEST_CASE("replay of a close: sections collected since were the same window again") {
    const Bytes image = make_image(31 * 6);
    const auto at = [&](std::size_t i) { return omci::Octets{image}.subspan(i * 31, 31); };
    Lab lab;
    REQUIRE(lab.start(image.size(), 3) == 0);
    lab.work();
    for (std::size_t i = 0; i < 2; ++i) lab.section(i, at(i), false);

    SUBCASE("after 0: the next window does not find them") {
        CHECK(lab.section(2, at(2), true, 1, with(900)) == 0);
        for (std::size_t i = 0; i < 2; ++i) lab.section(i, at(i), false);  // the OLT heard nothing: all of it again
        CHECK(lab.section(2, at(2), true, 1, with(900)) == 0);
        lab.section(0, at(3), false);  // section 1 of the next window gets lost
        CHECK(lab.section(2, at(5), true) == 1);
        CHECK(lab.send_window(image, 3 * 31, 3) == 0);
    }
    SUBCASE("after 1: the whole window is forgotten") {
        lab.section(3, at(2), false);  // spoils it
        CHECK(lab.section(2, at(2), true, 1, with(901)) == 1);
        for (std::size_t i = 0; i < 2; ++i) lab.section(i, at(i), false);
        CHECK(lab.section(2, at(2), true, 1, with(901)) == 1);
        CHECK(lab.section(2, at(2), true, 1, with(902)) == 1);
        CHECK(lab.send_window(image, 0, 3) == 0);
        CHECK(lab.send_window(image, 3 * 31, 3) == 0);
    }
    CHECK(lab.poll_end(image) == 0);
}

TEST_CASE("replay of a close: after 6 the window is kept") {
    const Bytes image = make_image(31 * 3);
    const auto at = [&](std::size_t i) { return omci::Octets{image}.subspan(i * 31, 31); };
    Lab lab;
    REQUIRE(lab.start(image.size(), 3) == 0);
    for (std::size_t i = 0; i < 2; ++i) lab.section(i, at(i), false);
    CHECK(lab.section(2, at(2), true, 1, with(910)) == 6);
    lab.work();
    CHECK(lab.section(2, at(2), true, 1, with(910)) == 6);
    CHECK(lab.section(2, at(2), true, 1, with(911)) == 0);
    CHECK(lab.poll_end(image) == 0);
}

TEST_CASE("replay: a section whose TCI is that of the last command is no repeat of it") {
    const Bytes image = make_image(62);
    Lab lab;
    REQUIRE(lab.start(image.size(), 2, 1, with(950)) == 0);
    lab.work();
    for (std::size_t i = 0; i < 2; ++i)
        CHECK(lab.section(i, omci::Octets{image}.subspan(i * 31, 31), i == 1, 1, with(950)) == (i == 1 ? 0 : silence));
    CHECK(lab.poll_end(image) == 0);
}
