// SPDX-License-Identifier: Apache-2.0
// What a run came to: as a table for people, as JSON for programs, and as one sentence about what was not achieved.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "omci/ids.h"
#include "sim/simulation.h"

namespace tools {

/// What the simulator's report does not know of its run.
struct RunFacts {
    std::uint64_t seed = 1;
    std::uint64_t image_octets = 0;
    omci::MessageSet set = omci::MessageSet::baseline;
    std::uint8_t pons = 1;
    std::int64_t wall_ns = 0;  ///< real time it took
};

enum class RunResult : std::uint8_t {
    done,     ///< every ONT was upgraded, or was up to date
    partial,  ///< some were
    failed,   ///< none was
};

const char* text(RunResult result) noexcept;

RunResult result_of(const sim::Report& report);

/// Octets on the wire of one loss-free pass of the image, GEM headers counted: 53 per baseline section, 20 and the data
/// per extended one.
std::uint64_t pass_octets(std::uint64_t image_octets, omci::MessageSet set) noexcept;

boost::json::object report_json(const sim::Report& report, const RunFacts& facts);

/// Some lines, the last one ended.
std::string report_table(const sim::Report& report, const RunFacts& facts);

/// Which ONTs do not run the image and why, and which promise was broken; empty where nothing fell short.
std::string shortfall(const sim::Report& report, const RunFacts& facts);

}  // namespace tools
