// SPDX-License-Identifier: Apache-2.0
#include "omci/package.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "omci/crc32.h"
#include "tests/octets.h"

using omci::HeaderFault;
using tests::octets;

namespace {

using Header = std::array<std::uint8_t, omci::package_header_octets>;

/// A header of these numbers with a right CRC, legal or not.
Header header_of(std::uint32_t format, std::uint32_t manifest, std::uint32_t blocks, std::uint32_t frames) {
    Header header;
    omci::write_header({manifest, blocks, frames}, header);
    omci::store_be(header.data() + 8, format);
    omci::store_be(header.data() + 24, omci::crc32(std::span{header}.first(24)));
    return header;
}

std::vector<std::uint8_t> joined(std::initializer_list<std::vector<std::uint8_t>> parts) {
    std::vector<std::uint8_t> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// A DER element; contents of at most 65 535 octets.
std::vector<std::uint8_t> der(std::uint8_t tag, const std::vector<std::uint8_t>& contents) {
    const std::size_t size = contents.size();
    std::vector<std::uint8_t> length{static_cast<std::uint8_t>(size)};
    if (size >= 0x100)
        length = {0x82, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    else if (size >= 0x80)
        length = {0x81, static_cast<std::uint8_t>(size)};
    return joined({{tag}, length, contents});
}

const std::vector<std::uint8_t> signed_data_oid = octets("06 09 2a 86 48 86 f7 0d 01 07 02");
const std::vector<std::uint8_t> data_oid = octets("06 09 2a 86 48 86 f7 0d 01 07 01");

/// The least that a SignedData has around its content; `behind` stands where certificates and signers would.
std::vector<std::uint8_t> cms_of(const std::vector<std::uint8_t>& content,
                                 const std::vector<std::uint8_t>& behind = {}) {
    const auto version = octets("02 01 01"), digests = octets("31 00");
    const auto encapsulated = der(0x30, joined({data_oid, der(0xA0, der(0x04, content))}));
    return der(0x30, joined({signed_data_oid, der(0xA0, der(0x30, joined({version, digests, encapsulated, behind})))}));
}

std::vector<std::uint8_t> content_of(omci::Octets cms) {
    const omci::Octets content = omci::cms_content(cms);
    return {content.begin(), content.end()};
}

}  // namespace

TEST_CASE("package: the golden header reads and writes the same") {
    // magic, format 1, a CMS of 1000 octets, 3 blocks, 1 frame; the CRC by "CRC-32/BZIP2" of another implementation
    const auto golden = octets("4f4d434946570d0a 00000001 000003e8 00000060 0000002c 474731c0");
    omci::PackageHeader header;
    REQUIRE(omci::read_header(golden, header) == HeaderFault::ok);
    CHECK(header == omci::PackageHeader{1000, 96, 44});
    CHECK(header.blocks() == 3);
    CHECK(header.head_octets() == 28 + 1000 + 96 + 44);
    Header written;
    omci::write_header(header, written);
    CHECK(std::vector(written.begin(), written.end()) == golden);
}

TEST_CASE("package: eight octets tell a package from any other image") {
    const auto magic = octets("4f4d434946570d0a");
    CHECK(omci::is_package(magic));
    CHECK_FALSE(omci::is_package(std::span{magic}.first(7)));
    CHECK_FALSE(omci::is_package(octets("4f4d434946570a0a")));
    CHECK_FALSE(omci::is_package({}));
}

TEST_CASE("package: a header that says what cannot be is refused by name") {
    struct Row {
        std::uint32_t format, manifest, blocks, frames;
        HeaderFault fault;
    };
    const Row rows[] = {
        {1, 1, 32, 0, HeaderFault::ok},
        {1, 65'536, 32, 44, HeaderFault::ok},
        {0, 1, 32, 0, HeaderFault::format},
        {2, 1, 32, 0, HeaderFault::format},
        {1, 0, 32, 0, HeaderFault::no_manifest},
        {1, 65'537, 32, 0, HeaderFault::manifest_long},
        {1, 0xFFFF'FFFF, 32, 0, HeaderFault::manifest_long},
        {1, 1, 0, 0, HeaderFault::blocks},
        {1, 1, 33, 0, HeaderFault::blocks},
        {1, 1, 32, 43, HeaderFault::frames},
        {1, 3, 0xFFFF'FFE0, 0, HeaderFault::ok},  // 4294967295 octets in all
        {1, 4, 0xFFFF'FFE0, 0, HeaderFault::head_long},
        {1, 1, 32, 0xFFFF'FFFC, HeaderFault::head_long},
        {1, 65'536, 0x8000'0000, 0x7FFF'FFE8, HeaderFault::head_long},
    };
    for (const Row& row : rows) {
        CAPTURE(row.manifest);
        CAPTURE(row.blocks);
        CAPTURE(row.frames);
        omci::PackageHeader header;
        CHECK(omci::read_header(header_of(row.format, row.manifest, row.blocks, row.frames), header) == row.fault);
    }
}

TEST_CASE("package: every octet of a header counts, and none may be missing") {
    const Header good = header_of(1, 1000, 96, 0);
    omci::PackageHeader header;
    for (std::size_t i = 0; i < good.size(); ++i) {
        CAPTURE(i);
        Header bad = good;
        bad[i] ^= 0x01;
        CHECK(omci::read_header(bad, header) == (i < 8 ? HeaderFault::magic : HeaderFault::crc));
        CHECK(omci::read_header(std::span{good}.first(i), header) == HeaderFault::truncated);
    }
    CHECK(std::string{omci::text(HeaderFault::crc)} == "the CRC-32 of the header is wrong");
}

TEST_CASE("package: a head falls into its parts") {
    const omci::PackageHeader header{3, 64, 44};
    std::vector<std::uint8_t> head(static_cast<std::size_t>(header.head_octets()));
    for (std::size_t i = 0; i < head.size(); ++i) head[i] = static_cast<std::uint8_t>(i);
    const omci::PackageHead parts = omci::split_head(header, head);
    CHECK(parts.cms.data() == head.data() + 28);
    CHECK(parts.cms.size() == 3);
    CHECK(parts.blocks.data() == head.data() + 31);
    CHECK(parts.blocks.size() == 64);
    CHECK(parts.frames.data() == head.data() + 95);
    CHECK(parts.frames.size() == 44);
}

TEST_CASE("package: blocks and frames of an image, the last ones short") {
    CHECK(omci::block_count(1) == 1);
    CHECK(omci::block_count(65'536) == 1);
    CHECK(omci::block_count(65'537) == 2);
    CHECK(omci::block_count(0xFFFF'FFFF) == 65'536);
    CHECK(omci::frame_count(262'144) == 1);
    CHECK(omci::frame_count(262'145) == 2);
}

TEST_CASE("package: a frame entry reads and writes the same, in its place of the list") {
    const auto golden = octets(
        "00000102 00000304 05060708"
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    const omci::FrameEntry entry = omci::read_frame_entry(joined({golden, golden}), 1);
    CHECK(entry.offset == 0x102);
    CHECK(entry.octets == 0x304);
    CHECK(entry.crc == 0x0506'0708);
    CHECK(entry.hash[0] == 0);
    CHECK(entry.hash[31] == 0x1F);
    std::array<std::uint8_t, omci::FrameEntry::wire_octets> written;
    omci::write_frame_entry(entry, written);
    CHECK(std::vector(written.begin(), written.end()) == golden);
}

TEST_CASE("package: a frame list is sound only without gaps, overlaps, empty frames and overflow") {
    struct Row {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> frames;  ///< offset, octets
        bool sound;
        std::uint32_t payload, longest;
    };
    const Row rows[] = {
        {{{0, 1}}, true, 1, 1},
        {{{0, 7}, {7, 9}, {16, 2}}, true, 18, 9},
        {{{0, 0x8000'0000}, {0x8000'0000, 0x7FFF'FFFF}}, true, 0xFFFF'FFFF, 0x8000'0000},
        {{}, false, 0, 0},
        {{{1, 7}}, false, 0, 0},
        {{{0, 7}, {8, 9}}, false, 7, 7},
        {{{0, 7}, {6, 9}}, false, 7, 7},
        {{{0, 7}, {7, 0}}, false, 7, 7},
        {{{0, 0x8000'0000}, {0x8000'0000, 0x8000'0000}}, false, 0x8000'0000, 0x8000'0000},
    };
    for (const Row& row : rows) {
        std::vector<std::uint8_t> list;
        for (const auto& [offset, count] : row.frames) {
            std::array<std::uint8_t, omci::FrameEntry::wire_octets> entry;
            omci::write_frame_entry({offset, count, 0, {}}, entry);
            list.insert(list.end(), entry.begin(), entry.end());
        }
        std::uint32_t payload = 1, longest = 1;
        CHECK(omci::frames_sound(list, payload, longest) == row.sound);
        CHECK(payload == row.payload);
        CHECK(longest == row.longest);
        if (list.empty()) continue;
        list.pop_back();
        CHECK_FALSE(omci::frames_sound(list, payload, longest));
    }
}

TEST_CASE("package: the content of a CMS is found whatever its length takes to say") {
    for (const std::size_t size : {1u, 100u, 127u, 128u, 255u, 256u, 3000u, 60'000u}) {
        CAPTURE(size);
        const std::vector<std::uint8_t> content(size, 0x2A);
        CHECK(content_of(cms_of(content)) == content);
        CHECK(content_of(cms_of(content, octets("a0 03 020100 31 00"))) == content);
    }
}

TEST_CASE("package: what is no definite-length SignedData around plain data has no content") {
    const std::vector<std::uint8_t> good = cms_of(octets("010203"));
    const auto changed = [&](std::size_t at, std::uint8_t octet) {
        std::vector<std::uint8_t> bad = good;
        bad[at] = octet;
        return content_of(bad);
    };
    REQUIRE(content_of(good) == octets("010203"));
    for (std::size_t size = 0; size < good.size(); ++size) CHECK(content_of(std::span{good}.first(size)).empty());
    CHECK(content_of(joined({good, octets("00")})).empty());  // something behind it
    CHECK(changed(0, 0x31).empty());
    CHECK(changed(12, 0x03).empty());               // enveloped, not signed
    CHECK(changed(13, 0xA1).empty());               // tag [1]
    CHECK(changed(1, 0x80).empty());                // of indefinite length
    CHECK(changed(good.size() - 4, 0x83).empty());  // a length that goes past the end
    CHECK(changed(good.size() - 5, 0x24).empty());  // an octet string in pieces
    CHECK(changed(good.size() - 8, 0x03).empty());  // content of another type
    const auto inner = octets("30 0a 3008 0606 010203040506");
    CHECK(content_of(inner).empty());
    // A length said in more octets than it takes is no DER.
    CHECK(content_of(joined({octets("30 81"), {good.begin() + 1, good.end()}})).empty());
    CHECK(content_of(joined({octets("30 82 00"), {good.begin() + 1, good.end()}})).empty());
    CHECK(content_of(octets("30 84 ffffffff 0609")).empty());
}
