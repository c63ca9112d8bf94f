// SPDX-License-Identifier: Apache-2.0
// What the two halves of the TP-247 6.10 cases share: the table of message sets and windows, and what an OLT reads of
// an image when all is done.
#pragma once

#include <algorithm>
#include <array>

#include "tests/sim/direct_link.h"

namespace sim_test {

using namespace tests;

struct Row {
    MessageSet set;
    std::size_t window;
    std::size_t payload;  ///< octets of a full section
};

inline constexpr std::array<std::size_t, 3> windows{16, 32, 64};

/// Two windows and half of a third, whose last section is a short one.
inline std::size_t image_octets(const Row& row) {
    return row.payload * (2 * row.window + row.window / 2) + row.payload / 2;
}
inline std::uint8_t last_of_short_window(const Row& row) { return static_cast<std::uint8_t>(row.window / 2); }

/// Valid, active and committed of an image, as a Get of its Software image tells it.
inline std::array<int, 3> read_flags(Lab& lab, std::uint16_t image) {
    const std::uint16_t mask =
        omci::software_image::is_valid | omci::software_image::is_active | omci::software_image::is_committed;
    const auto reply = lab.ask(MeClass::software_image, image, omci::GetRequest{omci::AttributeMask{mask}});
    REQUIRE(reply);
    const auto get = omci::read_message<omci::GetResponse>(reply->frame);
    REQUIRE(get);
    REQUIRE(get->result == ResultCode::success);
    return {get->values[2], get->values[1], get->values[0]};
}

inline constexpr std::array<int, 3> good_download{1, 0, 0};
inline constexpr std::array<int, 3> no_image{0, 0, 0};

inline bool holds(const Lab& lab, const Bytes& image) {
    return std::equal(image.begin(), image.end(), lab.device.slot[1].begin());
}

}  // namespace sim_test
