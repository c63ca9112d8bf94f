// SPDX-License-Identifier: Apache-2.0
// Which image boots: the record, every row of the boot table, trials, fallbacks, and what the OLT is told of them.
#include <doctest/doctest.h>

#include <set>

#include "ont/boot_record.h"
#include "tests/octets.h"
#include "tests/ont/lab.h"

using namespace tests;
using ont::BootRecord;
using ont::Boots;

namespace {

void reset(Lab& lab, bool healthy = true) {
    REQUIRE(lab.power_on() == 0);
    if (healthy) REQUIRE(lab.healthy() == 0);
}

}  // namespace

TEST_CASE("boot record: the golden record reads and writes the same") {
    // Image 0 is active and committed and proven; image 1, valid, is on trial with two tries left. Counter 7 is owed.
    BootRecord record;
    record.trial = true;
    record.rolled_back = true;
    record.counter = 7;
    record.image[0] = {.valid = true, .proven = true, .version = omci::make_version("V1"), .security_counter = 6};
    record.image[1] = {.valid = true,
                       .tries_left = 2,
                       .version = omci::make_version("V2"),
                       .hash = {0xAA},
                       .product_code = {'P', 'Q'},
                       .security_counter = 0x01020304};
    const auto golden = octets(
        "02 14 03 01 00 02 00000007"
        "5631 000000000000000000000000 00000000000000000000000000000000"
        "00000000000000000000000000 000000000000000000000000 00000006"
        "5632 000000000000000000000000 aa000000000000000000000000000000"
        "50510000000000000000000000 000000000000000000000000 01020304");
    const auto written = ont::encode(record);
    CHECK(Bytes(written.begin(), written.end() - 4) == golden);
    CHECK(omci::load_be<std::uint32_t>(&written[golden.size()]) == omci::crc32(golden));
    CHECK(ont::decode_record(written) == record);
}

TEST_CASE("boot record: format 1, of ONTs in the field, is read; what it does not know is empty") {
    Bytes first = octets(
        "01 0e 01 03 02 00"
        "5631 000000000000000000000000 bb000000000000000000000000000000"
        "5632 000000000000000000000000 aa000000000000000000000000000000");
    const std::uint32_t crc = omci::crc32(first);
    for (int i = 24; i >= 0; i -= 8) first.push_back(static_cast<std::uint8_t>(crc >> i));
    BootRecord record;
    record.committed = 1;
    record.trial = true;
    record.announced = 1;
    record.image[0] = {.valid = true, .tries_left = 2, .version = omci::make_version("V1"), .hash = {0xBB}};
    record.image[1] = {.valid = true, .proven = true, .version = omci::make_version("V2"), .hash = {0xAA}};
    CHECK(ont::decode_record(first) == record);
    for (std::size_t i = 0; i < first.size(); ++i) {
        Bytes bad = first;
        bad[i] ^= 0x02;
        CHECK(!ont::decode_record(bad));
        CHECK(!ont::decode_record(omci::Octets{first}.first(i)));
    }
}

TEST_CASE("boot record: damaged, cut, longer or of another format it is none") {
    const auto good = ont::encode(BootRecord{});
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto bad = good;
        bad[i] ^= 0x40;
        CHECK(!ont::decode_record(bad));
        CHECK(!ont::decode_record(omci::Octets{good}.first(i)));
    }
    for (const int format : {0, 1, 3, 255}) {
        Bytes other_format(good.begin(), good.end() - 4);
        other_format[0] = static_cast<std::uint8_t>(format);
        const std::uint32_t crc = omci::crc32(other_format);
        for (int i = 24; i >= 0; i -= 8) other_format.push_back(static_cast<std::uint8_t>(crc >> i));
        CHECK(!ont::decode_record(other_format));
    }
}

TEST_CASE("boot table: every record there can be boots a valid image, by one row, and every row is needed") {
    std::set<const char*> rows;
    for (unsigned bits = 0; bits < 1u << 9; ++bits) {
        const auto bit = [&](unsigned i) { return (bits >> i & 1u) != 0; };
        BootRecord record;
        record.trial = bit(0);
        record.committed = bit(1);
        record.active = bit(2);
        for (std::size_t i = 0; i < 2; ++i) {
            record.image[i].valid = bit(static_cast<unsigned>(3 + i));
            record.image[i].proven = bit(static_cast<unsigned>(5 + i));
            record.image[i].tries_left = bit(static_cast<unsigned>(7 + i)) ? 2 : 0;
        }
        CAPTURE(bits);
        const ont::BootRow& row = ont::boot_row(record);
        rows.insert(row.note);
        const bool some_image = record.image[0].valid || record.image[1].valid;
        REQUIRE((row.boots != Boots::nothing) == some_image);
        if (!some_image) continue;
        const BootRecord after = ont::after_boot(record, row);
        CHECK(after.image[after.active].valid);
        CHECK(after.committed == record.committed);
        CHECK(after.image[after.active].tries_left + (row.counted ? 1 : 0) == record.image[after.active].tries_left);
        // Nothing but a trial that was asked for takes the place of a committed image that is known to run.
        if (record.image[record.committed].valid && record.image[record.committed].proven && !record.trial)
            CHECK(after.active == record.committed);
        // And no trial goes on for ever.
        BootRecord later = after;
        for (int i = 0; i < 4; ++i) later = ont::after_boot(later, ont::boot_row(later));
        CHECK(!later.trial);
    }
    CHECK(rows.size() == ont::boot::table.size());
}

TEST_CASE("boot: an image that never gets healthy is tried three times, then the committed one is back") {
    Lab lab;
    REQUIRE(lab.download(make_image(2000)) == 0);
    REQUIRE(lab.activate(1) == 0);
    lab.work();
    for (int i = 0; i < 3; ++i) {
        reset(lab, false);
        CHECK(lab.states() == "-CV A-V");
    }
    reset(lab);
    CHECK(lab.states() == "ACV --V");
    reset(lab);
    CHECK(lab.states() == "ACV --V");
    SUBCASE("and Activate gives it its tries again") {
        REQUIRE(lab.activate(1) == 0);
        lab.work();
        for (int i = 0; i < 3; ++i) {
            reset(lab, false);
            CHECK(lab.states() == "-CV A-V");
        }
        reset(lab, false);
        CHECK(lab.states() == "ACV --V");
    }
}

TEST_CASE("boot: a healthy image that is not committed is gone after the next reset, whatever caused it") {
    Lab lab;
    REQUIRE(lab.download(make_image(2000)) == 0);
    REQUIRE(lab.activate(1) == 0);
    lab.work();
    SUBCASE("a reset after healthy") { reset(lab); }
    SUBCASE("a Reboot message before healthy, with tries left") {
        reset(lab, false);
        REQUIRE(lab.reboot() == 0);
        lab.work();
    }
    reset(lab);
    CHECK(lab.states() == "ACV --V");
}

TEST_CASE("boot: a healthy committed image may be switched off as often as one likes, and nothing is stored") {
    Lab lab;
    REQUIRE(lab.download(make_image(2000)) == 0);
    REQUIRE(lab.activate(1) == 0);
    lab.work();
    reset(lab);
    REQUIRE(lab.commit(1) == 0);
    lab.device.order.clear();
    for (int i = 0; i < 10; ++i) {
        reset(lab, i % 2 == 0);
        CHECK(lab.states() == "--V ACV");
    }
    CHECK(lab.device.order.empty());
}

TEST_CASE("boot: committed without ever running, an image that never gets healthy gives way to the other one") {
    Lab lab;
    REQUIRE(lab.download(make_image(2000)) == 0);
    REQUIRE(lab.commit(1) == 0);
    CHECK(lab.states() == "A-V -CV");
    for (int i = 0; i < 3; ++i) {
        reset(lab, false);
        CHECK(lab.states() == "--V ACV");
    }
    for (int i = 0; i < 5; ++i) {
        reset(lab, i == 3);
        CHECK(lab.states() == "A-V -CV");
    }
    SUBCASE("from where the OLT can put things right") {
        REQUIRE(lab.commit(0) == 0);
        CHECK(lab.states() == "ACV --V");
        CHECK(lab.download(make_image(3000, 3)) == 0);
    }
}

TEST_CASE("boot: as many tries as the options say, and three where they say nothing") {
    for (const int wanted : {0, 1, 2, 9}) {
        CAPTURE(wanted);
        Lab lab;
        lab.options.trial_boots_max = static_cast<std::uint8_t>(wanted);
        reset(lab);
        REQUIRE(lab.download(make_image(2000)) == 0);
        REQUIRE(lab.activate(1) == 0);
        lab.work();
        for (int i = 0; i < (wanted > 0 ? wanted : 3); ++i) {
            reset(lab, false);
            CHECK(lab.states() == "-CV A-V");
        }
        reset(lab, false);
        CHECK(lab.states() == "ACV --V");
    }
}

TEST_CASE("boot: healthy said while a restart is under way does not end the trial to come") {
    Lab lab{true};
    REQUIRE(lab.activate(1) == 0);
    CHECK(lab.healthy() == 0);
    lab.work();
    reset(lab);
    CHECK(lab.states() == "-CV A-V");
}

TEST_CASE("boot: without a record, or with a damaged one, no image is guessed") {
    Lab lab;
    std::uint8_t image = 7;
    lab.device.record[10] ^= 1;
    CHECK(ont_boot(&lab.platform, &lab.options, &image) == ONT_ERROR_NO_IMAGE);
    CHECK(ont_init(&lab.handler, &lab.platform, &lab.identity, &lab.options) == ONT_ERROR_NO_IMAGE);
    lab.device.record.clear();
    CHECK(ont_boot(&lab.platform, &lab.options, &image) == ONT_ERROR_NO_IMAGE);
    CHECK(image == 7);
}

TEST_CASE("boot: a trial that cannot be counted does not take place") {
    Lab lab{true};
    REQUIRE(lab.activate(1) == 0);
    lab.work();
    lab.device.fail_record = true;
    reset(lab, false);
    CHECK(lab.states() == "ACV --V");
    CHECK(lab.device.running == 0);
}

TEST_CASE("AVC: the OLT is told when another image runs than it knew of, once, and of nothing it commanded") {
    Lab lab;
    lab.device.sent.clear();
    REQUIRE(lab.download(make_image(2000)) == 0);
    REQUIRE(lab.activate(1) == 0);
    lab.work();
    for (const Bytes& frame : lab.device.sent) CHECK((frame[2] & 0x1F) != 17);
    lab.device.sent.clear();
    REQUIRE(lab.power_on() == 0);
    CHECK(lab.device.sent.empty());  // the OMCC is not up yet
    REQUIRE(lab.healthy() == 0);
    REQUIRE(lab.device.sent.size() == 2);
    for (std::uint8_t image = 0; image < 2; ++image) {
        // transaction 0, AVC, baseline, Software image; Is active
        Bytes expected{0, 0, 0x11, 0x0A, 0, 7, 0, image, 0x20, 0, image};
        CHECK(Bytes(lab.device.sent[image].begin(), lab.device.sent[image].begin() + 11) == expected);
        CHECK(omci::check_crc(*omci::read_frame(lab.device.sent[image])) == omci::MicState::good);
    }
    lab.device.sent.clear();
    REQUIRE(lab.healthy() == 0);
    CHECK(lab.device.sent.empty());
    reset(lab);  // and back to the committed one
    CHECK(lab.device.sent.size() == 2);
    CHECK(lab.device.sent[0][10] == 1);
    CHECK(lab.device.sent[1][10] == 0);
}
