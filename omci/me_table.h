// SPDX-License-Identifier: Apache-2.0
// Managed entities as rows: the attributes of each class, in order, with their sizes and what may be done to them
// (G.988 clause 9). Attribute 1 of a class is bit 15 of an attribute mask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "omci/ids.h"

namespace omci {

enum class Access : std::uint8_t { read, read_write, read_write_create, write };

/// How people read the value: as a number, as hex octets, or as octets that are mostly text.
enum class Shown : std::uint8_t { number, octets, text };

struct Attribute {
    std::uint8_t octets;
    Access access = Access::read;
    Shown shown = Shown::number;
    bool optional = false;
    bool avc = false;    ///< the ONT notifies when it changes
    bool table = false;  ///< read with get next, left out of a MIB upload
};

struct MeRow {
    MeClass me_class;
    std::span<const Attribute> attributes;
};

/// The row of a class, or null for one that this library has no table of.
const MeRow* find_me(MeClass me_class) noexcept;

/// All rows, by ascending class.
std::span<const MeRow> me_table() noexcept;

/// The name of a class that has a row, as G.988 writes it; null for another one. For people.
const char* me_name(MeClass me_class) noexcept;

/// The name of attribute `number` (from 1) of such a class; null where there is none. For people.
const char* attribute_name(MeClass me_class, std::size_t number) noexcept;

/// The mask bit of attribute `number`, counted from 1 as G.988 does.
constexpr std::uint16_t attribute_bit(std::size_t number) noexcept {
    return static_cast<std::uint16_t>(0x8000u >> (number - 1));
}

/// Octets that the values named by `mask` take together in a message; unknown attributes count for nothing.
std::size_t values_octets(const MeRow& row, AttributeMask mask) noexcept;

}  // namespace omci
