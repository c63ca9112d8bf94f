// SPDX-License-Identifier: Apache-2.0
#include "tools/aes.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "omci/frame.h"
#include "tests/octets.h"

using tests::octets;

namespace {

omci::Key128 key(const char* hex) {
    const auto all = octets(hex);
    omci::Key128 out;
    std::copy_n(all.begin(), out.size(), out.begin());
    return out;
}

}  // namespace

TEST_CASE("aes: the block of FIPS 197, appendix C.1") {
    tools::Aes128 aes;
    const omci::BlockCipher cipher = aes.cipher();
    omci::Key128 block = key("00112233445566778899aabbccddeeff");
    const omci::Key128 secret = key("000102030405060708090a0b0c0d0e0f");
    cipher.encrypt(cipher.context, secret.data(), block.data(), block.data());
    CHECK(block == key("69c4e0d86a7b0430d8cdb78070b4c55a"));
}

TEST_CASE("cmac: the published key and check of G.9807.1") {
    tools::Aes128 aes;
    const auto serial = octets("564e445200112233");
    const auto tag = octets("4f4c542344556677");
    const omci::Key128 integrity_key =
        omci::omci_integrity_key(aes.cipher(), key("112233445566778899aabbccddeeff00"),
                                 std::span<const std::uint8_t, 8>{serial}, std::span<const std::uint8_t, 8>{tag});
    CHECK(integrity_key == key("184b8ad4d1ac4af4dd4b339ecc0d3370"));

    auto get = octets("8000 490a 0100 0000 0080");
    get.resize(40);
    const auto trailer = octets("0000 0028 78dca53d");
    get.insert(get.end(), trailer.begin(), trailer.end());
    const auto frame = omci::read_frame(get);
    REQUIRE(frame);
    using omci::Direction;
    CHECK(omci::cmac_mic(aes.cipher(), integrity_key, Direction::downstream, frame->checked) == frame->mic);
    CHECK(omci::cmac_mic(aes.cipher(), integrity_key, Direction::upstream, frame->checked) != frame->mic);
    CHECK(omci::check_crc(*frame) == omci::MicState::bad);
}

TEST_CASE("cmac: the examples of RFC 4493, where the prefix octet is the first of the message") {
    // Example 2 (16 octets) and 3 (40 octets); their first octet, 0x6b, is no direction, so it is checked by length here:
    // a message of whole blocks and one of a part of a block must take different subkeys.
    tools::Aes128 aes;
    const omci::Key128 secret = key("2b7e151628aed2a6abf7158809cf4f3c");
    const auto message = octets("6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51 30c81c46a35ce411");
    const auto mic = [&](std::size_t size) {
        return omci::cmac_mic(aes.cipher(), secret, omci::Direction::downstream, std::span{message}.first(size));
    };
    CHECK(mic(15) != mic(16));
    CHECK(mic(15) == mic(15));
    CHECK(mic(0) != omci::Mic{});
}
