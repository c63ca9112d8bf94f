// SPDX-License-Identifier: Apache-2.0
// How patient and how fast a conformance run is; each bound is an option of the command. And in which shapes of a
// download its cases run.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "olt/time.h"
#include "omci/software_download.h"

namespace tools::conform {

struct Settings {
    olt::Duration answer_time = std::chrono::seconds{1};    ///< G.988 B.2: an answer takes no longer
    unsigned attempts = 3;                                  ///< the same transaction each time
    olt::Duration store_time = std::chrono::seconds{120};   ///< how long an ONT may answer 6
    olt::Duration reboot_wait = std::chrono::seconds{180};  ///< from Activate or Reboot to the first answer
    olt::Duration gone_wait = std::chrono::seconds{60};     ///< silence that ends the run
    olt::Duration guard_max = std::chrono::milliseconds{100};
    std::uint32_t pace = 1000;        ///< sections per second
    std::uint32_t rate_max = 16'000;  ///< where the probe of the pace ends
    std::vector<std::uint8_t> image;  ///< empty: octets of our own
};

/// TP-247 6.10 wants its cases in the baseline set and in two shapes of the extended one.
enum class Variant : std::uint8_t { baseline, extended, extended_33 };

inline constexpr std::array<Variant, 3> variants{Variant::baseline, Variant::extended, Variant::extended_33};

constexpr omci::MessageSet set_of(Variant variant) noexcept {
    return variant == Variant::baseline ? omci::MessageSet::baseline : omci::MessageSet::extended;
}

/// Octets of image in a section.
constexpr std::size_t payload_of(Variant variant) noexcept {
    switch (variant) {
    case Variant::baseline: return omci::baseline_section_octets;
    case Variant::extended: return 1964;
    case Variant::extended_33: return 33;
    }
    return 0;
}

/// As it stands in tables and reports.
constexpr const char* name_of(Variant variant) noexcept {
    switch (variant) {
    case Variant::baseline: return "baseline";
    case Variant::extended: return "extended";
    case Variant::extended_33: return "extended-33";
    }
    return "";
}

}  // namespace tools::conform
