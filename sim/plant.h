// SPDX-License-Identifier: Apache-2.0
// The outside plant: a fibre per PON, its ONTs, and the frames on their way up, in virtual time. All of the world
// but the OLT. Run puts the engine at the other end, ServedPon a link to somebody else's.
//
//     whoever hosts it:  send() what goes down;  happen() what is due next();  told through PlantWatcher what comes up
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/agenda.h"
#include "sim/checker.h"
#include "sim/fibre.h"
#include "sim/ont_node.h"
#include "sim/simulation.h"

namespace sim {

/// Told what reaches the OLT's end.
class PlantWatcher {
public:
    virtual void frame_arrives(OntNode& from, std::span<const std::uint8_t> frame, Nanoseconds now) = 0;
    virtual void ont_went_down(OntNode& ont, Nanoseconds now) = 0;
    virtual void ont_came_up(OntNode& ont, Nanoseconds now) = 0;
    /// `kind` is an enum ont_event of ont.h.
    virtual void ont_tells(OntNode& ont, Nanoseconds now, int kind, std::uint32_t value);

protected:
    ~PlantWatcher() = default;
};

class Plant final : private OntSurroundings {
public:
    /// `truth` is what ONTs hold in the end, `image` what travels. `options` and `checker` outlive it. Shared frames
    /// may pile up to `batch_frames` before the ONTs are brought up to date; it changes nothing but the speed.
    Plant(const Options& options, const olt::Image& truth, const olt::Image& image, Checker& checker,
          PlantWatcher& watcher, std::size_t batch_frames);

    void send(Nanoseconds now, const olt::Address& to, std::span<const std::uint8_t> frame);

    /// When the next entry of the agenda is due; forever: only a frame can move anything.
    Nanoseconds next() const noexcept { return agenda_.next(); }
    /// Lets the first entry happen at `now`; its ONT may go on to `until`, which is later only where real time is ahead
    /// of the agenda. An entry that is not the plant's own is handed back.
    std::optional<Agenda::Entry> happen(Nanoseconds now, Nanoseconds until);
    /// For entries of the host.
    Agenda& agenda() noexcept { return agenda_; }

    std::span<const std::unique_ptr<OntNode>> nodes() const noexcept { return nodes_; }  ///< by PON, then ONU-ID
    /// The ONT at this address, brought up to `now`; null where there is none.
    OntNode* ont(const olt::Address& onu, Nanoseconds now);
    /// Something changed what the ONT does next.
    void touched(OntNode& node);

private:
    void ont_sends(OntNode& node, Nanoseconds departs, Nanoseconds arrives,
                   std::span<const std::uint8_t> frame) override;
    void ont_went_down(OntNode& node, Nanoseconds now) override { watcher_.ont_went_down(node, now); }
    void ont_came_up(OntNode& node, Nanoseconds now) override { watcher_.ont_came_up(node, now); }
    void ont_tells(OntNode& node, Nanoseconds now, int kind, std::uint32_t value) override {
        watcher_.ont_tells(node, now, kind, value);
    }

    /// A frame under way.
    struct Upstream {
        OntNode* from = nullptr;
        Nanoseconds made = 0, departs = 0;
        std::vector<std::uint8_t> octets;
    };

    const Options& options_;
    Checker& checker_;
    PlantWatcher& watcher_;
    Nanoseconds now_ = 0;
    Agenda agenda_;
    BlockStore blocks_;
    std::optional<KnownHashes> known_;
    std::vector<Upstream> upstream_;
    std::vector<std::uint32_t> upstream_free_;
    std::uint64_t upstream_count_ = 0;
    std::vector<std::unique_ptr<Fibre>> fibres_;
    std::vector<std::unique_ptr<OntNode>> nodes_;
};

}  // namespace sim
