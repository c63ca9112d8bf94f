// SPDX-License-Identifier: Apache-2.0
// One run: virtual time, the plant and the OLT. simulate() makes one and reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "sim/checker.h"
#include "sim/olt_node.h"
#include "sim/plant.h"
#include "sim/simulation.h"

namespace sim {

/// Shared frames that may pile up before the ONTs are brought up to date. It changes nothing but the speed.
inline constexpr std::size_t batch_frames_default = 4096;

class Run final : private PlantWatcher, private OltSurroundings {
public:
    Run(const Options& options, const olt::Image& image, const Observers& observers,
        std::size_t batch_frames = batch_frames_default);

    Report run();

private:
    void frame_arrives(OntNode& from, std::span<const std::uint8_t> frame, Nanoseconds now) override {
        olt_.arrives(from.options().onu, frame, now);
    }
    void ont_went_down(OntNode& node, Nanoseconds now) override { olt_.went_down(node, now); }
    void ont_came_up(OntNode& node, Nanoseconds now) override { olt_.came_up(node, now); }
    void olt_will_have_served(Nanoseconds when, std::uint8_t pon) override;
    void plan(Nanoseconds when, std::function<void(Nanoseconds now)> what) override;

    /// Lets the next entry of the agenda happen; true where the engine was told something.
    bool happen();
    bool keep_going();
    Progress progress() const;
    void complete_report();

    Options options_;
    olt::Image image_;  ///< what travels
    olt::Image truth_;  ///< what ONTs hold in the end
    Observers observers_;
    Report report_;
    Checker checker_;
    Nanoseconds now_ = 0;
    std::vector<std::function<void(Nanoseconds)>> plans_;
    Plant plant_;
    OltNode olt_;
    std::uint64_t rounds_ = 0;
    std::int64_t shown_at_ms_ = 0;  ///< real time of the last progress
    bool stopped_ = false;
};

}  // namespace sim
