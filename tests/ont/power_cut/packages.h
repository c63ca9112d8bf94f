// SPDX-License-Identifier: Apache-2.0
// Signed packages in the sweep: images of two blocks with their heads, and what the device needs to judge them. Hash
// and signature are toys that cost next to nothing; the handler only compares what its callbacks say.
#pragma once

#include <span>

#include "omci/package.h"
#include "tests/ont/power_cut/images.h"

namespace power_cut {

/// A hash of 256 bits, four lanes of eight octets at a time.
class QuickHash {
public:
    void start();
    void update(std::span<const std::uint8_t> octets);
    omci::Sha256 finish();

private:
    void mix();

    std::array<std::uint64_t, 4> lanes_{};
    std::array<std::uint8_t, 32> pending_{};
    std::size_t size_ = 0;
};

omci::Sha256 quick_hash(std::span<const std::uint8_t> octets);

/// Signed packages; the forbidden image has a bad signature, the older one a counter that is too low for an ONT that
/// has committed any of the others. One of them travels in frames.
const Library& package_library();

/// The hash of the manifest stands at the end of a CMS.
bool signed_well(std::span<const std::uint8_t> cms, std::span<const std::uint8_t> manifest);

}  // namespace power_cut
