// SPDX-License-Identifier: Apache-2.0
// Fibres, ONTs, and what is under way between them and the OLT.
#include "sim/plant.h"

#include <cassert>

namespace sim {

void PlantWatcher::ont_tells(OntNode&, Nanoseconds, int, std::uint32_t) {}

Plant::Plant(const Options& options, const olt::Image& truth, const olt::Image& image, Checker& checker,
             PlantWatcher& watcher, std::size_t batch_frames)
    : options_{options}, checker_{checker}, watcher_{watcher} {
    assert(options.pons >= 1 && options.pons <= olt::pons_max);
    assert(options.onts >= 1 && options.onts <= olt::onts_per_pon_max);
    if (options.packages.services) known_.emplace(*options.packages.services, truth.octets, image.octets);
    OntSurroundings& surroundings = *this;
    for (std::uint8_t pon = 0; pon < options.pons; ++pon) {
        fibres_.push_back(std::make_unique<Fibre>(options.line_bits_per_second, batch_frames));
        for (std::uint16_t onu_id = 0; onu_id < options.onts; ++onu_id) {
            NodeOptions node = node_options(options, {pon, onu_id}, nodes_.size());
            node.device.blocks = &blocks_;
            node.device.known = known_ ? &*known_ : nullptr;
            node.tamper_with = {image.octets, image.size() / 2, node.tamper.value_or(0)};
            if (image.octets.empty()) node.tamper.reset();
            nodes_.push_back(
                std::make_unique<OntNode>(node, truth, fibres_[pon]->shared_tape(), checker, surroundings));
            fibres_[pon]->connect(*nodes_.back());
        }
    }
    for (const auto& node : nodes_) touched(*node);
}

void Plant::send(Nanoseconds now, const olt::Address& to, std::span<const std::uint8_t> frame) {
    if (to.pon >= fibres_.size()) return;
    now_ = now;
    Fibre& fibre = *fibres_[to.pon];
    if (!fibre.send(now, to, frame)) return;
    if (to.is_shared())
        for (OntNode* node : fibre.nodes()) touched(*node);
    else if (to.onu_id < fibre.nodes().size())
        touched(*fibre.nodes()[to.onu_id]);
}

std::optional<Agenda::Entry> Plant::happen(Nanoseconds now, Nanoseconds until) {
    now_ = now;
    const Agenda::Entry entry = agenda_.take();
    if (entry.kind == Happening::ont) {
        OntNode& node = *nodes_[entry.slot];
        if (node.scheduled != entry.time) return std::nullopt;  // it was asked to come earlier, and has been
        node.scheduled = forever;
        node.advance(until);
        touched(node);
    } else if (entry.kind == Happening::arrival) {
        const Upstream& frame = upstream_[entry.slot];
        if (!frame.from->cut_between(frame.made, frame.departs))
            watcher_.frame_arrives(*frame.from, frame.octets, entry.time);
        upstream_free_.push_back(entry.slot);
    } else {
        return entry;
    }
    return std::nullopt;
}

OntNode* Plant::ont(const olt::Address& onu, Nanoseconds now) {
    if (onu.pon >= options_.pons || onu.onu_id >= options_.onts) return nullptr;
    now_ = now;
    OntNode& node = *nodes_[std::size_t{onu.pon} * options_.onts + onu.onu_id];
    node.advance(now);
    return &node;
}

void Plant::touched(OntNode& node) {
    const Nanoseconds wake = node.wake_at();
    if (wake >= node.scheduled) return;
    node.scheduled = wake;
    const std::size_t number = node.options().number;
    agenda_.add({wake, Happening::ont, static_cast<std::uint32_t>(number), number});
}

void Plant::ont_sends(OntNode& node, Nanoseconds departs, Nanoseconds arrives, std::span<const std::uint8_t> frame) {
    // Only urgent frames are answered; whoever answers another one speaks from the past.
    if (arrives < now_) return checker_.breach(now_, node.options().number, "answered what wanted no answer");
    if (upstream_free_.empty()) {
        upstream_free_.push_back(static_cast<std::uint32_t>(upstream_.size()));
        upstream_.emplace_back();
    }
    const std::uint32_t slot = upstream_free_.back();
    upstream_free_.pop_back();
    upstream_[slot].from = &node;
    upstream_[slot].made = now_;
    upstream_[slot].departs = departs;
    upstream_[slot].octets.assign(frame.begin(), frame.end());
    agenda_.add({arrives, Happening::arrival, slot, std::uint64_t{node.options().number} << 40 | ++upstream_count_});
}

}  // namespace sim
