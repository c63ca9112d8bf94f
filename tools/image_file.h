// SPDX-License-Identifier: Apache-2.0
// An image read from a file, with all that is said about it: version, MD5 and the CRC that End carries. A package
// (omci/package.h) or a plain image: one loader for every subcommand that sends images.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "omci/software_image.h"
#include "tools/image/package_file.h"

namespace tools {

/// May be moved, never copied: the package and installed() point into its vectors.
struct ImageFile {
    std::vector<std::uint8_t> octets;    ///< the file: what is sent
    std::uint32_t crc = 0;               ///< CRC-32 of I.363.5 over the file, without padding: what End carries
    omci::Version version{};             ///< what an ONT will report: the manifest's, else by omci/image_version.h
    omci::ImageHash md5{};               ///< of the installed image: what an ONT will report
    std::optional<Package> package;      ///< nothing for a plain image
    std::vector<std::uint8_t> unpacked;  ///< the installed image where the payload of a package is not raw

    ImageFile() = default;
    ImageFile(ImageFile&&) = default;
    ImageFile& operator=(ImageFile&&) = default;

    /// What lies in the slot in the end: the unpacked payload of a package, or the plain image itself.
    omci::Octets installed() const;
};

/// Reads a package or a plain image. A package is checked whole but for its signatures. Throws std::runtime_error
/// naming the file and the cause: unreadable, empty, or more octets than End can tell; PackageError where a package is
/// damaged.
ImageFile load_image(const std::string& path);

/// Fills in all that follows from `octets`, `package` and `unpacked`.
void describe_image(ImageFile& image);

/// The octets of a file, whatever they are. Throws as load_image() does.
std::vector<std::uint8_t> load_octets(const std::string& path);

/// The digest of `octets` by the OpenSSL name of its algorithm ("MD5", "SHA256").
std::vector<std::uint8_t> digest(const char* algorithm, omci::Octets octets);

}  // namespace tools
