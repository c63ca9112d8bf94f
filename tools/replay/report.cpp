// SPDX-License-Identifier: Apache-2.0
#include "tools/replay/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cstdio>
#include <numeric>
#include <optional>
#include <utility>

#include "omci/format.h"
#include "tools/decode/message_json.h"
#include "tools/replay/memory_slot.h"
#include "tools/report/json_text.h"
#include "tools/units.h"

namespace tools {
namespace {

namespace json = boost::json;
using omci::ResultCode;

constexpr const char* verdict_words[verdicts] = {"same",    "identity",        "pace",
                                                 "differs", "unanswered_then", "unanswered_now"};
constexpr std::size_t transaction_columns = 11;  ///< "tci 0x1234 " at the head of every line of omci::format()

/// Answered::command and its answers were readable, or they would not be there.
omci::Frame frame_of(const std::vector<std::uint8_t>& octets) { return *omci::read_frame(octets); }

std::string name_of(const OntKey& ont) {
    return ont.named ? fmt::format("pon {} onu {}", ont.pon, ont.onu_id) : "the ONT";
}

/// As "omcast decode" writes it.
std::string clock(std::uint64_t time_ns) {
    return fmt::format("{}.{:06}", time_ns / 1'000'000'000, time_ns / 1000 % 1'000'000);
}

std::string line_of(const std::vector<std::uint8_t>& octets) {
    return octets.empty() ? "no answer" : omci::format(frame_of(octets)).substr(transaction_columns);
}

Verdict judge(const Answered& answered, const std::vector<ReplyDifference>& differences) {
    if (answered.then.empty()) return answered.now.empty() ? Verdict::same : Verdict::unanswered_then;
    if (answered.now.empty()) return Verdict::unanswered_now;
    // An End that must fail is answered 6, then 1, by who is still reading the image back, and 1 by who is not.
    const bool end = frame_of(answered.now).header.action == omci::Action::end_software_download;
    const auto paced = [end](const ReplyDifference& d) {
        return d.field == "result" && d.then == "6" && (d.now == "0" || (end && d.now == "1"));
    };
    const auto identity = [](const ReplyDifference& d) { return d.identity; };
    if (differences.empty()) return Verdict::same;
    if (std::any_of(differences.begin(), differences.end(), paced)) return Verdict::pace;
    return std::all_of(differences.begin(), differences.end(), identity) ? Verdict::identity : Verdict::differs;
}

/// What may explain a difference, to somebody who sees it for the first time.
std::string hint(const omci::Frame& command, const std::vector<ReplyDifference>& differences) {
    if (differences.empty()) return "";
    const ReplyDifference& first = differences[0];
    if (command.header.me_class != omci::MeClass::software_image || first.field != "result") {
        if (first.field == "window_size") return "--window-max sets the window that the handler agrees to";
        return "";
    }
    if (command.header.action == omci::Action::download_section && first.then == "1" && first.now == "0")
        return "the capture holds the whole window: sections were lost behind it, or the ONT refused them";
    if (command.header.action == omci::Action::start_software_download && first.then == "0") {
        const auto start = omci::read_message<omci::StartRequest>(command);
        if (start && start->image_octets > memory_slot_octets)
            return fmt::format("a slot of this replay holds {}", mebibytes(memory_slot_octets));
        if (first.now == "3") return "--standby says which image is idle at first";
    }
    return "";
}

/// "0-6, 8, 10-127", or "0/3, 1/0-5" on several PONs.
std::string ids(const std::vector<OntKey>& onts, bool name_pons) {
    if (!onts[0].named) return "the ONT";
    std::string text;
    for (std::size_t first = 0; first < onts.size();) {
        std::size_t last = first;
        while (last + 1 < onts.size() && onts[last + 1].pon == onts[first].pon &&
               onts[last + 1].onu_id == onts[last].onu_id + 1)
            ++last;
        text += fmt::format("{}{}{}", text.empty() ? "" : ", ", name_pons ? fmt::format("{}/", onts[first].pon) : "",
                            onts[first].onu_id);
        if (last > first) text += fmt::format("-{}", onts[last].onu_id);
        first = last + 1;
    }
    return text;
}

std::string described(const MemoryOntOptions& ont) {
    const std::string images =
        ont.active != ont.committed
            ? fmt::format("image {} active and image {} committed", ont.active, ont.committed)
            : fmt::format("image {} idle{}", 1 - ont.active, ont.other_valid ? " and valid" : "");
    return fmt::format("{}, OMCC version 0x{:02x}, windows up to {}", images, ont.omcc_version,
                       ont.window_sections_max);
}

}  // namespace

void ReplayReport::begin(const std::string& capture, const ReplaySurvey& survey) {
    capture_ = capture;
    onts_ = survey.onts.size();
    if (!text_) return;
    fmt::print("capture  {}\n", capture);
    const bool name_pons = survey.onts.begin()->first.pon != survey.onts.rbegin()->first.pon;
    std::vector<std::pair<std::string, std::vector<OntKey>>> alike;  // by the first ONT of each kind
    for (const auto& [key, facts] : survey.onts) {
        const std::string words = described(facts.first);
        auto kind = std::find_if(alike.begin(), alike.end(), [&](const auto& known) { return known.first == words; });
        if (kind == alike.end()) kind = alike.insert(alike.end(), {words, {}});
        kind->second.push_back(key);
    }
    for (const auto& [words, onts] : alike) {
        const bool named = onts[0].named;
        fmt::print("handler  {}{}: {}\n", named ? "ONU-ID " : "", ids(onts, name_pons), words);
    }
    if (survey.foreign_mic)
        fmt::print("checks   not G-PON's CRC-32 (an AES-CMAC needs its key): the frames are handed in without\n");
    fmt::print("\n");
}

void ReplayReport::add(const Answered& answered) {
    const omci::Frame command = frame_of(answered.command);
    std::vector<ReplyDifference> differences;
    if (!answered.then.empty() && !answered.now.empty())
        differences = compare_replies(frame_of(answered.then), frame_of(answered.now));
    const Verdict verdict = judge(answered, differences);
    ++counts_[static_cast<std::size_t>(verdict)];
    if (command.header.me_class == omci::MeClass::software_image)
        disagreements_ += verdict == Verdict::differs || verdict == Verdict::unanswered_now;
    if (verdict == Verdict::same && !all_) return;
    if (text_) write(answered, verdict, differences);
    if (json_) list(answered, verdict, differences);
}

void ReplayReport::write(const Answered& answered, Verdict verdict,
                         const std::vector<ReplyDifference>& differences) const {
    const omci::Frame command = frame_of(answered.command);
    fmt::print("packet {}, {} {}{}: {}\n", answered.packet, clock(answered.time_ns), name_of(answered.ont),
               answered.shared ? " (shared)" : "", omci::format(command));
    // Who an ONT is takes one line each, unless all is to be seen.
    if (verdict != Verdict::identity || all_)
        fmt::print("    then: {}\n    now:  {}\n", line_of(answered.then), line_of(answered.now));
    if (verdict == Verdict::same) fmt::print("    same\n");
    if (verdict == Verdict::unanswered_then) fmt::print("    unanswered then\n");
    if (verdict == Verdict::unanswered_now) fmt::print("    unanswered now\n");
    for (const ReplyDifference& d : differences) {
        const char* kind = d.identity ? " (identity)" : verdict == Verdict::pace ? " (pace)" : "";
        const auto shown = [](const std::string& text) { return text.empty() ? "none" : text.c_str(); };
        fmt::print("    differs{}: {} {} then, {} now\n", kind, d.field, shown(d.then), shown(d.now));
    }
    if (const std::string why = verdict == Verdict::differs ? hint(command, differences) : ""; !why.empty())
        fmt::print("    {}\n", why);
}

void ReplayReport::list(const Answered& answered, Verdict verdict, const std::vector<ReplyDifference>& differences) {
    if (commands_.size() == json_commands_max) {
        ++not_listed_;
        return;
    }
    const auto message = [](const std::vector<std::uint8_t>& octets) -> json::value {
        if (octets.empty()) return nullptr;
        return to_json(frame_of(octets), octets);
    };
    json::object entry{{"packet", answered.packet}, {"time", clock(answered.time_ns)}};
    if (answered.ont.named) {
        entry["pon"] = answered.ont.pon;
        entry["onu_id"] = answered.ont.onu_id;
    }
    entry["shared"] = answered.shared;
    entry["verdict"] = verdict_words[static_cast<std::size_t>(verdict)];
    entry["command"] = message(answered.command);
    entry["then"] = message(answered.then);
    entry["now"] = message(answered.now);
    json::array differing;
    for (const ReplyDifference& d : differences)
        differing.push_back(
            json::object{{"field", d.field}, {"then", d.then}, {"now", d.now}, {"identity", d.identity}});
    entry["differences"] = std::move(differing);
    commands_.push_back(std::move(entry));
}

std::string ReplayReport::summary() const {
    const auto count = [&](Verdict verdict) { return counts_[static_cast<std::size_t>(verdict)]; };
    const std::uint64_t all = std::accumulate(counts_, counts_ + verdicts, std::uint64_t{0});
    std::string text = fmt::format("{} ONT{}, {} commands: {} same, {} differ, {} unanswered then, {} unanswered now",
                                   onts_, onts_ == 1 ? "" : "s", grouped(all), grouped(count(Verdict::same)),
                                   grouped(count(Verdict::differs)), grouped(count(Verdict::unanswered_then)),
                                   grouped(count(Verdict::unanswered_now)));
    if (count(Verdict::identity) > 0) text += fmt::format(", {} only in identity", grouped(count(Verdict::identity)));
    if (count(Verdict::pace) > 0) text += fmt::format(", {} only in pace", grouped(count(Verdict::pace)));
    text += fmt::format("; {} sections without a reply", grouped(sections_));
    if (unasked_ > 0) text += fmt::format("; {} answers of then to no command of the capture", grouped(unasked_));
    return text;
}

std::string ReplayReport::json() const {
    json::object report{{"capture", capture_}, {"onts", onts_}};
    report["commands_in_all"] = std::accumulate(counts_, counts_ + verdicts, std::uint64_t{0});
    for (std::size_t i = 0; i < verdicts; ++i) report[verdict_words[i]] = counts_[i];
    report["sections_without_reply"] = sections_;
    report["answers_without_command"] = unasked_;
    report["class_7_disagreements"] = disagreements_;
    report["not_listed"] = not_listed_;
    report["commands"] = commands_;
    return json_text(report);
}

}  // namespace tools
