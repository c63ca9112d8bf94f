// SPDX-License-Identifier: Apache-2.0
// Packages for the tests of ont/, made here from what the formats say and with nothing of the code under test but the
// layout of header and frame list: SHA-256 (FIPS 180-4), a toy of a signature, a toy of a compression. Nothing but the
// compiler is needed, so these tests run on every processor.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "omci/crc32.h"
#include "omci/package.h"
#include "tests/ont/device.h"

namespace tests {

class Sha256 {
public:
    void update(const std::uint8_t* octets, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            block_[size_++ % 64] = octets[i];
            if (size_ % 64 == 0) compress();
        }
    }
    omci::Sha256 finish() {
        const std::uint64_t bits = size_ * 8;
        const std::uint8_t mark = 0x80, zero = 0;
        update(&mark, 1);
        while (size_ % 64 != 56) update(&zero, 1);
        for (int shift = 56; shift >= 0; shift -= 8) {
            const auto octet = static_cast<std::uint8_t>(bits >> shift);
            update(&octet, 1);
        }
        omci::Sha256 hash{};
        for (std::size_t i = 0; i < hash.size(); ++i)
            hash[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - i % 4 * 8));
        return hash;
    }

private:
    void compress() {
        // clang-format off
        static constexpr std::uint32_t k[64] = {
            0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
            0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
            0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
            0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
            0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
            0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
            0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
            0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
        // clang-format on
        std::uint32_t w[64];
        for (std::size_t i = 0; i < 16; ++i) w[i] = omci::load_be<std::uint32_t>(block_.data() + 4 * i);
        for (std::size_t i = 16; i < 64; ++i) {
            const std::uint32_t a = w[i - 15], b = w[i - 2];
            w[i] = w[i - 16] + w[i - 7] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) +
                   (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
        }
        auto s = state_;
        for (std::size_t i = 0; i < 64; ++i) {
            const std::uint32_t e = s[4], a = s[0];
            const std::uint32_t t1 = s[7] + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) +
                                     ((e & s[5]) ^ (~e & s[6])) + k[i] + w[i];
            const std::uint32_t t2 =
                (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
            s = {t1 + t2, s[0], s[1], s[2], s[3] + t1, s[4], s[5], s[6]};
        }
        for (std::size_t i = 0; i < 8; ++i) state_[i] += s[i];
    }

    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::uint8_t, 64> block_{};
    std::uint64_t size_ = 0;
};

inline omci::Sha256 sha256(omci::Octets octets) {
    Sha256 hash;
    hash.update(octets.data(), octets.size());
    return hash.finish();
}

inline std::string hex(const omci::Sha256& hash) {
    std::string text;
    for (const std::uint8_t octet : hash) {
        text += "0123456789abcdef"[octet >> 4];
        text += "0123456789abcdef"[octet & 15];
    }
    return text;
}

inline void append(Bytes& to, omci::Octets octets) { to.insert(to.end(), octets.begin(), octets.end()); }
inline omci::Octets octets_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// One DER element.
inline Bytes der(std::uint8_t tag, const Bytes& contents) {
    Bytes out{tag};
    const std::size_t size = contents.size();
    if (size >= 0x100) {
        append(out, Bytes{0x82, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
    } else if (size >= 0x80) {
        append(out, Bytes{0x81, static_cast<std::uint8_t>(size)});
    } else {
        out.push_back(static_cast<std::uint8_t>(size));
    }
    append(out, contents);
    return out;
}

/// What a toy signer leaves: its letter, and the hash of the manifest and that letter. 'A' and 'B' are known, 'R' was
/// revoked, nobody else is known.
inline Bytes toy_signature(char signer, omci::Octets manifest) {
    Bytes signed_octets(manifest.begin(), manifest.end());
    signed_octets.push_back(static_cast<std::uint8_t>(signer));
    Bytes out{static_cast<std::uint8_t>(signer)};
    append(out, sha256(signed_octets));
    return out;
}

/// A toy frame: 0x5A, then each octet turned over; or 0x5B and one octet, which the whole yield is made of.
inline Bytes toy_frame(omci::Octets octets) {
    Bytes out{0x5A};
    bool same = true;
    for (const std::uint8_t octet : octets) {
        out.push_back(static_cast<std::uint8_t>(~octet));
        same = same && octet == octets[0];
    }
    return same ? Bytes{0x5B, octets[0], static_cast<std::uint8_t>(octets.size() >> 16),
                        static_cast<std::uint8_t>(octets.size() >> 8), static_cast<std::uint8_t>(octets.size())}
                : out;
}

/// A package, and every way in which the tests want one to be wrong.
struct PackageMaker {
    Bytes image;
    std::string version = "NEW-2.0";
    std::string product = "BOX-1";
    std::string payload = "raw";
    std::string more;  ///< further lines of the manifest
    std::string signers = "A";
    Bytes manifest_octets = {};  ///< in place of the manifest that is made from all this
    std::uint32_t size = 0;      ///< in place of the image's
    int wrong_block = -1;        ///< of the list: its hash is another one, and was signed so
    int wrong_frame = -1;        ///< likewise
    bool list_unsigned = false;  ///< the block list is not the one in the manifest
    bool wrong_signature = false;
    bool frame_too_long = false;  ///< the last frame yields one octet more

    Bytes head;  ///< of what make() made

    Bytes make() {
        Bytes blocks, frames, body;
        for (std::size_t at = 0; at < image.size(); at += omci::block_octets)
            append(blocks, sha256(part(at, omci::block_octets)));
        if (wrong_block >= 0) blocks[static_cast<std::size_t>(wrong_block) * 32] ^= 1;
        if (payload == "raw")
            body = image;
        else
            make_frames(frames, body);
        if (wrong_frame >= 0) frames[static_cast<std::size_t>(wrong_frame) * 44 + 12] ^= 1;
        Bytes manifest = manifest_octets.empty() ? make_manifest(blocks, frames) : manifest_octets;
        if (list_unsigned) blocks[0] ^= 1;
        const Bytes cms = make_cms(manifest);
        omci::PackageHeader header;
        header.manifest_octets = static_cast<std::uint32_t>(cms.size());
        header.blocks_octets = static_cast<std::uint32_t>(blocks.size());
        header.frames_octets = static_cast<std::uint32_t>(frames.size());
        std::array<std::uint8_t, omci::package_header_octets> octets{};
        omci::write_header(header, octets);
        head.assign(octets.begin(), octets.end());
        append(head, cms);
        append(head, blocks);
        append(head, frames);
        Bytes package = head;
        append(package, body);
        return package;
    }

private:
    omci::Octets part(std::size_t at, std::size_t most) const {
        return omci::Octets{image}.subspan(at, std::min(most, image.size() - at));
    }
    void make_frames(Bytes& frames, Bytes& body) const {
        for (std::size_t at = 0; at < image.size(); at += omci::frame_yield_octets) {
            Bytes yield;
            append(yield, part(at, omci::frame_yield_octets));
            if (frame_too_long && at + omci::frame_yield_octets >= image.size()) yield.push_back(yield[0]);
            const Bytes frame = toy_frame(yield);
            omci::FrameEntry entry;
            entry.offset = static_cast<std::uint32_t>(body.size());
            entry.octets = static_cast<std::uint32_t>(frame.size());
            entry.crc = omci::crc32(frame);
            entry.hash = sha256(frame);
            std::array<std::uint8_t, omci::FrameEntry::wire_octets> octets{};
            omci::write_frame_entry(entry, octets);
            append(frames, octets);
            append(body, frame);
        }
    }
    Bytes make_manifest(const Bytes& blocks, const Bytes& frames) const {
        std::string text = "version=" + version + "\nproduct-code=" + product +
                           "\nsize=" + std::to_string(size != 0 ? size : image.size()) +
                           "\nsha256=" + hex(sha256(image)) +
                           "\nblock-size=65536\nblocks-sha256=" + hex(sha256(blocks)) + "\npayload=" + payload + "\n";
        if (payload != "raw") text += "frames-sha256=" + hex(sha256(frames)) + "\n";
        text += more;
        return {text.begin(), text.end()};
    }
    Bytes make_cms(const Bytes& manifest) const {
        const Bytes signed_data_oid{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 2};
        Bytes inner{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 1};
        append(inner, der(0xA0, der(0x04, manifest)));
        Bytes signatures;
        for (const char signer : signers) append(signatures, toy_signature(signer, manifest));
        if (wrong_signature) signatures[1] ^= 1;
        signatures.push_back(static_cast<std::uint8_t>(signers.size()));
        Bytes signed_data{0x02, 0x01, 0x01, 0x31, 0x00};
        append(signed_data, der(0x30, inner));
        append(signed_data, der(0x31, der(0x04, signatures)));
        Bytes content_info = signed_data_oid;
        append(content_info, der(0xA0, der(0x30, signed_data)));
        return der(0x30, content_info);
    }
};

}  // namespace tests
