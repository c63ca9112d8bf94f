// SPDX-License-Identifier: Apache-2.0
#include "omci/crc32.h"

#include <array>
#include <cstddef>

#ifndef OMCI_CRC_SLICES
#define OMCI_CRC_SLICES 16
#endif

namespace omci {
namespace {

constexpr std::size_t slices = OMCI_CRC_SLICES;
static_assert(slices == 1 || slices == 4 || slices == 8 || slices == 16, "OMCI_CRC_SLICES is 1, 4, 8 or 16");
constexpr std::uint32_t polynomial = 0x04C1'1DB7u;

using Table = std::array<std::array<std::uint32_t, 256>, slices>;

/// tables[k][octet]: what an octet adds to the CRC when k more octets follow it in the same step.
constexpr Table make_tables() {
    Table tables{};
    for (std::uint32_t octet = 0; octet < 256; ++octet) {
        std::uint32_t crc = octet << 24;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000'0000u) ? (crc << 1) ^ polynomial : crc << 1;
        tables[0][octet] = crc;
    }
    for (std::size_t k = 1; k < slices; ++k)
        for (std::uint32_t octet = 0; octet < 256; ++octet) {
            const std::uint32_t before = tables[k - 1][octet];
            tables[k][octet] = (before << 8) ^ tables[0][before >> 24];
        }
    return tables;
}

constexpr Table tables = make_tables();

constexpr std::uint32_t octet_step(std::uint32_t state, std::uint8_t octet) {
    return (state << 8) ^ tables[0][(state >> 24) ^ octet];
}

/// One step over Count octets: the first four are mixed with the state, the others stand alone.
template <std::size_t Count>
inline std::uint32_t slice_step(std::uint32_t state, const std::uint8_t* octets) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < Count; ++i) {
        const std::uint8_t mixed = i < 4 ? static_cast<std::uint8_t>(octets[i] ^ (state >> (24 - 8 * i))) : octets[i];
        next ^= tables[Count - 1 - i][mixed];
    }
    return next;
}

/// Product of two polynomials over GF(2), modulo that of the CRC.
std::uint32_t multiply(std::uint32_t a, std::uint32_t b) {
    std::uint32_t product = 0;
    for (int bit = 31; bit >= 0; --bit) {
        product = (product & 0x8000'0000u) ? (product << 1) ^ polynomial : product << 1;
        if (b >> bit & 1u) product ^= a;
    }
    return product;
}

}  // namespace

void Crc32::update(std::span<const std::uint8_t> octets) noexcept {
    const std::uint8_t* at = octets.data();
    std::size_t left = octets.size();
    std::uint32_t state = state_;
    if constexpr (slices >= 4) {
        for (; left >= slices; at += slices, left -= slices) state = slice_step<slices>(state, at);
        if constexpr (slices > 8)
            for (; left >= 8; at += 8, left -= 8) state = slice_step<8>(state, at);
        for (; left >= 4; at += 4, left -= 4) state = slice_step<4>(state, at);
    }
    for (; left > 0; ++at, --left) state = octet_step(state, *at);
    state_ = state;
}

// Each octet behind the first run multiplies its remainder by x^8; what the second run adds is independent of it. The
// initial value and the final XOR, both all ones, cancel out.
std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_octets) noexcept {
    for (std::uint32_t factor = 1u << 8; second_octets != 0; second_octets >>= 1) {
        if (second_octets & 1u) first = multiply(first, factor);
        factor = multiply(factor, factor);
    }
    return first ^ second;
}

}  // namespace omci
