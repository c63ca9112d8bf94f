// SPDX-License-Identifier: Apache-2.0
// What a simulated run came to: as a table for people, as JSON for programs, and as one sentence about what was not
// achieved. What it has in common with a campaign on a real link stands in report/campaign.h.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "omci/ids.h"
#include "sim/simulation.h"
#include "tools/report/campaign.h"

namespace tools {

/// What the simulator's report does not know of its run.
struct RunFacts {
    std::uint64_t seed = 1;
    std::uint64_t image_octets = 0;      ///< as they travel
    std::uint64_t installed_octets = 0;  ///< as they lie in a slot
    bool package = false;
    omci::MessageSet set = omci::MessageSet::baseline;
    std::uint8_t pons = 1;
    std::int64_t wall_ns = 0;  ///< real time it took
};

/// What it has in common with a campaign on a real link.
CampaignReport campaign_of(const sim::Report& report, const RunFacts& facts);

RunResult result_of(const sim::Report& report);

boost::json::object report_json(const sim::Report& report, const RunFacts& facts);

/// Some lines, the last one ended.
std::string report_table(const sim::Report& report, const RunFacts& facts);

/// Which ONTs do not run the image and why, and which promise was broken; empty where nothing fell short.
std::string shortfall(const sim::Report& report, const RunFacts& facts);

}  // namespace tools
