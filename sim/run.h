// SPDX-License-Identifier: Apache-2.0
// One run: virtual time, the agenda, a fibre per PON, its ONTs and the OLT. simulate() makes one and reports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "sim/agenda.h"
#include "sim/checker.h"
#include "sim/fibre.h"
#include "sim/olt_node.h"
#include "sim/ont_node.h"
#include "sim/simulation.h"

namespace sim {

/// Shared frames that may pile up before the ONTs are brought up to date. It changes nothing but the speed.
inline constexpr std::size_t batch_frames_default = 4096;

class Run final : private OntSurroundings, private OltSurroundings {
public:
    Run(const Options& options, const olt::Image& image, const Observers& observers,
        std::size_t batch_frames = batch_frames_default);

    Report run();

    OntNode& node(std::size_t number) { return *nodes_[number]; }

private:
    void ont_sends(OntNode& node, Nanoseconds departs, Nanoseconds arrives,
                   std::span<const std::uint8_t> frame) override;
    void ont_went_down(OntNode& node, Nanoseconds now) override { olt_.went_down(node, now); }
    void ont_came_up(OntNode& node, Nanoseconds now) override { olt_.came_up(node, now); }
    void olt_sends(Nanoseconds now, const olt::Address& to, std::span<const std::uint8_t> frame) override;
    void olt_will_have_served(Nanoseconds when, std::uint8_t pon) override;
    void plan(Nanoseconds when, std::function<void(Nanoseconds now)> what) override;
    OntNode* ont(const olt::Address& onu, Nanoseconds now) override;
    void touched(OntNode& ont) override;

    /// An upstream frame under way.
    struct Upstream {
        OntNode* from = nullptr;
        Nanoseconds made = 0, departs = 0;
        std::vector<std::uint8_t> octets;
    };

    /// True where the engine was told something.
    bool happen(const Agenda::Entry& entry);
    bool keep_going();
    Progress progress() const;
    void complete_report();

    Options options_;
    olt::Image image_;
    Observers observers_;
    Report report_;
    Checker checker_;
    Nanoseconds now_ = 0;
    Agenda agenda_;
    std::vector<Upstream> upstream_;
    std::vector<std::uint32_t> upstream_free_;
    std::uint64_t upstream_count_ = 0;
    std::vector<std::function<void(Nanoseconds)>> plans_;
    OltNode olt_;
    std::vector<std::unique_ptr<Fibre>> fibres_;
    std::vector<std::unique_ptr<OntNode>> nodes_;  ///< by PON, then ONU-ID
    std::uint64_t rounds_ = 0;
    std::int64_t shown_at_ms_ = 0;  ///< real time of the last progress
    bool stopped_ = false;
};

}  // namespace sim
