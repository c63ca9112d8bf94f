// SPDX-License-Identifier: Apache-2.0
// "omcast simulate": a whole PON and an upgrade of all its ONTs in one process, and "--hunt", many of them drawn from
// seeds. Called by main(); the command line is in simulate/options.h, the worlds in sim/, the words in
// simulate/report.h.
#pragma once

namespace tools {

/// Returns 0 if every ONT runs the image (a hunt: if no promise was broken), else 1. Throws UsageError for a wrong
/// command line, and another exception where a file could not be read or written.
int simulate_command(int argc, char** argv);

}  // namespace tools
