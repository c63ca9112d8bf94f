// SPDX-License-Identifier: Apache-2.0
// Times a piece of work on one core: several repetitions, of which the median is told.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace bench {

/// Tells the compiler that `value` is looked at, and that all memory may have changed.
template <typename T>
inline void keep(const T& value) {
    asm volatile("" : : "g"(&value) : "memory");
}

struct Timing {
    double median_ns = 0;
    double best_ns = 0;
};

/// Runs `work(i)` for i in 0..rounds-1, `repetitions` times; nanoseconds for one call.
template <typename Work>
Timing time_of(std::uint64_t rounds, Work work) {
    constexpr std::size_t repetitions = 11;
    std::array<double, repetitions> ns{};
    for (std::uint64_t i = 0; i < rounds / 10; ++i) work(i);  // fills the caches and wakes the clock up
    for (double& one : ns) {
        const auto start = std::chrono::steady_clock::now();
        for (std::uint64_t i = 0; i < rounds; ++i) work(i);
        const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
        one = took.count() / static_cast<double>(rounds);
    }
    std::sort(ns.begin(), ns.end());
    return {ns[repetitions / 2], ns[0]};
}

}  // namespace bench
