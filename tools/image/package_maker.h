// SPDX-License-Identifier: Apache-2.0
// The parts of a package in the making: payload, lists, manifest, and all of it put together. Called by "omcast image
// pack" and "sign", and by tests that want packages of their own. The same image gives the same octets every time; what
// signs them is package_signature.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "omci/manifest.h"

namespace tools {

/// What an image becomes before anything is said of it.
struct PackageParts {
    std::vector<std::uint8_t> blocks;
    std::vector<std::uint8_t> frames;   ///< empty where the payload is raw
    std::vector<std::uint8_t> payload;  ///< as it travels
};

/// `payload` is raw or zstd. Throws std::runtime_error where this build cannot compress.
PackageParts cut_image(omci::Octets image, omci::Payload payload);

/// Fills in what follows from image and parts: size, the hashes, and max-memory where frames have to be unpacked.
void describe(omci::Octets image, const PackageParts& parts, omci::Manifest& manifest);

/// The lines of a manifest in the order of omci/manifest.h, then those of meta ("KEY=VALUE" each, without the prefix).
/// What may be left out and says nothing is left out. Nothing is checked: read_manifest() does that.
std::string manifest_text(const omci::Manifest& manifest, std::span<const std::string> metas = {});

/// All parts behind one another, with the header in front.
std::vector<std::uint8_t> join_package(omci::Octets cms, omci::Octets blocks, omci::Octets frames,
                                       omci::Octets payload);

}  // namespace tools
