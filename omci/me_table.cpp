// SPDX-License-Identifier: Apache-2.0
#include "omci/me_table.h"

#include <algorithm>
#include <array>

#include "omci/me_rows.h"

namespace omci {
namespace {

constexpr std::size_t attribute_count() {
    std::size_t count = 0;
    for (const me_rows::NamedRow& row : me_rows::rows) count += row.attributes.size();
    return count;
}

constexpr std::array<Attribute, attribute_count()> make_attributes() {
    std::array<Attribute, attribute_count()> all{};
    std::size_t at = 0;
    for (const me_rows::NamedRow& row : me_rows::rows)
        for (const me_rows::NamedAttribute& a : row.attributes)
            all[at++] = {a.octets, a.access, a.shown, a.optional, a.avc, a.table};
    return all;
}

// Sizes are spelled out: g++ 12 puts a constexpr std::array with a deduced one into writable memory.
constexpr std::array<Attribute, attribute_count()> attributes = make_attributes();

constexpr std::array<MeRow, me_rows::rows.size()> make_rows() {
    std::array<MeRow, me_rows::rows.size()> all{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::size_t count = me_rows::rows[i].attributes.size();
        all[i] = {me_rows::rows[i].me_class, std::span{attributes}.subspan(at, count)};
        at += count;
    }
    return all;
}

constexpr std::array<MeRow, me_rows::rows.size()> rows = make_rows();

}  // namespace

std::span<const MeRow> me_table() noexcept { return rows; }

const MeRow* find_me(MeClass me_class) noexcept {
    const auto* row = std::find_if(rows.begin(), rows.end(), [=](const MeRow& r) { return r.me_class == me_class; });
    return row == rows.end() ? nullptr : &*row;
}

std::size_t values_octets(const MeRow& row, AttributeMask mask) noexcept {
    std::size_t octets = 0;
    for (std::size_t number = 1; number <= row.attributes.size(); ++number)
        if (value(mask) & attribute_bit(number)) octets += row.attributes[number - 1].octets;
    return octets;
}

}  // namespace omci
