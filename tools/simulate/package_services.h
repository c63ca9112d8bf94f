// SPDX-License-Identifier: Apache-2.0
// Packages for simulated ONTs: what they judge them with (OpenSSL and libzstd, by the same code as a Linux ONT), and
// what they are, so that the package is for them. Called by simulate.cpp and serve.cpp.
#pragma once

#include <string>

#include "sim/simulation.h"
#include "tools/image/trust_options.h"
#include "tools/image_file.h"

namespace tools {

/// What the command line says of packages for simulated ONTs.
struct SimulatedTrust {
    TrustOptions trust;
    std::string old_anchors;  ///< a file: what ONTs with the fault old-ca trust; empty: nothing
    bool block_buffer = true;
};

/// Makes `world` one whose ONTs take packages, where `image` is one or a trust anchor is given. `image` outlives the
/// run. Throws std::runtime_error for a file that cannot be read, UsageError for faults that only packages have.
void lend_packages(sim::Options& world, const ImageFile& image, const SimulatedTrust& options);

}  // namespace tools
