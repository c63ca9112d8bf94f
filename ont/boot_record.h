// SPDX-License-Identifier: Apache-2.0
// The few octets that decide the next boot, and the decision itself as one table.
//
// A record is stored whole, in one atomic step, and begins with its format version. ont_boot() reads it, asks the
// table which image runs, and stores what that decision changes. Nothing else decides a boot.
//
//      0        1        2        3        4          5        6 ... 35          36 ... 65         66 .. 69
//     +--------+--------+--------+--------+----------+--------+-----------------+-----------------+--------+
//     | format | images | image 0| image 1| tries 0  | tries 1| version0, hash0 | version1, hash1 | CRC-32 |
//     +--------+--------+--------+--------+----------+--------+-----------------+-----------------+--------+
//
// images: bit 0 the active one, bit 1 the committed one, bit 2 trial, bit 3 the one last announced as active.
// image N: bit 0 valid, bit 1 proven.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "omci/software_image.h"
#include "omci/wire.h"

namespace ont {

inline constexpr std::size_t images = 2;

/// The image that `image` is not.
constexpr std::uint8_t other(std::uint8_t image) noexcept { return image ^ 1u; }

struct ImageRecord {
    bool valid = false;
    bool proven = false;          ///< has been healthy once since it was downloaded
    std::uint8_t tries_left = 0;  ///< boots it may still take to become healthy
    omci::Version version{};
    omci::ImageHash hash{};

    bool operator==(const ImageRecord&) const = default;
};

struct BootRecord {
    std::array<ImageRecord, images> image;
    std::uint8_t active = 0;  ///< the image that runs, or ran last
    std::uint8_t committed = 0;
    bool trial = false;          ///< the next boot tries the image that is not committed
    std::uint8_t announced = 0;  ///< the image whose activity the OLT was last told of

    bool operator==(const BootRecord&) const = default;
};

inline constexpr std::uint8_t record_format = 1;
inline constexpr std::size_t record_octets = 6 + images * (omci::version_octets + omci::image_hash_octets) + 4;

/// The record as it is stored.
std::array<std::uint8_t, record_octets> encode(const BootRecord& record) noexcept;

/// Nothing where the octets are of another format, of another size, or damaged.
std::optional<BootRecord> decode_record(omci::Octets octets) noexcept;

enum class Is : std::uint8_t { no, yes, any };
enum class Boots : std::uint8_t { nothing, committed, uncommitted };

/// One row of the boot table: what must be so, and then which image boots and whether that boot is counted.
struct BootRow {
    Is trial;  ///< Activate asked for the uncommitted image, and it was not healthy since
    Is uncommitted_valid;
    Is uncommitted_tries;  ///< has tries left
    Is committed_valid;
    Is committed_proven;
    Is committed_tries;  ///< has tries left
    Boots boots;
    bool counted;  ///< takes one of its tries
    const char* note;
};

namespace boot {
using enum Is;
using enum Boots;

// The size is spelled out: a deduced constexpr array is writable data to g++ 12, and firmware has little of that.
// clang-format off
/// Which image boots: the first row that fits. A trial that is not continued is over.
inline constexpr std::array<BootRow, 7> table{{
    // trial | uncommitted | committed         | boots      | counted
    //       | valid tries | valid proven tries |            |
    {yes,    yes,  yes,    any,  any,   any,   uncommitted, true,  "on trial after an Activate"},
    {any,    any,  any,    yes,  yes,   any,   committed,   false, "committed, and known to run"},
    {any,    any,  any,    yes,  no,    yes,   committed,   true,  "committed, not healthy yet: has its tries"},
    {any,    yes,  any,    yes,  no,    no,    uncommitted, false, "the committed image never became healthy"},
    {any,    no,   any,    yes,  no,    no,    committed,   false, "nothing else to boot: try for ever"},
    {any,    yes,  any,    no,   any,   any,   uncommitted, false, "the committed image is not valid"},
    {any,    any,  any,    any,  any,   any,   nothing,     false, "no image may run"},
}};
// clang-format on
}  // namespace boot

constexpr bool fits(Is wanted, bool is) noexcept { return wanted == Is::any || (wanted == Is::yes) == is; }

/// The row that decides for `record`. The last one always fits.
constexpr const BootRow& boot_row(const BootRecord& record) noexcept {
    const ImageRecord& committed = record.image[record.committed];
    const ImageRecord& uncommitted = record.image[other(record.committed)];
    for (const BootRow& row : boot::table)
        if (fits(row.trial, record.trial) && fits(row.uncommitted_valid, uncommitted.valid) &&
            fits(row.uncommitted_tries, uncommitted.tries_left > 0) && fits(row.committed_valid, committed.valid) &&
            fits(row.committed_proven, committed.proven) && fits(row.committed_tries, committed.tries_left > 0))
            return row;
    return boot::table.back();
}

/// What a boot of the image that `row` names leaves in the record; `row` boots something.
constexpr BootRecord after_boot(BootRecord record, const BootRow& row) noexcept {
    record.active = row.boots == Boots::committed ? record.committed : other(record.committed);
    if (row.counted) --record.image[record.active].tries_left;
    if (row.boots == Boots::committed || !row.counted) record.trial = false;
    return record;
}

}  // namespace ont
