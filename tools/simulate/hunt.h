// SPDX-License-Identifier: Apache-2.0
// The hunt: many drawn worlds under the checker, on as many threads as the machine has cores, and what each seed came
// to, in the order of the seeds whatever the threads did. For simulate.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/simulation.h"
#include "tools/simulate/options.h"
#include "tools/units.h"

namespace tools {

inline constexpr std::size_t results_count = static_cast<std::size_t>(olt::Result::aborted) + 1;

/// What is kept of one seed.
struct SeedOutcome {
    std::uint64_t seed = 0;
    std::vector<sim::Violation> violations;
    std::uint64_t wrong_octets_accepted = 0;
    std::string error;                                ///< the run itself failed; empty if it did not
    std::array<std::uint32_t, results_count> onts{};  ///< by olt::Result
    std::uint64_t digest = 0;

    bool failed() const { return !violations.empty() || wrong_octets_accepted > 0 || !error.empty(); }
};

/// Runs the world of a seed; called from several threads at once. sim::hunt_one, unless a test has its own.
using RunSeed = std::function<sim::Report(std::uint64_t)>;

/// Told of each seed in ascending order, on the caller's thread; false ends the hunt after it.
using SeedDone = std::function<bool(const SeedOutcome&)>;

/// Called on the caller's thread a few times a second; false ends the hunt.
using HuntTick = std::function<bool()>;

void hunt(const Range<std::uint64_t>& seeds, unsigned threads, const RunSeed& run, const SeedDone& done,
          const HuntTick& tick);

/// Some lines about a failed seed: its violations, and the command that shows it again.
std::string describe_failure(const SeedOutcome& outcome);

/// "omcast simulate --hunt --seeds A-B" for more than one seed; the exit status.
int hunt_command(const SimulateOptions& options);

}  // namespace tools
