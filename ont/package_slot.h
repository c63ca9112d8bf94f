// SPDX-License-Identifier: Apache-2.0
// The slot as a package sees it: what lies in it already is a cache that the signed list of hashes may redeem.
//
//     0          stored                 prepared          looked at                 image octets
//     +------------+-----------------------+------------------+--------------------------+
//     | in place   | may be written: units | each block:      | not looked at            |
//     |            | erased, or kept       | right or wrong?  |                          |
//     +------------+-----------------------+------------------+--------------------------+
//
// Whole erase units are kept, those in which every block is right; any other is erased, and its blocks are written once
// more. Blocks and erase units need not divide each other: of a right block that reaches into an erased unit only that
// part is written. A block that is missing is copied where the running slot holds it at the same position; what of
// it has arrived by then is dropped. All writes ascend. Steps are taken, and octets brought, by download.cpp.
#pragma once

#include <cstdint>

#include "omci/package.h"
#include "ont/host.h"
#include "ont/package_head.h"

namespace ont {

class PackageSlot {
public:
    void start(const Host& host, std::uint8_t image, std::uint32_t image_octets) noexcept;

    /// Octets of the image that lie in the slot, counted from its begin.
    std::uint32_t stored() const noexcept { return stored_; }
    std::uint32_t prepared() const noexcept { return prepared_; }
    bool all_prepared() const noexcept { return prepared_ == image_octets_; }

    /// End of the block in which `at` lies.
    std::uint32_t block_end(std::uint32_t at) const noexcept {
        return end_of(at - at % omci::block_octets, piece_octets_max);
    }

    /// Before all_prepared(): looks at one block, or erases one unit. False: the storage failed.
    bool prepare(const Host& host, const PackageHead& head) noexcept;

    /// The next block to store is missing, its room is prepared, and the running slot was not asked for it yet.
    bool may_copy() const noexcept;
    /// Copies it from there if it is the right one. False: the storage failed.
    bool copy(const Host& host, const PackageHead& head) noexcept;

    /// Stores what comes behind stored(): octets of one block, in prepared room. False: the storage failed.
    bool write(const Host& host, const PackageHead& head, omci::Octets octets) noexcept;

private:
    std::uint32_t end_of(std::uint32_t begin, std::uint32_t size) const noexcept {
        return image_octets_ - begin > size ? begin + size : image_octets_;
    }
    bool kept(const Host& host, const PackageHead& head, std::uint32_t begin, std::uint32_t end) const noexcept;
    bool holds(const Host& host, std::uint8_t image, std::uint32_t begin, omci::Octets hash,
               std::span<std::uint8_t> room) const noexcept;
    void look(const Host& host, const PackageHead& head, std::uint32_t unit_end) noexcept;
    void advance(std::uint32_t to) noexcept;
    void skip_kept(const Host& host, const PackageHead& head) noexcept;

    std::uint32_t image_octets_ = 0;
    std::uint32_t unit_ = 0;  ///< octets; one block where the storage is written without erasing
    std::uint32_t stored_ = 0;
    std::uint32_t stored_unit_ = 0;  ///< where the unit begins in which stored_ lies
    std::uint32_t prepared_ = 0;     ///< begin of a unit, or the end of the image
    std::uint32_t looked_ = 0;       ///< begin of a block, or the end of the image
    std::uint32_t asked_ = 0;        ///< the running slot was asked for the blocks before
    std::uint8_t image_ = 0;
    bool erases_ = false;
};

}  // namespace ont
