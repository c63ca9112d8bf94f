// SPDX-License-Identifier: Apache-2.0
// The command power_cut_sweep: run by ./tests/run with what fits there, by ./tests/long with much more, and by hand to
// play one case again.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>

#include "tests/ont/power_cut/sweep.h"

namespace {

using namespace power_cut;

/// Seeds after which a mistake counts as not found: some need a drawn state of the flash.
constexpr std::uint64_t mutant_seeds_max = 8;

int find_mutants(const Options& options) {
    bool all_found = true;
    for (std::size_t i = 1; i < mutants.size(); ++i) {
        if (options.mutant != "all" && options.mutant != mutants[i].name) continue;
        Options narrow = options;
        if (narrow.scenario.empty()) narrow.scenario = mutants[i].scenario;
        Sweep sweep{narrow};
        bool found = false;
        for (std::uint64_t seed = options.seed; !found && seed < options.seed + mutant_seeds_max; ++seed)
            found = sweep.finds(static_cast<Mutant>(i), seed);
        all_found = all_found && found;
        std::printf("%-20s %s after %llu runs: %s\n", mutants[i].name, found ? "found" : "NOT FOUND",
                    static_cast<unsigned long long>(sweep.interrupted()), sweep.first_found().c_str());
    }
    return all_found ? 0 : 1;
}

int sweep_all(const Options& options) {
    using Clock = std::chrono::steady_clock;
    const auto until = Clock::now() + std::chrono::minutes{options.minutes};
    Sweep sweep{options};
    std::uint64_t seed = options.seed;
    do {
        sweep.round(seed++);
    } while (sweep.violations() == 0 && (sweep.interrupted() < options.runs || Clock::now() < until));
    sweep.print_counts();
    std::printf("seeds %llu to %llu\n", static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(seed - 1));
    return sweep.violations() > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) try {
    Options options;
    if (const std::string wrong = read_options(argc, argv, options); !wrong.empty()) {
        std::fprintf(stderr, "power_cut_sweep: %s\n", wrong.c_str());
        return 2;
    }
    if (options.help) {
        print_help();
        return 0;
    }
    Sweep sweep{options};
    std::string wrong = sweep.missing();
    const bool known =
        std::any_of(mutants.begin(), mutants.end(), [&](const MutantRow& row) { return options.mutant == row.name; });
    if (!options.mutant.empty() && options.mutant != "all" && !known) wrong = "there is no mutant " + options.mutant;
    if (!wrong.empty()) {
        std::fprintf(stderr, "power_cut_sweep: %s\n", wrong.c_str());
        return 2;
    }
    if (options.list) {
        sweep.print_names();
        return 0;
    }
    if (!options.cuts.empty()) return sweep.play(options.cuts) ? 0 : 1;
    return options.mutant.empty() ? sweep_all(options) : find_mutants(options);
} catch (const std::exception& error) {
    std::fprintf(stderr, "power_cut_sweep: %s\n", error.what());
    return 1;
}
