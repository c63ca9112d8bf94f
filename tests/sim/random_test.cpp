// SPDX-License-Identifier: Apache-2.0
#include "sim/random.h"

#include <doctest/doctest.h>

#include <array>

TEST_CASE("random: a seed and a stream are one sequence, and another one each") {
    sim::Random a{7, 1}, same{7, 1}, other_seed{8, 1}, other_stream{7, 2};
    unsigned alike = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t drawn = a.next();
        CHECK(drawn == same.next());
        alike += drawn == other_seed.next();
        alike += drawn == other_stream.next();
    }
    CHECK(alike == 0);
}

TEST_CASE("random: the sequence is the same on every machine") {
    sim::Random random{1};
    const std::array drawn{random.next(), random.next(), random.next()};
    CHECK(drawn == std::array<std::uint64_t, 3>{0x6470d9db81f11862u, 0xf09ab6f0e83fc9e8u, 0x436b729062f89b92u});
}

TEST_CASE("random: what is certain always happens, what has no chance never does") {
    sim::Random random{3};
    for (int i = 0; i < 1000; ++i) {
        CHECK(random.chance(sim::certain));
        CHECK(!random.chance(0));
    }
}

TEST_CASE("random: a loss of one in a thousand loses about one in a thousand") {
    constexpr unsigned draws = 4'000'000;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        CAPTURE(seed);
        sim::Random random{seed};
        unsigned lost = 0;
        for (unsigned i = 0; i < draws; ++i) lost += random.chance(sim::certain / 1000);
        // 4000 are expected; five standard deviations are 316.
        CHECK(lost > 4000 - 316);
        CHECK(lost < 4000 + 316);
    }
}

TEST_CASE("random: between() gives every value of its range and no other") {
    sim::Random random{9};
    std::array<unsigned, 7> seen{};
    for (int i = 0; i < 7000; ++i) {
        const int drawn = random.between(-3, 3);
        REQUIRE(drawn >= -3);
        REQUIRE(drawn <= 3);
        ++seen[static_cast<std::size_t>(drawn + 3)];
    }
    for (const unsigned count : seen) {
        CHECK(count > 800);
        CHECK(count < 1200);
    }
    CHECK(random.between(5u, 5u) == 5u);
    const auto wide = random.between<std::int64_t>(0, std::int64_t{1} << 40);
    CHECK(wide >= 0);
    CHECK(wide <= std::int64_t{1} << 40);
}
