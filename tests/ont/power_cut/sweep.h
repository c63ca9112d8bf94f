// SPDX-License-Identifier: Apache-2.0
// The sweep: every scenario on every storage with every boot dialect, cut at every operation in every mode; then a
// second cut at every operation of some ways back; then many cuts in a row. Counts what it did, and tells of what it
// found with the command that plays it again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/ont/power_cut/options.h"
#include "tests/ont/power_cut/run.h"

namespace power_cut {

class Sweep {
public:
    explicit Sweep(const Options& options);

    /// One round over everything: with every further seed other draws, other second cuts, other rows of cuts.
    void round(std::uint64_t seed);
    /// Stops at the first violation.
    bool finds(Mutant mutant, std::uint64_t seed);
    /// One run, told. True: all that must hold did.
    bool play(const std::vector<Cut>& cuts);

    std::uint64_t interrupted() const { return interrupted_; }
    std::uint64_t violations() const { return violations_; }
    const std::string& first_found() const { return first_found_; }
    void print_counts() const;
    void print_names() const;
    /// Scenario, backend and dialect that were asked for exist.
    std::string missing() const;

private:
    void combination(Case base);
    void second_cuts(const Case& base, std::uint32_t operations, Dice& dice);
    void cuts_in_a_row(const Case& base, std::uint32_t operations, Dice& dice);
    bool enough() const { return violations_ >= violations_max_ || (stop_at_first_ && violations_ > 0); }
    Result run(const Case& what);
    template <typename Do>
    void each_combination(Mutant mutant, std::uint64_t seed, Do act);

    const Options& options_;
    Bench bench_;
    std::uint64_t violations_max_ = 10;
    bool stop_at_first_ = false;
    bool quiet_ = false;
    std::uint64_t interrupted_ = 0;
    std::uint64_t violations_ = 0;
    std::uint64_t whole_ = 0;  ///< runs that no cut met
    std::uint64_t cuts_ = 0;
    std::string first_found_;
    std::vector<std::vector<std::uint64_t>> counts_;  ///< of interrupted runs: scenario, backend
    std::vector<std::uint64_t> dialect_counts_;
};

}  // namespace power_cut
