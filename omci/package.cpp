// SPDX-License-Identifier: Apache-2.0
#include "omci/package.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

#include "omci/crc32.h"

namespace omci {
namespace {

constexpr std::size_t format_offset = 8, manifest_offset = 12, blocks_offset = 16, frames_offset = 20, crc_offset = 24;

// What a CMS begins with, tag by tag (RFC 5652 sections 3, 5.1 and 5.2).
constexpr std::uint8_t der_integer = 0x02, der_octet_string = 0x04, der_sequence = 0x30, der_set = 0x31;
constexpr std::uint8_t der_explicit_0 = 0xA0;
constexpr std::array<std::uint8_t, 11> oid_signed_data{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 2};
constexpr std::array<std::uint8_t, 11> oid_data{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 1};

/// Walks the elements of a DER value, one behind the other. Remembers its first failure.
class Der {
public:
    explicit Der(Octets octets) : left_{octets} {}

    bool ok() const { return ok_; }
    bool at_end() const { return left_.empty(); }

    /// The contents of the next element, which must have this tag; the walk goes on behind it.
    Octets take(std::uint8_t tag) {
        if (left_.size() < 2 || left_[0] != tag) return fail();
        std::size_t header = 2;
        std::size_t octets = left_[1];
        if (octets >= 0x80) {
            const std::size_t digits = octets - 0x80;  // 0: of indefinite length, which is no DER
            if (digits < 1 || digits > 3 || left_.size() < header + digits) return fail();
            octets = 0;
            for (std::size_t i = 0; i < digits; ++i) octets = octets << 8 | left_[header + i];
            if (octets < 0x80 || octets >> (8 * (digits - 1)) == 0) return fail();  // could be said shorter
            header += digits;
        }
        if (left_.size() - header < octets) return fail();
        const Octets contents = left_.subspan(header, octets);
        left_ = left_.subspan(header + octets);
        return contents;
    }

    void expect(Octets element) {
        if (left_.size() < element.size() || std::memcmp(left_.data(), element.data(), element.size()) != 0) {
            fail();
            return;
        }
        left_ = left_.subspan(element.size());
    }

private:
    Octets fail() {
        ok_ = false;
        left_ = {};
        return {};
    }

    Octets left_;
    bool ok_ = true;
};

bool begins_like_magic(Octets octets) {
    const std::size_t count = std::min(octets.size(), package_magic.size());
    return count == 0 || std::memcmp(octets.data(), package_magic.data(), count) == 0;
}

}  // namespace

bool is_package(Octets octets) noexcept { return octets.size() >= package_magic.size() && begins_like_magic(octets); }

bool is_damaged_package(Octets octets) noexcept {
    return octets.size() >= package_name_octets && begins_like_magic(octets.first(package_name_octets)) &&
           !is_package(octets);
}

HeaderFault read_header(Octets octets, PackageHeader& header) noexcept {
    if (!begins_like_magic(octets)) return HeaderFault::magic;
    if (octets.size() < package_header_octets) return HeaderFault::truncated;
    const std::uint8_t* at = octets.data();
    if (load_be<std::uint32_t>(at + crc_offset) != crc32(octets.first(crc_offset))) return HeaderFault::crc;
    if (load_be<std::uint32_t>(at + format_offset) != package_format) return HeaderFault::format;

    header.manifest_octets = load_be<std::uint32_t>(at + manifest_offset);
    header.blocks_octets = load_be<std::uint32_t>(at + blocks_offset);
    header.frames_octets = load_be<std::uint32_t>(at + frames_offset);
    if (header.manifest_octets == 0) return HeaderFault::no_manifest;
    if (header.manifest_octets > cms_octets_max) return HeaderFault::manifest_long;
    if (header.blocks_octets == 0 || header.blocks_octets % sha256_octets != 0) return HeaderFault::blocks;
    if (header.frames_octets % FrameEntry::wire_octets != 0) return HeaderFault::frames;
    if (header.head_octets() > std::numeric_limits<std::uint32_t>::max()) return HeaderFault::head_long;
    return HeaderFault::ok;
}

void write_header(const PackageHeader& header, std::span<std::uint8_t, package_header_octets> out) noexcept {
    std::copy(package_magic.begin(), package_magic.end(), out.begin());
    store_be(out.data() + format_offset, package_format);
    store_be(out.data() + manifest_offset, header.manifest_octets);
    store_be(out.data() + blocks_offset, header.blocks_octets);
    store_be(out.data() + frames_offset, header.frames_octets);
    store_be(out.data() + crc_offset, crc32(out.first<crc_offset>()));
}

PackageHead split_head(const PackageHeader& header, Octets head) noexcept {
    assert(head.size() == header.head_octets());
    head = head.subspan(package_header_octets);
    return {head.first(header.manifest_octets), head.subspan(header.manifest_octets, header.blocks_octets),
            head.last(header.frames_octets)};
}

FrameEntry read_frame_entry(Octets frames, std::size_t index) noexcept {
    assert(index < frames.size() / FrameEntry::wire_octets);
    const std::uint8_t* at = frames.data() + index * FrameEntry::wire_octets;
    FrameEntry entry;
    entry.offset = load_be<std::uint32_t>(at);
    entry.octets = load_be<std::uint32_t>(at + 4);
    entry.crc = load_be<std::uint32_t>(at + 8);
    std::memcpy(entry.hash.data(), at + 12, entry.hash.size());
    return entry;
}

void write_frame_entry(const FrameEntry& entry, std::span<std::uint8_t, FrameEntry::wire_octets> out) noexcept {
    store_be(out.data(), entry.offset);
    store_be(out.data() + 4, entry.octets);
    store_be(out.data() + 8, entry.crc);
    std::memcpy(out.data() + 12, entry.hash.data(), entry.hash.size());
}

bool frames_sound(Octets frames, std::uint32_t& payload_octets, std::uint32_t& longest) noexcept {
    payload_octets = 0;
    longest = 0;
    if (frames.empty() || frames.size() % FrameEntry::wire_octets != 0) return false;
    for (std::size_t i = 0; i < frames.size() / FrameEntry::wire_octets; ++i) {
        const FrameEntry entry = read_frame_entry(frames, i);
        const bool fits = entry.octets <= std::numeric_limits<std::uint32_t>::max() - payload_octets;
        if (entry.offset != payload_octets || entry.octets == 0 || !fits) return false;
        payload_octets += entry.octets;
        longest = std::max(longest, entry.octets);
    }
    return true;
}

Octets cms_content(Octets cms) noexcept {
    Der outermost{cms};
    Der content_info{outermost.take(der_sequence)};
    if (!outermost.at_end()) return {};  // something lies behind it
    content_info.expect(oid_signed_data);
    Der wrapped{content_info.take(der_explicit_0)};
    Der signed_data{wrapped.take(der_sequence)};
    signed_data.take(der_integer);  // version
    signed_data.take(der_set);      // digest algorithms
    Der content{signed_data.take(der_sequence)};
    content.expect(oid_data);
    Der wrapped_octets{content.take(der_explicit_0)};
    const Octets octets = wrapped_octets.take(der_octet_string);
    // A failure leaves nothing to the walks within it, so each later one fails too: asking the last is enough.
    return wrapped_octets.ok() && wrapped_octets.at_end() && content.at_end() ? octets : Octets{};
}

}  // namespace omci
