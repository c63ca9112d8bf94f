// SPDX-License-Identifier: Apache-2.0
// Runs cases on a bench, one after another, each from a known state, and brings the ONT back to how it was found
// whatever happened: a failing case, a silent ONT, Ctrl-C.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tools/conform/cases.h"

namespace tools::conform {

enum class Verdict : std::uint8_t { pass, fail, not_applicable };

struct Result {
    const Case* one = nullptr;
    Variant variant = Variant::baseline;
    Verdict verdict = Verdict::not_applicable;
    std::string note;  ///< what was seen; for a fail, what was expected and what came
    olt::Duration took{};
};

struct Selection {
    std::set<std::string> names;  ///< empty: all
    bool baseline = true;
    bool extended = true;
    bool destructive = false;
};

struct Outcome {
    std::vector<Result> results;  ///< the last one says how the ONT is left
    std::string ended_early;      ///< why cases did not run; empty: all had their turn

    /// No mandatory case failed, all had their turn, and the ONT is left as it was found.
    bool good() const;
};

/// Tells of each result as it comes. What the ONT was found like must have been read (Bench::look_around()).
Outcome run_cases(Bench& bench, const Selection& selection, const std::function<void(const Result&)>& told);

}  // namespace tools::conform
