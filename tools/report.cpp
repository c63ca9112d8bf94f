// SPDX-License-Identifier: Apache-2.0
#include "tools/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "omci/software_download.h"
#include "tools/report_groups.h"
#include "tools/units.h"

namespace tools {
namespace {

constexpr std::size_t ids_width_max = 24;  // the outcome, of any length, stands last: most lines fit 80 columns
constexpr std::size_t violations_shown = 10;

std::size_t count_achieved(const sim::Report& report) {
    return static_cast<std::size_t>(std::count_if(report.onts.begin(), report.onts.end(), achieved));
}

std::size_t count_upgraded(const sim::Report& report) {
    return static_cast<std::size_t>(std::count_if(
        report.onts.begin(), report.onts.end(),
        [](const sim::OntReport& ont) { return ont.reported && ont.outcome.result == olt::Result::upgraded; }));
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

std::string ends_table(const sim::Report& report, const RunFacts& facts) {
    struct Row {
        std::string onts, end, group, image, repaired, time;
        std::vector<std::string> ids;
    };
    std::vector<Row> rows{{"ONTs", "outcome", "group", "image", "repairs", "slowest", {"ONU-IDs"}}};
    for (const SameEnd& same : fold(report.onts, facts.pons > 1)) {
        const olt::OntDone& example = same.example->outcome;
        rows.push_back({grouped(same.onts), text_of_end(*same.example),
                        example.group == 0 ? "-" : fmt::format("{}", example.group),
                        same.example->reported ? fmt::format("{}", example.image) : "-", grouped(same.windows_repaired),
                        same.example->reported ? time_text(same.longest.count()) : "-",
                        wrapped(same.ids, ids_width_max)});
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

std::string group_lines(const sim::Report& report, const RunFacts& facts) {
    std::string out;
    for (const sim::GroupReport& group : report.groups) {
        const olt::GroupFormed& formed = group.formed;
        const std::string where = facts.pons > 1 ? fmt::format("PON {}, ", formed.pon) : "";
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

std::string octets_line(std::string_view name, std::uint64_t octets, std::uint64_t whole) {
    std::string out =
        fmt::format("{} {} {} octets", left(name, 14), right(mebibytes(octets), 14), right(grouped(octets), 17));
    if (whole != 0) out += right(ratio_text(octets * 100, whole, 2) + " %", 10);
    return out + "\n";
}

std::string account_lines(const sim::Report& report, const RunFacts& facts) {
    const olt::Accounts& accounts = report.accounts;
    const std::uint64_t all = accounts.downstream_octets();
    const std::uint64_t pass = pass_octets(facts.image_octets, facts.set);
    std::string out = octets_line("image", facts.image_octets, 0);
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
    out += fmt::format("time           {} virtual, {} of it transfer; {} real\n", time_text(report.virtual_time),
                       time_text(report.transfer_time), time_text(facts.wall_ns));
    if (report.queue_drops + report.olt_drops > 0)
        out += fmt::format("dropped        {} frames by full ONT queues, {} by the OLT's\n",
                           grouped(report.queue_drops), grouped(report.olt_drops));
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

const char* text(RunResult result) noexcept {
    switch (result) {
    case RunResult::done: return "done";
    case RunResult::partial: return "partial";
    case RunResult::failed: return "failed";
    }
    return "unknown";
}

RunResult result_of(const sim::Report& report) {
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

std::string report_table(const sim::Report& report, const RunFacts& facts) {
    return fmt::format("\n{}\n{}{}{}{}", ends_table(report, facts), group_lines(report, facts),
                       report.groups.empty() ? "" : "\n", account_lines(report, facts), violation_lines(report, facts));
}

std::string shortfall(const sim::Report& report, const RunFacts& facts) {
    std::string out;
    if (const std::size_t missing = report.onts.size() - count_achieved(report); missing > 0) {
        out = fmt::format("{} of {} ONTs not upgraded", missing, report.onts.size());
        const char* separator = ": ";
        for (const SameEnd& same : fold_by_end(report.onts, facts.pons > 1)) {
            if (achieved(*same.example)) continue;
            out += fmt::format("{}{} ({})", separator, same.ids, text_of_end(*same.example));
            separator = ", ";
        }
    }
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
