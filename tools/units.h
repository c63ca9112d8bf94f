// SPDX-License-Identifier: Apache-2.0
// Numbers as people write them, and back: rates, probabilities, times, distances, sizes. For options and reports.
// Decimal and integer arithmetic only, so that "1e-4" is the same world on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tools {

template <typename Value>
struct Range {
    Value first{};
    Value last{};

    bool operator==(const Range&) const = default;
};

// --- reading: `place` is what an error names ("--rate"); each throws UsageError ---

/// A whole number, digits only, from `least` to `most`.
std::uint64_t parse_count(std::string_view place, std::string_view text, std::uint64_t least, std::uint64_t most);

/// Bits per second: 10M, 2.5G, 10Mb/s, 10000000; from 1 bit/s to 1 Tbit/s.
std::uint64_t parse_rate(std::string_view place, std::string_view text);

/// From 0 to 1 (0.0001, 1e-4), in the nearest part of 2^32. What is more than 0 but less than half a part is refused:
/// it would silently mean never.
std::uint64_t parse_probability(std::string_view place, std::string_view text);

/// Nanoseconds: 3s, 250ms, 2.5s, 1.5min; the unit must be there. At most 1000 hours.
std::int64_t parse_time(std::string_view place, std::string_view text);

/// Octets: 32M, 64MiB, 8KiB, 33554432; K, M and G are powers of 1024.
std::uint64_t parse_size(std::string_view place, std::string_view text, std::uint64_t least, std::uint64_t most);

/// Metres from kilometres: 0-20, 5-5.5, or one number for both ends; at most 60 km, which is as far as G-PON ranges.
Range<std::uint32_t> parse_distances_km(std::string_view place, std::string_view text);

/// Seeds: 1-500, or one number for both ends.
Range<std::uint64_t> parse_seeds(std::string_view place, std::string_view text);

// --- writing ---

std::string grouped(std::uint64_t number);                  ///< 8,388,608
std::string mebibytes(std::uint64_t octets);                ///< 8.00 MiB
std::string rate_text(std::uint64_t bits_per_s);            ///< 9.98 Mbit/s
std::string time_text(std::int64_t nanoseconds);            ///< 0.250 s, 48.2 s, 3 min 20 s, 1 h 38 min
std::string probability_text(std::uint64_t parts_of_2_32);  ///< 1.00e-4

/// `part` / `whole` with `decimals` digits behind the point, rounded to nearest; "-" where `whole` is 0.
std::string ratio_text(std::uint64_t part, std::uint64_t whole, unsigned decimals);

}  // namespace tools
