// SPDX-License-Identifier: Apache-2.0
// The JSON half of report.h.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "omci/software_image.h"
#include "tools/report.h"

namespace tools {
namespace {

namespace json = boost::json;

double seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

json::value ratio(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) return nullptr;
    return static_cast<double>(part) / static_cast<double>(whole);
}

/// A version is whatever octets an ONT holds; JSON wants text.
std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c >= ' ' && c <= '~')
            out += c;
        else
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    return out;
}

/// The truth about the instance that was written; `result` and `reason` are the engine's.
json::object ont_json(const sim::OntReport& ont) {
    const olt::OntDone& done = ont.outcome;
    const unsigned image = done.image & 1u;
    json::object out;
    out["pon"] = done.onu.pon;
    out["onu_id"] = done.onu.onu_id;
    out["serial"] = printable(olt::text(done.serial));
    out["result"] = olt::text(done.result);
    out["reason"] = ont.reported ? olt::text(done.reason) : "no outcome reported";
    out["alone"] = olt::text(done.alone);  // why it was not served in a group
    out["instance"] = done.image;
    out["version"] = printable(omci::text(ont.version[image]));
    out["active"] = ont.active_image == image;
    out["committed"] = ont.committed_image == image;
    out["valid"] = ont.valid[image];
    out["runs"] = ont.runs;
    out["seconds"] = seconds((done.ended - done.began).count());
    out["windows_repaired"] = done.windows_repaired;
    out["group"] = done.group;
    return out;
}

json::object group_json(const sim::GroupReport& group) {
    const olt::GroupFormed& formed = group.formed;
    json::object out;
    out["pon"] = formed.pon;
    out["group"] = formed.group;
    out["instance"] = formed.image;
    out["members"] = formed.members;
    out["message_set"] = formed.set == omci::MessageSet::baseline ? "baseline" : "extended";
    out["window"] = formed.window_sections;
    out["shared"] = formed.shared;
    out["close"] = formed.shared && formed.shared_close ? "shared" : "unicast";
    out["upgraded"] = group.upgraded;
    out["others"] = group.others;
    return out;
}

json::object violation_json(const sim::Violation& violation) {
    json::object out;
    out["seconds"] = seconds(violation.time);
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
    const olt::Accounts& accounts = report.accounts;
    const std::uint64_t pass = pass_octets(facts.image_octets, facts.set);
    const std::uint64_t all = accounts.downstream_octets();
    json::object out;
    out["result"] = text(result_of(report));
    out["seed"] = facts.seed;
    out["image_octets"] = facts.image_octets;
    out["pass_octets"] = pass;
    out["downstream_octets"] = all;
    out["shared_octets"] = accounts.shared_octets;
    out["repair_octets"] = accounts.repair_octets;
    out["unicast_octets"] = accounts.unicast_octets;
    out["control_octets"] = accounts.control_octets;
    out["upstream_octets"] = accounts.upstream_octets;
    out["overhead"] = ratio(all, pass);
    out["times_fewer"] = ratio(pass * report.onts.size(), all);
    out["transfer_seconds"] = seconds(report.transfer_time);
    out["virtual_seconds"] = seconds(report.virtual_time);
    out["wall_seconds"] = seconds(facts.wall_ns);
    out["deliveries"] = report.deliveries;
    out["ont_queue_drops"] = report.queue_drops;
    out["olt_queue_drops"] = report.olt_drops;
    out["wrong_octets_accepted"] = report.wrong_octets_accepted;
    out["digest"] = fmt::format("{:016x}", report.digest);
    out["violations"] = array_of(report.violations, violation_json);
    out["groups"] = array_of(report.groups, group_json);
    out["onts"] = array_of(report.onts, ont_json);
    return out;
}

}  // namespace tools
