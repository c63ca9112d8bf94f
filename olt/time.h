// SPDX-License-Identifier: Apache-2.0
// Time as the engine knows it: instants and durations in nanoseconds, of a clock that has no now(). Whoever hosts the
// engine says what time it is.
#pragma once

#include <chrono>
#include <cstdint>

namespace olt {

struct Clock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::duration<rep, period>;
    using time_point = std::chrono::time_point<Clock, duration>;
    static constexpr bool is_steady = true;
};

using Duration = Clock::duration;
using Instant = Clock::time_point;

inline constexpr Instant never = Instant::max();

}  // namespace olt
