// SPDX-License-Identifier: Apache-2.0
// The hunt around its worlds: order, bounds, failures and an early end, whatever the threads do.
#include "tools/simulate/hunt.h"

#include <doctest/doctest.h>

#include <atomic>
#include <limits>
#include <stdexcept>
#include <thread>

namespace {

using Seeds = tools::Range<std::uint64_t>;

/// A run whose digest is its seed; the seeds finish in disorder.
sim::Report quick_run(std::uint64_t seed) {
    if (seed % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds{200});
    sim::Report report;
    report.digest = seed;
    report.onts.resize(2);
    report.onts[0].outcome.result = olt::Result::upgraded;
    report.onts[1].outcome.result = olt::Result::aborted;
    return report;
}

std::vector<std::uint64_t> told(const Seeds& seeds, unsigned threads, std::size_t stop_after = 1'000'000) {
    std::vector<std::uint64_t> order;
    tools::hunt(
        seeds, threads, quick_run,
        [&](const tools::SeedOutcome& outcome) {
            CHECK(outcome.digest == outcome.seed);
            order.push_back(outcome.seed);
            return order.size() < stop_after;
        },
        [] { return true; });
    return order;
}

}  // namespace

TEST_CASE("hunt: every seed is told once, in order, with any number of threads") {
    for (const unsigned threads : {0u, 1u, 2u, 7u}) {
        const auto order = told({5, 3'004}, threads);
        REQUIRE(order.size() == 3'000);
        for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == 5 + i);
    }
}

TEST_CASE("hunt: one seed, and the last seed of all") {
    constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    CHECK(told({17, 17}, 2) == std::vector<std::uint64_t>{17});
    CHECK(told({last - 2, last}, 2) == std::vector<std::uint64_t>{last - 2, last - 1, last});
}

TEST_CASE("hunt: it ends early when it is told to, by a seed or between seeds") {
    CHECK(told({0, std::numeric_limits<std::uint64_t>::max()}, 2, 10).size() == 10);
    std::size_t seeds = 0;
    tools::hunt(
        {1, 1'000'000'000}, 2, quick_run, [&](const tools::SeedOutcome&) { return ++seeds, true; },
        [&] { return seeds < 5; });
    CHECK(seeds < 20);
    CHECK_THROWS_AS(tools::hunt(
                        {1, 1'000'000'000}, 2, quick_run, [](const tools::SeedOutcome&) { return true; },
                        []() -> bool { throw std::runtime_error{"interrupted"}; }),
                    std::runtime_error);
}

TEST_CASE("hunt: a violation, wrong octets and an exception are failures, and say how to see them again") {
    const auto run = [](std::uint64_t seed) {
        sim::Report report = quick_run(seed);
        if (seed == 2) report.violations.push_back({1'500'000'000, {1, 3}, "two images are active"});
        if (seed == 3) report.wrong_octets_accepted = 31;
        if (seed == 4) throw std::runtime_error{"out of memory"};
        return report;
    };
    std::vector<tools::SeedOutcome> failed;
    std::array<std::uint32_t, tools::results_count> onts{};
    tools::hunt(
        {1, 5}, 2, run,
        [&](const tools::SeedOutcome& outcome) {
            if (outcome.failed()) failed.push_back(outcome);
            for (std::size_t i = 0; i < onts.size(); ++i) onts[i] += outcome.onts[i];
            return true;
        },
        [] { return true; });
    REQUIRE(failed.size() == 3);
    CHECK(tools::describe_failure(failed[0]) ==
          "seed 2 failed; again: omcast simulate --hunt --seeds 2-2 --pcap seed-2.pcap\n"
          "  at 1.500 s, ONT 1/3: two images are active\n");
    CHECK(tools::describe_failure(failed[1]).find("31 wrong octets were accepted") != std::string::npos);
    CHECK(tools::describe_failure(failed[2]).find("out of memory") != std::string::npos);
    CHECK(onts[static_cast<std::size_t>(olt::Result::upgraded)] == 4);
    CHECK(onts[static_cast<std::size_t>(olt::Result::aborted)] == 4);
}
