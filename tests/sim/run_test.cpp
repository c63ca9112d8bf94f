// SPDX-License-Identifier: Apache-2.0
// Whole runs: the engine and the handlers on the simulated PON.
#include "sim/run.h"

#include <doctest/doctest.h>

#include "tests/sim/bench_pon.h"

namespace {

sim::Options small(std::uint64_t seed) {
    sim::Options options;
    options.seed = seed;
    options.onts = 6;
    options.standby = sim::Standby::mixed;
    return options;
}

sim::Report run(const sim::Options& options, std::uint32_t octets, std::size_t batch = sim::batch_frames_default) {
    const auto image = sim::draw_image(1, octets);
    return sim::Run{options, sim_test::image_of(image), {}, batch}.run();
}

std::size_t upgraded(const sim::Report& report) {
    std::size_t count = 0;
    for (const auto& ont : report.onts) count += ont.reported && ont.outcome.result == olt::Result::upgraded;
    return count;
}

}  // namespace

TEST_CASE("run: without faults every ONT runs the image at the end, whatever the mode, close and message set") {
    for (const olt::Mode mode : {olt::Mode::lockstep, olt::Mode::unicast})
        for (const olt::Close close : {olt::Close::unicast, olt::Close::shared})
            for (const olt::SetChoice set : {olt::SetChoice::baseline, olt::SetChoice::extended}) {
                sim::Options options = small(3);
                options.mode = mode;
                options.close = close;
                options.set = set;
                const sim::Report report = run(options, 30'000);
                CHECK(report.violations.empty());
                CHECK(upgraded(report) == 6);
                CHECK(report.wrong_octets_accepted == 0);
                CHECK(report.queue_drops == 0);
                CHECK(report.deliveries > 0);
                CHECK(report.transfer_time > 0);
                CHECK(report.groups.size() == (mode == olt::Mode::lockstep ? 2 : 0));
                for (const auto& ont : report.onts) {
                    CHECK(ont.runs);
                    CHECK(ont.active_image == ont.committed_image);
                    CHECK(ont.active_image == ont.outcome.image);
                    CHECK(ont.valid[ont.active_image]);
                    CHECK(ont.version[ont.active_image] == ont.outcome.version);
                }
            }
}

TEST_CASE("run: the same seed gives the same run, another seed another one") {
    sim::Options options = small(5);
    options.loss = sim::certain / 100;
    const sim::Report first = run(options, 20'000);
    const sim::Report again = run(options, 20'000);
    CHECK(again.digest == first.digest);
    CHECK(again.virtual_time == first.virtual_time);
    options.seed = 6;
    CHECK(run(options, 20'000).digest != first.digest);
}

TEST_CASE("run: how ONTs are batched changes nothing") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        const sim::World world = sim::draw_world(seed);
        const auto octets = sim::draw_image(seed, world.image_octets);
        const olt::Image image = sim_test::image_of(octets);
        const sim::Report alone = sim::Run{world.options, image, {}, 1}.run();
        for (const std::size_t batch : {std::size_t{7}, sim::batch_frames_default}) {
            const sim::Report report = sim::Run{world.options, image, {}, batch}.run();
            CHECK(report.digest == alone.digest);
            CHECK(report.virtual_time == alone.virtual_time);
            CHECK(report.deliveries == alone.deliveries);
            CHECK(report.queue_drops == alone.queue_drops);
            CHECK(report.violations.size() == alone.violations.size());
        }
    }
}

TEST_CASE("run: frames are seen in order of time, and looking changes nothing") {
    const sim::Options options = small(8);
    const auto octets = sim::draw_image(1, 5'000);
    const olt::Image image = sim_test::image_of(octets);
    std::uint64_t down = 0, up = 0, wire_octets = 0;
    sim::Nanoseconds last = 0;
    sim::Observers observers;
    observers.frame = [&](const sim::FrameSeen& frame) {
        CHECK(frame.time >= last);
        last = frame.time;
        ++(frame.downstream ? down : up);
        if (frame.downstream) wire_octets += frame.octets.size() + sim::gem_header_octets;
    };
    std::vector<sim::Progress> progress;
    observers.progress = [&](const sim::Progress& p) {
        progress.push_back(p);
        return true;
    };
    const sim::Report seen = sim::simulate(options, image, observers);
    CHECK(seen.digest == sim::simulate(options, image).digest);
    CHECK(down == seen.accounts.frames);
    CHECK(up > 0);
    CHECK(wire_octets == seen.accounts.downstream_octets());
    REQUIRE(!progress.empty());
    CHECK(progress.back().done == 6);
    CHECK(progress.back().octets_done == progress.back().octets_total);
}

TEST_CASE("run: a queue that is too short for the window of a slow ONT loses frames, and the image still arrives") {
    sim::Options options = small(9);
    options.rate_bits_per_second = 100'000'000;
    options.ont_queue_frames = 8;
    const sim::Report report = run(options, 20'000);
    CHECK(report.queue_drops > 0);
    CHECK(report.violations.empty());
    CHECK(report.wrong_octets_accepted == 0);
}

TEST_CASE("run: answers that come all at once overflow a short queue of the OLT") {
    sim::Options options = small(10);
    options.onts = 32;
    options.standby = sim::Standby::image1;
    options.olt_queue_frames = 2;
    options.olt_service = 200'000;
    const sim::Report report = run(options, 3'000);
    CHECK(report.olt_drops > 0);
    CHECK(report.violations.empty());
}

TEST_CASE("run: each ill ONT has its outcome, and the others finish") {
    sim::Options options = small(11);
    options.onts = 10;
    options.standby = sim::Standby::image1;
    options.faults = {
        {.onu_id = 0, .off_at = 50'000'000},        {.onu_id = 1, .both_images_in_use = true},
        {.onu_id = 2, .window_sections = 8},        {.onu_id = 3, .busy_from = 30'000'000, .busy_until = 2'000'000'000},
        {.onu_id = 4, .deaf_on_shared_port = true}, {.onu_id = 5, .new_image_fails_to_boot = true},
    };
    const sim::Report report = run(options, 200'000);
    CHECK(report.violations.empty());
    CHECK(report.onts[0].outcome.result == olt::Result::lost);
    CHECK(!report.onts[0].runs);
    CHECK(report.onts[1].outcome.reason == olt::Reason::no_idle_image);
    CHECK(report.onts[5].outcome.result == olt::Result::fell_back);
    CHECK(report.onts[5].active_image == 0);
    for (const std::size_t well : {2u, 3u, 4u, 6u, 7u, 8u, 9u}) {
        CAPTURE(well);
        CHECK(report.onts[well].outcome.result == olt::Result::upgraded);
    }
}

TEST_CASE("run: an operator who stops the campaign gets an outcome for every ONT") {
    sim::Options options = small(12);
    options.stop_at = 100'000'000;
    const sim::Report report = run(options, 200'000);
    CHECK(report.violations.empty());
    CHECK(upgraded(report) == 0);
    for (const auto& ont : report.onts) CHECK(ont.outcome.result == olt::Result::aborted);
}

TEST_CASE("run: a campaign that has no time to end is called hung") {
    sim::Options options = small(13);
    options.time_max = 10'000'000;
    const sim::Report report = run(options, 200'000);
    REQUIRE(!report.violations.empty());
    CHECK(report.violations.front().what == "the campaign has not ended in the time it was given");
}
