// SPDX-License-Identifier: Apache-2.0
// The command line of "omcast simulate" as values. Everything that can be known to be wrong without opening a file is
// found here; simulate.cpp acts on the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/simulation.h"
#include "tools/link/link_options.h"
#include "tools/simulate/package_services.h"
#include "tools/units.h"

namespace tools {

struct SimulateOptions {
    sim::Options world;
    std::string image;                   ///< a file; empty with `hunt`, and where `serve` does without one
    std::optional<std::string> version;  ///< what ONTs will call the image; else by the rule of omci/image_version.h
    SimulatedTrust trust;                ///< for packages
    std::string pcap;                    ///< empty: none
    std::string json;                    ///< a file, "-" for the standard output, empty: none
    bool quiet = false;
    bool help = false;
    std::optional<Range<std::uint64_t>> hunt;  ///< seeds of worlds to draw, in place of `world` and `image`
    std::optional<LinkOptions> serve;          ///< where the OLT is: then the world has none
    sim::Nanoseconds duration = 0;             ///< of serving; 0: until Ctrl-C

    bool json_on_stdout() const { return json == "-"; }
};

/// argv[0] is the subcommand's name. Throws UsageError: one sentence that names the flag and the cause.
SimulateOptions parse_simulate_options(int argc, const char* const* argv);

std::string simulate_help();

}  // namespace tools
