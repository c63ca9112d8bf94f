// SPDX-License-Identifier: Apache-2.0
// The few octets that decide the next boot, and the decision itself as one table.
//
// A record is stored whole, in one atomic step, and begins with its format version. ont_boot() reads it, asks the
// table which image runs, and stores what that decision changes. Nothing else decides a boot, unless the boot loader
// does by counts of its own (linux/boot_environment.h).
//
//      0        1        2        3        4          5        6 .... 9 10 .... 68 69 ... 127 128 . 131
//     +--------+--------+--------+--------+----------+--------+--------+----------+----------+--------+
//     | format | images | image 0| image 1| tries 0  | tries 1| owed   | texts 0  | texts 1  | CRC-32 |
//     +--------+--------+--------+--------+----------+--------+--------+----------+----------+--------+
//
// images: bit 0 the active one, bit 1 the committed one, bit 2 trial, bit 3 the one last announced as active, bit 4
// rolled back. image N: bit 0 valid, bit 1 proven. owed: the security counter that the second store must hold.
// texts N: version(14), hash(16), product code(25), security counter(4).
//
// Format 1, still read, has neither product codes nor counters: 70 octets, texts of 30 octets behind octet 5.
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

/// Boots that an image has to become healthy, where the firmware does not say.
inline constexpr std::uint8_t trial_boots_default = 3;

/// The image that `image` is not.
constexpr std::uint8_t other(std::uint8_t image) noexcept { return image ^ 1u; }

/// A product code as the attribute holds it, padded with zero octets.
using ProductCode = std::array<std::uint8_t, omci::product_code_octets>;

struct ImageRecord {
    bool valid = false;
    bool proven = false;          ///< has been healthy once since it was downloaded
    std::uint8_t tries_left = 0;  ///< boots it may still take to become healthy
    omci::Version version{};
    omci::ImageHash hash{};
    ProductCode product_code{};  ///< all zero: the package said none, or it was a plain image
    std::uint32_t security_counter = 0;

    bool operator==(const ImageRecord&) const = default;
};

struct BootRecord {
    std::array<ImageRecord, images> image;
    std::uint8_t active = 0;  ///< the image that runs, or ran last
    std::uint8_t committed = 0;
    bool trial = false;          ///< the next boot tries the image that is not committed
    std::uint8_t announced = 0;  ///< the image whose activity the OLT was last told of
    bool rolled_back = false;    ///< an image that never became healthy was given up; until the next Start or Activate
    std::uint32_t counter = 0;   ///< the security counter owed to its store (counter.h): never falls

    bool operator==(const BootRecord&) const = default;
};

inline constexpr std::uint8_t record_format = 2;
inline constexpr std::size_t record_octets =
    10 + images * (omci::version_octets + omci::image_hash_octets + omci::product_code_octets + 4) + 4;

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

/// What is stored when `image` runs: a trial is over when the committed image is back, and given up with it; so is a
/// committed image that used its tries up without ever being healthy, when the other one runs.
constexpr BootRecord running(BootRecord record, std::uint8_t image) noexcept {
    const ImageRecord& committed = record.image[record.committed];
    const bool trial_given_up = record.trial && image == record.committed;
    const bool committed_given_up =
        !record.trial && image != record.committed && committed.valid && !committed.proven && committed.tries_left == 0;
    if (trial_given_up || committed_given_up) record.rolled_back = true;
    if (image == record.committed) record.trial = false;
    record.active = image;
    return record;
}

/// What a boot of the image that `row` names leaves in the record; `row` boots something.
constexpr BootRecord after_boot(BootRecord record, const BootRow& row) noexcept {
    if (row.boots == Boots::uncommitted && !row.counted) record.trial = false;
    record = running(record, row.boots == Boots::committed ? record.committed : other(record.committed));
    if (row.counted) --record.image[record.active].tries_left;
    return record;
}

}  // namespace ont
