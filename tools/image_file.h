// SPDX-License-Identifier: Apache-2.0
// An image read from a file, with all that is said about it: version, MD5 and the CRC that End carries. For "image
// show" and "simulate".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "omci/software_image.h"

namespace tools {

struct ImageFile {
    std::vector<std::uint8_t> octets;
    omci::Version version{};  ///< by the rule of omci/image_version.h
    omci::ImageHash md5{};
    std::uint32_t crc = 0;  ///< CRC-32 of I.363.5, without padding
};

/// Throws std::runtime_error naming the file and the cause: unreadable, empty, or more octets than End can tell.
ImageFile load_image(const std::string& path);

/// The digest of `octets` by the OpenSSL name of its algorithm ("MD5", "SHA256").
std::vector<std::uint8_t> digest(const char* algorithm, omci::Octets octets);

}  // namespace tools
