// SPDX-License-Identifier: Apache-2.0
// The numbers of G.988 as types of their own, so that no two of them are ever mixed up.
#pragma once

#include <cstdint>

namespace omci {

/// Transaction correlation identifier, octets 1-2 (G.988 11.2.2). Bit 15 is the priority, baseline only.
enum class TransactionId : std::uint16_t {};

/// ME class, octets 5-6 (G.988 11.2.4).
enum class MeClass : std::uint16_t {
    onu_data = 2,
    cardholder = 5,
    circuit_pack = 6,
    software_image = 7,
    onu_g = 256,
    onu2_g = 257,
    gem_port_network_ctp = 268,
};

/// ME instance, octets 7-8. For a Software image: slot number (0 is the ONU itself) and image, an octet each.
enum class MeInstance : std::uint16_t {};

/// Which attributes a message speaks of: attribute 1 is bit 15, attribute 16 is bit 0 (G.988 11.2.4).
enum class AttributeMask : std::uint16_t {};

/// A CRC-32 as it travels in an End software download message.
enum class ImageCrc : std::uint32_t {};

/// Baseline messages have 48 octets, extended ones up to 1980 (G.988 11.2.1).
enum class MessageSet : std::uint8_t { baseline = 0x0A, extended = 0x0B };

/// The result octet of a response (G.988 table 11.2.2-2 and A.2).
enum class ResultCode : std::uint8_t {
    success = 0,
    processing_error = 1,
    not_supported = 2,
    parameter_error = 3,
    unknown_me = 4,
    unknown_instance = 5,
    device_busy = 6,
    instance_exists = 7,
    attributes_failed = 9,
};

constexpr std::uint16_t value(TransactionId id) noexcept { return static_cast<std::uint16_t>(id); }
constexpr std::uint16_t value(MeClass id) noexcept { return static_cast<std::uint16_t>(id); }
constexpr std::uint16_t value(MeInstance id) noexcept { return static_cast<std::uint16_t>(id); }
constexpr std::uint16_t value(AttributeMask mask) noexcept { return static_cast<std::uint16_t>(mask); }
constexpr std::uint8_t value(ResultCode code) noexcept { return static_cast<std::uint8_t>(code); }

/// True if the identifier asks for the high priority queue; extended messages know one class only (11.2.5).
constexpr bool high_priority(TransactionId id, MessageSet set) noexcept {
    return set == MessageSet::baseline && (value(id) & 0x8000u) != 0;
}

}  // namespace omci
