// SPDX-License-Identifier: Apache-2.0
#include "omci/frame.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "omci/software_download.h"
#include "tests/octets.h"

using namespace omci;
using tests::octets;

namespace {

// Commit of image 1, baseline: with its CRC-32.
const std::string commit =
    "000c 57 0a 0007 0001 0000000000000000000000000000000000000000000000000000000000000000 0000 0028 496930be";

Header commit_header(MessageSet set) {
    return request(Action::commit_software, TransactionId{12}, set, MeClass::software_image, MeInstance{1});
}

std::vector<std::uint8_t> first(std::vector<std::uint8_t> all, std::size_t count) {
    all.resize(count);
    return all;
}

}  // namespace

TEST_CASE("frame: a baseline frame reads and writes the same") {
    const auto golden = octets(commit);
    const auto frame = read_frame(golden);
    REQUIRE(frame);
    CHECK(frame->header == commit_header(MessageSet::baseline));
    CHECK(frame->contents.size() == 32);
    CHECK(frame->trailer == Trailer::mic);
    CHECK_FALSE(frame->truncated);
    CHECK(check_crc(*frame) == MicState::good);

    std::vector<std::uint8_t> room(48, 0x55);
    const auto size = write_frame(frame->header, CommitRequest{}, room);
    REQUIRE(size);
    CHECK(*size == 48);
    CHECK(room == golden);
}

TEST_CASE("frame: every bit of the type octet and of the header comes back") {
    for (unsigned type = 0; type < 256; ++type) {
        auto raw = octets(commit);
        raw[2] = static_cast<std::uint8_t>(type);
        const auto frame = read_frame(raw);
        REQUIRE(frame);
        CHECK(frame->header.type_octet() == type);
        CHECK(check_crc(*frame) == (type == 0x57 ? MicState::good : MicState::bad));
    }
}

TEST_CASE("frame: the four ways a frame may end") {
    const auto golden = octets(commit);
    auto zero = golden;
    zero.resize(44);
    zero.resize(48);
    auto bad = golden;
    bad[47] ^= 1;

    struct Row {
        std::vector<std::uint8_t> frame;
        Trailer trailer;
        MicState state;
    };
    const Row rows[] = {
        {golden, Trailer::mic, MicState::good},
        {zero, Trailer::mic, MicState::zero},
        {bad, Trailer::mic, MicState::bad},
        {first(golden, 47), Trailer::length, MicState::absent},
        {first(golden, 44), Trailer::length, MicState::absent},
        {first(golden, 43), Trailer::none, MicState::absent},
        {first(golden, 40), Trailer::none, MicState::absent},
    };
    for (const Row& row : rows) {
        CAPTURE(row.frame.size());
        const auto frame = read_frame(row.frame);
        REQUIRE(frame);
        CHECK_FALSE(frame->truncated);
        CHECK(frame->trailer == row.trailer);
        CHECK(check_crc(*frame) == row.state);
    }
}

TEST_CASE("frame: octets behind the end are ignored") {
    auto longer = octets(commit);
    longer.resize(60, 0xEE);
    const auto frame = read_frame(longer);
    REQUIRE(frame);
    CHECK(check_crc(*frame) == MicState::good);
}

TEST_CASE("frame: every frame cut short is an error or marked as truncated") {
    const auto golden = octets(commit);
    for (std::size_t size = 0; size < golden.size(); ++size) {
        CAPTURE(size);
        const auto cut = first(golden, size);
        const auto frame = read_frame(cut);
        if (size < 8) {
            REQUIRE_FALSE(frame);
            CHECK(frame.error() == Error::header_short);
        } else {
            REQUIRE(frame);
            CHECK(frame->truncated == (size < 40));
            CHECK(frame->contents.size() == std::min<std::size_t>(32, size - 8));
        }
    }
}

TEST_CASE("frame: another device identifier is none of ours") {
    auto raw = octets(commit);
    for (const unsigned device : {0x00u, 0x09u, 0x0Cu, 0xFFu}) {
        raw[3] = static_cast<std::uint8_t>(device);
        const auto frame = read_frame(raw);
        REQUIRE_FALSE(frame);
        CHECK(frame.error() == Error::unknown_device);
    }
}

TEST_CASE("frame: an extended frame says how long it is, and only eleven bits of that count") {
    struct Row {
        const char* frame;
        std::uint16_t announced;
        std::size_t present;
        bool truncated;
        Trailer trailer;
    };
    const Row rows[] = {
        {"0011 57 0b 0007 0001 0000", 0, 0, false, Trailer::none},
        {"0011 57 0b 0007 0001 f800", 0, 0, false, Trailer::none},
        {"0011 57 0b 0007 0001 0000 010203", 0, 0, false, Trailer::none},
        {"0011 57 0b 0007 0001 0000 01020304", 0, 0, false, Trailer::mic},
        {"0011 57 0b 0007 0001 0002 aabb", 2, 2, false, Trailer::none},
        {"0011 57 0b 0007 0001 0003 aabb", 3, 2, true, Trailer::none},
        {"0011 57 0b 0007 0001 07ff aabb", 2047, 2, true, Trailer::none},
        {"0011 57 0b 0007 0001 0002 aabb 01020304", 2, 2, false, Trailer::mic},
    };
    for (const Row& row : rows) {
        CAPTURE(row.frame);
        const auto raw = octets(row.frame);
        const auto frame = read_frame(raw);
        REQUIRE(frame);
        CHECK(frame->contents_octets == row.announced);
        CHECK(frame->contents.size() == row.present);
        CHECK(frame->truncated == row.truncated);
        CHECK(frame->trailer == row.trailer);
    }
    CHECK(read_frame(octets("0011 57 0b 0007 0001 00")).error() == Error::header_short);
}

TEST_CASE("frame: a section of an extended frame is never padded") {
    const auto data = octets("0102030405");
    std::vector<std::uint8_t> room(frame_max_octets);
    const auto size = write_frame(request(Action::download_section, TransactionId{2}, MessageSet::extended,
                                          MeClass::software_image, MeInstance{1}, false),
                                  SectionRequest{7, data}, room);
    REQUIRE(size);
    CHECK(*size == 10 + 6 + 4);
    CHECK(first(room, 16) == octets("0002 14 0b 0007 0001 0006 07 0102030405"));
    const auto frame = read_frame(std::span{room}.first(*size));
    REQUIRE(frame);
    CHECK(check_crc(*frame) == MicState::good);
    CHECK(std::vector(frame->contents.begin(), frame->contents.end()) == octets("07 0102030405"));
}

TEST_CASE("frame: what does not fit is refused, at every size of room") {
    const auto data = octets("0102030405");
    for (const MessageSet set : {MessageSet::baseline, MessageSet::extended}) {
        const Header header =
            request(Action::download_section, TransactionId{2}, set, MeClass::software_image, MeInstance{1}, false);
        const std::size_t needed = set == MessageSet::baseline ? 48 : 20;
        for (std::size_t size = 0; size <= needed; ++size) {
            CAPTURE(size);
            std::vector<std::uint8_t> room(size);
            const auto written = write_frame(header, SectionRequest{7, data}, room);
            if (size < needed) {
                REQUIRE_FALSE(written);
                CHECK(written.error() == Error::no_room);
            } else {
                REQUIRE(written);
                CHECK(*written == needed);
            }
        }
    }
}

TEST_CASE("frame: a writer without a MIC ends where its trailer says") {
    std::vector<std::uint8_t> room(48);
    CHECK(*write_frame(commit_header(MessageSet::baseline), CommitRequest{}, room, {.trailer = Trailer::none}) == 40);
    CHECK(*write_frame(commit_header(MessageSet::baseline), CommitRequest{}, room, {.trailer = Trailer::length}) == 44);
    CHECK(*write_frame(commit_header(MessageSet::extended), CommitRequest{}, room, {.trailer = Trailer::none}) == 10);
    const Mic mic{1, 2, 3, 4};
    CHECK(*write_frame(commit_header(MessageSet::extended), CommitRequest{}, room, {.mic = mic}) == 14);
    CHECK(std::equal(mic.begin(), mic.end(), room.begin() + 10));
}

TEST_CASE("header: a response has the identifier, set, class and instance of its command, and AK for AR") {
    const Header command = commit_header(MessageSet::extended);
    const Header response = response_to(command);
    CHECK(response.type_octet() == 0x37);
    CHECK(response.transaction_id == command.transaction_id);
    CHECK(response.set == command.set);
    CHECK(response.me_instance == command.me_instance);
    CHECK_FALSE(high_priority(TransactionId{0x8001}, MessageSet::extended));
    CHECK(high_priority(TransactionId{0x8001}, MessageSet::baseline));
}
