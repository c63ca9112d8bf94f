// SPDX-License-Identifier: Apache-2.0
// The JSON half of simulate/report.h.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "omci/software_image.h"
#include "tools/simulate/report.h"

namespace tools {
namespace {

namespace json = boost::json;

json::object flash_json(const sim::FlashCounts& counts) {
    json::object out;
    out["octets_written"] = counts.octets_written;
    out["units_erased"] = counts.units_erased;
    out["blocks_kept"] = counts.blocks_kept;
    out["blocks_copied"] = counts.blocks_copied;
    return out;
}

/// The truth about the instance that was written; `result` and `reason` are the engine's.
json::object true_ont_json(const sim::OntReport& ont) {
    const unsigned image = ont.outcome.image & 1u;
    json::object out = ont_json(OntEnd{ont.outcome, ont.reported, ""});
    out["version"] = printable(omci::text(ont.version[image]));
    out["active"] = ont.active_image == image;
    out["committed"] = ont.committed_image == image;
    out["valid"] = ont.valid[image];
    out["runs"] = ont.runs;
    out["downloads"] = ont.downloads;
    out["last_download"] = flash_json(ont.last_download);
    out["all_downloads"] = flash_json(ont.all_downloads);
    out["security_counter"] = ont.security_counter;
    return out;
}

json::object violation_json(const sim::Violation& violation) {
    json::object out;
    out["seconds"] = seconds(olt::Duration{violation.time});
    out["pon"] = violation.onu.pon;
    if (!violation.onu.is_shared()) out["onu_id"] = violation.onu.onu_id;
    out["what"] = violation.what;
    return out;
}

template <typename List, typename Convert>
json::array array_of(const List& list, Convert convert) {
    json::array out;
    for (const auto& one : list) out.push_back(convert(one));
    return out;
}

}  // namespace

json::object report_json(const sim::Report& report, const RunFacts& facts) {
    const CampaignReport campaign = campaign_of(report, facts);
    json::object out;
    out["result"] = text(result_of(campaign));
    out["seed"] = facts.seed;
    out["installed_octets"] = facts.installed_octets;
    out["package"] = facts.package;
    put_accounts(out, campaign);
    out["transfer_seconds"] = seconds(olt::Duration{report.transfer_time});
    out["virtual_seconds"] = seconds(olt::Duration{report.virtual_time});
    out["wall_seconds"] = seconds(olt::Duration{facts.wall_ns});
    out["deliveries"] = report.deliveries;
    out["ont_queue_drops"] = report.queue_drops;
    out["olt_queue_drops"] = report.olt_drops;
    out["wrong_octets_accepted"] = report.wrong_octets_accepted;
    out["digest"] = fmt::format("{:016x}", report.digest);
    out["violations"] = array_of(report.violations, violation_json);
    put_groups(out, campaign);
    out["onts"] = array_of(report.onts, true_ont_json);
    return out;
}

}  // namespace tools
