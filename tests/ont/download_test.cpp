// SPDX-License-Identifier: Apache-2.0
// A download from Start to End: windows, busy answers, what ends it and what does not.
#include <doctest/doctest.h>

#include "tests/ont/lab.h"

using namespace tests;

TEST_CASE("download: a whole image is stored, and counts only once End said so") {
    for (const MessageSet set : {MessageSet::baseline, MessageSet::extended}) {
        Lab lab;
        lab.set = set;
        const Bytes image = make_image(20'000);
        REQUIRE(lab.start(image.size(), 4) == 0);
        lab.work();
        lab.send_image(image, 4);
        CHECK(lab.state(1) == "---");
        CHECK(lab.poll_end(image) == 0);
        CHECK(lab.states() == "ACV --V");
        CHECK(std::equal(image.begin(), image.end(), lab.device.slot[1].begin()));
        CHECK(lab.device.mistakes.empty());
    }
}

TEST_CASE("download: the window is what ONT, buffer and OLT agree on") {
    const auto agreed = [](MessageSet set, std::size_t buffer, std::uint16_t most, std::size_t asked) {
        Lab lab;
        lab.window.resize(buffer);
        lab.options.window_sections_max = most;
        REQUIRE(lab.power_on() == 0);
        lab.set = set;
        omci::StartRequest request;
        request.last_section = static_cast<std::uint8_t>(asked - 1);
        request.image_octets = 1000;
        return lab.ask(MeClass::software_image, 1, request)->at(1) + 1u;
    };
    CHECK(agreed(MessageSet::baseline, 8192, 256, 256) == 256);
    CHECK(agreed(MessageSet::baseline, 8192, 256, 32) == 32);
    CHECK(agreed(MessageSet::baseline, 8192, 16, 32) == 16);
    CHECK(agreed(MessageSet::baseline, 1965, 256, 256) == 63);
    CHECK(agreed(MessageSet::extended, 8192, 256, 256) == 4);
    CHECK(agreed(MessageSet::extended, 1965, 256, 8) == 1);
    CHECK(agreed(MessageSet::extended, 1965 * 256, 256, 256) == 256);
}

TEST_CASE("download: a close before its room is erased is busy, and the window is kept") {
    Lab lab;
    const Bytes image = make_image(4096 + 31);
    REQUIRE(lab.start(image.size(), 256) == 0);
    CHECK(lab.send_window(image, 0, 132) == 6);
    ont_step(&lab.handler, 0);  // one unit of 4096 octets: 132 sections need 4092
    CHECK(lab.section(131, omci::Octets{image}.subspan(131 * 31, 31), true) == 0);
    const auto rest = omci::Octets{image}.subspan(132 * 31);
    CHECK(lab.section(0, rest.first(31), false) == silence);
    CHECK(lab.section(1, rest.subspan(31), true) == 6);
    lab.work();
    CHECK(lab.section(1, rest.subspan(31), true) == 0);
    CHECK(lab.poll_end(image) == 0);
    CHECK(lab.device.mistakes.empty());
}

TEST_CASE("download: the answer to a close goes out before the window is written") {
    Lab lab;
    const Bytes image = make_image(100);
    REQUIRE(lab.start(image.size()) == 0);
    lab.work();
    lab.device.order.clear();
    REQUIRE(lab.send_window(image, 0, 32) == 0);
    CHECK(lab.device.order == "sW");
    CHECK(lab.end(image) == 6);
    lab.work();
    CHECK(lab.device.order == "sWsYR");
    CHECK(lab.end(image) == 0);
}

TEST_CASE("download: a last window may be padded with sections of zeros, and with nothing else") {
    const Bytes image = make_image(40);
    struct Row {
        int fill_third;
        int answer;
    };
    for (const Row row : {Row{0, 0}, Row{1, 1}}) {
        Lab lab;
        REQUIRE(lab.start(image.size(), 3) == 0);
        lab.work();
        Bytes padded = image;
        padded.resize(93);
        padded[92] = static_cast<std::uint8_t>(row.fill_third);
        CHECK(lab.section(0, omci::Octets{padded}.first(31), false) == silence);
        CHECK(lab.section(1, omci::Octets{padded}.subspan(31, 31), false) == silence);
        CHECK(lab.section(2, omci::Octets{padded}.subspan(62), true) == row.answer);
        CHECK(lab.poll_end(image) == row.answer);
    }
    SUBCASE("a whole window behind the image is none of it") {
        Lab lab;
        REQUIRE(lab.start(image.size(), 2) == 0);
        lab.work();
        lab.send_image(image, 2);
        CHECK(lab.section(0, Bytes(31), true) == 1);
        CHECK(lab.poll_end(image) == 0);
    }
}

TEST_CASE("download: extended sections may be short, come in any order and twice") {
    Lab lab;
    lab.set = MessageSet::extended;
    const Bytes image = make_image(5000);
    const auto part = [&](std::size_t at, std::size_t count) { return omci::Octets{image}.subspan(at, count); };
    REQUIRE(lab.start(image.size(), 4) == 0);
    lab.work();
    CHECK(lab.section(2, part(1933, 1964), false) == silence);
    CHECK(lab.section(0, part(33, 1900), false) == silence);  // wrong here, and sent again
    CHECK(lab.section(1, part(33, 1900), false) == silence);
    CHECK(lab.section(0, part(0, 33), false) == silence);
    CHECK(lab.section(3, part(3897, 1), true) == 0);
    CHECK(lab.section(0, part(3898, 1102), true) == 0);
    CHECK(lab.poll_end(image) == 0);
    CHECK(std::equal(image.begin(), image.end(), lab.device.slot[1].begin()));
    SUBCASE("more than is left of the image is refused") {
        REQUIRE(lab.start(100, 4) == 0);
        lab.work();
        CHECK(lab.section(0, part(0, 101), true) == 1);
        CHECK(lab.section(0, part(0, 100), true) == 0);
    }
    SUBCASE("a section without data is a hole") {
        REQUIRE(lab.start(100, 4) == 0);
        lab.work();
        CHECK(lab.section(0, {}, true) == 1);
    }
}

TEST_CASE("download: what does not belong to a window spoils it") {
    const Bytes image = make_image(31 * 8);
    const auto at = [&](std::size_t i) { return omci::Octets{image}.subspan(i * 31, 31); };
    Lab lab;
    REQUIRE(lab.start(image.size(), 4) == 0);
    lab.work();
    SUBCASE("a hole") {
        lab.section(0, at(0), false);
        lab.section(1, at(1), false);
        CHECK(lab.section(3, at(3), true) == 1);
    }
    SUBCASE("a section past the agreed window") {
        for (std::size_t i = 0; i < 3; ++i) lab.section(i, at(i), false);
        lab.section(4, at(4), false);
        CHECK(lab.section(3, at(3), true) == 1);
    }
    SUBCASE("a close past the agreed window") {
        for (std::size_t i = 0; i < 4; ++i) lab.section(i, at(i), false);
        CHECK(lab.section(4, at(4), true) == 1);
    }
    SUBCASE("a section behind the close") {
        for (std::size_t i = 0; i < 4; ++i) lab.section(i, at(i), false);
        CHECK(lab.section(2, at(2), true) == 1);
    }
    SUBCASE("a section for the other image") {
        for (std::size_t i = 0; i < 3; ++i) lab.section(i, at(i), false);
        lab.section(1, at(1), false, 0);
        CHECK(lab.section(3, at(3), true) == 1);
    }
    SUBCASE("a section of the other message set") {
        for (std::size_t i = 0; i < 3; ++i) lab.section(i, at(i), false);
        lab.set = MessageSet::extended;
        lab.section(1, at(1), false);
        lab.set = MessageSet::baseline;
        CHECK(lab.section(3, at(3), true) == 1);
    }
    // Whatever it was, the window is forgotten whole, and comes again.
    CHECK(lab.section(3, at(3), true) == 1);
    CHECK(lab.send_window(image, 0, 4) == 0);
    CHECK(lab.send_window(image, 4 * 31, 4) == 0);
    CHECK(lab.poll_end(image) == 0);
}

TEST_CASE("download: a shorter window than agreed is a window") {
    Lab lab;
    const Bytes image = make_image(31 * 40);
    REQUIRE(lab.start(image.size(), 32) == 0);
    lab.work();
    lab.send_image(image, 3);
    CHECK(lab.poll_end(image) == 0);
}

TEST_CASE("end: wrong size, wrong CRC, a missing part and an abort end the download") {
    const Bytes image = make_image(10'000);
    Lab lab;
    REQUIRE(lab.start(image.size()) == 0);
    lab.work();
    const int before = lab.sync();
    SUBCASE("size") {
        lab.send_image(image);
        CHECK(lab.end(omci::crc32(image), image.size() + 1) == 1);
    }
    SUBCASE("CRC, at the first poll") {
        lab.send_image(image);
        lab.work();
        CHECK(lab.end(omci::crc32(image) + 1, image.size()) == 1);
    }
    SUBCASE("CRC, after busy") {
        lab.send_image(image);
        CHECK(lab.end(omci::crc32(image) + 1, image.size()) == 6);
        lab.work();
        CHECK(lab.state(1) == "---");
        CHECK(lab.end(omci::crc32(image) + 1, image.size()) == 1);
    }
    SUBCASE("the last window is missing") {
        lab.send_window(image, 0, 32);
        CHECK(lab.end(image) == 1);
    }
    SUBCASE("abort in mid-transfer") {
        lab.send_window(image, 0, 32);
        CHECK(lab.abort() == 1);
    }
    SUBCASE("abort while it is read back") {
        lab.send_image(image);
        CHECK(lab.end(image) == 6);
        CHECK(lab.abort() == 1);
    }
    SUBCASE("abort of what was stored but never answered with 0") {
        lab.send_image(image);
        CHECK(lab.end(image) == 6);
        lab.work();
        CHECK(lab.state(1) == "--V");
        CHECK(lab.abort() == 1);
    }
    CHECK(lab.states() == "ACV ---");
    CHECK(lab.end(image) == 1);
    CHECK(lab.section(0, omci::Octets{image}.first(31), true) == 1);
    CHECK(lab.sync() == before);
    CHECK(lab.download(image) == 0);
}

TEST_CASE("end: what the slot holds decides, not what arrived") {
    Lab lab;
    const Bytes image = make_image(10'000);
    REQUIRE(lab.start(image.size()) == 0);
    lab.work();
    lab.send_image(image);
    lab.device.slot[1][5000] ^= 1;
    CHECK(lab.poll_end(image) == 1);
    CHECK(lab.state(1) == "---");
}

TEST_CASE("end: asked once and never again, the image is stored all the same") {
    Lab lab;
    const Bytes image = make_image(10'000);
    REQUIRE(lab.start(image.size()) == 0);
    lab.work();
    lab.send_image(image);
    CHECK(lab.end(image) == 6);
    lab.work();
    CHECK(lab.states() == "ACV --V");
    SUBCASE("and a later poll learns it, once") {
        CHECK(lab.end(image) == 0);
        CHECK(lab.end(image) == 1);
        CHECK(lab.state(1) == "--V");
    }
    SUBCASE("and it can be committed and activated without") {
        CHECK(lab.commit(1) == 0);
        CHECK(lab.states() == "A-V -CV");
        CHECK(lab.commit(0) == 0);
        CHECK(lab.abort() == 1);  // there is no download any more that an abort could take back
        CHECK(lab.states() == "ACV --V");
        CHECK(lab.activate(1) == 0);
    }
}

TEST_CASE("end: the record is stored before the success is told") {
    Lab lab;
    const Bytes image = make_image(100);
    REQUIRE(lab.start(image.size()) == 0);
    lab.work();
    lab.send_image(image);
    lab.work();
    lab.device.order.clear();
    CHECK(lab.end(image) == 0);
    CHECK(lab.device.order == "Rs");
}

TEST_CASE("start: throws a partial download away, and the image is invalid before a unit is erased") {
    Lab lab{true};
    const Bytes old = make_image(10'000, 1), image = make_image(12'000, 2);
    CHECK(lab.state(1) == "--V");
    lab.device.order.clear();
    REQUIRE(lab.start(old.size()) == 0);
    CHECK(lab.state(1) == "---");
    CHECK(lab.version(1).empty());
    CHECK(lab.device.order == "Rs");
    lab.work();
    lab.send_window(old, 0, 32);
    lab.section(0, omci::Octets{old}.first(31), false);
    CHECK(lab.download(image) == 0);
    CHECK(std::equal(image.begin(), image.end(), lab.device.slot[1].begin()));
    CHECK(lab.device.mistakes.empty());
}

TEST_CASE("storage that fails is never mistaken for an image") {
    const Bytes image = make_image(10'000);
    Lab lab;
    SUBCASE("the record at Start: refused, nothing erased") {
        Lab second{true};
        second.device.fail_record = true;
        CHECK(second.start(image.size()) == 1);
        CHECK(second.device.order.find('E') == std::string::npos);
        CHECK(second.state(1) == "--V");
        return;
    }
    REQUIRE(lab.start(image.size()) == 0);
    SUBCASE("erase") {
        lab.device.fail_erase = true;
        lab.work();
        CHECK(lab.send_window(image, 0, 32) == 1);
        CHECK(lab.end(image) == 1);
    }
    SUBCASE("write: the next close says so, and End") {
        lab.work();
        lab.device.fail_write = true;
        CHECK(lab.send_window(image, 0, 32) == 0);
        lab.device.fail_write = false;
        CHECK(lab.send_window(image, 32 * 31, 32) == 1);
        CHECK(lab.end(image) == 1);
    }
    SUBCASE("sync, read back, and the record at End") {
        lab.work();
        lab.send_image(image);
        SUBCASE("sync") { lab.device.fail_sync = true; }
        SUBCASE("read") { lab.device.fail_read = true; }
        SUBCASE("record") { lab.device.fail_record = true; }
        CHECK(lab.poll_end(image) == 1);
        lab.device.fail_sync = lab.device.fail_read = lab.device.fail_record = false;
    }
    CHECK(lab.states() == "ACV ---");
    lab.device.fail_erase = false;
    CHECK(lab.download(image) == 0);
}

TEST_CASE("a record that landed although its store failed is stored again before the slot is erased") {
    Lab lab;
    const Bytes image = make_image(100);
    REQUIRE(lab.start(image.size()) == 0);
    lab.work();
    lab.send_image(image);
    lab.device.record_lands_but_fails = true;
    CHECK(lab.poll_end(image) == 1);
    CHECK(lab.state(1) == "---");
    lab.device.record_lands_but_fails = false;
    lab.device.order.clear();
    REQUIRE(lab.start(image.size()) == 0);
    CHECK(lab.device.order == "Rs");
}
