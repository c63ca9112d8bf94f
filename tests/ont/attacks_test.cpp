// SPDX-License-Identifier: Apache-2.0
// What a crooked or clumsy OLT, somebody on the shared port, or storage that fails at a bad moment may try: each case
// is a way in which an image could run that should not, or none could any more.
#include <doctest/doctest.h>

#include "tests/ont/package_lab.h"
#include "tests/ont/package_maker.h"

using namespace tests;

namespace {

/// Image 1 came in a package with this counter.
void bring(PackageLab& lab, unsigned counter) {
    lab.set = MessageSet::extended;
    PackageMaker maker{.image = make_image(100'000), .more = "security-counter=" + std::to_string(counter) + "\n"};
    REQUIRE(lab.install(maker.make()) == 0);
}

void restart(PackageLab& lab) {
    lab.work();
    REQUIRE(lab.power_on() == 0);
    REQUIRE(lab.healthy() == 0);
}

}  // namespace

TEST_CASE("attack: an image whose counter has become too low is neither activated nor committed") {
    PackageLab lab;
    bring(lab, 5);
    lab.counter = 7;  // rose since the package was judged
    CHECK(lab.activate(1) == 3);
    CHECK(lab.refusal() == ONT_REFUSAL_COUNTER_TOO_LOW);
    CHECK(lab.commit(1) == 3);
    CHECK(lab.states() == "ACV --V");
    lab.counter = 5;
    CHECK(lab.activate(1) == 0);
}

TEST_CASE("attack: once the counter has risen, the OLT cannot go back to the image of before") {
    PackageLab lab;
    bring(lab, 5);
    REQUIRE(lab.activate(1) == 0);
    restart(lab);
    SUBCASE("while it is a trial, it can") {
        CHECK(lab.activate(0) == 0);
        restart(lab);
        CHECK(lab.states() == "ACV --V");
    }
    SUBCASE("a plain one only with permission") {
        REQUIRE(lab.commit(1) == 0);
        CHECK(lab.counter == 5);
        CHECK(lab.commit(0) == 3);
        CHECK(lab.activate(0) == 3);
        lab.may_install_plain = true;
        CHECK(lab.activate(0) == 0);
    }
    SUBCASE("a plain one freely, where no anchor is set") {
        REQUIRE(lab.commit(1) == 0);
        lab.options.trust_anchor = 0;
        restart(lab);
        CHECK(lab.activate(0) == 0);
    }
}

TEST_CASE("attack: an ONT that fell back below its counter keeps what runs, and can commit it") {
    PackageLab lab;
    bring(lab, 5);
    REQUIRE(lab.commit(1) == 0);
    lab.counter = 9;
    for (int i = 0; i < 4; ++i) {  // never healthy
        lab.work();
        REQUIRE(lab.power_on() == 0);
    }
    REQUIRE(lab.states() == "A-V -CV");
    CHECK(lab.commit(0) == 0);
    CHECK(lab.states() == "ACV --V");
}

TEST_CASE("attack: when a trial that began cannot be counted on, nobody takes the wrong image for the one that runs") {
    Lab lab{true};
    REQUIRE(lab.activate(1) == 0);
    lab.work();
    REQUIRE(lab.power_on() == 0);
    REQUIRE(lab.states() == "-CV A-V");
    lab.device.fail_record = true;
    std::uint8_t image = 9;
    CHECK(ont_boot(&lab.platform, &lab.options, &image) == ONT_ERROR_STORAGE);
    CHECK(image == 0);  // may run, once the record can say so
    CHECK(ont_booted(&lab.platform, &lab.options, image) == ONT_ERROR_STORAGE);
    lab.device.fail_record = false;
    REQUIRE(ont_booted(&lab.platform, &lab.options, image) == 0);
    lab.device.running = image;
    REQUIRE(ont_init(&lab.handler, &lab.platform, &lab.identity, &lab.options) == 0);
    CHECK(lab.states() == "ACV --V");
}

TEST_CASE("attack: a window that shrinks while the handler works upon it takes nothing out of step") {
    for (const char* payload : {"raw", "zstd"}) {
        CAPTURE(payload);
        PackageLab lab;
        lab.set = MessageSet::extended;
        PackageMaker maker{.image = make_image(300'000), .payload = payload};
        const Bytes stream = maker.make();
        REQUIRE(lab.start(stream.size(), 4) == 0);
        const std::size_t full = lab.full_section();
        int shrunk = 0;
        for (std::size_t at = 0; at < stream.size();) {
            int answer = lab.send_window(stream, at, 4);
            std::size_t octets = std::min(4 * full, stream.size() - at);
            const std::size_t last = (octets + full - 1) / full - 1;
            if (answer == 6 && octets > last * full + 1) {
                // The window is kept, parts of it were taken; its last section comes once more with one octet.
                ++shrunk;
                octets = last * full + 1;
                for (int polls = 0; answer == 6 && polls < 50; ++polls) {
                    Say say;
                    say.origin = ONT_FROM_SHARED_PORT;
                    answer = lab.section(last, omci::Octets{stream}.subspan(at + last * full, 1), true, 1, say);
                    lab.work();
                }
            }
            REQUIRE(answer == 0);
            at += octets;
            lab.work();
        }
        CHECK(shrunk > 0);
        CHECK(lab.poll_end(stream) == 0);
        CHECK(lab.holds(maker.image));
        CHECK(lab.device.mistakes.empty());
    }
}

TEST_CASE("attack: a head buffer in which not even the header fits is not run over") {
    PackageMaker maker{.image = make_image(100'000)};
    const Bytes stream = maker.make();
    for (const std::size_t octets : {std::size_t{1}, omci::package_header_octets - 1, omci::package_header_octets}) {
        CAPTURE(octets);
        PackageLab lab;
        lab.set = MessageSet::extended;
        lab.head_room.assign(octets, 0);
        lab.head_room.shrink_to_fit();  // what lies behind it is not ours
        lab.options.head = lab.head_room.data();
        lab.options.head_octets = octets;
        REQUIRE(lab.power_on() == 0);
        CHECK(lab.install(stream) == 3);
        CHECK(lab.refusal() == ONT_REFUSAL_HEAD_TOO_LARGE);
    }
}

TEST_CASE("attack: a verdict is never worth anything for the package that a second Start brings") {
    const Bytes image = make_image(200'000), evil = make_image(200'000, 2);
    PackageMaker good_maker{.image = image}, evil_maker{.image = evil, .signers = "X"};
    const Bytes good = good_maker.make(), bad = evil_maker.make();
    REQUIRE(good.size() == bad.size());
    for (int steps = 0; steps < 12; ++steps) {
        CAPTURE(steps);
        PackageLab lab;
        lab.set = MessageSet::extended;
        REQUIRE(lab.start(good.size(), 4) == 0);
        CHECK(lab.send_window(good, 0, 4) == 6);
        for (int i = 0; i < steps; ++i) ont_step(&lab.handler, lab.now);  // signature, manifest, lists, fitness, erases
        CHECK(lab.push_all(bad) == 3);
        CHECK(lab.refusal() == ONT_REFUSAL_SIGNER_UNKNOWN);
        CHECK(lab.operations('W') == 0);
        CHECK(lab.end(bad) == 1);
        CHECK(lab.states() == "ACV ---");
    }
}

TEST_CASE("attack: octets of another package under a judged head never reach the slot") {
    const Bytes image = make_image(200'000), evil = make_image(200'000, 2);
    PackageMaker maker{.image = image};
    const Bytes good = maker.make();
    Bytes mixed = good;
    std::copy(evil.begin(), evil.end(), mixed.begin() + static_cast<std::ptrdiff_t>(maker.head.size()));
    PackageLab lab;
    lab.set = MessageSet::extended;
    REQUIRE(lab.start(good.size(), 4) == 0);
    REQUIRE(lab.push(good, 0, 4) == 0);
    lab.work();
    // On the shared port everybody may speak, but for commands.
    Say say;
    say.origin = ONT_FROM_SHARED_PORT;
    CHECK(lab.start(good.size(), 4, 1, say) == silence);
    CHECK(lab.end(omci::crc32(mixed), mixed.size(), 1, say) == silence);
    int answer = 0;
    for (std::size_t at = 4 * lab.full_section(); at < mixed.size() && answer == 0; at += 4 * lab.full_section()) {
        answer = lab.push(mixed, at, 4);
        lab.work();
    }
    CHECK(answer == 3);
    CHECK(lab.refusal() == ONT_REFUSAL_BLOCK_HASH_WRONG);
    CHECK(lab.operations('W') == 0);
}
