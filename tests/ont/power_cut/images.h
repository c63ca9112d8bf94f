// SPDX-License-Identifier: Apache-2.0
// The images of the sweep, known octet for octet: what a slot holds is one of them, whole, or nothing that may run.
// An image begins with its version, fourteen octets, as the device's version callback reads it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "omci/software_image.h"
#include "tests/ont/power_cut/octets.h"

namespace power_cut {

/// Numbers of images, bits of masks.
enum ImageNumber : std::uint8_t {
    factory,    ///< lies in slot 0 and runs
    second,     ///< lies in slot 1 where a scenario begins with two
    next,       ///< what most scenarios bring
    broken,     ///< boots, and never becomes healthy
    last,       ///< what a rollback is mended with
    forbidden,  ///< whole, but may never run: its signature is wrong
    older,      ///< may not run any more once the goal of a scenario is committed: its counter is too low
    image_count,
};

struct Image {
    const char* name = "";
    Bytes octets;                 ///< as installed
    Bytes wire;                   ///< as sent: the octets, or a package
    std::size_t head_octets = 0;  ///< of a package
    std::uint32_t counter = 0;    ///< security counter
    bool works = true;            ///< becomes healthy
    bool permitted = true;        ///< may run at all
    omci::Version version() const;
};

struct Library {
    std::array<Image, image_count> image;
    bool packages = false;

    /// The image that lies, whole, at the beginning of a slot; image_count where there is none.
    std::uint8_t find(const Pieces& slot) const;
};

/// Octets drawn from `seed`, with their name as version; sent as they are.
Image make_image(const char* name, std::size_t octets, std::uint64_t seed);

/// Plain images of a few KiB.
const Library& plain_library();

}  // namespace power_cut
