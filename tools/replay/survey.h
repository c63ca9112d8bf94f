// SPDX-License-Identifier: Apache-2.0
// The first reading of a capture: which ONTs there are, what each was when the capture began, and which commands the
// OLT gave again because the ONT had not done them. Without that a replay could not begin, nor stay in step.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "omci/ids.h"
#include "tools/replay/capture.h"
#include "tools/replay/memory_ont.h"
#include "tools/replay/options.h"

namespace tools {

/// A command that the ONT had not done (6, or 1 to the close of a window) and that the OLT then gave again. Where the
/// handler does it at once, that is taken back, or it would do it twice.
struct GivenAgain {
    std::uint64_t packet = 0;
    omci::ResultCode then{};
};

struct OntFacts {
    MemoryOntOptions first;               ///< what it was at first
    bool answers_shared_port = false;     ///< it answered a command on the shared port; else none is expected to
    std::vector<GivenAgain> given_again;  ///< by packet
};

struct ReplaySurvey {
    std::map<OntKey, OntFacts> onts;
    std::uint64_t downstream_frames = 0;
    /// Frames are checked by something else than G-PON's CRC-32 (no CRC of the capture is right): their MIC must not
    /// be handed in, because the handler would drop them.
    bool foreign_mic = false;
};

/// Reads `capture` to its end.
ReplaySurvey survey(ReplayCapture& capture, const ReplayOptions& options);

}  // namespace tools
