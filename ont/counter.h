// SPDX-License-Identifier: Apache-2.0
// The security counter: a package with a lower one than the ONT's is refused, so that an old hole cannot be brought
// back with an old image. It rises when an image that has been healthy is committed, or when one that was committed
// unseen is healthy for the first time: a trial that fails leaves nothing behind. It never falls.
//
// It lies in two stores. The boot record takes the new value in the same step that commits the image; the platform's
// own store (fuses, a file) follows, and is made good at the next start, Commit or ont_healthy() when it could not.
// Which image boots never depends on it, and no failure of its store stops anything. Called by the image bank and by
// what judges packages.
#pragma once

#include <cstdint>

#include "ont/boot_record.h"
#include "ont/ont.h"

namespace ont {

/// The record owes what its committed image says, once that has been healthy.
constexpr void owe_counter(BootRecord& record) noexcept {
    const ImageRecord& committed = record.image[record.committed];
    if (committed.proven && committed.security_counter > record.counter) record.counter = committed.security_counter;
}

/// Raises the platform's store to what the record, which must be stored, owes. Reports what it did, or what failed.
void settle_counter(const ont_platform& platform, const BootRecord& record) noexcept;

/// The counter below which a package is refused: the higher one of both stores; 0 where the platform keeps none. False
/// when the platform's store cannot be read: then nobody knows.
[[nodiscard]] bool read_counter(const ont_platform& platform, const BootRecord& record, std::uint32_t& value) noexcept;

}  // namespace ont
