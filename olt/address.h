// SPDX-License-Identifier: Apache-2.0
// Where a frame goes and whom it concerns. An address on the link is (PON, ONU-ID) or (PON, shared port); the ONT
// itself is its serial number, since ONU-IDs are reassigned.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace olt {

inline constexpr std::size_t pons_max = 16;           ///< PONs that one engine drives
inline constexpr std::size_t onts_per_pon_max = 128;  ///< ONTs on one PON

/// One ONU's OMCC, or the shared port that all ONTs of a PON hear.
struct Address {
    static constexpr std::uint16_t shared_port = 0xFFFF;

    std::uint8_t pon = 0;      ///< 0 .. pons_max - 1
    std::uint16_t onu_id = 0;  ///< G.984.3 ONU-ID 0..253, or shared_port

    static constexpr Address shared(std::uint8_t pon) noexcept { return {pon, shared_port}; }
    constexpr bool is_shared() const noexcept { return onu_id == shared_port; }

    bool operator==(const Address&) const = default;
};

/// Vendor (four letters) and four octets, as ranging reports it and ONU-G attribute 3 holds it.
struct SerialNumber {
    std::array<std::uint8_t, 8> octets{};

    bool operator==(const SerialNumber&) const = default;
    auto operator<=>(const SerialNumber&) const = default;
};

/// The usual form for people: "OMCT0000002a".
std::string text(const SerialNumber& serial);

}  // namespace olt
