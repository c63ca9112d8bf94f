// SPDX-License-Identifier: Apache-2.0
// The OLT: the engine that ships, and the host around it as a headend would be. The host reports ONTs up and down, sets
// the shared port up when asked, stores records, and takes what the ONTs send through a bounded queue per PON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "olt/engine.h"
#include "sim/checker.h"
#include "sim/ont_node.h"
#include "sim/plant.h"
#include "sim/simulation.h"

namespace sim {

/// What the OLT node needs of the world, the plant aside.
class OltSurroundings {
public:
    /// Calls OltNode::received() for this PON then.
    virtual void olt_will_have_served(Nanoseconds when, std::uint8_t pon) = 0;
    /// Does something then.
    virtual void plan(Nanoseconds when, std::function<void(Nanoseconds now)> what) = 0;

protected:
    ~OltSurroundings() = default;
};

class OltNode {
public:
    OltNode(const Options& options, const olt::Image& image, const Observers& observers, Checker& checker, Plant& plant,
            OltSurroundings& surroundings);

    /// Everything up at time 0, and the campaign started, for all ONTs of the plant.
    void begin();
    void went_down(OntNode& ont, Nanoseconds now);
    void came_up(OntNode& ont, Nanoseconds now);
    /// An upstream frame arrives at the PON's receive queue.
    void arrives(const olt::Address& from, std::span<const std::uint8_t> frame, Nanoseconds now);
    /// The oldest frame in that queue is served.
    void received(std::uint8_t pon, Nanoseconds now);
    /// Lets the engine do all it has to do at `now`.
    void settle(Nanoseconds now);
    void stop(Nanoseconds now);

    /// When the engine has something to do, as of the last settle().
    Nanoseconds deadline() const noexcept { return due_ == olt::never ? forever : due_.time_since_epoch().count(); }
    const olt::Engine& engine() const noexcept { return engine_; }
    std::uint64_t drops() const noexcept { return drops_; }
    std::uint64_t digest() const noexcept { return digest_; }
    std::span<const olt::GroupFormed> groups() const noexcept { return groups_; }
    bool spins() const noexcept { return spins_; }

private:
    struct Received {
        olt::Address from;
        std::vector<std::uint8_t> octets;
        Nanoseconds served_at = 0;
    };
    struct Queue {
        std::deque<Received> frames;
        Nanoseconds free_at = 0;
        bool silent = false;
    };

    void act_on(const olt::Event& event, Nanoseconds now);
    void seen(Nanoseconds now, bool downstream, const olt::Address& address, std::span<const std::uint8_t> frame);
    void up(OntNode& ont, Nanoseconds now);
    void plan_silence();
    void plan_revocations(OntNode& ont);

    const Options& options_;
    olt::Image image_;
    const Observers& observers_;
    Checker& checker_;
    Plant& plant_;
    OltSurroundings& surroundings_;
    olt::Engine engine_;
    olt::Instant due_ = olt::never;
    std::vector<Queue> queues_;
    std::vector<std::vector<std::uint8_t>> spare_;  ///< octets of served frames, to be used again
    std::vector<olt::GroupFormed> groups_;
    std::uint64_t drops_ = 0, digest_ = 0;
    bool revokes_ = false;  ///< some OMCC is the host's at some time
    bool spins_ = false;
};

}  // namespace sim
