// SPDX-License-Identifier: Apache-2.0
#include "tools/image/package_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>

#ifdef OMCAST_ZSTD
#include <zstd.h>
#endif

#include "omci/crc32.h"
#include "ont/linux/sha256.h"
#include "ont/linux/unpacker.h"
#include "tools/decode/hex_lines.h"

namespace tools {
namespace {

void append(std::vector<std::uint8_t>& to, omci::Octets octets) { to.insert(to.end(), octets.begin(), octets.end()); }

std::vector<std::uint8_t> block_list(omci::Octets image) {
    std::vector<std::uint8_t> list;
    for (; !image.empty(); image = image.subspan(std::min<std::size_t>(omci::block_octets, image.size())))
        append(list, ont::sha256(image.first(std::min<std::size_t>(omci::block_octets, image.size()))));
    return list;
}

#ifdef OMCAST_ZSTD

constexpr int compression_level = 19;  // once on a build host, and then many slow ONTs; the decoder's work is the same

class Packer {
public:
    Packer() : context_{ZSTD_createCCtx()} {
        if (!context_) throw std::bad_alloc{};
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, compression_level);
    }

    /// One frame; valid until the next call.
    omci::Octets pack(omci::Octets octets) {
        room_.resize(ZSTD_compressBound(octets.size()));
        const std::size_t size =
            ZSTD_compress2(context_.get(), room_.data(), room_.size(), octets.data(), octets.size());
        if (ZSTD_isError(size)) throw std::runtime_error{std::string{"libzstd: "} + ZSTD_getErrorName(size)};
        return {room_.data(), size};
    }

private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> context_;
    std::vector<std::uint8_t> room_;
};

#else

struct Packer {
    Packer() { throw std::runtime_error{"compressing with zstd: this omcast was built without libzstd"}; }
    omci::Octets pack(omci::Octets octets) { return octets; }
};

#endif

/// Compresses each 256 KiB by itself, so that an ONT can unpack each by itself.
void cut_frames(omci::Octets image, PackageParts& parts) {
    Packer packer;
    while (!image.empty()) {
        const std::size_t count = std::min<std::size_t>(omci::frame_yield_octets, image.size());
        const omci::Octets frame = packer.pack(image.first(count));
        image = image.subspan(count);
        if (frame.size() > std::numeric_limits<std::uint32_t>::max() - parts.payload.size())
            throw std::runtime_error{"the compressed image is larger than 4294967295 octets"};
        const omci::FrameEntry entry{static_cast<std::uint32_t>(parts.payload.size()),
                                     static_cast<std::uint32_t>(frame.size()), omci::crc32(frame), ont::sha256(frame)};
        std::array<std::uint8_t, omci::FrameEntry::wire_octets> octets;
        omci::write_frame_entry(entry, octets);
        append(parts.frames, octets);
        append(parts.payload, frame);
    }
}

const char* name_of(omci::Payload payload) {
    return payload == omci::Payload::raw ? "raw" : payload == omci::Payload::zstd ? "zstd" : "delta";
}

}  // namespace

PackageParts cut_image(omci::Octets image, omci::Payload payload) {
    PackageParts parts;
    parts.blocks = block_list(image);
    if (payload == omci::Payload::raw)
        append(parts.payload, image);
    else
        cut_frames(image, parts);
    return parts;
}

void describe(omci::Octets image, const PackageParts& parts, omci::Manifest& manifest) {
    manifest.size = static_cast<std::uint32_t>(image.size());
    manifest.sha256 = ont::sha256(image);
    manifest.blocks_sha256 = ont::sha256(parts.blocks);
    if (parts.frames.empty()) return;
    manifest.frames_sha256 = ont::sha256(parts.frames);
    std::uint32_t payload_octets = 0, longest = 0;
    omci::frames_sound(parts.frames, payload_octets, longest);
    manifest.max_memory = longest + ont::Unpacker::octets_max;
}

std::string manifest_text(const omci::Manifest& manifest, std::span<const std::string> metas) {
    std::string text;
    const auto line = [&](const char* key, std::string_view value) { text += fmt::format("{}={}\n", key, value); };
    const auto if_any = [&](const char* key, std::string_view value) {
        if (!value.empty()) line(key, value);
    };
    const auto if_not_zero = [&](const char* key, std::uint32_t value) {
        if (value != 0) line(key, std::to_string(value));
    };
    const auto hash = [&](const char* key, const omci::Sha256& value) {
        line(key, to_hex(value.data(), value.size()));
    };
    line("version", manifest.version);
    line("product-code", manifest.product_code);
    if_any("compatible", manifest.compatible);
    if_any("hardware", manifest.hardware);
    if_not_zero("security-counter", manifest.security_counter);
    line("size", std::to_string(manifest.size));
    hash("sha256", manifest.sha256);
    line("block-size", std::to_string(omci::block_octets));
    hash("blocks-sha256", manifest.blocks_sha256);
    if (manifest.payload != omci::Payload::raw) hash("frames-sha256", manifest.frames_sha256);
    line("payload", name_of(manifest.payload));
    if (manifest.payload == omci::Payload::delta) {
        line("base-version", manifest.base_version);
        hash("base-sha256", manifest.base_sha256);
    }
    if_any("requires", manifest.required_version);
    if_not_zero("min-free", manifest.min_free);
    if_not_zero("max-memory", manifest.max_memory);
    for (const std::string& meta : metas) text += "meta." + meta + "\n";
    return text;
}

std::vector<std::uint8_t> join_package(omci::Octets cms, omci::Octets blocks, omci::Octets frames,
                                       omci::Octets payload) {
    const omci::PackageHeader header{static_cast<std::uint32_t>(cms.size()), static_cast<std::uint32_t>(blocks.size()),
                                     static_cast<std::uint32_t>(frames.size())};
    if (cms.size() > omci::cms_octets_max)
        throw std::runtime_error{
            fmt::format("manifest and signatures have {} octets, more than the {} that a package "
                        "can hold: leave out what the meta keys or the chains can spare",
                        cms.size(), omci::cms_octets_max)};
    if (header.head_octets() + payload.size() > std::numeric_limits<std::uint32_t>::max())
        throw std::runtime_error{"the package is larger than 4294967295 octets, which is all that Start can announce"};
    std::vector<std::uint8_t> package(omci::package_header_octets);
    package.reserve(static_cast<std::size_t>(header.head_octets()) + payload.size());
    omci::write_header(header, std::span{package}.first<omci::package_header_octets>());
    for (const omci::Octets part : {cms, blocks, frames, payload}) append(package, part);
    return package;
}

}  // namespace tools
