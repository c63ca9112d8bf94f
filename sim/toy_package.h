// SPDX-License-Identifier: Apache-2.0
// Packages and services without cryptography, for drawn worlds and tests: the layout is that of omci/package.h, octet
// for octet, but the hash is a quick one of 256 bits, the signature a hash, and a packed frame its octets turned over.
// A handler only compares what its callbacks say, so it cannot tell; nobody else would take such a package.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/package_services.h"

namespace sim {

struct ToyPackage {
    std::string version = "TOY-1.0";
    std::string product_code = "TOY";
    std::string further_lines;  ///< of the manifest: "requires=R6.0\n"
    std::uint32_t security_counter = 1;
    bool packed = false;  ///< in frames, said to be zstd; else raw
    unsigned signers = 1;
};

/// The package that installs `image`.
std::vector<std::uint8_t> toy_package(const ToyPackage& toy, std::span<const std::uint8_t> image);

std::shared_ptr<PackageServices> toy_services();

}  // namespace sim
