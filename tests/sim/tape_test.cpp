// SPDX-License-Identifier: Apache-2.0
#include "sim/tape.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

TEST_CASE("tape: frames keep their octets and numbers whatever is forgotten before them") {
    sim::Tape tape;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        const std::vector<std::uint8_t> frame(1 + i % 50, static_cast<std::uint8_t>(i));
        tape.append(static_cast<sim::Nanoseconds>(i), frame, false);
        if (i % 7 == 0) tape.trim(i - i % 3);
        REQUIRE(tape.end() == i + 1);
        for (std::uint64_t kept = tape.first(); kept < tape.end(); ++kept) {
            const auto octets = tape.octets(kept);
            REQUIRE(tape.frame(kept).sent == static_cast<sim::Nanoseconds>(kept));
            REQUIRE(octets.size() == 1 + kept % 50);
            REQUIRE(std::all_of(octets.begin(), octets.end(), [&](std::uint8_t o) { return o == kept % 256; }));
        }
    }
    tape.trim(tape.end());
    CHECK(tape.size() == 0);
}

TEST_CASE("tape: the next urgent frame is found from any place") {
    sim::Tape tape;
    const std::vector<std::uint8_t> frame(48);
    for (sim::Nanoseconds at : {10, 20, 30, 40, 50}) tape.append(at, frame, at == 20 || at == 40);
    CHECK(tape.next_urgent(0) == 20);
    CHECK(tape.next_urgent(1) == 20);
    CHECK(tape.next_urgent(2) == 40);
    CHECK(tape.next_urgent(4) == sim::forever);
    tape.trim(3);
    CHECK(tape.next_urgent(3) == 40);
}
