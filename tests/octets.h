// SPDX-License-Identifier: Apache-2.0
// Octets as tests write them: hex digits, white space wherever it helps the eye. octets("1f 00012345 01 0001")
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace tests {

inline int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    throw std::invalid_argument{"octets(): not a hex digit"};
}

inline std::vector<std::uint8_t> octets(std::string_view hex) {
    std::vector<std::uint8_t> out;
    int high = -1;
    for (const char c : hex) {
        if (c == ' ' || c == '\n') continue;
        if (high < 0) {
            high = hex_digit(c);
        } else {
            out.push_back(static_cast<std::uint8_t>(high << 4 | hex_digit(c)));
            high = -1;
        }
    }
    if (high >= 0) throw std::invalid_argument{"octets(): half an octet at the end"};
    return out;
}

}  // namespace tests
