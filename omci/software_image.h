// SPDX-License-Identifier: Apache-2.0
// The typed view of the one entity we live by: Software image, class 7 (G.988 9.1.4).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "omci/ids.h"
#include "omci/wire.h"

namespace omci {

inline constexpr std::size_t version_octets = 14;
inline constexpr std::size_t product_code_octets = 25;
inline constexpr std::size_t image_hash_octets = 16;

/// A version as the attribute holds it: fourteen octets, padded with zero (some ONTs pad with blanks).
using Version = std::array<std::uint8_t, version_octets>;
using ImageHash = std::array<std::uint8_t, image_hash_octets>;

/// Attribute bits of class 7.
namespace software_image {
inline constexpr std::uint16_t version = 0x8000;
inline constexpr std::uint16_t is_committed = 0x4000;
inline constexpr std::uint16_t is_active = 0x2000;
inline constexpr std::uint16_t is_valid = 0x1000;
inline constexpr std::uint16_t product_code = 0x0800;
inline constexpr std::uint16_t image_hash = 0x0400;
inline constexpr std::uint16_t state = version | is_committed | is_active | is_valid;  ///< fits one baseline Get
}  // namespace software_image

/// One instance as a Get of `software_image::state` tells it: version(14), committed(1), active(1), valid(1).
struct SoftwareImage {
    Version version{};
    bool committed = false;
    bool active = false;
    bool valid = false;

    static constexpr std::size_t octets = version_octets + 3;

    /// From the values of a Get response whose mask is `software_image::state`.
    static SoftwareImage from_values(Octets values) noexcept {
        SoftwareImage image;
        std::copy_n(values.begin(), std::min(values.size(), version_octets), image.version.begin());
        if (values.size() < octets) return image;
        image.committed = values[version_octets] != 0;
        image.active = values[version_octets + 1] != 0;
        image.valid = values[version_octets + 2] != 0;
        return image;
    }

    bool operator==(const SoftwareImage&) const = default;
};

/// A version of at most fourteen octets; a longer text is cut, as every ONT cuts it.
constexpr Version make_version(std::string_view text) noexcept {
    Version version{};
    for (std::size_t i = 0; i < std::min(text.size(), version.size()); ++i)
        version[i] = static_cast<std::uint8_t>(text[i]);
    return version;
}

/// The octets before the padding, zero or blank.
inline std::string_view text(const Version& version) noexcept {
    std::size_t size = version.size();
    while (size > 0 && (version[size - 1] == 0 || version[size - 1] == ' ')) --size;
    return {reinterpret_cast<const char*>(version.data()), size};
}

/// Two versions are the same when they differ in their padding only.
inline bool same_version(const Version& a, const Version& b) noexcept { return text(a) == text(b); }

/// The Software image instance of image 0 or 1 of the ONU itself (slot octet 0).
constexpr MeInstance image_instance(unsigned image) noexcept { return MeInstance{static_cast<std::uint16_t>(image)}; }

/// Extended messages are understood by ONTs of these OMCC versions (ONU2-G attribute 2), and by no other.
constexpr bool speaks_extended(std::uint8_t omcc_version) noexcept {
    return omcc_version == 0x96 || (omcc_version >= 0xB0 && omcc_version <= 0xB4);
}

}  // namespace omci
