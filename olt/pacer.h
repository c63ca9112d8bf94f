// SPDX-License-Identifier: Apache-2.0
// When the next octet may go: one PON's downstream rate, GEM headers counted.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "olt/time.h"

namespace olt {

inline constexpr std::size_t gem_header_octets = 5;  ///< what G.984.3 puts before every frame on the wire

constexpr std::size_t wire_octets(std::size_t frame_octets) noexcept { return frame_octets + gem_header_octets; }

class Pacer {
public:
    /// A host that wakes up late may catch up on at most `slack`; more would be a burst that overruns ONT queues.
    Pacer(std::uint64_t bits_per_second, Duration slack) : bits_per_second_{bits_per_second}, slack_{slack} {
        assert(bits_per_second > 0);
    }

    Instant next() const noexcept { return next_; }

    /// A frame of `octets` on the wire leaves at `now`.
    void sent(std::size_t octets, Instant now) noexcept {
        constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;
        const std::uint64_t bits_times = octets * 8 * nanoseconds_per_second + remainder_;
        remainder_ = bits_times % bits_per_second_;
        const Duration on_air{static_cast<Duration::rep>(bits_times / bits_per_second_)};
        next_ = std::max(next_, now - slack_) + on_air;
    }

private:
    std::uint64_t bits_per_second_;
    std::uint64_t remainder_ = 0;  ///< what dividing left over, so that the rate is exact in the long run
    Duration slack_;
    Instant next_{};
};

}  // namespace olt
