// SPDX-License-Identifier: Apache-2.0
// Engine::status() in a few numbers, for hosts that show how a campaign goes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "olt/engine.h"

namespace olt {

struct Overview {
    std::uint64_t octets_done = 0;  ///< of the image, by the slowest ONT still in transfer
    std::uint32_t transferring = 0, repairing = 0, staged = 0, rebooting = 0;
    Stage stage = Stage::done;  ///< of the ONT that is furthest behind, absent ones aside
};

inline Overview overview(const std::vector<Engine::OntStatus>& onts, std::uint64_t image_octets) {
    Overview out;
    out.octets_done = image_octets;
    for (const Engine::OntStatus& ont : onts) {
        out.transferring += ont.stage == Stage::transferring;
        out.repairing += ont.repairing;
        out.staged += ont.stage == Stage::staged;
        out.rebooting += ont.stage == Stage::activating || ont.stage == Stage::rebooting;
        if (ont.stage == Stage::done || ont.stage == Stage::absent) continue;
        out.stage = std::min(out.stage, ont.stage);
        if (ont.stage == Stage::transferring)
            out.octets_done = std::min<std::uint64_t>(out.octets_done, ont.octets_done);
    }
    if (out.transferring == 0 && out.stage < Stage::transferring) out.octets_done = 0;
    return out;
}

}  // namespace olt
