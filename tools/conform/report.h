// SPDX-License-Identifier: Apache-2.0
// What a conformance run came to: a table for people, JSON for programs, JUnit XML for a lab's CI, and the profile for
// "omcast upgrade --profile".
#pragma once

#include <string>

#include "tools/conform/runner.h"
#include "tools/upgrade/profile.h"

namespace tools::conform {

/// What the bench does not know of its run.
struct RunFacts {
    std::string link;
    std::uint16_t onu_id = 0;
    bool destructive = false;
};

/// What was found on the link, in a few lines.
std::string headline(const Bench& bench, const RunFacts& facts);
std::string table_head();
/// One line; for a fail the sentence stands under it.
std::string table_row(const Result& result);
/// "61 passed, 0 failed, ...".
std::string summary(const Outcome& outcome);

/// One sentence about what was not achieved.
std::string shortfall(const Outcome& outcome, const RunFacts& facts);

std::string report_json_text(const Outcome& outcome, Bench& bench, const RunFacts& facts);
/// One testcase for each case and shape. Only what fails the run is a failure; an optional fail is "skipped".
std::string junit_text(const Outcome& outcome, const Bench& bench, const RunFacts& facts);

Profile learnt_profile(Bench& bench);

/// --list.
std::string list_text();

}  // namespace tools::conform
