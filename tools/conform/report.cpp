// SPDX-License-Identifier: Apache-2.0
#include "tools/conform/report.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <sstream>

#include "tools/report/json_text.h"
#include "tools/units.h"

namespace tools::conform {
namespace {

namespace json = boost::json;

constexpr std::size_t columns = 118;
constexpr const char* row_format = " {:<20} {:<11} {:<14} {:<21} {}\n";

const char* word(const Result& result) {
    switch (result.verdict) {
    case Verdict::pass: return "pass";
    case Verdict::fail: return result.one->level == Level::mandatory ? "FAIL" : "fail, optional";
    case Verdict::not_applicable: return "not applicable";
    }
    return "";
}

/// Broken at blanks, each line behind `indent` blanks.
std::string wrapped(const std::string& text, std::size_t indent) {
    std::string out, line;
    std::istringstream words{text};
    for (std::string one; words >> one;) {
        if (!line.empty() && indent + line.size() + 1 + one.size() > columns) {
            out += fmt::format("{:{}}{}\n", "", indent, line);
            line.clear();
        }
        line += (line.empty() ? "" : " ") + one;
    }
    return out + fmt::format("{:{}}{}\n", "", indent, line);
}

struct Counts {
    unsigned passed = 0, failed = 0, failed_optional = 0, not_applicable = 0;
};

Counts count(const Outcome& outcome) {
    Counts counts;
    for (const Result& result : outcome.results) {
        if (result.verdict == Verdict::pass) ++counts.passed;
        if (result.verdict == Verdict::not_applicable) ++counts.not_applicable;
        if (result.verdict == Verdict::fail)
            ++(result.one->level == Level::mandatory ? counts.failed : counts.failed_optional);
    }
    return counts;
}

/// XML has no way to say the other control characters, and what is not ASCII here is no text.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&apos;"; break;
        case '\n': out += "&#10;"; break;
        default: out += c < ' ' || c > '~' ? '?' : c;
        }
    }
    return out;
}

std::string seconds(olt::Duration time) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

json::object image_json(const omci::SoftwareImage& image) {
    return {{"version", version_text(image.version)},
            {"valid", image.valid},
            {"active", image.active},
            {"committed", image.committed}};
}

std::string onu_name(const Bench& bench, const RunFacts& facts) {
    std::string name = fmt::format("ONU-ID {}", facts.onu_id);
    if (!bench.found().serial.empty()) name += ", " + bench.found().serial;
    if (!bench.found().equipment.empty()) name += ", " + bench.found().equipment;
    return name;
}

}  // namespace

std::string headline(const Bench& bench, const RunFacts& facts) {
    const Found& found = bench.found();
    std::string out = fmt::format("ONT      {} on {}\n", onu_name(bench, facts), facts.link);
    for (unsigned image = 0; image < 2; ++image) {
        const omci::SoftwareImage& is = found.images[image];
        out += fmt::format("image {}  {}{}{}{}{}\n", image, is.valid ? "valid" : "not valid",
                           is.active ? ", active" : "", is.committed ? ", committed" : "",
                           version_text(is.version).empty() ? "" : ", version ", version_text(is.version));
    }
    out += found.omcc_version
               ? fmt::format("OMCC     version 0x{:02x}, {}\n", *found.omcc_version,
                             found.extended() ? "baseline and extended messages" : "baseline messages only")
               : "OMCC     version not told, baseline messages only\n";
    return out + "\n";
}

std::string table_head() {
    return fmt::format(fmt::runtime(row_format), "case", "messages", "result", "clause", "what was seen");
}

std::string table_row(const Result& result) {
    const std::string beside = fmt::format(fmt::runtime(row_format), result.one->name, name_of(result.variant),
                                           word(result), result.one->clause, result.note);
    if (result.verdict != Verdict::fail && beside.size() <= columns + 1) return beside;
    std::string row = fmt::format(fmt::runtime(row_format), result.one->name, name_of(result.variant), word(result),
                                  result.one->clause, "");
    row.erase(row.find_last_not_of(" \n") + 1);
    return row + "\n" + wrapped(result.note, 6);
}

std::string summary(const Outcome& outcome) {
    const Counts counts = count(outcome);
    return fmt::format("\n{} passed, {} failed, {} optional ones failed, {} not applicable\n", counts.passed,
                       counts.failed, counts.failed_optional, counts.not_applicable);
}

std::string shortfall(const Outcome& outcome, const RunFacts& facts) {
    std::string failed;
    for (const Result& result : outcome.results) {
        if (result.verdict != Verdict::fail || result.one->level != Level::mandatory) continue;
        failed += fmt::format("{}{} ({})", failed.empty() ? "" : ", ", result.one->name, name_of(result.variant));
    }
    std::string out = fmt::format("ONU-ID {}: ", facts.onu_id);
    if (!outcome.ended_early.empty()) out += "the run ended early: " + outcome.ended_early;
    if (!failed.empty()) out += (outcome.ended_early.empty() ? "failed " : "; failed ") + failed;
    return out;
}

Profile learnt_profile(Bench& bench) {
    const Learnt& learnt = bench.learnt();
    Profile profile;
    profile.about = bench.found().equipment;
    if (!bench.found().hardware.empty()) profile.about += (profile.about.empty() ? "" : ", ") + bench.found().hardware;
    const auto version = version_text(bench.found().images[bench.found().active].version);
    if (!version.empty()) profile.about += (profile.about.empty() ? "" : ", ") + version;
    if (learnt.downloads[1])
        profile.extended = learnt.downloads[1];
    else if (!bench.found().extended())
        profile.extended = false;
    const std::size_t set = profile.extended.value_or(false) ? 1 : 0;
    if (learnt.window[set]) profile.window = static_cast<std::uint16_t>(*learnt.window[set]);
    profile.repeats = learnt.repeats[set];
    profile.sections_per_second = learnt.sections_per_second[set];
    profile.hears_shared = learnt.hears_shared;
    profile.close_guard_us = learnt.close_guard_us;
    if (learnt.shared_close) profile.close = *learnt.shared_close ? olt::Close::shared : olt::Close::unicast;
    return profile;
}

std::string report_json_text(const Outcome& outcome, Bench& bench, const RunFacts& facts) {
    const Found& found = bench.found();
    const Counts counts = count(outcome);
    json::array results;
    for (const Result& result : outcome.results) {
        const char* verdict = result.verdict == Verdict::pass   ? "pass"
                              : result.verdict == Verdict::fail ? "fail"
                                                                : "not applicable";
        results.push_back(
            json::object{{"case", result.one->name},
                         {"messages", name_of(result.variant)},
                         {"result", verdict},
                         {"mandatory", result.one->level == Level::mandatory},
                         {"clause", result.one->clause},
                         {"note", result.note},
                         {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(result.took).count()}});
    }
    json::object root{{"link", facts.link},
                      {"onu_id", facts.onu_id},
                      {"serial", found.serial},
                      {"equipment", found.equipment},
                      {"destructive", facts.destructive},
                      {"found", json::array{image_json(found.images[0]), image_json(found.images[1])}},
                      {"conforms", outcome.good()},
                      {"passed", counts.passed},
                      {"failed", counts.failed},
                      {"failed_optional", counts.failed_optional},
                      {"not_applicable", counts.not_applicable},
                      {"ended_early", outcome.ended_early},
                      {"left", outcome.results.empty() ? "" : outcome.results.back().note},
                      {"cases", std::move(results)},
                      {"profile", profile_json(learnt_profile(bench))}};
    if (found.omcc_version) root["omcc_version"] = *found.omcc_version;
    return json_text(root);
}

std::string junit_text(const Outcome& outcome, const Bench& bench, const RunFacts& facts) {
    const Counts counts = count(outcome);
    olt::Duration whole{};
    for (const Result& result : outcome.results) whole += result.took;
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    out += fmt::format(
        "<testsuites>\n<testsuite name=\"omcast conform, {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" "
        "skipped=\"{}\" time=\"{}\">\n",
        escaped(onu_name(bench, facts)), outcome.results.size(), counts.failed,
        counts.not_applicable + counts.failed_optional, seconds(whole));
    for (const Result& result : outcome.results) {
        out += fmt::format("<testcase classname=\"conform.{}\" name=\"{}\" time=\"{}\"", name_of(result.variant),
                           escaped(result.one->name), seconds(result.took));
        const std::string note = escaped(result.note);
        if (result.verdict == Verdict::pass)
            out += fmt::format("><system-out>{}</system-out></testcase>\n", note);
        else if (result.verdict == Verdict::not_applicable)
            out += fmt::format("><skipped message=\"{}\"/></testcase>\n", note);
        else if (result.one->level == Level::optional)
            out += fmt::format("><skipped message=\"optional, failed: {}\"/></testcase>\n", note);
        else
            out += fmt::format("><failure message=\"{}\" type=\"{}\">{}</failure></testcase>\n", note,
                               escaped(result.one->clause), note);
    }
    return out + "</testsuite>\n</testsuites>\n";
}

std::string list_text() {
    std::string out;
    for (const Case& one : cases()) {
        const char* where = one.scope == Scope::every      ? "baseline, extended, extended-33"
                            : one.scope == Scope::sets     ? "baseline, extended"
                            : one.scope == Scope::baseline ? "baseline"
                                                           : "extended";
        out += fmt::format("{:<20} {:<21} {}, {}{}\n{:20} {}\n", one.name, one.clause,
                           one.level == Level::mandatory ? "mandatory" : "optional", where,
                           one.destructive ? "; --destructive" : "", "", one.what);
    }
    return out;
}

}  // namespace tools::conform
