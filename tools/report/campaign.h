// SPDX-License-Identifier: Apache-2.0
// What a campaign came to, whatever it ran on: the lines, the JSON members and the sentence that the reports of
// "simulate" (simulate/report.h) and of "upgrade" (upgrade/report.h) have in common.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "olt/engine.h"
#include "omci/ids.h"
#include "tools/report/groups.h"

namespace tools {

struct GroupEnd {
    olt::GroupFormed formed;
    std::uint32_t upgraded = 0, others = 0;
};

struct CampaignReport {
    std::vector<OntEnd> onts;  ///< by PON, then ONU-ID
    std::vector<GroupEnd> groups;
    olt::Accounts accounts;
    std::uint64_t image_octets = 0;
    omci::MessageSet set = omci::MessageSet::baseline;  ///< which one a pass is counted in
    std::uint8_t pons = 1;                              ///< more than one: ONU-IDs are named with their PON
};

enum class RunResult : std::uint8_t {
    done,     ///< every ONT was upgraded, or was up to date
    partial,  ///< some were
    failed,   ///< none was
};

const char* text(RunResult result) noexcept;

RunResult result_of(const CampaignReport& report);

/// Octets on the wire of one loss-free pass of the image, GEM headers counted: 53 per baseline section, 20 and the data
/// per extended one.
std::uint64_t pass_octets(std::uint64_t image_octets, omci::MessageSet set) noexcept;

// --- for people: lines, the last one ended ---

/// A line for all ONTs of one end.
std::string ends_table(const CampaignReport& report);
std::string group_lines(const CampaignReport& report);
/// What went over the fibre, and how that compares.
std::string account_lines(const CampaignReport& report);

/// Which ONTs do not run the image and why; empty where all do.
std::string shortfall(const CampaignReport& report);

// --- for programs ---

double seconds(olt::Duration time);

/// A version or a name is whatever octets an ONT holds; JSON wants text.
std::string printable(std::string_view text);

/// As the engine reported it: version and states are what it read last.
boost::json::object ont_json(const OntEnd& ont);
void put_accounts(boost::json::object& out, const CampaignReport& report);
void put_groups(boost::json::object& out, const CampaignReport& report);

}  // namespace tools
