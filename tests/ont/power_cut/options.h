// SPDX-License-Identifier: Apache-2.0
// What the sweep is asked for on its command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/ont/power_cut/power.h"
#include "tests/ont/power_cut/run.h"

namespace power_cut {

struct Options {
    std::string program = "power_cut_sweep";  ///< as it was called
    std::string scenario, backend, dialect;   ///< empty: all of them
    std::string mutant;                       ///< empty: none; "all": each must be found
    std::vector<Cut> cuts;                    ///< given: one run, this one
    std::uint64_t seed = 1;
    std::uint64_t runs = 0;     ///< interrupted ones, at least; more rounds follow until there were so many
    std::uint32_t minutes = 0;  ///< and until so much time is over
    bool brief = false;         ///< packages with one boot dialect for each storage, not with all
    bool verbose = false;
    bool list = false;
    bool help = false;
};

/// A sentence what is wrong, or empty.
std::string read_options(int argc, char** argv, Options& options);
void print_help();

}  // namespace power_cut
