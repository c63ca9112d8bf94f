// SPDX-License-Identifier: Apache-2.0
#include "omci/message.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "omci/me_table.h"
#include "omci/software_image.h"
#include "tests/octets.h"

using namespace omci;
using tests::octets;

namespace {

Header header_for(Action action, bool response, MessageSet set) {
    Header header = request(action, TransactionId{0x1234}, set, MeClass::software_image, MeInstance{1}, !response);
    header.acknowledgement = response;
    return header;
}

template <typename T>
Header header_for(MessageSet set) {
    if constexpr (std::is_same_v<T, RawContents>)
        return header_for(Action{7}, false, set);
    else
        return header_for(T::action, T::is_response, set);
}

std::vector<std::uint8_t> encoded(const Header& header, const Message& message) {
    std::vector<std::uint8_t> room(frame_max_octets);
    const auto size = encode_message(header, message, room);
    REQUIRE(size);
    room.resize(*size);
    return room;
}

/// For each type there is: whatever contents are read as it, are written so that the same is read again.
template <std::size_t I>
void layout_round_trip() {
    using T = std::variant_alternative_t<I, Message>;
    for (const MessageSet set : {MessageSet::baseline, MessageSet::extended})
        for (std::size_t size = 0; size <= 40; ++size) {
            std::vector<std::uint8_t> contents(set == MessageSet::baseline ? 32 : size);
            for (std::size_t i = 0; i < contents.size(); ++i) contents[i] = static_cast<std::uint8_t>(i * size + 1);
            Frame frame;
            frame.header = header_for<T>(set);
            frame.contents = contents;
            CAPTURE(I);
            CAPTURE(size);
            const Message message = decode_message(frame);
            CHECK(message.index() == I);

            const auto once = encoded(frame.header, message);
            const auto again = read_frame(once);
            REQUIRE(again);
            CHECK(again->header == frame.header);
            CHECK(check_crc(*again) == MicState::good);
            CHECK(encoded(frame.header, decode_message(*again)) == once);
        }
}

}  // namespace

TEST_CASE("message: every type, in both sets and at every length, survives a round trip") {
    []<std::size_t... I>(std::index_sequence<I...>) { (layout_round_trip<I>(), ...); }  // clang-format off
    (std::make_index_sequence<std::variant_size_v<Message>>{});  // clang-format on
}

TEST_CASE("message: an action without a type, in either direction, comes back as its raw contents") {
    for (unsigned action = 0; action < 32; ++action)
        for (const bool response : {false, true}) {
            CAPTURE(action);
            CAPTURE(response);
            auto raw = octets("0001 00 0b 0007 0001 0003 aabbcc");
            raw[2] = static_cast<std::uint8_t>(action | (response ? 0x20 : 0x40));
            const auto frame = read_frame(raw);
            REQUIRE(frame);
            const Message message = decode_message(*frame);
            const bool known = find_action(Action{static_cast<std::uint8_t>(action)}) != nullptr;
            const bool test = action == 18 || action == 27;
            const bool unasked = action == 16 || action == 17;
            CHECK(std::holds_alternative<RawContents>(message) == (!known || test || (unasked && response)));
        }
}

TEST_CASE("message: an extended MIB upload next out of range has no contents, both ways") {
    const auto raw = octets("0001 2e 0b 0002 0000 0000");
    const auto frame = read_frame(raw);
    REQUIRE(frame);
    const auto message = read_message<MibUploadNextResponse>(*frame);
    REQUIRE(message);
    CHECK_FALSE(message->present());
    std::vector<std::uint8_t> room(64);
    CHECK(*write_frame(frame->header, *message, room, {.trailer = Trailer::none}) == raw.size());
    CHECK(*write_frame(header_for<MibUploadNextResponse>(MessageSet::baseline), *message, room) == 48);
}

TEST_CASE("message: a baseline Get response keeps its masks behind 25 octets of values, an extended one before them") {
    const auto values = octets("01 02");
    const GetResponse message{.result = ResultCode::attributes_failed,
                              .mask = AttributeMask{0x6000},
                              .optional_mask = AttributeMask{0x0400},
                              .execution_mask = AttributeMask{0x0800},
                              .values = values};
    std::vector<std::uint8_t> room(64);
    REQUIRE(write_frame(header_for<GetResponse>(MessageSet::baseline), message, room));
    CHECK(std::vector(room.begin() + 8, room.begin() + 13) == octets("09 6000 0102"));
    CHECK(std::vector(room.begin() + 36, room.begin() + 40) == octets("0400 0800"));
    const auto size = write_frame(header_for<GetResponse>(MessageSet::extended), message, room);
    REQUIRE(size);
    CHECK(std::vector(room.begin() + 8, room.begin() + 19) == octets("0009 09 6000 0400 0800 0102"));
}

TEST_CASE("software image: what a Get of its state tells") {
    const auto values = octets("312e3200000000000000000000 00 01 00 01");
    const SoftwareImage image = SoftwareImage::from_values(values);
    CHECK(text(image.version) == "1.2");
    CHECK(image.committed);
    CHECK_FALSE(image.active);
    CHECK(image.valid);
    CHECK(SoftwareImage::from_values(octets("31")).valid == false);
    CHECK(same_version(make_version("1.2"), make_version("1.2   ")));
    CHECK_FALSE(same_version(make_version("1.2"), make_version("1.20")));
    CHECK(text(make_version("a name of more than fourteen octets")) == "a name of more");
    const MeRow* row = find_me(MeClass::software_image);
    REQUIRE(row);
    CHECK(values_octets(*row, AttributeMask{software_image::state}) == 17);
    CHECK(values_octets(*row, AttributeMask{0xFFFF}) == 17 + 25 + 16);
    CHECK(find_me(MeClass{9}) == nullptr);
    CHECK(std::string{me_name(MeClass::software_image)} == "Software image");
    CHECK(std::string{attribute_name(MeClass::software_image, 6)} == "image_hash");
    CHECK(attribute_name(MeClass::software_image, 7) == nullptr);
    CHECK(attribute_name(MeClass{9}, 1) == nullptr);
}

TEST_CASE("software image: extended messages go only to OMCC versions known to understand them") {
    for (unsigned version = 0; version < 256; ++version) {
        CAPTURE(version);
        const bool expected = version == 0x96 || (version >= 0xB0 && version <= 0xB4);
        CHECK(speaks_extended(static_cast<std::uint8_t>(version)) == expected);
    }
}
