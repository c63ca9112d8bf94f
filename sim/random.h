// SPDX-License-Identifier: Apache-2.0
// The one source of chance in the simulator: a generator of our own and the draws we need, integers only, so that a
// seed means the same run on every compiler and processor. Every ONT and every purpose has a stream of its own: how
// often one of them draws changes nothing for the others.
#pragma once

#include <cassert>
#include <cstdint>

#include "sim/simulation.h"

namespace sim {

/// A counter stepping by 2^64 / golden ratio, its value scrambled by two rounds of shift and multiply: every output is
/// drawn exactly once in 2^64 draws.
class Random {
public:
    Random() = default;
    /// Streams of one seed are unrelated to each other.
    explicit Random(std::uint64_t seed, std::uint64_t stream = 0)
        : state_{scramble(seed * 2 + 1) ^ scramble(~scramble(stream))} {}

    std::uint64_t next() noexcept {
        state_ += 0x9E37'79B9'7F4A'7C15u;
        return scramble(state_);
    }

    /// True in `probability` of 2^32 cases.
    bool chance(Probability probability) noexcept { return (next() >> 32) < probability; }

    /// Any of `low` .. `high`, both included.
    template <typename T>
    T between(T low, T high) noexcept {
        assert(low <= high);
        const std::uint64_t values = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
        const std::uint64_t drawn = next();
        if (values == 0) return static_cast<T>(drawn);
        const std::uint64_t offset = values <= 0xFFFF'FFFFu ? ((drawn >> 32) * values) >> 32 : drawn % values;
        return static_cast<T>(static_cast<std::uint64_t>(low) + offset);
    }

    /// True in one of `n` cases.
    bool one_in(std::uint32_t n) noexcept { return between<std::uint32_t>(1, n) == 1; }

private:
    /// The multipliers are odd and half of their bits are set; each shift carries high bits into low ones.
    static std::uint64_t scramble(std::uint64_t x) noexcept {
        x ^= x >> 32;
        x *= 0xD6E8'FEB8'6659'FD93u;
        x ^= x >> 32;
        x *= 0xD6E8'FEB8'6659'FD93u;
        return x ^ (x >> 32);
    }

    std::uint64_t state_ = 0;
};

}  // namespace sim
