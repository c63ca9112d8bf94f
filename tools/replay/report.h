// SPDX-License-Identifier: Apache-2.0
// What a replay found: each command with the answer of then beside the answer of now, as text while it runs and as one
// JSON document at its end, and the sums.
#pragma once

#include <boost/json/array.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "omci/frame.h"
#include "tools/replay/capture.h"
#include "tools/replay/reply_fields.h"
#include "tools/replay/survey.h"

namespace tools {

/// Commands that the JSON document lists at most: it is held in memory until the end. The sums count all of them.
inline constexpr std::size_t json_commands_max = 100'000;

enum class Verdict : std::uint8_t {
    same,      ///< also where neither answered
    identity,  ///< differs only in who the ONT is
    pace,      ///< 6 then, 0 now
    differs,
    unanswered_then,
    unanswered_now,
};
inline constexpr std::size_t verdicts = 6;

/// A command that wanted a reply. The frames without octets were not answered.
struct Answered {
    std::uint64_t packet = 0;
    std::uint64_t time_ns = 0;
    OntKey ont;
    bool shared = false;
    std::vector<std::uint8_t> command, then, now;
};

class ReplayReport {
public:
    /// `text`: write to the standard output as it comes. `all`: what agrees too.
    ReplayReport(bool text, bool json, bool all) : text_{text}, json_{json}, all_{all} {}

    void begin(const std::string& capture, const ReplaySurvey& survey);
    void add(const Answered& answered);
    void section_without_reply() { ++sections_; }
    void answer_nobody_asked_for() { ++unasked_; }

    /// The sums, and what follows from them.
    std::string summary() const;
    std::string json() const;

    /// Commands of class 7 that were answered otherwise then.
    std::uint64_t disagreements() const { return disagreements_; }

private:
    void write(const Answered& answered, Verdict verdict, const std::vector<ReplyDifference>& differences) const;
    void list(const Answered& answered, Verdict verdict, const std::vector<ReplyDifference>& differences);

    bool text_, json_, all_;
    std::string capture_;
    std::size_t onts_ = 0;
    std::uint64_t counts_[verdicts] = {};
    std::uint64_t sections_ = 0, unasked_ = 0, disagreements_ = 0, not_listed_ = 0;
    boost::json::array commands_;
};

}  // namespace tools
