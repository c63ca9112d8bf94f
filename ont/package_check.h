// SPDX-License-Identifier: Apache-2.0
// May the image that a package brings be installed here, now? Asked once the head is whole and its signatures are good
// (package_head.h), before the first unit of the slot is erased. Every no has its own name.
#pragma once

#include <cstdint>

#include "omci/manifest.h"
#include "omci/package.h"
#include "omci/refusal.h"
#include "ont/host.h"

namespace ont {

/// What is asked about.
struct Candidate {
    const omci::Manifest& manifest;
    const omci::PackageHeader& header;
    omci::Octets frames;              ///< the frame list
    std::uint8_t image = 0;           ///< where it is to go: 0 or 1
    std::uint32_t stream_octets = 0;  ///< announced by Start: head and payload
};

/// The lists are as long as the manifest says that the image is.
omci::Refusal check_lists(const Candidate& candidate) noexcept;

/// Product, hardware, versions, counter, room, memory and permission, in this order. `none`: it may be installed.
omci::Refusal check_fitness(const Host& host, const Candidate& candidate) noexcept;

}  // namespace ont
