// SPDX-License-Identifier: Apache-2.0
// The command line of "omcast conform" as values.
#pragma once

#include <cstdint>
#include <string>

#include "tools/conform/runner.h"
#include "tools/conform/settings.h"
#include "tools/link/link_options.h"

namespace tools::conform {

struct Options {
    bool help = false;
    bool list = false;
    LinkOptions link;
    std::uint16_t onu_id = 0;
    std::string image;  ///< a file; empty: octets of our own
    Settings settings;
    Selection selection;
    std::string json, junit, profile_out;  ///< files; empty: none
    bool quiet = false;

    bool json_on_stdout() const { return json == "-"; }
};

/// Throws UsageError. argv[0] is the subcommand's name.
Options parse_options(int argc, const char* const* argv);

std::string help_text();

}  // namespace tools::conform
