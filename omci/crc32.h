// SPDX-License-Identifier: Apache-2.0
// The one CRC of OMCI: CRC-32 of I.363.5 (AAL5). It checks a G-PON frame (octets before the MIC) and an image
// (End software download). Polynomial 0x04C11DB7, initial value and final XOR all ones, not reflected.
//
// Table driven, OMCI_CRC_SLICES octets a step (1, 4, 8 or 16): each slice costs 1 KiB of read-only data.
#pragma once

#include <cstdint>
#include <span>

namespace omci {

class Crc32 {
public:
    /// Takes further octets in; any division of the input into calls gives the same value.
    void update(std::span<const std::uint8_t> octets) noexcept;

    /// The CRC of all octets so far. More may follow.
    std::uint32_t value() const noexcept { return ~state_; }

private:
    std::uint32_t state_ = 0xFFFF'FFFFu;
};

/// The CRC of `octets`: "123456789" gives 0xfc891918.
inline std::uint32_t crc32(std::span<const std::uint8_t> octets) noexcept {
    Crc32 crc;
    crc.update(octets);
    return crc.value();
}

/// The CRC of two runs of octets one behind the other, from the CRC of each and the length of the second. Takes about
/// 32 steps for each bit of `second_octets`, whatever the runs hold.
std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_octets) noexcept;

}  // namespace omci
