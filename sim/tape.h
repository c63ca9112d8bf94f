// SPDX-License-Identifier: Apache-2.0
// Frames on their way down, in the order they were sent: one copy of the octets for all that hear them. Each listener
// walks the tape at its own pace and holds its place in it as a sequence number; trim() forgets what all have heard.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "sim/simulation.h"

namespace sim {

inline constexpr Nanoseconds forever = std::numeric_limits<Nanoseconds>::max();

class Tape {
public:
    struct Frame {
        Nanoseconds sent = 0;     ///< when its last bit left the OLT
        std::uint32_t begin = 0;  ///< of its octets
        std::uint16_t octets = 0;
        bool urgent = false;  ///< an ONT may answer it: everything but a Download section with AR=0
    };

    std::uint64_t first() const noexcept { return first_; }
    std::uint64_t end() const noexcept { return first_ + frames_.size() - dropped_; }
    std::size_t size() const noexcept { return frames_.size() - dropped_; }

    const Frame& frame(std::uint64_t sequence) const noexcept { return frames_[index(sequence)]; }

    std::span<const std::uint8_t> octets(std::uint64_t sequence) const noexcept {
        const Frame& frame = frames_[index(sequence)];
        return {octets_.data() + frame.begin, frame.octets};
    }

    /// When the first urgent frame at or behind `sequence` was sent; forever where there is none.
    Nanoseconds next_urgent(std::uint64_t sequence) const noexcept {
        Nanoseconds sent = forever;
        for (auto at = urgent_.rbegin(); at != urgent_.rend() && *at >= sequence; ++at) sent = frame(*at).sent;
        return sent;
    }

    void append(Nanoseconds sent, std::span<const std::uint8_t> octets, bool urgent) {
        if (urgent) urgent_.push_back(end());
        frames_.push_back(
            {sent, static_cast<std::uint32_t>(octets_.size()), static_cast<std::uint16_t>(octets.size()), urgent});
        octets_.insert(octets_.end(), octets.begin(), octets.end());
    }

    /// Forgets every frame before `sequence`.
    void trim(std::uint64_t sequence) {
        assert(sequence >= first_ && sequence <= end());
        dropped_ += static_cast<std::size_t>(sequence - first_);
        first_ = sequence;
        if (dropped_ == frames_.size()) {
            frames_.clear();
            octets_.clear();
            dropped_ = 0;
        } else if (dropped_ > 64 && dropped_ > frames_.size() / 2) {
            compact();
        }
        std::size_t heard = 0;
        while (heard < urgent_.size() && urgent_[heard] < first_) ++heard;
        urgent_.erase(urgent_.begin(), urgent_.begin() + static_cast<std::ptrdiff_t>(heard));
    }

private:
    std::size_t index(std::uint64_t sequence) const noexcept {
        assert(sequence >= first_ && sequence < end());
        return dropped_ + static_cast<std::size_t>(sequence - first_);
    }

    void compact() {
        const std::uint32_t cut = frames_[dropped_].begin;
        octets_.erase(octets_.begin(), octets_.begin() + cut);
        frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(dropped_));
        for (Frame& frame : frames_) frame.begin -= cut;
        dropped_ = 0;
    }

    std::vector<Frame> frames_;
    std::vector<std::uint8_t> octets_;
    std::vector<std::uint64_t> urgent_;  ///< sequence numbers, ascending: few at any time
    std::uint64_t first_ = 0;            ///< sequence number of the first frame that is kept
    std::size_t dropped_ = 0;            ///< frames at the front that are forgotten but not yet moved over
};

}  // namespace sim
