// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/report.h"

#include <fmt/format.h>

#include "tools/units.h"

namespace tools {
namespace {

constexpr std::size_t violations_shown = 10;
constexpr std::size_t resumed_shown = 10;

std::string time_lines(const sim::Report& report, const RunFacts& facts) {
    std::string out =
        fmt::format("time           {} virtual, {} of it transfer; {} real\n", time_text(report.virtual_time),
                    time_text(report.transfer_time), time_text(facts.wall_ns));
    if (report.queue_drops + report.olt_drops > 0)
        out += fmt::format("dropped        {} frames by full ONT queues, {} by the OLT's\n",
                           grouped(report.queue_drops), grouped(report.olt_drops));
    return out;
}

/// ONTs whose last download found blocks in their slots that it did not have to write.
std::string resumed_lines(const sim::Report& report, const RunFacts& facts) {
    std::string out;
    std::size_t count = 0;
    for (const sim::OntReport& ont : report.onts) {
        const sim::FlashCounts& last = ont.last_download;
        if (last.blocks_kept + last.blocks_copied == 0) continue;
        if (++count > resumed_shown) continue;
        const std::string pon = facts.pons > 1 ? fmt::format("PON {}, ", ont.outcome.onu.pon) : "";
        out += fmt::format(
            "resumed        {}ONU-ID {}: download {} wrote {} of {} octets, {} block{} kept, {} copied\n", pon,
            ont.outcome.onu.onu_id, ont.downloads, grouped(last.octets_written), grouped(facts.installed_octets),
            last.blocks_kept, last.blocks_kept == 1 ? "" : "s", last.blocks_copied);
    }
    if (count > resumed_shown) out += fmt::format("... and {} more\n", count - resumed_shown);
    return out;
}

std::string violation_lines(const sim::Report& report, const RunFacts& facts) {
    std::string out;
    if (report.wrong_octets_accepted > 0)
        out += fmt::format("VIOLATION: {} wrong octets were accepted\n", grouped(report.wrong_octets_accepted));
    for (std::size_t i = 0; i < report.violations.size(); ++i) {
        if (i == violations_shown) return out + fmt::format("... and {} more\n", report.violations.size() - i);
        const sim::Violation& violation = report.violations[i];
        const std::string pon = facts.pons > 1 ? fmt::format("PON {}, ", violation.onu.pon) : "";
        const std::string who =
            violation.onu.is_shared() ? pon + "all ONTs" : fmt::format("{}ONU-ID {}", pon, violation.onu.onu_id);
        out += fmt::format("VIOLATION at {}, {}: {}\n", time_text(violation.time), who, violation.what);
    }
    return out;
}

}  // namespace

CampaignReport campaign_of(const sim::Report& report, const RunFacts& facts) {
    CampaignReport campaign;
    for (const sim::OntReport& ont : report.onts) campaign.onts.push_back({ont.outcome, ont.reported, ""});
    for (const sim::GroupReport& group : report.groups)
        campaign.groups.push_back({group.formed, group.upgraded, group.others});
    campaign.accounts = report.accounts;
    campaign.image_octets = facts.image_octets;
    campaign.set = facts.set;
    campaign.pons = facts.pons;
    return campaign;
}

RunResult result_of(const sim::Report& report) { return result_of(campaign_of(report, {})); }

std::string report_table(const sim::Report& report, const RunFacts& facts) {
    const CampaignReport campaign = campaign_of(report, facts);
    return fmt::format("\n{}\n{}{}{}{}{}{}", ends_table(campaign), group_lines(campaign),
                       campaign.groups.empty() ? "" : "\n", account_lines(campaign), time_lines(report, facts),
                       resumed_lines(report, facts), violation_lines(report, facts));
}

std::string shortfall(const sim::Report& report, const RunFacts& facts) {
    std::string out = shortfall(campaign_of(report, facts));
    if (report.wrong_octets_accepted > 0 || !report.violations.empty()) {
        if (!out.empty()) out += "; ";
        out += report.violations.empty()
                   ? fmt::format("{} wrong octets were accepted", report.wrong_octets_accepted)
                   : fmt::format("{} promise{} did not hold, the first: {}", report.violations.size(),
                                 report.violations.size() == 1 ? "" : "s", report.violations.front().what);
    }
    return out;
}

}  // namespace tools
