// SPDX-License-Identifier: Apache-2.0
#include "sim/ont_node.h"

#include <doctest/doctest.h>

#include <tuple>

#include "tests/sim/bench_pon.h"

namespace {

using sim::Nanoseconds;

/// One ONT right behind the OLT that may answer at any time.
sim::Options one_ont() {
    sim::Options options;
    options.onts = 1;
    options.distance_max_m = 0;
    options.grant_interval = 0;
    return options;
}

std::vector<std::uint8_t> octets(std::size_t count) { return std::vector<std::uint8_t>(count, 0x5A); }

constexpr Nanoseconds late = 1'000'000'000;
constexpr std::uint16_t shared = olt::Address::shared_port;

}  // namespace

TEST_CASE("ont node: an answer takes the line, the way there, the service, the answer delay and the way back") {
    sim::Options options = one_ont();
    options.distance_min_m = options.distance_max_m = 20'000;
    sim_test::BenchPon pon{options, octets(100)};
    sim_test::Writer writer;
    pon.send(1'000, 0, writer.get());
    pon.advance(late);
    REQUIRE(pon.answers.size() == 1);
    const Nanoseconds line = 53 * 8 * 1'000'000'000ll / 2'420'000'000;
    CHECK(pon.answers[0].departs == 1'000 + line + 100'000 + options.ont_service + options.answer_delay);
    CHECK(pon.answers[0].arrives == pon.answers[0].departs + 100'000);
}

TEST_CASE("ont node: an answer waits for the ONT's own place in the grant interval, one in each") {
    sim::Options options = one_ont();
    options.onts = 4;
    options.grant_interval = 200'000;
    sim_test::BenchPon pon{options, octets(100)};
    sim_test::Writer writer;
    for (const auto& node : pon.nodes) node->hear_shared_port();
    for (int i = 0; i < 3; ++i) pon.send(0, shared, writer.get());
    pon.advance(late);
    REQUIRE(pon.answers.size() == 12);
    for (std::size_t i = 0; i < pon.answers.size(); ++i) {
        const auto& answer = pon.answers[i];
        CHECK(answer.departs % 200'000 == static_cast<Nanoseconds>(answer.ont) * 50'000);
        if (i > 0 && pon.answers[i - 1].ont == answer.ont)
            CHECK(answer.departs == pon.answers[i - 1].departs + 200'000);
    }
}

TEST_CASE("ont node: a full queue drops in silence, and the other port has a queue of its own") {
    sim::Options options = one_ont();
    options.ont_queue_frames = 4;
    sim_test::BenchPon pon{options, octets(100)};
    sim_test::Writer writer;
    pon.nodes[0]->hear_shared_port();
    for (int i = 0; i < 10; ++i) pon.send(0, shared, writer.get());
    for (int i = 0; i < 2; ++i) pon.send(0, 0, writer.get());
    pon.advance(late);
    CHECK(pon.nodes[0]->deliveries() == 7);  // of the ten: one in service and four waiting
    CHECK(pon.nodes[0]->drops() == 5);
    CHECK(pon.answers.size() == 7);
}

TEST_CASE("ont node: a frame on the OMCC overtakes those that wait in the queue of the shared port") {
    sim_test::BenchPon pon{one_ont(), octets(100)};
    sim_test::Writer writer;
    pon.nodes[0]->hear_shared_port();
    for (int i = 0; i < 10; ++i) pon.send(0, shared, writer.get());  // 1 .. 10
    pon.send(0, 0, writer.get());                                    // 11
    pon.advance(late);
    REQUIRE(pon.answers.size() == 11);
    CHECK(pon.answers[0].transaction() == 1);
    CHECK(pon.answers[1].transaction() == 11);
    CHECK(pon.answers[10].transaction() == 10);
}

TEST_CASE("ont node: a tenth of the frames is lost where a tenth is to be lost, at each ONT others") {
    sim::Options options = one_ont();
    options.onts = 3;
    options.loss = sim::certain / 10;
    sim_test::BenchPon pon{options, octets(100)};
    sim_test::Writer writer;
    for (const auto& node : pon.nodes) node->hear_shared_port();
    constexpr Nanoseconds frames = 20'000, pace = 20'000;
    const auto frame = writer.section(0, octets(31), false);
    for (Nanoseconds i = 0; i < frames; ++i) pon.send(i * pace, shared, frame);
    pon.advance(frames * pace + late);
    for (const auto& node : pon.nodes) {
        CHECK(node->drops() == 0);
        CHECK(node->deliveries() > 18'000 - 215);  // five standard deviations
        CHECK(node->deliveries() < 18'000 + 215);
    }
    CHECK(pon.nodes[0]->deliveries() != pon.nodes[1]->deliveries());
}

TEST_CASE("ont node: it does not matter how often it is asked") {
    sim::Options options = one_ont();
    options.onts = 2;
    options.distance_max_m = 20'000;
    options.loss = sim::certain / 20;
    options.ont_queue_frames = 6;
    options.grant_interval = 250'000;
    options.faults.push_back({.pon = 0, .onu_id = 1, .off_at = 1'500'000, .on_at = 2'000'000});
    options.reboot_min = options.reboot_max = 500'000;
    const auto run = [&](Nanoseconds step) {
        sim_test::BenchPon pon{options, octets(5'000)};
        sim_test::Writer writer;
        for (const auto& node : pon.nodes) node->hear_shared_port();
        for (Nanoseconds now = 0; now < 5'000'000; now += 1'000) {
            if (now == 0) pon.send(now, 0, writer.start(5'000, 16));
            if (now % 11'000 == 0) pon.send(now, shared, writer.section(1, octets(31), now % 110'000 == 0));
            if (now % 90'000 == 0) pon.send(now, 1, writer.get());
            if (now % step == 0) pon.advance(now);
        }
        pon.advance(late);
        using Seen = std::tuple<std::size_t, Nanoseconds, std::vector<std::uint8_t>>;
        std::vector<Seen> seen;
        for (const auto& answer : pon.answers) seen.emplace_back(answer.ont, answer.arrives, answer.octets);
        std::sort(seen.begin(), seen.end());
        std::uint64_t drops = 0, deliveries = 0;
        for (const auto& node : pon.nodes) drops += node->drops(), deliveries += node->deliveries();
        return std::tuple{seen, drops, deliveries, pon.downs, pon.ups};
    };
    const auto often = run(1'000);
    CHECK(std::get<0>(often).size() > 20);
    CHECK(std::get<1>(often) > 0);
    CHECK(run(50'000) == often);
    CHECK(run(4'999'000) == often);
}

TEST_CASE("ont node: it wakes no later than its next answer") {
    sim::Options options = one_ont();
    options.distance_max_m = 20'000;
    sim_test::BenchPon pon{options, octets(100)};
    sim_test::Writer writer;
    sim::OntNode& node = *pon.nodes[0];
    node.hear_shared_port();
    CHECK(node.wake_at() == sim::forever);
    for (int i = 0; i < 5; ++i) pon.send(0, shared, writer.section(0, octets(31), false));
    CHECK(node.wake_at() == sim::forever);  // none of these is ever answered
    pon.send(0, shared, writer.get());
    while (pon.answers.empty()) {
        const Nanoseconds wake = node.wake_at();
        REQUIRE(wake != sim::forever);
        node.advance(wake - 1);
        REQUIRE(pon.answers.empty());
        node.advance(wake);
    }
    CHECK(node.deliveries() == 6);
}

TEST_CASE("ont node: without power nothing is heard and nothing more is said, and then it boots") {
    sim::Options options = one_ont();
    options.reboot_min = options.reboot_max = 3'000'000;
    options.faults.push_back({.pon = 0, .onu_id = 0, .off_at = 1'000'000, .on_at = 2'000'000});
    sim_test::BenchPon pon{options, octets(100)};
    sim_test::Writer writer;
    pon.nodes[0]->hear_shared_port();
    pon.send(900'000, 0, writer.get());  // its answer would depart at 1.065 ms
    pon.advance(1'000'000);
    REQUIRE(pon.answers.size() == 1);
    CHECK(pon.nodes[0]->cut_between(915'175, pon.answers[0].departs));
    CHECK(!pon.nodes[0]->running());
    pon.send(1'500'000, 0, writer.get());
    pon.advance(5'000'000);
    CHECK(pon.answers.size() == 1);
    CHECK(pon.downs == std::vector<Nanoseconds>{1'000'000});
    CHECK(pon.ups == std::vector<Nanoseconds>{5'000'000});
    pon.send(6'000'000, shared, writer.get());  // the host has to set the port up anew
    pon.send(6'000'000, 0, writer.get());
    pon.advance(late);
    CHECK(pon.answers.size() == 2);
    CHECK(pon.report.violations.empty());
}

TEST_CASE("ont node: a busy ONT answers so and executes nothing, but repeats what it answered before") {
    sim::Options options = one_ont();
    options.faults.push_back({.pon = 0, .onu_id = 0, .busy_from = 1'000'000, .busy_until = 2'000'000});
    sim_test::BenchPon pon{options, octets(100)};
    sim_test::Writer writer;
    const auto first = writer.get();
    pon.send(0, 0, first);
    pon.send(1'100'000, 0, first);
    pon.send(1'200'000, 0, writer.start(100, 16));
    pon.send(2'100'000, 0, writer.start(100, 16));
    pon.advance(late);
    REQUIRE(pon.answers.size() == 4);
    CHECK(pon.answers[0].result() == 0);
    CHECK(pon.answers[1].octets == pon.answers[0].octets);
    CHECK(pon.answers[2].result() == 6);
    CHECK(pon.answers[3].result() == 0);
}

TEST_CASE("ont node: faults are those of the ONT they name") {
    sim::Options options = one_ont();
    options.onts = 2;
    options.faults.push_back({.pon = 0, .onu_id = 1, .window_sections = 8, .deaf_on_shared_port = true, .slower = 10});
    options.faults.push_back({.pon = 0, .onu_id = 1, .both_images_in_use = true});
    sim_test::BenchPon pon{options, octets(100)};
    sim_test::Writer writer;
    for (const auto& node : pon.nodes) node->hear_shared_port();
    pon.advance(0);
    pon.answers.clear();  // the one in S4 notifies the OLT that its other image runs
    pon.send(0, shared, writer.get());
    pon.advance(late / 2);
    REQUIRE(pon.answers.size() == 1);
    CHECK(pon.answers[0].ont == 0);
    pon.send(late / 2, 1, writer.get());
    pon.advance(late);
    REQUIRE(pon.answers.size() == 2);
    CHECK(pon.answers[1].departs >= late / 2 + 10 * options.ont_service + options.answer_delay);
    const sim::OntDevice& device = pon.nodes[1]->device();
    CHECK(device.state(0).active != device.state(1).active);
    CHECK(device.state(0).active == device.state(1).committed);
    CHECK(device.state(0).valid);
    CHECK(device.state(1).valid);
}
