// SPDX-License-Identifier: Apache-2.0
#include "tools/report/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <string_view>

#include "omci/software_download.h"
#include "omci/software_image.h"
#include "tools/units.h"

namespace tools {
namespace {

namespace json = boost::json;

constexpr std::size_t ids_width_max = 24;  // the outcome, of any length, stands last: most lines fit 80 columns

std::size_t count_achieved(const CampaignReport& report) {
    return static_cast<std::size_t>(std::count_if(report.onts.begin(), report.onts.end(), achieved));
}

std::size_t count_upgraded(const CampaignReport& report) {
    return static_cast<std::size_t>(std::count_if(report.onts.begin(), report.onts.end(), [](const OntEnd& ont) {
        return ont.reported && ont.outcome.result == olt::Result::upgraded;
    }));
}

/// `text` cut at commas into lines of at most `width`, where the parts let it.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = text.size();
        if (end - at > width) {
            const std::size_t comma = text.rfind(',', at + width - 1);  // the comma stays on its line
            if (comma != std::string::npos && comma > at)
                end = comma + 1;
            else if (const std::size_t next = text.find(',', at); next != std::string::npos)
                end = next + 1;
        }
        lines.push_back(text.substr(at, end - at));
        at = end < text.size() && text[end] == ' ' ? end + 1 : end;
    }
    return lines;
}

std::string left(std::string_view text, std::size_t width) {
    std::string out{text};
    out.resize(std::max(width, out.size()), ' ');
    return out;
}

std::string right(std::string_view text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + std::string{text};
}

std::string octets_line(std::string_view name, std::uint64_t octets, std::uint64_t whole) {
    std::string out =
        fmt::format("{} {} {} octets", left(name, 14), right(mebibytes(octets), 14), right(grouped(octets), 17));
    if (whole != 0) out += right(ratio_text(octets * 100, whole, 2) + " %", 10);
    return out + "\n";
}

json::value ratio(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) return nullptr;
    return static_cast<double>(part) / static_cast<double>(whole);
}

/// What the ONT itself says; null where it says nothing.
json::value refusal_json(const std::optional<omci::LastRefusal>& refusal) {
    if (!refusal) return nullptr;
    const omci::RefusalRow& row = omci::row(refusal->refusal);
    const bool known = row.refusal == refusal->refusal;
    json::object out;
    out["number"] = static_cast<unsigned>(refusal->refusal);
    out["name"] = name_of(refusal->refusal);
    out["tag"] = known ? row.tag : "";
    out["sentence"] = known ? row.sentence : "";
    out["phase"] = omci::text(refusal->phase);
    out["milliseconds"] = refusal->milliseconds;
    return out;
}

json::object group_json(const GroupEnd& group) {
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

}  // namespace

const char* text(RunResult result) noexcept {
    switch (result) {
    case RunResult::done: return "done";
    case RunResult::partial: return "partial";
    case RunResult::failed: return "failed";
    }
    return "unknown";
}

RunResult result_of(const CampaignReport& report) {
    const std::size_t count = count_achieved(report);
    if (count == 0) return RunResult::failed;
    return count == report.onts.size() ? RunResult::done : RunResult::partial;
}

std::uint64_t pass_octets(std::uint64_t image_octets, omci::MessageSet set) noexcept {
    const std::uint64_t section = omci::section_octets(set);
    const std::uint64_t sections = (image_octets + section - 1) / section;
    if (set == omci::MessageSet::baseline) return 53 * sections;  // a short section is padded: 5 of GEM, 48 of message
    return 20 * sections + image_octets;  // 5 of GEM, 10 of header, 1 of section number, 4 of MIC
}

std::string ends_table(const CampaignReport& report) {
    struct Row {
        std::string onts, end, group, image, repaired, time;
        std::vector<std::string> ids;
    };
    std::vector<Row> rows{{"ONTs", "outcome", "group", "image", "repairs", "slowest", {"ONU-IDs"}}};
    for (const SameEnd& same : fold(report.onts, report.pons > 1)) {
        const olt::OntDone& example = same.example->outcome;
        rows.push_back(
            {grouped(same.onts), text_of_end(same), example.group == 0 ? "-" : fmt::format("{}", example.group),
             same.example->reported ? fmt::format("{}", example.image) : "-", grouped(same.windows_repaired),
             same.example->reported ? time_text(same.longest.count()) : "-", wrapped(same.ids, ids_width_max)});
    }
    std::size_t ids_width = 0;
    for (const Row& row : rows)
        for (const std::string& line : row.ids) ids_width = std::max(ids_width, line.size());
    std::string out;
    for (const Row& row : rows) {
        out +=
            fmt::format("{}  {}  {}  {}  {}  {}  {}\n", right(row.onts, 5), left(row.ids[0], ids_width),
                        right(row.group, 5), right(row.image, 5), right(row.repaired, 7), right(row.time, 10), row.end);
        for (std::size_t i = 1; i < row.ids.size(); ++i) out += std::string(7, ' ') + row.ids[i] + "\n";
    }
    return out;
}

std::string group_lines(const CampaignReport& report) {
    std::string out;
    for (const GroupEnd& group : report.groups) {
        const olt::GroupFormed& formed = group.formed;
        const std::string where = report.pons > 1 ? fmt::format("PON {}, ", formed.pon) : "";
        const std::string who =
            formed.shared ? fmt::format("{}group {}", where, formed.group) : where + "one by one, interleaved";
        const char* close = !formed.shared ? "" : formed.shared_close ? ", shared close" : ", unicast close";
        out += fmt::format("{}: {} ONT{}, image {}, {} sections in windows of {}{}; {} upgraded, {} not\n", who,
                           formed.members, formed.members == 1 ? "" : "s", formed.image,
                           formed.set == omci::MessageSet::baseline ? "baseline" : "extended", formed.window_sections,
                           close, group.upgraded, group.others);
    }
    return out;
}

std::string account_lines(const CampaignReport& report) {
    const olt::Accounts& accounts = report.accounts;
    const std::uint64_t all = accounts.downstream_octets();
    const std::uint64_t pass = pass_octets(report.image_octets, report.set);
    std::string out = octets_line("image", report.image_octets, 0);
    out += octets_line("one pass of it", pass, 0);
    out += octets_line("downstream", all, all);
    out += octets_line("  shared", accounts.shared_octets, all);
    out += octets_line("  repair", accounts.repair_octets, all);
    out += octets_line("  unicast", accounts.unicast_octets, all);
    out += octets_line("  control", accounts.control_octets, all);
    out += octets_line("upstream", accounts.upstream_octets, 0);
    out += fmt::format("overhead       {} passes", ratio_text(all, pass, 4));
    // What was sent to those that did not get the image would flatter the comparison.
    if (const std::size_t onts = count_upgraded(report); onts > 0)
        out += fmt::format("; {} times fewer octets than sending to {} ONT{} in turn", ratio_text(pass * onts, all, 1),
                           onts, onts == 1 ? "" : "s");
    out += '\n';
    return out;
}

std::string shortfall(const CampaignReport& report) {
    const std::size_t missing = report.onts.size() - count_achieved(report);
    if (missing == 0) return "";
    std::string out = fmt::format("{} of {} ONTs not upgraded", missing, report.onts.size());
    const char* separator = ": ";
    for (const SameEnd& same : fold_by_end(report.onts, report.pons > 1)) {
        if (achieved(*same.example)) continue;
        out += fmt::format("{}{} ({})", separator, same.ids, text_of_end(same));
        separator = ", ";
    }
    return out;
}

double seconds(olt::Duration time) { return static_cast<double>(time.count()) / 1e9; }

std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c >= ' ' && c <= '~')
            out += c;
        else
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    return out;
}

json::object ont_json(const OntEnd& ont) {
    const olt::OntDone& done = ont.outcome;
    json::object out;
    out["pon"] = done.onu.pon;
    out["onu_id"] = done.onu.onu_id;
    out["serial"] = printable(olt::text(done.serial));
    out["result"] = olt::text(done.result);
    out["reason"] = !ont.unserved.empty() ? ont.unserved
                    : ont.reported        ? olt::text(done.reason)
                                          : "no outcome reported";
    out["alone"] = olt::text(done.alone);  // why it was not served in a group
    out["instance"] = done.image;
    out["version"] = printable(omci::text(done.version));
    out["active"] = done.active;
    out["committed"] = done.committed;
    out["valid"] = done.valid;
    out["seconds"] = seconds(done.ended - done.began);
    out["windows_repaired"] = done.windows_repaired;
    out["group"] = done.group;
    out["refusal"] = refusal_json(done.refusal);
    out["rolled_back"] = done.rolled_back;
    return out;
}

void put_accounts(json::object& out, const CampaignReport& report) {
    const olt::Accounts& accounts = report.accounts;
    const std::uint64_t pass = pass_octets(report.image_octets, report.set);
    const std::uint64_t all = accounts.downstream_octets();
    out["image_octets"] = report.image_octets;
    out["pass_octets"] = pass;
    out["downstream_octets"] = all;
    out["shared_octets"] = accounts.shared_octets;
    out["repair_octets"] = accounts.repair_octets;
    out["unicast_octets"] = accounts.unicast_octets;
    out["control_octets"] = accounts.control_octets;
    out["upstream_octets"] = accounts.upstream_octets;
    out["overhead"] = ratio(all, pass);
    out["times_fewer"] = ratio(pass * report.onts.size(), all);
}

void put_groups(json::object& out, const CampaignReport& report) {
    json::array groups;
    for (const GroupEnd& group : report.groups) groups.push_back(group_json(group));
    out["groups"] = std::move(groups);
}

}  // namespace tools
