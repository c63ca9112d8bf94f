// SPDX-License-Identifier: Apache-2.0
// The version of a plain image. No message carries it: an ONT reads it from the image, and so does the OLT that wants
// to know which version to expect. Both use this one rule:
//   1. a uImage header's name (magic 27051956, 32 octets at 32);
//   2. else the description of a FIT image's root node (magic d00dfeed);
//   3. else the first fourteen hex digits of the image's MD5.
// A name that is empty or not printable ASCII counts as none. Longer names are cut to fourteen octets.
#pragma once

#include <cstdint>
#include <span>

#include "omci/software_image.h"

namespace omci {

/// Where an image can be read from: a slot, a file, memory. read() fills `octets` from `offset`, or returns false.
struct ImageReader {
    void* context = nullptr;
    bool (*read)(void* context, std::uint32_t offset, std::span<std::uint8_t> octets) = nullptr;
    std::uint32_t image_octets = 0;
};

/// The version of the image behind `reader` whose MD5 is `hash`. Reads at most a few hundred octets.
Version image_version(const ImageReader& reader, const ImageHash& hash) noexcept;

/// The same for an image in memory.
Version image_version(Octets image, const ImageHash& hash) noexcept;

}  // namespace omci
