// SPDX-License-Identifier: Apache-2.0
// The CRC with a number of slices chosen on the command line, which also renames its namespace: all variants can then
// stand in one program.
#include "omci/crc32.cpp"

std::uint32_t VARIANT(std::span<const std::uint8_t> octets);
std::uint32_t VARIANT(std::span<const std::uint8_t> octets) { return omci::crc32(octets); }
