// SPDX-License-Identifier: Apache-2.0
// "omcast simulate --serve LINK": the simulated PON in real time, for an OLT at the other end of a link. Called by
// simulate.cpp.
#pragma once

#include "tools/simulate/options.h"

namespace tools {

/// Serves until Ctrl-C or the end of its time, then reports. The exit status: 0, or 1 where a promise was broken.
int serve(const SimulateOptions& options);

}  // namespace tools
