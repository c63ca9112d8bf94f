// SPDX-License-Identifier: Apache-2.0
// Packages from Start to End, in every way of travelling: judged before the first erase, proven before they are
// written.
#include <doctest/doctest.h>

#include "tests/ont/package_lab.h"

using namespace tests;

TEST_CASE("package: is installed whatever the erase unit, the message set and the buffers") {
    for (const std::uint32_t unit : {0u, 4096u, 65'536u, 126'976u, 262'144u})
        for (const MessageSet set : {MessageSet::baseline, MessageSet::extended})
            for (const bool block_buffer : {true, false})
                for (const char* payload : {"raw", "zstd"}) {
                    if (payload[0] == 'z' && !block_buffer) continue;
                    CAPTURE(unit);
                    CAPTURE(block_buffer);
                    CAPTURE(payload);
                    PackageLab lab{1u << 20, unit};
                    lab.set = set;
                    if (!block_buffer) {
                        lab.options.block = nullptr;
                        lab.options.block_octets = 0;
                    }
                    REQUIRE(lab.power_on() == 0);
                    PackageMaker maker{.image = make_image(300'001), .payload = payload};
                    maker.more = "security-counter=7\nmeta.note=any\n";
                    const Bytes package = maker.make();
                    REQUIRE(lab.start(package.size(), 4) == 0);
                    CHECK(lab.state(1) == "---");
                    lab.work();
                    CHECK(lab.operations('E') == 0);  // nothing before the head was judged
                    REQUIRE(lab.install(package, set == MessageSet::baseline ? 256 : 4) == 0);
                    CHECK(lab.states() == "ACV --V");
                    CHECK(lab.version(1) == "NEW-2.0");
                    CHECK(lab.holds(maker.image));
                    CHECK(lab.kept_head == maker.head);
                    CHECK(lab.signatures == 1);
                    CHECK(lab.refusal() == ONT_REFUSAL_NONE);
                    CHECK(lab.device.mistakes.empty());
                    CHECK(lab.activate(1) == 0);
                }
}

TEST_CASE("package: the head may end anywhere in a window") {
    PackageMaker maker{.image = make_image(70'000)};
    const Bytes package = maker.make();
    for (const std::size_t sections : {1u, 2u, 3u, 7u, 30u, 64u, 255u}) {
        CAPTURE(sections);
        PackageLab lab;
        REQUIRE(lab.install(package, sections) == 0);
        CHECK(lab.holds(maker.image));
    }
    // A section that ends exactly with the head, the next one beginning with the payload; and sections of one octet.
    PackageLab lab;
    lab.set = MessageSet::extended;
    REQUIRE(lab.start(package.size(), 4) == 0);
    const omci::Octets all{package};
    std::size_t at = 0;
    for (; at < 40; ++at) {
        const int answer = lab.section(0, all.subspan(at, 1), true);
        if (at == 0) break;
        REQUIRE(answer == 0);
    }
    CHECK(lab.refusal() == ONT_REFUSAL_MALFORMED_HEAD);  // less than the magic tells nothing
    REQUIRE(lab.start(package.size(), 4) == 0);
    CHECK(lab.section(0, all.first(28), true) == 0);
    CHECK(lab.section(0, all.subspan(28, maker.head.size() - 28), true) == 6);
    lab.work();
    CHECK(lab.section(0, all.subspan(28, maker.head.size() - 28), true) == 0);
    for (at = maker.head.size(); at < package.size(); at += 1000) {
        lab.work();
        REQUIRE(lab.section(0, all.subspan(at, std::min<std::size_t>(1000, package.size() - at)), true) == 0);
    }
    CHECK(lab.poll_end(package) == 0);
}

TEST_CASE("package: many frames in one window need one answer of 6, not one each") {
    PackageLab lab{4u << 20};
    lab.set = MessageSet::extended;
    PackageMaker maker{.image = Bytes(3u << 20), .payload = "zstd"};
    for (std::size_t i = 0; i < maker.image.size(); ++i) maker.image[i] = static_cast<std::uint8_t>(i >> 18);
    const Bytes package = maker.make();
    CHECK(package.size() < 4 * 1965);  // twelve frames of five octets
    REQUIRE(lab.start(package.size(), 4) == 0);
    CHECK(lab.send_window(package, 0, 4) == 6);
    lab.work();
    CHECK(lab.send_window(package, 0, 4) == 6);  // judged; now the frames
    lab.work();
    CHECK(lab.send_window(package, 0, 4) == 0);
    CHECK(lab.poll_end(package) == 0);
    CHECK(lab.holds(maker.image));
}

TEST_CASE("package: a wrong block is never written, and its close and all later ones say 3") {
    for (const char* payload : {"raw", "zstd"}) {
        CAPTURE(payload);
        PackageLab lab;
        lab.set = MessageSet::extended;
        PackageMaker maker{.image = make_image(300'000), .payload = payload};
        maker.wrong_block = 2;
        const Bytes package = maker.make();
        CHECK(lab.push_all(package) == 3);
        CHECK(lab.refusal() == ONT_REFUSAL_BLOCK_HASH_WRONG);
        CHECK(lab.device.octets_written == 2 * 65'536);
        CHECK(lab.operations('W') == 2);  // whole blocks
        CHECK(lab.send_window(package, 0, 4) == 3);
        CHECK(lab.end(package) == 1);
        CHECK(lab.states() == "ACV ---");
        maker.wrong_block = -1;
        CHECK(lab.install(maker.make()) == 0);
        CHECK(lab.holds(maker.image));
    }
}

TEST_CASE("package: without a block buffer a wrong block is found when it is read back") {
    PackageLab lab;
    lab.set = MessageSet::extended;
    lab.options.block = nullptr;
    lab.options.block_octets = 0;
    REQUIRE(lab.power_on() == 0);
    PackageMaker maker{.image = make_image(300'000)};
    maker.wrong_block = 4;
    const Bytes package = maker.make();
    REQUIRE(lab.push_all(package) == 0);
    CHECK(lab.poll_end(package) == 1);
    CHECK(lab.refusal() == ONT_REFUSAL_BLOCK_HASH_WRONG);
    CHECK(lab.states() == "ACV ---");
}

TEST_CASE("package: one bit that changed on the way is found, wherever it was") {
    PackageMaker maker{.image = make_image(140'000), .payload = "zstd"};
    const Bytes good = maker.make();
    maker.payload = "raw";
    const Bytes raw = maker.make();
    for (const Bytes& package : {good, raw})
        for (std::size_t i = 0; i < 60; ++i) {
            PackageLab lab;
            lab.set = MessageSet::extended;
            Bytes changed = package;
            changed[(i * 2399 + i * i * 17) % changed.size()] ^= static_cast<std::uint8_t>(1u << i % 8);
            const int answer = lab.push_all(changed);
            CAPTURE(i);
            // A package whose first octet is not its own is a plain image to this ONT, and not permitted. The last
            // block of a raw payload is looked at behind the last answer.
            CHECK((answer == 3 || (answer == 0 && lab.refusal() == ONT_REFUSAL_BLOCK_HASH_WRONG)));
            CHECK(lab.poll_end(package) == 1);
            CHECK(lab.state(1) == "---");
        }
}

TEST_CASE("package: End must name the CRC of what travelled, and its size") {
    for (const char* payload : {"raw", "zstd"}) {
        PackageLab lab;
        lab.set = MessageSet::extended;
        PackageMaker maker{.image = make_image(300'000), .payload = payload};
        const Bytes package = maker.make();
        REQUIRE(lab.push_all(package) == 0);
        lab.work();
        SUBCASE("size") { CHECK(lab.end(omci::crc32(package), package.size() - 1) == 1); }
        SUBCASE("CRC") { CHECK(lab.end(omci::crc32(package) ^ 1, package.size()) == 1); }
        SUBCASE("CRC of the image alone") { CHECK(lab.end(omci::crc32(maker.image), package.size()) == 1); }
        CHECK(lab.state(1) == "---");
    }
}

TEST_CASE("package: storage that fails is never mistaken for an image, and no other image suffers") {
    for (const char* payload : {"raw", "zstd"})
        for (int which = 0; which < 6; ++which) {
            CAPTURE(which);
            PackageLab lab;
            lab.set = MessageSet::extended;
            PackageMaker maker{.image = make_image(300'000), .payload = payload};
            const Bytes package = maker.make();
            REQUIRE(lab.start(package.size(), 4) == 0);
            Device& device = lab.device;
            (which == 0   ? device.fail_erase
             : which == 1 ? device.fail_write
             : which == 2 ? device.fail_sync
             : which == 3 ? lab.fail_head
             : which == 4 ? lab.fail_counter
                          : device.fail_read) = true;
            int answer = 0;
            for (std::size_t at = 0; at < package.size() && answer == 0; at += 4 * 1965) {
                answer = lab.push(package, at, 4);
                lab.work();
            }
            if (answer == 0) answer = lab.poll_end(package);
            // A read that fails costs what lies in the slot already, and shows at the latest when all is read back.
            CHECK(answer == 1);
            CHECK(lab.refusal() == ONT_REFUSAL_STORAGE_FAILED);
            CHECK(lab.poll_end(package) == 1);
            CHECK(lab.states() == "ACV ---");
            CHECK(device.mistakes.empty());
            device.fail_erase = device.fail_write = device.fail_sync = device.fail_read = false;
            lab.fail_head = lab.fail_counter = false;
            CHECK(lab.install(package) == 0);
        }
}

TEST_CASE("package: no step erases more than one unit, nor hashes, writes or unpacks more than one block") {
    for (const char* payload : {"raw", "zstd"}) {
        PackageLab lab;
        lab.set = MessageSet::extended;
        lab.device.slot[0].assign(lab.device.slot_octets, 0x33);
        PackageMaker maker{.image = make_image(400'000), .payload = payload};
        std::fill_n(maker.image.begin(), 100'000, std::uint8_t{0x33});  // a block to copy from the running slot
        const Bytes package = maker.make();
        REQUIRE(lab.start(package.size(), 4) == 0);
        int steps = 0;
        const auto steps_are_short = [&] {
            for (bool more = true; more; ++steps) {
                lab.clear_counts();
                more = ont_step(&lab.handler, lab.now) != 0;
                REQUIRE(lab.operations('E') <= 1);
                REQUIRE(lab.operations('W') <= 1);
                REQUIRE(lab.device.octets_written <= 65'536);
                REQUIRE(lab.hashed <= 65'536);
            }
        };
        for (std::size_t at = 0; at < package.size(); at += 4 * 1965) {
            int answer = 6;
            for (int polls = 0; answer == 6 && polls < 20; ++polls) {
                lab.clear_counts();
                answer = lab.send_window(package, at, 4);
                const std::size_t window = 4 * 1965;  // which may hold the end of one block, and the short last one
                REQUIRE(lab.hashed <= 65'536 + window);
                REQUIRE(lab.device.octets_written <= 65'536 + window);
                steps_are_short();
            }
            REQUIRE(answer == 0);
        }
        CHECK(lab.end(package) == 0);  // read back meanwhile
        CHECK(steps > 20);
        CHECK(lab.watchdog >= steps);
    }
}

TEST_CASE("package: the agreed window completes one block at most") {
    PackageLab lab;
    lab.window.resize(256 * 1965);
    REQUIRE(lab.power_on() == 0);
    lab.set = MessageSet::extended;
    omci::StartRequest request;
    request.last_section = 255;
    request.image_octets = 100'000;
    CHECK(lab.ask(MeClass::software_image, 1, request)->at(1) + 1u == 33);
    PackageMaker maker{.image = make_image(300'001)};
    CHECK(lab.install(maker.make(), 33) == 0);
    CHECK(lab.holds(maker.image));
}
