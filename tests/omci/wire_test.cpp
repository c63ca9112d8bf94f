// SPDX-License-Identifier: Apache-2.0
#include "omci/wire.h"

#include <doctest/doctest.h>

#include "tests/octets.h"

using namespace omci;
using tests::octets;

TEST_CASE("reader: numbers are big-endian") {
    const auto contents = octets("01 0203 04050607");
    Reader reader{contents, MessageSet::extended};
    std::uint8_t one = 0;
    std::uint16_t two = 0;
    std::uint32_t four = 0;
    reader.field("", one);
    reader.field("", two);
    CHECK(reader.more());
    reader.field("", four);
    CHECK_FALSE(reader.more());
    CHECK(one == 0x01);
    CHECK(two == 0x0203);
    CHECK(four == 0x0405'0607);
}

TEST_CASE("reader: what is missing reads as zero, octet by octet (G.988 11.2.5)") {
    const auto contents = octets("ab cd");
    Reader reader{contents, MessageSet::extended};
    std::uint32_t number = 0xFFFF'FFFF;
    reader.field("", number);
    CHECK(number == 0xABCD'0000);
    std::uint16_t none = 0xFFFF;
    reader.field("", none);
    CHECK(none == 0);
}

TEST_CASE("reader: an optional field is absent only where an extended message ends before it") {
    std::optional<std::uint8_t> field = std::uint8_t{1};
    Reader extended{{}, MessageSet::extended};
    extended.field("", field);
    CHECK_FALSE(field);
    Reader baseline{{}, MessageSet::baseline};
    baseline.field("", field);
    CHECK(field == std::uint8_t{0});
}

TEST_CASE("writer: octets are padded in a baseline message and never in an extended one") {
    const auto data = octets("aa bb");
    std::array<std::uint8_t, 8> room;
    room.fill(0x55);
    Writer baseline{room, MessageSet::baseline};
    baseline.octets("", data, 4);
    CHECK(baseline.size() == 4);
    CHECK(std::vector(room.begin(), room.begin() + 5) == octets("aa bb 00 00 55"));

    Writer extended{room, MessageSet::extended};
    extended.octets("", data, 4);
    CHECK(extended.size() == 2);
}

TEST_CASE("writer: the first field that does not fit ends it, and nothing behind the room is touched") {
    std::array<std::uint8_t, 4> room{};
    Writer writer{std::span{room}.first(3), MessageSet::extended};
    writer.field("", std::uint16_t{0x0102});
    writer.field("", std::uint16_t{0x0304});
    CHECK_FALSE(writer.ok());
    writer.field("", std::uint8_t{5});
    CHECK_FALSE(writer.ok());
    CHECK(writer.size() == 2);
    CHECK(room == std::array<std::uint8_t, 4>{1, 2, 0, 0});
}

TEST_CASE("writer: no octets at all may be written, even from a null span") {
    Writer writer{{}, MessageSet::extended};
    writer.rest("", {});
    writer.octets("", {}, 31);
    CHECK(writer.ok());
    CHECK(writer.size() == 0);
}
