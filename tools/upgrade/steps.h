// SPDX-License-Identifier: Apache-2.0
// One step of an upgrade, for many ONTs in parallel: look, say the command, look again. Without an engine: an engineer
// who goes step by step decides for himself what comes next.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/conversation.h"
#include "tools/upgrade/step_options.h"
#include "tools/upgrade/survey.h"

namespace tools {

/// What became of one ONT.
struct StepEnd {
    OntSeen before, after;
    std::optional<std::uint8_t> image;  ///< the one concerned
    bool done = false;
    std::string outcome;  ///< "active", or why not
};

/// Does the step (not status: there is nothing to do) for all of `onts`, which were found and whose images were read.
/// Every wait in it is bounded by --answer-time and --wait. Throws Interrupted.
std::vector<StepEnd> take_step(Conversation& conversation, const StepOptions& options, std::vector<OntSeen> onts);

}  // namespace tools
