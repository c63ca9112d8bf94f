// SPDX-License-Identifier: Apache-2.0
// The package that an image travels in, read front to back: everything that decides comes before the payload. Values
// in, octets out; nothing is allocated, and what is read points into what was given. The packer (tools), the handler
// (ont/package_head.h) and the simulator read with these functions.
//
//      0 ...... 7  8 ... 11  12 .. 15   16 .. 19   20 .. 23   24 .. 27
//     +-----------+---------+----------+----------+----------+---------+-----+------------+------------+---------+
//     | OMCIFW\r\n| format 1| manifest | blocks   | frames   | CRC-32  | CMS | block list | frame list | payload |
//     |           |         | octets   | octets   | octets   | of 0-23 |     | 32 a block | 44 a frame |         |
//     +-----------+---------+----------+----------+----------+---------+-----+------------+------------+---------+
//     |<----------------------------- the head ------------------------------------------------------>|
//
// The CMS is a DER SignedData with the manifest inside (manifest.h). The block list holds the SHA-256 of each 64 KiB of
// the installed image. A raw payload is the installed image; any other is cut into frames that yield 256 KiB each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "omci/result.h"
#include "omci/wire.h"

namespace omci {

inline constexpr std::size_t package_header_octets = 28;
inline constexpr std::array<std::uint8_t, 8> package_magic{'O', 'M', 'C', 'I', 'F', 'W', '\r', '\n'};
inline constexpr std::uint32_t package_format = 1;
inline constexpr std::uint32_t cms_octets_max = 65'536;
inline constexpr std::uint32_t block_octets = 65'536;         ///< of installed image, one hash each
inline constexpr std::uint32_t frame_yield_octets = 262'144;  ///< of installed image that one frame unpacks to
inline constexpr std::size_t sha256_octets = 32;

using Sha256 = std::array<std::uint8_t, sha256_octets>;

/// Blocks of an installed image; the last one may be short.
constexpr std::uint32_t block_count(std::uint32_t image_octets) noexcept {
    return image_octets / block_octets + (image_octets % block_octets != 0 ? 1u : 0u);
}
constexpr std::uint32_t frame_count(std::uint32_t image_octets) noexcept {
    return image_octets / frame_yield_octets + (image_octets % frame_yield_octets != 0 ? 1u : 0u);
}

/// The stream begins like a package: eight octets are enough to tell.
bool is_package(Octets octets) noexcept;

/// Octets of the magic that say what it is; the line end behind them shows what was moved as text.
inline constexpr std::size_t package_name_octets = 6;

/// No package, but what is left of one: its name is there, and not the line end behind it. No image begins so.
bool is_damaged_package(Octets octets) noexcept;

struct PackageHeader {
    std::uint32_t manifest_octets = 0;  ///< of the CMS
    std::uint32_t blocks_octets = 0;
    std::uint32_t frames_octets = 0;

    /// Octets before the payload. Fits 64 bits only where the header was made by hand.
    constexpr std::uint64_t head_octets() const noexcept {
        return std::uint64_t{package_header_octets} + manifest_octets + blocks_octets + frames_octets;
    }
    constexpr std::uint32_t blocks() const noexcept { return blocks_octets / sha256_octets; }

    bool operator==(const PackageHeader&) const = default;
};

/// What is wrong with a header; `ok` is nothing.
enum class HeaderFault : std::uint8_t {
    ok,
    truncated,
    magic,  ///< damage by a text-mode transfer included
    crc,
    format,
    no_manifest,
    manifest_long,  ///< over cms_octets_max
    blocks,         ///< none, or not a multiple of 32
    frames,         ///< not a multiple of 44
    head_long,      ///< the head is over 4 GiB
};
const char* text(HeaderFault fault) noexcept;

/// Reads octets 0-27.
HeaderFault read_header(Octets octets, PackageHeader& header) noexcept;
void write_header(const PackageHeader& header, std::span<std::uint8_t, package_header_octets> out) noexcept;

/// The parts of a whole head, which `head` points to: `header` was read from it and it has header.head_octets().
struct PackageHead {
    Octets cms, blocks, frames;
};
PackageHead split_head(const PackageHeader& header, Octets head) noexcept;

/// Entry of the frame list: where a frame of the payload lies, and what it is as it travels.
struct FrameEntry {
    std::uint32_t offset = 0;  ///< from the begin of the payload; frames lie one behind the other
    std::uint32_t octets = 0;
    std::uint32_t crc = 0;
    Sha256 hash{};

    static constexpr std::size_t wire_octets = 12 + sha256_octets;

    bool operator==(const FrameEntry&) const = default;
};
FrameEntry read_frame_entry(Octets frames, std::size_t index) noexcept;
void write_frame_entry(const FrameEntry& entry, std::span<std::uint8_t, FrameEntry::wire_octets> out) noexcept;

/// There is a frame, they lie one behind the other from 0, none is empty, their sum fits 32 bits. Sets the payload's
/// octets and the longest frame.
bool frames_sound(Octets frames, std::uint32_t& payload_octets, std::uint32_t& longest) noexcept;

/// The content of a DER CMS SignedData (RFC 5652): where the manifest lies in it. Definite lengths only. An empty span
/// where it is none. Nothing is verified here; who verifies compares the content with what this found.
Octets cms_content(Octets cms) noexcept;

}  // namespace omci
