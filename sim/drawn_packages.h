// SPDX-License-Identifier: Apache-2.0
// The packages of drawn worlds (faults.cpp): which worlds have them, and what is wrong with them there. They are drawn
// from a stream of their own, so that worlds without packages are what they were.
#pragma once

#include <cstdint>

#include "sim/simulation.h"

namespace sim {

/// Streams of draws that a hunt's seed has.
enum DrawnStream : std::uint64_t { world_stream = 0x4000, image_stream, hash_stream, package_stream };

/// Decides whether the image of `world` is a package, and adds what that needs and what goes wrong with it.
void draw_packages(std::uint64_t seed, World& world);

}  // namespace sim
