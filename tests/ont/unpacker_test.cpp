// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/unpacker.h"

#include <doctest/doctest.h>

#ifdef OMCAST_ZSTD
#include <zstd.h>
#endif

#include <string_view>
#include <vector>

#include "ont/linux/sha256.h"
#include "tests/octets.h"

namespace {

using Octets = std::vector<std::uint8_t>;

}  // namespace

TEST_CASE("sha256: the golden values of FIPS 180-4, in one piece and in many") {
    constexpr std::string_view text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    const Octets octets{text.begin(), text.end()};
    const Octets golden = tests::octets("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    const omci::Sha256 whole = ont::sha256(octets);
    CHECK(Octets{whole.begin(), whole.end()} == golden);
    ont::Sha256 pieces;
    pieces.start();
    for (const std::uint8_t octet : octets) pieces.update({&octet, 1});
    CHECK(pieces.finish() == whole);
}

#ifdef OMCAST_ZSTD

namespace {

/// Octets that do not pack to nothing.
Octets image(std::size_t size) {
    Octets octets(size);
    std::uint32_t state = 1;
    for (std::uint8_t& octet : octets) {
        state = state * 1'664'525u + 1'013'904'223u;
        octet = static_cast<std::uint8_t>(state >> 28);
    }
    return octets;
}

Octets packed(const Octets& octets, int window_log = 0) {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 5);
    if (window_log != 0) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);  // else the window is cut to the size
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    }
    Octets frame(ZSTD_compressBound(octets.size()));
    const std::size_t size = ZSTD_compress2(context, frame.data(), frame.size(), octets.data(), octets.size());
    REQUIRE_FALSE(ZSTD_isError(size));
    ZSTD_freeCCtx(context);
    frame.resize(size);
    return frame;
}

/// All that the frame yields, taken `room` octets at a time.
Octets unpacked(ont::Unpacker& unpacker, std::size_t room) {
    Octets all;
    for (;;) {
        Octets piece(room);
        std::size_t count = 0;
        REQUIRE(unpacker.next(piece.data(), room, &count) == 0);
        all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
        if (count < room) return all;
    }
}

}  // namespace

TEST_CASE("unpacker: a frame comes out in pieces of any size, one frame after the other") {
    ont::Unpacker unpacker;
    for (const std::size_t size : {1u, 65'535u, 65'536u, 65'537u, 262'143u, 262'144u}) {
        CAPTURE(size);
        const Octets octets = image(size);
        const Octets frame = packed(octets);
        for (const std::size_t room : {1'000u, 65'536u, 262'145u}) {
            REQUIRE(unpacker.start(frame) == 0);
            CHECK(unpacked(unpacker, room) == octets);
        }
    }
    REQUIRE(unpacker.start(packed({})) == 0);
    CHECK(unpacked(unpacker, 10).empty());
}

TEST_CASE("unpacker: takes no more memory than it says, whatever a frame asks for") {
    ont::Unpacker unpacker;
    const Octets octets = image(omci::frame_yield_octets);
    for (const int window_log : {0, 10, 18, 24, 27}) {
        CAPTURE(window_log);
        REQUIRE(unpacker.start(packed(octets, window_log)) == 0);
        CHECK(unpacked(unpacker, 65'536) == octets);
    }
    CHECK(unpacker.octets() > omci::frame_yield_octets);
    CHECK(unpacker.octets() <= ont::Unpacker::octets_max);
    CHECK(unpacker.start(packed(image(omci::frame_yield_octets + 1))) != 0);
    CHECK(unpacker.start(packed(Octets(64 << 20, 0))) != 0);  // a small frame that yields much
}

TEST_CASE("unpacker: what is not one whole frame is refused, and nothing comes out") {
    ont::Unpacker unpacker;
    const Octets good = packed(image(1000));
    std::uint8_t out = 0;
    std::size_t count = 7;
    CHECK(unpacker.next(&out, 1, &count) != 0);
    const auto refused = [&](const Octets& frame) {
        count = 7;
        return unpacker.start(frame) != 0 && unpacker.next(&out, 1, &count) != 0 && count == 0;
    };
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK(refused({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}));
    Octets two = good;
    two.insert(two.end(), good.begin(), good.end());
    CHECK(refused(two));
    Octets longer = good;
    longer.push_back(0);
    CHECK(refused(longer));
    CHECK(refused(tests::octets("502a4d18 04000000 00000000")));  // a frame that is only to be skipped
    Octets damaged = good;
    damaged[4] = 0xFF;  // with a dictionary, among others
    CHECK(refused(damaged));
    CHECK(unpacker.start(good) == 0);
}

#endif
