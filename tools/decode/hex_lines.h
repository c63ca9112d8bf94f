// SPDX-License-Identifier: Apache-2.0
// Frames written as text: one frame a line, hex digits with white space anywhere between them, "#" and what follows it
// a comment. Empty lines count but say nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

struct HexLine {
    std::vector<std::uint8_t> octets;
    std::string error;  ///< empty, or what is wrong and in which column (counted from 1); then `octets` holds nothing
    bool blank() const { return octets.empty() && error.empty(); }
};

/// Reads one line, without its end.
HexLine read_hex_line(std::string_view line);

/// Two lower-case digits an octet, nothing between them.
std::string to_hex(const std::uint8_t* octets, std::size_t count);

}  // namespace tools
