// SPDX-License-Identifier: Apache-2.0
// "--fault [PON/]ONU:WHAT[,WHAT...]": what is wrong with one ONT of a simulated PON. For simulate_options.cpp.
#pragma once

#include <string_view>
#include <vector>

#include "sim/simulation.h"

namespace tools {

/// Adds what `text` says to the fault of its ONT in `faults`, which gets one entry per ONT. Throws UsageError where
/// `text` is malformed, repeats what was said before, or names an ONT that is not among `pons` times `onts`.
void add_fault(std::vector<sim::OntFault>& faults, std::string_view text, unsigned pons, unsigned onts);

/// The faults that may be written, a line each, for --help.
extern const char* const fault_help;

}  // namespace tools
