// SPDX-License-Identifier: Apache-2.0
// OMCI in Ethernet frames: padding behind a message is told from its check. The addresses are tested with captures.
#include "tools/capture/mac_layout.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/octets.h"

using tests::octets;

namespace {

std::vector<std::uint8_t> baseline(std::size_t size, std::uint8_t fill) {
    auto message = octets("0011 49 0a 0007 0000 f000");
    message.resize(size, fill);
    return message;
}

std::size_t left_of(std::vector<std::uint8_t> message, std::size_t padded_to) {
    message.resize(padded_to);
    return tools::without_padding(message).size();
}

}  // namespace

TEST_CASE("mac layout: a baseline message comes back without its padding, whatever it was padded to") {
    for (const std::size_t padded_to : {46u, 47u, 50u, 1500u}) {
        CAPTURE(padded_to);
        if (padded_to >= 48) CHECK(left_of(baseline(48, 0xAA), padded_to) == 48);
        if (padded_to < 48) CHECK(left_of(baseline(44, 0xAA), padded_to) == 44);
        if (padded_to < 48) CHECK(left_of(baseline(40, 0xAA), padded_to) == 44);  // its CPCS trailer reads as zero
    }
    CHECK(left_of(baseline(44, 0xAA), 44) == 44);
    CHECK(left_of(baseline(40, 0xAA), 40) == 40);
}

TEST_CASE("mac layout: an extended message comes back by its length field") {
    const auto bare = octets("0011 49 0b 0007 0000 0002 f000");
    const auto checked = octets("0011 49 0b 0007 0000 0002 f000 11223344");
    CHECK(left_of(bare, 46) == 12);
    CHECK(left_of(checked, 46) == 16);
    CHECK(left_of(checked, 16) == 16);
    CHECK(left_of(bare, 12) == 12);

    auto full = octets("0011 14 0b 0007 0001 07ae");
    full.resize(1980, 0x55);
    CHECK(left_of(full, 1980) == 1980);
    CHECK(left_of(full, 1986) == 1980);
    CHECK(left_of(full, 1700) == 1700);  // cut: for others to refuse
}

TEST_CASE("mac layout: what is no OMCI comes back as it is") {
    CHECK(left_of({}, 0) == 0);
    CHECK(left_of(octets("00"), 46) == 46);
    CHECK(left_of(octets("0011 49 0c 0007"), 46) == 46);
}
