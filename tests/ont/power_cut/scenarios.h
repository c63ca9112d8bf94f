// SPDX-License-Identifier: Apache-2.0
// What the power is cut in: each a few words of play.h. `prepare` is never cut; `play` is, at every operation.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "tests/ont/power_cut/play.h"

namespace power_cut {

struct Scenario {
    const char* name;
    bool packages;    ///< signed packages; else plain images
    bool two_images;  ///< the factory fills both slots
    bool leads;       ///< begins with an ONT that is up already; else with a reset
    void (*prepare)(Play& play);
    void (*play)(Play& play);
    std::uint8_t goal;  ///< the image with which the update is finished after the cut
    const char* note;
};

std::span<const Scenario> scenarios();

}  // namespace power_cut
