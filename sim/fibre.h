// SPDX-License-Identifier: Apache-2.0
// One PON's way down: everything the OLT sends leaves one bit after the other and reaches every ONT. What goes to one
// OMCC lies on that ONT's own tape, what goes to the shared port on one tape for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/ont_node.h"
#include "sim/tape.h"

namespace sim {

inline constexpr std::size_t gem_header_octets = 5;

class Fibre {
public:
    /// ONTs are brought up to date when `batch_frames` shared frames have piled up; any number gives the same run.
    Fibre(std::uint64_t line_bits_per_second, std::size_t batch_frames)
        : line_bits_per_second_{line_bits_per_second}, batch_frames_{batch_frames} {}

    const Tape& shared_tape() const noexcept { return shared_; }
    void connect(OntNode& node) { nodes_.push_back(&node); }
    std::span<OntNode* const> nodes() const noexcept { return nodes_; }

    /// Sends one frame at `now` or when the line is free. An unknown ONU-ID is nobody's. True where somebody may
    /// answer it.
    bool send(Nanoseconds now, const olt::Address& to, std::span<const std::uint8_t> frame);

private:
    void make_room(Nanoseconds now);

    std::uint64_t line_bits_per_second_;
    std::size_t batch_frames_;
    std::vector<OntNode*> nodes_;
    Tape shared_;
    Nanoseconds line_free_at_ = 0;
};

}  // namespace sim
