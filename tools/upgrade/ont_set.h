// SPDX-License-Identifier: Apache-2.0
// The options that every command has that deals with a set of ONTs over a link: which link, which ONTs, how long an
// answer may take, and where the outcome goes. For "upgrade", "status", "activate", "commit" and "abort".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "olt/time.h"
#include "tools/command_line.h"
#include "tools/link/link_options.h"

namespace tools {

struct OntSet {
    LinkOptions link;
    std::vector<std::uint16_t> onu_ids;  ///< ascending, at least one
    olt::Duration answer_time = std::chrono::seconds{3};
    std::string json;  ///< a file, "-" for the standard output, empty: none
    bool quiet = false;

    bool json_on_stdout() const { return json == "-"; }
    bool for_people() const { return !quiet && !json_on_stdout(); }
    std::uint16_t first() const { return onu_ids.front(); }
    std::uint16_t count() const { return static_cast<std::uint16_t>(onu_ids.back() - onu_ids.front() + 1); }
};

po::options_description link_description();
po::options_description output_description();

/// Throws UsageError.
OntSet read_ont_set(const CommandLine& parsed);

/// A number of a few words, for all that wait: "3 s", "6 min".
olt::Duration read_wait(const CommandLine& parsed, const char* name, olt::Duration usual);

}  // namespace tools
