// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/packages.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>

#include "omci/crc32.h"

namespace power_cut {
namespace {

void append(Bytes& to, std::span<const std::uint8_t> octets) { to.insert(to.end(), octets.begin(), octets.end()); }

/// One DER element of at most 64 KiB.
Bytes der(std::uint8_t tag, std::initializer_list<Bytes> parts) {
    Bytes contents;
    for (const Bytes& part : parts) append(contents, part);
    const std::size_t size = contents.size();
    Bytes out{tag, 0x82, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    if (size < 0x100) out = {tag, 0x81, static_cast<std::uint8_t>(size)};
    if (size < 0x80) out = {tag, static_cast<std::uint8_t>(size)};
    append(out, contents);
    return out;
}

Bytes bytes(const omci::Sha256& hash) { return {hash.begin(), hash.end()}; }

std::string hex(const omci::Sha256& hash) {
    std::string text;
    for (const std::uint8_t octet : hash) {
        text += "0123456789abcdef"[octet >> 4];
        text += "0123456789abcdef"[octet & 0x0F];
    }
    return text;
}

/// A SignedData of RFC 5652 whose set of signers is nothing but our hash.
Bytes make_cms(const std::string& manifest, bool good) {
    const Bytes signed_data_oid{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02};
    const Bytes data_oid{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01};
    const Bytes text(manifest.begin(), manifest.end());
    Bytes signature = bytes(quick_hash(text));
    if (!good) signature[5] ^= 1;
    const Bytes content = der(0x30, {data_oid, der(0xA0, {der(0x04, {text})})});
    const Bytes signed_data = der(0x30, {{0x02, 0x01, 0x01}, der(0x31, {}), content, der(0x31, {signature})});
    return der(0x30, {signed_data_oid, der(0xA0, {signed_data})});
}

/// `framed`: the payload is one frame, said to be compressed, of the octets as they are.
void pack(Image& image, bool framed, bool good_signature) {
    Bytes blocks, frames;
    const std::span all{image.octets};
    for (std::size_t at = 0; at < all.size(); at += omci::block_octets)
        append(blocks, quick_hash(all.subspan(at, std::min<std::size_t>(omci::block_octets, all.size() - at))));
    if (framed) {
        omci::FrameEntry entry;
        entry.octets = static_cast<std::uint32_t>(all.size());
        entry.crc = omci::crc32(all);
        entry.hash = quick_hash(all);
        std::array<std::uint8_t, omci::FrameEntry::wire_octets> written{};
        omci::write_frame_entry(entry, written);
        append(frames, written);
    }
    std::string manifest = std::string{"version="} + image.name +
                           "\nproduct-code=SWEEP\nsecurity-counter=" + std::to_string(image.counter) +
                           "\nsize=" + std::to_string(all.size()) + "\nsha256=" + hex(quick_hash(all)) +
                           "\nblock-size=65536\nblocks-sha256=" + hex(quick_hash(blocks)) + "\n";
    manifest += framed ? "frames-sha256=" + hex(quick_hash(frames)) + "\npayload=zstd\n" : "payload=raw\n";
    const Bytes cms = make_cms(manifest, good_signature);
    omci::PackageHeader header;
    header.manifest_octets = static_cast<std::uint32_t>(cms.size());
    header.blocks_octets = static_cast<std::uint32_t>(blocks.size());
    header.frames_octets = static_cast<std::uint32_t>(frames.size());
    std::array<std::uint8_t, omci::package_header_octets> first{};
    omci::write_header(header, first);
    image.wire.assign(first.begin(), first.end());
    image.head_octets = static_cast<std::size_t>(header.head_octets());
    for (const Bytes* part : std::initializer_list<const Bytes*>{&cms, &blocks, &frames, &image.octets})
        append(image.wire, *part);
}

Library make_packages() {
    Library library;
    library.packages = true;
    const auto add = [&](ImageNumber number, const char* name, std::size_t octets, std::uint32_t counter) -> Image& {
        Image& image = library.image[number];
        image = make_image(name, octets, 100 + number);
        image.counter = counter;
        return image;
    };
    add(factory, "FACTORY", 2 * 65'536 + 500, 0);
    add(second, "SECOND", 66'000, 0);
    // Its second block is that of the factory's image, so it can be copied from the running slot.
    Image& likeness = add(next, "NEXT", 2 * 65'536 + 1111, 5);
    const Bytes& old = library.image[factory].octets;
    std::copy_n(old.begin() + omci::block_octets, omci::block_octets, likeness.octets.begin() + omci::block_octets);
    pack(likeness, false, true);
    pack(add(broken, "BROKEN", 65'536 + 4000, 7), false, true);
    pack(add(last, "LAST", 65'536 + 20'000, 8), true, true);
    pack(add(forbidden, "FORBIDDEN", 65'536, 9), false, false);
    pack(add(older, "OLDER", 65'536, 4), false, true);
    library.image[broken].works = false;
    library.image[forbidden].permitted = library.image[older].permitted = false;
    return library;
}

}  // namespace

void QuickHash::start() {
    lanes_ = {1, 2, 3, 4};
    size_ = 0;
}

void QuickHash::mix() {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        std::uint64_t word = 0;
        std::memcpy(&word, pending_.data() + 8 * i, sizeof word);
        lanes_[i] = (lanes_[i] ^ word) * 0x9E37'79B9'7F4A'7C15u;
        lanes_[i] ^= lanes_[i] >> 29;
    }
}

void QuickHash::update(std::span<const std::uint8_t> octets) {
    while (!octets.empty()) {
        const std::size_t at = size_ % pending_.size();
        const std::size_t count = std::min(octets.size(), pending_.size() - at);
        std::memcpy(pending_.data() + at, octets.data(), count);
        size_ += count;
        octets = octets.subspan(count);
        if (size_ % pending_.size() == 0) mix();
    }
}

omci::Sha256 QuickHash::finish() {
    const std::size_t at = size_ % pending_.size();
    std::fill(pending_.begin() + static_cast<std::ptrdiff_t>(at), pending_.end(), std::uint8_t{0});
    mix();
    omci::Sha256 hash{};
    std::uint64_t all = size_;
    for (const std::uint64_t lane : lanes_) all = (all ^ lane) * 0x9E37'79B9'7F4A'7C15u;
    for (std::size_t i = 0; i < lanes_.size(); ++i) omci::store_be(hash.data() + 8 * i, lanes_[i] ^ (all << i));
    return hash;
}

omci::Sha256 quick_hash(std::span<const std::uint8_t> octets) {
    QuickHash hash;
    hash.start();
    hash.update(octets);
    return hash.finish();
}

const Library& package_library() {
    static const Library library = make_packages();
    return library;
}

bool signed_well(std::span<const std::uint8_t> cms, std::span<const std::uint8_t> manifest) {
    const omci::Sha256 wanted = quick_hash(manifest);
    return cms.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), cms.end() - wanted.size());
}

}  // namespace power_cut
