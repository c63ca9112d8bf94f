// SPDX-License-Identifier: Apache-2.0
#include "omci/crc32.h"

#include <doctest/doctest.h>

#include <numeric>
#include <string_view>
#include <vector>

#include "omci/mic.h"

std::uint32_t crc_by_1(std::span<const std::uint8_t> octets);
std::uint32_t crc_by_4(std::span<const std::uint8_t> octets);
std::uint32_t crc_by_8(std::span<const std::uint8_t> octets);
std::uint32_t crc_by_16(std::span<const std::uint8_t> octets);

namespace {

/// As I.363.5 defines it, a bit at a time.
std::uint32_t bitwise(std::span<const std::uint8_t> octets) {
    std::uint32_t crc = 0xFFFF'FFFFu;
    for (const std::uint8_t octet : octets)
        for (int bit = 7; bit >= 0; --bit) {
            const bool one = ((crc >> 31) ^ (octet >> bit & 1u)) != 0;
            crc = crc << 1 ^ (one ? 0x04C1'1DB7u : 0u);
        }
    return ~crc;
}

std::vector<std::uint8_t> noise(std::size_t count) {
    std::vector<std::uint8_t> octets(count);
    std::uint32_t state = 1;
    for (std::uint8_t& octet : octets) {
        state = state * 1'664'525u + 1'013'904'223u;
        octet = static_cast<std::uint8_t>(state >> 24);
    }
    return octets;
}

}  // namespace

TEST_CASE("crc: the golden values of I.363.5") {
    constexpr std::string_view digits = "123456789";
    const std::vector<std::uint8_t> text{digits.begin(), digits.end()};
    CHECK(omci::crc32(text) == 0xFC89'1918u);

    std::vector<std::uint8_t> counting(100);
    std::iota(counting.begin(), counting.end(), std::uint8_t{0});
    CHECK(omci::crc32(counting) == 0xF265'3E82u);
    CHECK(omci::crc_mic(counting) == omci::Mic{0xF2, 0x65, 0x3E, 0x82});
    CHECK(omci::crc32({}) == 0);
}

TEST_CASE("crc: one octet a step and sixteen agree with one bit a step, at every length") {
    const std::vector<std::uint8_t> octets = noise(200);
    for (std::size_t size = 0; size <= octets.size(); ++size) {
        CAPTURE(size);
        const std::span part = std::span{octets}.first(size);
        const std::uint32_t expected = bitwise(part);
        CHECK(omci::crc32(part) == expected);
        CHECK(crc_by_1(part) == expected);
        CHECK(crc_by_4(part) == expected);
        CHECK(crc_by_8(part) == expected);
        CHECK(crc_by_16(part) == expected);
    }
}

TEST_CASE("crc: the value does not depend on where the octets are cut") {
    const std::vector<std::uint8_t> octets = noise(64);
    for (std::size_t cut = 0; cut <= octets.size(); ++cut) {
        omci::Crc32 crc;
        crc.update(std::span{octets}.first(cut));
        crc.update(std::span{octets}.subspan(cut));
        CHECK(crc.value() == bitwise(octets));
    }
}

TEST_CASE("crc: that of two runs comes from the CRC of each, at every cut") {
    const std::vector<std::uint8_t> octets = noise(3000);
    const std::span all{octets};
    for (std::size_t cut = 0; cut <= octets.size(); cut += cut < 80 ? 1 : 97) {
        CAPTURE(cut);
        const std::uint32_t first = omci::crc32(all.first(cut)), second = omci::crc32(all.subspan(cut));
        CHECK(omci::crc32_combine(first, second, octets.size() - cut) == omci::crc32(octets));
    }
}

TEST_CASE("crc: runs longer than 4 GiB combine, and so do many in any grouping") {
    // x has the order 2^32 - 1: as many bits of zeros behind a run change nothing, and 8 is a unit modulo that.
    CHECK(omci::crc32_combine(0x1234'5678u, 0, 0xFFFF'FFFFu) == 0x1234'5678u);
    CHECK(omci::crc32_combine(0x1234'5678u, 0, 0xFFFF'FFFFu + 5ull) == omci::crc32_combine(0x1234'5678u, 0, 5));
    const std::vector<std::uint8_t> octets = noise(4096);
    const std::span all{octets};
    std::uint32_t left = 0;
    for (std::size_t at = 0; at < all.size(); at += 512)
        left = omci::crc32_combine(left, omci::crc32(all.subspan(at, 512)), 512);
    CHECK(left == omci::crc32(octets));
}
