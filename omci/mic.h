// SPDX-License-Identifier: Apache-2.0
// The four octets that end a frame, the message integrity check: a CRC-32 on G-PON (G.984.3), the head of an
// AES-CMAC on XG-PON and XGS-PON (G.9807.1). The block cipher is the caller's: firmware has one in hardware.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace omci {

using Mic = std::array<std::uint8_t, 4>;
using Key128 = std::array<std::uint8_t, 16>;

/// G-PON: the CRC-32 of every octet before the MIC, most significant octet first.
Mic crc_mic(std::span<const std::uint8_t> octets_before_mic) noexcept;

/// AES-128 encryption of one block under `key`, provided by the caller. `in` and `out` may be the same array.
struct BlockCipher {
    void* context = nullptr;
    void (*encrypt)(void* context, const std::uint8_t key[16], const std::uint8_t in[16],
                    std::uint8_t out[16]) = nullptr;
};

/// Cdir of G.9807.1: which way a message goes is part of what is signed.
enum class Direction : std::uint8_t { downstream = 0x01, upstream = 0x02 };

/// XG(S)-PON: first four octets of AES-CMAC-128(key, direction | octets before the MIC).
Mic cmac_mic(const BlockCipher& cipher, const Key128& omci_integrity_key, Direction direction,
             std::span<const std::uint8_t> octets_before_mic) noexcept;

/// OMCI_IK of an ONU from its master session key, serial number and the PON's tag (G.9807.1 C.15.3).
Key128 omci_integrity_key(const BlockCipher& cipher, const Key128& master_session_key,
                          std::span<const std::uint8_t, 8> serial_number,
                          std::span<const std::uint8_t, 8> pon_tag) noexcept;

}  // namespace omci
