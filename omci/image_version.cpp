// SPDX-License-Identifier: Apache-2.0
#include "omci/image_version.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace omci {
namespace {

constexpr std::uint32_t uimage_magic = 0x2705'1956u;
constexpr std::uint32_t uimage_name_offset = 32;
constexpr std::uint32_t fit_magic = 0xD00D'FEEDu;
constexpr std::uint32_t fit_begin_node = 1;
constexpr std::uint32_t fit_property = 3;
constexpr std::uint32_t fit_nop = 4;
constexpr int fit_tokens_max = 32;  // properties of the root node before its description: a bound, not a format's limit

bool read(const ImageReader& reader, std::uint32_t offset, std::span<std::uint8_t> octets) {
    if (offset > reader.image_octets || reader.image_octets - offset < octets.size()) return false;
    return reader.read(reader.context, offset, octets);
}

std::optional<std::uint32_t> read_u32(const ImageReader& reader, std::uint32_t offset) {
    std::array<std::uint8_t, 4> octets;
    if (!read(reader, offset, octets)) return std::nullopt;
    return load_be<std::uint32_t>(octets.data());
}

/// A name ends at its first zero octet; only printable ones count.
std::optional<Version> printable(const Version& name) {
    const auto* end = std::find(name.begin(), name.end(), std::uint8_t{0});
    if (end == name.begin()) return std::nullopt;
    Version version{};
    for (const auto* at = name.begin(); at != end; ++at) {
        if (*at < 0x20 || *at > 0x7E) return std::nullopt;
        version[static_cast<std::size_t>(at - name.begin())] = *at;
    }
    return version;
}

std::optional<Version> name_at(const ImageReader& reader, std::uint32_t offset, std::uint32_t octets) {
    Version name{};
    if (!read(reader, offset, std::span{name}.first(std::min<std::size_t>(octets, name.size())))) return std::nullopt;
    return printable(name);
}

/// Walks the root node's properties, which stand before its first child (Devicetree Specification 5.4).
std::optional<Version> fit_description(const ImageReader& reader) {
    const auto structure = read_u32(reader, 8);
    const auto strings = read_u32(reader, 12);
    if (!structure || !strings) return std::nullopt;
    std::uint64_t at = *structure;
    bool in_root = false;
    for (int i = 0; i < fit_tokens_max && at < reader.image_octets; ++i) {
        const auto here = static_cast<std::uint32_t>(at);
        const auto token = read_u32(reader, here);
        if (token == fit_nop) {
            at += 4;
        } else if (token == fit_begin_node && !in_root) {
            in_root = true;
            at += 8;  // the root's name is empty: one zero octet, padded to four
        } else if (token == fit_property) {
            const auto size = read_u32(reader, here + 4);
            const auto name = read_u32(reader, here + 8);
            constexpr char wanted[] = "description";
            std::array<std::uint8_t, sizeof wanted> key{};
            if (!size || !name || std::uint64_t{*strings} + *name > reader.image_octets) return std::nullopt;
            if (read(reader, *strings + *name, key) && std::memcmp(key.data(), wanted, sizeof wanted) == 0)
                return name_at(reader, here + 12, *size);
            at += 12 + ((std::uint64_t{*size} + 3) & ~std::uint64_t{3});
        } else {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

Version hex_of(const ImageHash& hash) {
    constexpr char digits[] = "0123456789abcdef";
    Version version;
    for (std::size_t i = 0; i < version.size(); ++i)
        version[i] = static_cast<std::uint8_t>(digits[(hash[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 0x0F]);
    return version;
}

}  // namespace

Version image_version(const ImageReader& reader, const ImageHash& hash) noexcept {
    std::optional<Version> version;
    const auto magic = read_u32(reader, 0);
    if (magic == uimage_magic) version = name_at(reader, uimage_name_offset, version_octets);
    if (magic == fit_magic) version = fit_description(reader);
    return version ? *version : hex_of(hash);
}

Version image_version(Octets image, const ImageHash& hash) noexcept {
    ImageReader reader;
    reader.context = &image;
    reader.image_octets = static_cast<std::uint32_t>(image.size());
    reader.read = [](void* context, std::uint32_t offset, std::span<std::uint8_t> octets) {
        const Octets all = *static_cast<Octets*>(context);
        if (octets.empty()) return true;
        std::memcpy(octets.data(), all.data() + offset, octets.size());
        return true;
    };
    return image_version(reader, hash);
}

}  // namespace omci
