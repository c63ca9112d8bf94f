// SPDX-License-Identifier: Apache-2.0
// Packages without cryptography.
#include "sim/toy_package.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "omci/crc32.h"
#include "omci/wire.h"
#include "ont/ont.h"

namespace sim {

namespace {

using Octets = std::vector<std::uint8_t>;

class ToySha256 final : public RunningSha256 {
public:
    void start() override { lanes_ = {1, 2, 3, 4}; }
    void update(std::span<const std::uint8_t> octets) override {
        for (const std::uint8_t octet : octets) {
            lanes_[0] = (lanes_[0] ^ octet) * 0x0000'0100'0000'01B3u;
            lanes_[1] = (lanes_[1] + octet + 1) * 0x9E37'79B9'7F4A'7C15u;
            lanes_[2] += lanes_[0] ^ lanes_[1] >> 32;
            lanes_[3] = lanes_[3] * 31 + lanes_[2];
        }
    }
    omci::Sha256 finish() override {
        omci::Sha256 hash;
        for (std::size_t i = 0; i < lanes_.size(); ++i)
            omci::store_be(hash.data() + 8 * i, lanes_[i] ^ lanes_[(i + 1) % lanes_.size()] >> 29);
        return hash;
    }

private:
    std::array<std::uint64_t, 4> lanes_{};
};

omci::Sha256 hash_of(std::span<const std::uint8_t> octets) {
    ToySha256 hash;
    hash.start();
    hash.update(octets);
    return hash.finish();
}

constexpr std::uint8_t turned_over = 0xFF;

class ToyUnpacker final : public Unpacker {
public:
    bool start(std::span<const std::uint8_t> frame) override {
        frame_ = frame;
        return !frame.empty() && frame.size() <= omci::frame_yield_octets;
    }
    bool next(std::span<std::uint8_t> out, std::size_t& count) override {
        count = std::min(out.size(), frame_.size());
        std::transform(frame_.begin(), frame_.begin() + static_cast<std::ptrdiff_t>(count), out.begin(),
                       [](std::uint8_t octet) { return static_cast<std::uint8_t>(octet ^ turned_over); });
        frame_ = frame_.subspan(count);
        return true;
    }

private:
    std::span<const std::uint8_t> frame_;
};

/// The signatures of a toy CMS: hashes of the manifest, one behind the other at its end.
class ToyServices final : public PackageServices {
public:
    std::unique_ptr<RunningSha256> make_sha256() override { return std::make_unique<ToySha256>(); }
    std::unique_ptr<Unpacker> make_unpacker() override { return std::make_unique<ToyUnpacker>(); }
    int signature(Anchor anchor, std::span<const std::uint8_t> cms, std::span<const std::uint8_t> manifest,
                  unsigned signers_min) override {
        const omci::Sha256 wanted = hash_of(manifest);
        unsigned signers = 0;
        while (cms.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), cms.end() - wanted.size())) {
            ++signers;
            cms = cms.first(cms.size() - wanted.size());
        }
        if (signers == 0) return ONT_REFUSAL_SIGNATURE_WRONG;
        if (anchor == Anchor::old) return ONT_REFUSAL_SIGNER_UNKNOWN;
        return signers < signers_min ? ONT_REFUSAL_SIGNERS_TOO_FEW : ONT_REFUSAL_NONE;
    }
};

void append(Octets& to, std::span<const std::uint8_t> octets) { to.insert(to.end(), octets.begin(), octets.end()); }

/// Tag, definite length in its shortest form, contents.
Octets der(std::uint8_t tag, std::span<const std::uint8_t> contents) {
    const std::size_t size = contents.size();
    Octets out;
    out.reserve(size + 4);
    out.push_back(tag);
    if (size >= 0x80) out.push_back(size >= 0x100 ? 0x82 : 0x81);
    if (size >= 0x100) out.push_back(static_cast<std::uint8_t>(size >> 8));
    out.push_back(static_cast<std::uint8_t>(size));
    append(out, contents);
    return out;
}

Octets joined(std::initializer_list<Octets> parts) {
    Octets out;
    for (const Octets& part : parts) append(out, part);
    return out;
}

/// A SignedData of RFC 5652 whose set of signers is nothing but our hashes.
Octets toy_cms(std::string_view manifest, unsigned signers) {
    const Octets signed_data_oid{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02};
    const Octets data_oid{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01};
    const std::span text{reinterpret_cast<const std::uint8_t*>(manifest.data()), manifest.size()};
    Octets hashes;
    for (unsigned i = 0; i < signers; ++i) append(hashes, hash_of(text));
    const Octets content = der(0x30, joined({data_oid, der(0xA0, der(0x04, text))}));
    const Octets signed_data = der(0x30, joined({{0x02, 0x01, 0x01}, der(0x31, {}), content, der(0x31, hashes)}));
    return der(0x30, joined({signed_data_oid, der(0xA0, signed_data)}));
}

std::string hex(const omci::Sha256& hash) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const std::uint8_t octet : hash) {
        out += digits[octet >> 4];
        out += digits[octet & 0x0F];
    }
    return out;
}

}  // namespace

std::vector<std::uint8_t> toy_package(const ToyPackage& toy, std::span<const std::uint8_t> image) {
    Octets blocks, frames, payload;
    for (std::size_t at = 0; at < image.size(); at += omci::block_octets)
        append(blocks, hash_of(image.subspan(at, std::min<std::size_t>(omci::block_octets, image.size() - at))));
    if (!toy.packed) append(payload, image);
    for (std::size_t at = 0; toy.packed && at < image.size(); at += omci::frame_yield_octets) {
        const auto part = image.subspan(at, std::min<std::size_t>(omci::frame_yield_octets, image.size() - at));
        omci::FrameEntry entry;
        entry.offset = static_cast<std::uint32_t>(payload.size());
        entry.octets = static_cast<std::uint32_t>(part.size());
        for (const std::uint8_t octet : part) payload.push_back(octet ^ turned_over);
        const std::span frame = std::span{payload}.subspan(entry.offset);
        entry.crc = omci::crc32(frame);
        entry.hash = hash_of(frame);
        std::array<std::uint8_t, omci::FrameEntry::wire_octets> written{};
        omci::write_frame_entry(entry, written);
        append(frames, written);
    }
    std::string manifest = "version=" + toy.version + "\nproduct-code=" + toy.product_code +
                           "\nsecurity-counter=" + std::to_string(toy.security_counter) +
                           "\nsize=" + std::to_string(image.size()) + "\nsha256=" + hex(hash_of(image)) +
                           "\nblock-size=65536\nblocks-sha256=" + hex(hash_of(blocks)) + "\n" + toy.further_lines;
    manifest += toy.packed ? "frames-sha256=" + hex(hash_of(frames)) + "\npayload=zstd\n" : "payload=raw\n";

    const Octets cms = toy_cms(manifest, toy.signers);
    omci::PackageHeader header;
    header.manifest_octets = static_cast<std::uint32_t>(cms.size());
    header.blocks_octets = static_cast<std::uint32_t>(blocks.size());
    header.frames_octets = static_cast<std::uint32_t>(frames.size());
    std::array<std::uint8_t, omci::package_header_octets> first{};
    omci::write_header(header, first);
    return joined({{first.begin(), first.end()}, cms, blocks, frames, payload});
}

std::shared_ptr<PackageServices> toy_services() { return std::make_shared<ToyServices>(); }

}  // namespace sim
