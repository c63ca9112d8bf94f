// SPDX-License-Identifier: Apache-2.0
#include "tools/decode/hex_lines.h"

namespace tools {
namespace {

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

std::string shown(char c) {
    if (c >= 0x20 && c <= 0x7E) return std::string{"'"} + c + "'";
    const auto octet = static_cast<std::uint8_t>(c);
    return "octet 0x" + to_hex(&octet, 1);
}

}  // namespace

HexLine read_hex_line(std::string_view line) {
    HexLine out;
    int high = -1;
    std::size_t high_column = 0;
    for (std::size_t i = 0; i < line.size() && line[i] != '#'; ++i) {
        if (is_space(line[i])) continue;
        const int number = digit(line[i]);
        if (number < 0)
            return {{}, "column " + std::to_string(i + 1) + ": " + shown(line[i]) + " is no hexadecimal digit"};
        if (high < 0) {
            high = number;
            high_column = i + 1;
        } else {
            out.octets.push_back(static_cast<std::uint8_t>(high << 4 | number));
            high = -1;
        }
    }
    if (high >= 0)
        return {{}, "column " + std::to_string(high_column) + ": an odd number of digits, so the last octet is half"};
    return out;
}

std::string to_hex(const std::uint8_t* octets, std::size_t count) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * count);
    for (std::size_t i = 0; i < count; ++i) {
        text += digits[octets[i] >> 4];
        text += digits[octets[i] & 0x0F];
    }
    return text;
}

}  // namespace tools
