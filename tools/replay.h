// SPDX-License-Identifier: Apache-2.0
// "omcast replay FILE.pcap": the downstream frames of a capture go to fresh handlers, and what they answer is shown
// beside what the ONTs answered then. The capture is read twice: survey() first, so that each handler begins as its
// ONT did.
#pragma once

namespace tools {

/// Returns 0 where nothing of class 7 differs and all could be read, else 1; throws UsageError.
int replay_command(int argc, char** argv);

}  // namespace tools
