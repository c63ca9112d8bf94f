// SPDX-License-Identifier: Apache-2.0
#include "tools/aes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

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

TEST_CASE("cmac: a message of whole blocks and one that ends within a block are both signed, and differ") {
    tools::Aes128 aes;
    const omci::Key128 secret = key("2b7e151628aed2a6abf7158809cf4f3c");
    const std::vector<std::uint8_t> message(48, 0x6B);
    // The direction is the first octet of what is signed: 15, 31 and 47 octets fill whole blocks.
    std::vector<omci::Mic> seen;
    for (std::size_t size = 0; size <= message.size(); ++size) {
        const auto mic =
            omci::cmac_mic(aes.cipher(), secret, omci::Direction::downstream, std::span{message}.first(size));
        CHECK(std::find(seen.begin(), seen.end(), mic) == seen.end());
        seen.push_back(mic);
    }
}
