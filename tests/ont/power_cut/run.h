// SPDX-License-Identifier: Apache-2.0
// One run: a scenario on one kind of device, the power cut at given operations, and the way back. Called by the sweep;
// the same case gives the same run, octet for octet.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/ont/power_cut/board.h"
#include "tests/ont/power_cut/scenarios.h"

namespace power_cut {

inline constexpr Cut never{0xFFFF'FFFFu, CutMode::before};

struct Case {
    const Scenario* scenario = nullptr;
    const BackendRow* backend = nullptr;
    const DialectRow* dialect = nullptr;
    Mutant mutant = Mutant::none;
    std::uint64_t seed = 1;
    /// The first in the scenario, counted from its first operation; each further one in the way back from the one
    /// before, counted from when the power was back.
    std::vector<Cut> cuts;

    /// The command that plays it again; `program` is the name under which this one was called.
    std::string command(const std::string& program) const;
};

struct Result {
    std::string violation;                  ///< empty: all that must hold did
    std::vector<std::uint32_t> operations;  ///< storage operations of the scenario, and of each way back
    unsigned cuts = 0;                      ///< that were reached
    std::uint64_t digest = 0;               ///< of everything that was done to the storage
};

class Bench {
public:
    /// With `verbose` the run is told on standard output.
    Result run(const Case& what, bool verbose = false);

private:
    struct Prepared {
        Saved saved;
        Ledger ledger;
    };
    using Key = std::tuple<const Scenario*, const BackendRow*, const DialectRow*, Mutant>;

    const Prepared& prepare(const Case& what);
    Setup setup(const Case& what) const;

    Arena arena_;
    Key prepared_for_;
    std::optional<Prepared> prepared_;
};

}  // namespace power_cut
