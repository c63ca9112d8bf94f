// SPDX-License-Identifier: Apache-2.0
// An image as sections and windows: what the engine sends. The octets stay the host's; the engine keeps one view of
// them for all ONTs.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "omci/crc32.h"
#include "omci/ids.h"
#include "omci/software_download.h"
#include "omci/software_image.h"

namespace olt {

struct Image {
    std::span<const std::uint8_t> octets;  ///< 1 .. 4 GiB - 1
    omci::ImageCrc crc{};                  ///< CRC-32 of I.363.5 over all octets
    omci::Version version{};               ///< what an ONT will call it; all zero: unknown
    std::optional<omci::ImageHash> hash;   ///< its MD5, where the host has computed it

    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(octets.size()); }
};

inline Image make_image(std::span<const std::uint8_t> octets, const omci::Version& version,
                        std::optional<omci::ImageHash> hash) {
    return {octets, omci::ImageCrc{omci::crc32(octets)}, version, hash};
}

/// One window: sections [first, first + count) of the image.
struct Window {
    std::uint32_t first = 0;
    std::uint16_t count = 0;

    bool operator==(const Window&) const = default;
};

/// How one image is cut for one message set. Every section is full but the last one of the image.
class Sections {
public:
    Sections() = default;
    Sections(std::span<const std::uint8_t> image, omci::MessageSet set)
        : image_{image}, section_octets_{static_cast<std::uint32_t>(omci::section_octets(set))} {}

    std::uint32_t count() const noexcept {
        return static_cast<std::uint32_t>((image_.size() + section_octets_ - 1) / section_octets_);
    }

    std::span<const std::uint8_t> section(std::uint32_t index) const noexcept {
        assert(index < count());
        const std::size_t offset = std::size_t{index} * section_octets_;
        return image_.subspan(offset, std::min<std::size_t>(section_octets_, image_.size() - offset));
    }

    /// The window of at most `sections` that begins at section `first`; empty at the end of the image.
    Window window(std::uint32_t first, std::uint16_t sections) const noexcept {
        const std::uint32_t left = first < count() ? count() - first : 0;
        return {first, static_cast<std::uint16_t>(std::min<std::uint32_t>(sections, left))};
    }

    /// Octets of the image before section `index`.
    std::uint32_t octets_before(std::uint32_t index) const noexcept {
        return static_cast<std::uint32_t>(std::min<std::size_t>(std::size_t{index} * section_octets_, image_.size()));
    }

private:
    std::span<const std::uint8_t> image_;
    std::uint32_t section_octets_ = omci::baseline_section_octets;
};

}  // namespace olt
