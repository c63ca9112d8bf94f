// SPDX-License-Identifier: Apache-2.0
// What lies in the slot already is a cache that the signed list redeems: counted in writes and erases.
#include <doctest/doctest.h>

#include <random>

#include "tests/ont/package_lab.h"

using namespace tests;

namespace {

constexpr std::size_t block = omci::block_octets;

/// Fills the slot as if it had been written with `octets` once.
void lay(PackageLab& lab, std::uint8_t image, const Bytes& octets) {
    std::copy(octets.begin(), octets.end(), lab.device.slot[image].begin());
}

}  // namespace

TEST_CASE("resume: after a reset the same package writes only what is missing") {
    for (const char* payload : {"raw", "zstd"}) {
        CAPTURE(payload);
        PackageLab lab;
        lab.set = MessageSet::extended;
        PackageMaker maker{.image = make_image(10 * block + 500), .payload = payload};
        const Bytes package = maker.make();
        const std::size_t window = 4 * 1965;
        REQUIRE(lab.start(package.size(), 4) == 0);
        for (std::size_t at = 0; at < package.size() * 3 / 5; at += window) {
            REQUIRE(lab.push(package, at, 4) == 0);
            lab.work();
        }
        const std::uint64_t written = lab.device.octets_written;
        CHECK(written % block == 0);
        CHECK(written >= 4 * block);
        CHECK(lab.operations('E') == 11);
        REQUIRE(lab.power_on() == 0);
        CHECK(lab.end(package) == 1);  // the download itself is forgotten
        lab.clear_counts();
        REQUIRE(lab.install(package) == 0);
        CHECK(lab.holds(maker.image));
        CHECK(lab.device.octets_written == maker.image.size() - written);
        CHECK(lab.events(ONT_EVENT_BLOCK_KEPT) == written / block);
        CHECK(lab.operations('E') == 11 - written / block);

        // And once more, although it is all there: nothing is written, and it is an image again only with its End.
        REQUIRE(lab.power_on() == 0);
        lab.clear_counts();
        REQUIRE(lab.push_all(package) == 0);
        CHECK(lab.states() == "ACV ---");
        CHECK(lab.poll_end(package) == 0);
        CHECK(lab.device.octets_written == 0);
        CHECK(lab.operations('E') == 0);
        CHECK(lab.events(ONT_EVENT_BLOCK_KEPT) == 11);
        CHECK(lab.states() == "ACV --V");
        CHECK(lab.device.mistakes.empty());
    }
}

TEST_CASE("resume: a unit with one wrong block is erased whole, and no other") {
    PackageLab lab{1u << 20, 4 * block};
    lab.set = MessageSet::extended;
    PackageMaker maker{.image = make_image(11 * block + 1)};
    lay(lab, 1, maker.image);
    lab.device.slot[1][5 * block + 17] ^= 4;
    const Bytes package = maker.make();
    REQUIRE(lab.install(package) == 0);
    CHECK(lab.holds(maker.image));
    CHECK(lab.operations('E') == 1);
    CHECK(lab.device.octets_written == 4 * block);
    CHECK(lab.events(ONT_EVENT_BLOCK_KEPT) == 8);
}

TEST_CASE("resume: another package redeems nothing of the first") {
    PackageLab lab;
    lab.set = MessageSet::extended;
    PackageMaker first{.image = make_image(3 * block)}, second{.image = make_image(3 * block, 2)};
    REQUIRE(lab.install(first.make()) == 0);
    lab.clear_counts();
    REQUIRE(lab.install(second.make()) == 0);
    CHECK(lab.holds(second.image));
    CHECK(lab.events(ONT_EVENT_BLOCK_KEPT) == 0);
    CHECK(lab.operations('E') == 3);
}

TEST_CASE("resume: blocks that the running slot holds at the same position are copied before they arrive") {
    for (const bool block_buffer : {true, false}) {
        CAPTURE(block_buffer);
        PackageLab lab;
        lab.set = MessageSet::extended;
        if (!block_buffer) {
            lab.options.block = nullptr;
            lab.options.block_octets = 0;
        }
        REQUIRE(lab.power_on() == 0);
        PackageMaker maker{.image = make_image(6 * block + 5)};
        lay(lab, 0, maker.image);
        lab.device.slot[0][3 * block] ^= 1;
        const Bytes package = maker.make();
        lab.clear_counts();
        REQUIRE(lab.install(package) == 0);
        CHECK(lab.holds(maker.image));
        // Without a block buffer a block goes into the slot as it arrives: only those before the first missing one.
        CHECK(lab.events(ONT_EVENT_BLOCK_COPIED) == (block_buffer ? 6 : 3));
        CHECK(lab.device.octets_written == maker.image.size());
        CHECK(lab.device.mistakes.empty());
    }
}

TEST_CASE("resume: whatever lay in the slots, whatever the units: the image is right, and writes ascend") {
    std::mt19937 dice{11};
    const auto draw = [&](std::size_t below) { return std::size_t{dice()} % below; };
    std::uint64_t kept = 0, copied = 0, written = 0;
    for (int run = 0; run < 120; ++run) {
        CAPTURE(run);
        constexpr std::uint32_t units[] = {0, 512, 4096, 65'536, 126'976, 131'072, 196'608, 100'000};
        PackageLab lab{900'000, units[draw(std::size(units))]};
        lab.set = MessageSet::extended;
        if (draw(4) == 0) {
            lab.options.block = nullptr;
            lab.options.block_octets = 0;
        }
        REQUIRE(lab.power_on() == 0);
        PackageMaker maker{.image = make_image(1 + draw(12 * block))};
        if (lab.options.block != nullptr && draw(2) == 0) maker.payload = "zstd";
        for (std::uint8_t slot = 0; slot < 2; ++slot) {
            lay(lab, slot, maker.image);
            for (std::size_t wrong = draw(5); wrong > 0; --wrong) lab.device.slot[slot][draw(maker.image.size())] ^= 1;
        }
        const Bytes package = maker.make();
        const std::size_t sections = 1 + draw(4);
        REQUIRE(lab.start(package.size(), sections) == 0);
        const std::size_t step = sections * 1965;
        std::size_t reset_at = draw(3) == 0 ? draw(package.size()) : package.size();
        for (std::size_t at = 0; at < package.size(); at += step) {
            if (at > reset_at) {
                reset_at = package.size();
                REQUIRE(lab.power_on() == 0);
                REQUIRE(lab.start(package.size(), sections) == 0);
                at = 0;
            }
            REQUIRE(lab.push(package, at, sections) == 0);
            for (std::size_t steps = draw(6); steps > 0; --steps) ont_step(&lab.handler, lab.now);
        }
        REQUIRE(lab.poll_end(package) == 0);
        REQUIRE(lab.holds(maker.image));
        REQUIRE(lab.device.mistakes.empty());
        kept += lab.events(ONT_EVENT_BLOCK_KEPT);
        copied += lab.events(ONT_EVENT_BLOCK_COPIED);
        written += lab.device.octets_written;
    }
    CHECK(kept > 100);
    CHECK(copied > 20);
    CHECK(written > 0);
}
