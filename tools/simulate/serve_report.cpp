// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/serve_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <vector>

#include "tools/report/campaign.h"
#include "tools/report/groups.h"
#include "tools/units.h"

namespace tools {
namespace {

namespace json = boost::json;

constexpr std::size_t violations_shown = 10;

/// ONTs that hold the same, and all that they heard and said.
struct SameState {
    const sim::ServedOnt* example = nullptr;
    std::vector<olt::Address> onus;
    std::uint64_t heard = 0, lost = 0, queue_drops = 0, restarts = 0;
};

std::vector<SameState> fold(const std::vector<sim::ServedOnt>& onts) {
    std::vector<SameState> states;
    for (const sim::ServedOnt& ont : onts) {
        auto state = std::find_if(states.begin(), states.end(), [&](const SameState& known) {
            return static_cast<const sim::OntTruth&>(*known.example) == static_cast<const sim::OntTruth&>(ont);
        });
        if (state == states.end()) state = states.insert(states.end(), SameState{&ont, {}});
        state->onus.push_back(ont.onu);
        state->heard += ont.heard;
        state->lost += ont.lost;
        state->queue_drops += ont.queue_drops;
        state->restarts += ont.restarts;
    }
    return states;
}

std::string named(const omci::Version& version) {
    const std::string_view name = omci::text(version);
    return name.empty() ? "without a version" : printable(name);
}

/// "image 1 U-Boot 2023.01, committed; image 0 FACTORY0-1.0, valid"
std::string text_of_state(const sim::ServedOnt& ont) {
    const auto image = [&ont](unsigned number, bool active) {
        std::string out = fmt::format("image {} ", number);
        if (!ont.valid[number]) return out + "not valid";
        out += named(ont.version[number]);
        if (ont.committed_image == number) return out + ", committed";
        return out + (active ? ", not committed" : ", valid");
    };
    return fmt::format("{}{}; {}", ont.runs ? "runs " : "is down, last ran ", image(ont.active_image, true),
                       image(1u - ont.active_image, false));
}

std::string states_table(const sim::ServedReport& report) {
    const std::vector<SameState> states = fold(report.onts);
    std::size_t width = std::string_view{"ONU-IDs"}.size();
    for (const SameState& state : states) width = std::max(width, text_of_ids(state.onus, false).size());
    width = std::min<std::size_t>(width, 24);
    std::string out = fmt::format("{:>5}  {:<{}}  {:>12}  {:>9}  {:>9}  {:>8}  {}\n", "ONTs", "ONU-IDs", width, "heard",
                                  "lost", "dropped", "restarts", "at the end");
    for (const SameState& state : states)
        out += fmt::format("{:>5}  {:<{}}  {:>12}  {:>9}  {:>9}  {:>8}  {}\n", state.onus.size(),
                           text_of_ids(state.onus, false), width, grouped(state.heard), grouped(state.lost),
                           grouped(state.queue_drops), state.restarts, text_of_state(*state.example));
    return out;
}

json::object ont_json(const sim::ServedOnt& ont) {
    json::object out;
    out["onu_id"] = ont.onu.onu_id;
    out["serial"] = printable(olt::text(ont.serial));
    out["runs"] = ont.runs;
    out["active"] = ont.active_image;
    out["committed"] = ont.committed_image;
    json::array images;
    for (std::size_t image = 0; image < ONT_IMAGES; ++image) {
        json::object one;
        one["valid"] = ont.valid[image];
        one["version"] = printable(omci::text(ont.version[image]));
        images.push_back(std::move(one));
    }
    out["images"] = std::move(images);
    out["downloads"] = ont.downloads;
    out["restarts"] = ont.restarts;
    out["frames_heard"] = ont.heard;
    out["frames_lost"] = ont.lost;
    out["queue_drops"] = ont.queue_drops;
    out["frames_sent"] = ont.sent;
    out["frames_sent_lost"] = ont.sent_lost;
    out["wrong_octets_accepted"] = ont.wrong_octets_accepted;
    return out;
}

}  // namespace

std::string serve_table(const sim::ServedReport& report, const ServeFacts& facts) {
    const LinkCounts& link = facts.counts;
    std::string out = fmt::format("\n{}\n", states_table(report));
    out += fmt::format("link           {} frames in, {} out, in {}\n", grouped(link.received), grouped(link.sent),
                       time_text(report.time));
    if (const std::uint64_t bad = link.unreadable + report.unreadable; bad + link.bad_check + link.not_sent > 0)
        out += fmt::format("not taken      {} unreadable, {} with a wrong check; {} could not be sent\n", grouped(bad),
                           grouped(link.bad_check), grouped(link.not_sent));
    if (report.overflowed > 0)
        out += fmt::format("not fetched    {} answers: this machine is far too slow\n", grouped(report.overflowed));
    out += fmt::format("late           {} of the frames out, by more than {}; the latest by {}\n",
                       grouped(facts.late_frames), time_text(late_after.count()), time_text(facts.latest.count()));
    if (!facts.image_known) out += "image          not known: what ONTs accepted was compared with nothing (--image)\n";
    if (report.wrong_octets_accepted > 0)
        out += fmt::format("VIOLATION: {} wrong octets were accepted\n", grouped(report.wrong_octets_accepted));
    for (std::size_t i = 0; i < report.violations.size(); ++i) {
        if (i == violations_shown) return out + fmt::format("... and {} more\n", report.violations.size() - i);
        const sim::Violation& violation = report.violations[i];
        out += fmt::format("VIOLATION at {}, ONU-ID {}: {}\n", time_text(violation.time), violation.onu.onu_id,
                           violation.what);
    }
    return out;
}

json::object serve_json(const sim::ServedReport& report, const ServeFacts& facts) {
    json::object out;
    out["link"] = facts.link;
    out["seed"] = facts.seed;
    out["seconds"] = seconds(olt::Duration{report.time});
    out["image_known"] = facts.image_known;
    out["frames_received"] = facts.counts.received;
    out["frames_sent"] = facts.counts.sent;
    out["unreadable"] = facts.counts.unreadable + report.unreadable;
    out["bad_check"] = facts.counts.bad_check;
    out["not_sent"] = facts.counts.not_sent;
    out["not_fetched"] = report.overflowed;
    out["late_frames"] = facts.late_frames;
    out["latest_seconds"] = seconds(facts.latest);
    out["wrong_octets_accepted"] = report.wrong_octets_accepted;
    json::array violations;
    for (const sim::Violation& violation : report.violations) {
        json::object one;
        one["seconds"] = seconds(olt::Duration{violation.time});
        one["onu_id"] = violation.onu.onu_id;
        one["what"] = violation.what;
        violations.push_back(std::move(one));
    }
    out["violations"] = std::move(violations);
    json::array onts;
    for (const sim::ServedOnt& ont : report.onts) onts.push_back(ont_json(ont));
    out["onts"] = std::move(onts);
    return out;
}

std::string broken_promise(const sim::ServedReport& report) {
    if (report.violations.empty() && report.wrong_octets_accepted == 0) return "";
    if (report.violations.empty()) return fmt::format("{} wrong octets were accepted", report.wrong_octets_accepted);
    const sim::Violation& first = report.violations.front();
    return fmt::format("{} promise{} did not hold, the first: ONU-ID {} {}", report.violations.size(),
                       report.violations.size() == 1 ? "" : "s", first.onu.onu_id, first.what);
}

}  // namespace tools
