// SPDX-License-Identifier: Apache-2.0
// A package that lies in memory, read and checked as an ONT does it, in the same order and with the same refusals, all
// but the signatures (package_trust.h of ont/linux). Callers who have a file and only want to send it call load_image()
// (tools/image_file.h), which takes packages and plain images alike; "omcast image" calls what stands here, step by
// step.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "omci/manifest.h"
#include "omci/package.h"
#include "omci/refusal.h"

namespace tools {

/// A package that an ONT would refuse: `refusal` is its name for that, what() one sentence naming file and place.
struct PackageError : std::runtime_error {
    PackageError(omci::Refusal why, const std::string& sentence) : std::runtime_error{sentence}, refusal{why} {}
    omci::Refusal refusal;
};

/// The parts of a package. All of them point into the octets that were read.
struct Package {
    omci::PackageHeader header;
    omci::PackageHead head;
    omci::Octets manifest_octets;  ///< the content of the CMS: what was signed
    omci::Manifest manifest;
    omci::Octets payload;  ///< as it travels

    omci::Octets head_octets() const;  ///< the whole head, from the magic on
};

/// A package, or false for a plain image. Throws PackageError for what is left of a package that was moved as text.
bool begins_as_package(omci::Octets octets, const std::string& path);

/// Header and CMS. `octets` are a whole file, `path` is for messages; the manifest is not read. Throws PackageError.
Package read_package_head(omci::Octets octets, const std::string& path);

/// The same and the manifest. Throws PackageError.
Package read_package(omci::Octets octets, const std::string& path);

/// Both lists are those that the manifest names, and the payload has the size that follows. Throws PackageError.
void check_lists(const Package& package, const std::string& path);

/// Behind check_lists(): checks every frame, unpacks it, and checks every block and the whole image. Returns the
/// installed image, or nothing where the payload is raw: then the payload is it. Throws PackageError; for a payload
/// that this build cannot unpack its refusal is not_supported.
std::vector<std::uint8_t> unpack(const Package& package, const std::string& path);

}  // namespace tools
