// SPDX-License-Identifier: Apache-2.0
#include "tools/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "tools/replay/capture.h"
#include "tools/replay/memory_ont.h"
#include "tools/replay/options.h"
#include "tools/replay/report.h"
#include "tools/replay/survey.h"
#include "tools/report/output_file.h"

namespace tools {
namespace {

/// Commands to one ONT that may wait for the answer of then. An OLT has one under way, or two (one a priority).
constexpr std::size_t waiting_max = 8;
constexpr std::size_t complaints_max = 10;  ///< packets that cannot be read and are told one by one

constexpr std::uint64_t ns_per_ms = 1'000'000;

bool is_section(const omci::Header& header) {
    return header.me_class == omci::MeClass::software_image && header.action == omci::Action::download_section;
}

/// The result octet of a reply that has one, as every reply to a command that can be given again.
std::optional<omci::ResultCode> result_of(omci::Octets octets) {
    const auto frame = omci::read_frame(octets);
    if (!frame || frame->contents.empty()) return std::nullopt;
    return omci::ResultCode{frame->contents[0]};
}

/// One handler and the commands whose answers of then were not seen yet.
class ReplayedOnt {
public:
    ReplayedOnt(const OntFacts& facts, PagePool& pool) : facts_{facts}, handler_{facts.first, pool} {}

    void command(const CapturedFrame& captured, const OntKey& key, bool foreign_mic, std::uint64_t now_ms,
                 ReplayReport& report) {
        const omci::Header& header = captured.frame.header;
        const omci::Octets octets = foreign_mic ? captured.frame.checked : omci::Octets{captured.octets};
        const ont_origin origin = captured.shared ? ONT_FROM_SHARED_PORT : ONT_FROM_OMCC;
        const bool listed = header.acknowledge_request && (!captured.shared || facts_.answers_shared_port);
        const omci::Octets answer = hand_in(captured, octets, origin, now_ms);
        if (listed) {
            // The same transaction again: the OLT waited in vain for the first answer.
            const auto same = find(header.transaction_id);
            if (same != waiting_.end()) give_up(same, report);
            if (waiting_.size() == waiting_max) give_up(waiting_.begin(), report);
            Answered waiting{captured.packet, captured.time_ns, key, captured.shared, captured.octets, {}, {}};
            waiting.now.assign(answer.begin(), answer.end());
            waiting_.push_back({header.transaction_id, std::move(waiting)});
        }
        handler_.work(now_ms);
    }

    void answered_then(const CapturedFrame& captured, ReplayReport& report) {
        const auto asked = find(captured.frame.header.transaction_id);
        if (asked == waiting_.end()) return report.answer_nobody_asked_for();
        asked->answered.then = captured.octets;
        give_up(asked, report);
    }

    void finish(ReplayReport& report) {
        while (!waiting_.empty()) give_up(waiting_.begin(), report);
    }

private:
    struct Waiting {
        omci::TransactionId transaction{};
        Answered answered;
    };

    /// The answer of the handler. What the ONT had not done then, and was told again, is taken back.
    omci::Octets hand_in(const CapturedFrame& captured, omci::Octets octets, ont_origin origin, std::uint64_t now_ms) {
        const bool again =
            next_again_ < facts_.given_again.size() && facts_.given_again[next_again_].packet == captured.packet;
        if (!again) return handler_.handle(octets, origin, now_ms);
        const omci::ResultCode then = facts_.given_again[next_again_++].then;
        const MemoryOnt::Moment before = handler_.moment();
        const omci::Octets answer = handler_.handle(octets, origin, now_ms);
        taken_back_.assign(answer.begin(), answer.end());
        if (result_of(taken_back_) != omci::ResultCode::success) return taken_back_;
        handler_.go_back(before);
        if (then == omci::ResultCode::processing_error) forget_window(captured, now_ms);
        return taken_back_;
    }

    /// After a 1 an ONT forgets the window. The same close, for the other image, makes the handler do so.
    void forget_window(const CapturedFrame& captured, std::uint64_t now_ms) {
        constexpr std::size_t instance_low = 7;
        const omci::Octets checked = captured.frame.checked;
        std::vector<std::uint8_t> close{checked.begin(), checked.end()};
        close[instance_low] ^= 1u;
        handler_.handle(close, ONT_FROM_OMCC, now_ms);
    }

    std::deque<Waiting>::iterator find(omci::TransactionId transaction) {
        return std::find_if(waiting_.begin(), waiting_.end(),
                            [=](const Waiting& waiting) { return waiting.transaction == transaction; });
    }

    void give_up(std::deque<Waiting>::iterator waiting, ReplayReport& report) {
        report.add(waiting->answered);
        waiting_.erase(waiting);
    }

    const OntFacts& facts_;
    MemoryOnt handler_;
    std::size_t next_again_ = 0;
    std::vector<std::uint8_t> taken_back_;
    std::deque<Waiting> waiting_;
};

void replay(ReplayCapture& capture, const ReplaySurvey& survey, ReplayReport& report) {
    PagePool pool;
    std::map<OntKey, std::unique_ptr<ReplayedOnt>> onts;
    for (const auto& [key, facts] : survey.onts) onts[key] = std::make_unique<ReplayedOnt>(facts, pool);
    std::uint64_t now_ms = 0;
    while (const std::optional<CapturedFrame> captured = capture.next()) {
        now_ms = std::max(now_ms, captured->time_ns / ns_per_ms);  // joined captures may go back in time
        const omci::Header& header = captured->frame.header;
        if (!captured->downstream) {
            if (header.acknowledgement && !captured->shared) onts.at(captured->ont)->answered_then(*captured, report);
            continue;
        }
        if (is_section(header) && !header.acknowledge_request) report.section_without_reply();
        for (auto& [key, ont] : onts)
            if (captured->shared ? key.named && key.pon == captured->ont.pon : key == captured->ont)
                ont->command(*captured, key, survey.foreign_mic, now_ms, report);
    }
    for (auto& [key, ont] : onts) ont->finish(report);
}

/// Why there is nothing to replay; empty where there is.
std::string nothing_to_do(const ReplayOptions& options, const ReplaySurvey& survey) {
    const std::string chosen = options.onu_id ? fmt::format(" for ONU-ID {}", *options.onu_id)
                               : options.pon  ? fmt::format(" for PON {}", *options.pon)
                                              : "";
    if (survey.downstream_frames == 0)
        return fmt::format("{}: no downstream frame{}, so there is nothing to replay", options.capture, chosen);
    if (survey.onts.empty())
        return fmt::format("{}: nothing but frames of the shared port{}, and no ONT to hear them", options.capture,
                           chosen);
    return "";
}

}  // namespace

int replay_command(int argc, char** argv) {
    const ReplayOptions options = parse_replay_options(argc, argv);
    if (options.help) {
        fmt::print("{}", replay_help());
        return 0;
    }
    std::size_t complaints = 0;
    const auto complain = [&](const std::string& sentence) {
        if (++complaints <= complaints_max) fmt::print(stderr, "omcast replay: {}\n", sentence);
    };
    ReplayCapture first{options, complain};
    const ReplaySurvey found = survey(first, options);
    if (complaints > complaints_max)
        fmt::print(stderr, "omcast replay: {}: {} further packets could not be read\n", options.capture,
                   complaints - complaints_max);
    if (const std::string sentence = nothing_to_do(options, found); !sentence.empty())
        throw std::runtime_error{sentence};

    std::optional<OutputFile> json;
    if (!options.json.empty() && !options.json_on_stdout()) json.emplace(options.json);
    ReplayReport report{!options.json_on_stdout(), !options.json.empty(), options.all};
    report.begin(options.capture, found);
    ReplayCapture second{options, [](const std::string&) {}};  // the survey complained
    replay(second, found, report);

    if (json) json->finish(report.json());
    fmt::print("{}{}", options.json_on_stdout() ? report.json() : report.summary(),
               options.json_on_stdout() ? "" : "\n");
    if (report.disagreements() > 0) {
        std::fflush(stdout);
        fmt::print(stderr, "omcast: {}: {} answer{} of class 7 (Software image) differ{} from those of then\n",
                   options.capture, report.disagreements(), report.disagreements() == 1 ? "" : "s",
                   report.disagreements() == 1 ? "s" : "");
    }
    return first.ok() && report.disagreements() == 0 ? 0 : 1;
}

}  // namespace tools
