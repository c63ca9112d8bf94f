// SPDX-License-Identifier: Apache-2.0
// One PON's way down.
#include "sim/fibre.h"

#include <algorithm>

#include "omci/action.h"

namespace sim {

namespace {

constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::uint8_t section_without_reply = static_cast<std::uint8_t>(omci::Action::download_section);
constexpr std::size_t trim_frames = 64;  ///< trimming looks at every ONT: not for each frame

}  // namespace

bool Fibre::send(Nanoseconds now, const olt::Address& to, std::span<const std::uint8_t> frame) {
    const bool urgent = frame.size() < 3 || frame[2] != section_without_reply;
    const std::uint64_t bits = (frame.size() + gem_header_octets) * 8;
    const auto on_the_line = static_cast<Nanoseconds>(bits * nanoseconds_per_second / line_bits_per_second_);
    line_free_at_ = std::max(line_free_at_, now) + std::max<Nanoseconds>(on_the_line, 1);
    if (to.is_shared()) {
        if (shared_.size() >= std::min(trim_frames, batch_frames_)) make_room(now);
        shared_.append(line_free_at_, frame, urgent);
    } else if (to.onu_id < nodes_.size()) {
        nodes_[to.onu_id]->sent(line_free_at_, frame, urgent);
    }
    return urgent;
}

void Fibre::make_room(Nanoseconds now) {
    const auto needed = [this] {
        std::uint64_t first = shared_.end();
        for (const OntNode* node : nodes_) first = std::min(first, node->shared_needed());
        return first;
    };
    shared_.trim(needed());
    if (shared_.size() < batch_frames_) return;
    for (OntNode* node : nodes_) node->advance(now);
    shared_.trim(needed());
}

}  // namespace sim
