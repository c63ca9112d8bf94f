// SPDX-License-Identifier: Apache-2.0
#include "tools/image/package_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "omci/crc32.h"
#include "ont/linux/sha256.h"
#include "ont/linux/unpacker.h"

namespace tools {
namespace {

using omci::Refusal;

[[noreturn]] void refuse(Refusal refusal, const std::string& path, const std::string& cause) {
    throw PackageError{refusal, "package " + path + ": " + cause};
}

std::string sentence_of(const omci::ManifestError& error) {
    std::string place = error.line == 0 ? "" : fmt::format("line {}: ", error.line);
    if (!error.key.empty()) place += fmt::format("\"{}\": ", error.key);
    return place + omci::text(error.fault);
}

std::string octets_text(std::uint64_t octets) { return fmt::format("{} octet{}", octets, octets == 1 ? "" : "s"); }

/// Every block and the whole of an installed image.
void check_image(const Package& package, omci::Octets image, const std::string& path) {
    for (std::uint32_t i = 0; i < package.header.blocks(); ++i) {
        const std::size_t at = std::size_t{i} * omci::block_octets;
        const omci::Octets block = image.subspan(at, std::min<std::size_t>(omci::block_octets, image.size() - at));
        const omci::Octets wanted =
            package.head.blocks.subspan(std::size_t{i} * omci::sha256_octets, omci::sha256_octets);
        const omci::Sha256 found = ont::sha256(block);
        if (!std::equal(found.begin(), found.end(), wanted.begin()))
            refuse(Refusal::block_hash_wrong, path,
                   fmt::format("block {} (octets {} to {} of the image) is not the one that was signed", i, at,
                               at + block.size() - 1));
    }
    if (ont::sha256(image) != package.manifest.sha256)
        refuse(Refusal::block_hash_wrong, path, "the SHA-256 of the image is not the one in the manifest");
}

}  // namespace

omci::Octets Package::head_octets() const {
    // The CMS lies right behind the header.
    return {head.cms.data() - omci::package_header_octets, static_cast<std::size_t>(header.head_octets())};
}

bool begins_as_package(omci::Octets octets, const std::string& path) {
    if (omci::is_damaged_package(octets))
        refuse(Refusal::malformed_head, path,
               "the line end behind OMCIFW is damaged: it was cut off, or moved as text and not octet by octet");
    return omci::is_package(octets);
}

Package read_package_head(omci::Octets octets, const std::string& path) {
    Package package;
    const omci::HeaderFault fault = omci::read_header(octets, package.header);
    if (fault != omci::HeaderFault::ok) refuse(Refusal::malformed_head, path, omci::text(fault));
    const std::uint64_t head_octets = package.header.head_octets();
    if (octets.size() < head_octets)
        refuse(Refusal::malformed_head, path,
               fmt::format("it ends after {} of the {} octets of its head", octets.size(), head_octets));
    package.head = omci::split_head(package.header, octets.first(static_cast<std::size_t>(head_octets)));
    package.payload = octets.subspan(static_cast<std::size_t>(head_octets));

    package.manifest_octets = omci::cms_content(package.head.cms);
    if (package.manifest_octets.empty())
        refuse(Refusal::malformed_head, path, "the CMS is no DER SignedData with a manifest inside");
    return package;
}

Package read_package(omci::Octets octets, const std::string& path) {
    Package package = read_package_head(octets, path);
    const omci::ManifestError error = omci::read_manifest(package.manifest_octets, package.manifest);
    if (error.fault != omci::ManifestFault::ok)
        refuse(Refusal::malformed_manifest, path, "the manifest cannot be read: " + sentence_of(error));
    return package;
}

void check_lists(const Package& package, const std::string& path) {
    const omci::Manifest& manifest = package.manifest;
    const bool is_raw = manifest.payload == omci::Payload::raw;
    if (ont::sha256(package.head.blocks) != manifest.blocks_sha256)
        refuse(Refusal::list_hash_wrong, path, "the block list is not the one that was signed");
    if (!is_raw && ont::sha256(package.head.frames) != manifest.frames_sha256)
        refuse(Refusal::list_hash_wrong, path, "the frame list is not the one that was signed");
    if (package.header.blocks() != omci::block_count(manifest.size))
        refuse(Refusal::malformed_head, path,
               fmt::format("the block list has {} blocks, and an image of {} has {}", package.header.blocks(),
                           octets_text(manifest.size), omci::block_count(manifest.size)));

    std::uint32_t wanted = manifest.size, longest = 0;
    const std::size_t frames = package.head.frames.size() / omci::FrameEntry::wire_octets;
    if (is_raw && frames != 0)
        refuse(Refusal::malformed_head, path, "it has a frame list, and a raw payload has no frames");
    if (!is_raw && !omci::frames_sound(package.head.frames, wanted, longest))
        refuse(Refusal::malformed_head, path, "the frames do not lie one behind the other");
    if (!is_raw && frames != omci::frame_count(manifest.size))
        refuse(Refusal::malformed_head, path,
               fmt::format("the frame list has {} frames, and an image of {} has {}", frames,
                           octets_text(manifest.size), omci::frame_count(manifest.size)));
    if (package.payload.size() != wanted)
        refuse(Refusal::size_wrong, path,
               fmt::format("the payload has {}, not {}", octets_text(package.payload.size()), octets_text(wanted)));
}

std::vector<std::uint8_t> unpack(const Package& package, const std::string& path) {
    const omci::Manifest& manifest = package.manifest;
    if (manifest.payload == omci::Payload::raw) {
        check_image(package, package.payload, path);
        return {};
    }
    const std::size_t frames = package.head.frames.size() / omci::FrameEntry::wire_octets;
    for (std::size_t i = 0; i < frames; ++i) {
        const omci::FrameEntry entry = omci::read_frame_entry(package.head.frames, i);
        const omci::Octets frame = package.payload.subspan(entry.offset, entry.octets);
        if (ont::sha256(frame) != entry.hash || omci::crc32(frame) != entry.crc)
            refuse(Refusal::frame_hash_wrong, path,
                   fmt::format("frame {} (octets {} to {} of the payload) is not the one that was signed", i,
                               entry.offset, entry.offset + entry.octets - 1));
    }
    if (manifest.payload == omci::Payload::delta)
        refuse(Refusal::not_supported, path, "a delta: without its base image it cannot be unpacked");
    if (!ont::Unpacker::available())
        refuse(Refusal::not_supported, path, "a compressed payload, and this omcast was built without libzstd");

    ont::Unpacker unpacker;
    std::vector<std::uint8_t> image;
    image.reserve(manifest.size);
    for (std::size_t i = 0; i < frames; ++i) {
        const omci::FrameEntry entry = omci::read_frame_entry(package.head.frames, i);
        const std::size_t wanted = std::min<std::size_t>(omci::frame_yield_octets, manifest.size - image.size());
        const std::size_t before = image.size();
        std::size_t count = 0;
        image.resize(before + omci::frame_yield_octets);
        if (unpacker.start(package.payload.subspan(entry.offset, entry.octets)) != 0 ||
            unpacker.next(image.data() + before, omci::frame_yield_octets, &count) != 0)
            refuse(Refusal::frame_undecodable, path, fmt::format("frame {} cannot be unpacked", i));
        if (count != wanted)
            refuse(Refusal::frame_undecodable, path,
                   fmt::format("frame {} unpacks to {}, not to {}", i, octets_text(count), octets_text(wanted)));
        image.resize(before + count);
    }
    check_image(package, image, path);
    return image;
}

}  // namespace tools
