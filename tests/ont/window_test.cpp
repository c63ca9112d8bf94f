// SPDX-License-Identifier: Apache-2.0
// The window on its own: by number, holes, duplicates, short sections; against a plain model, drawn at random.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <vector>

#include "ont/window.h"

using ont::Window;
using Bytes = std::vector<std::uint8_t>;

TEST_CASE("window: whatever arrives in whatever order, a complete one is its sections in order") {
    std::mt19937 dice{7};
    const auto draw = [&](std::size_t below) { return std::size_t{dice()} % below; };
    int complete = 0;
    for (int run = 0; run < 3000; ++run) {
        const bool baseline = draw(2) == 0;
        const auto set = baseline ? omci::MessageSet::baseline : omci::MessageSet::extended;
        const std::size_t agreed = 1 + draw(baseline ? 20 : 6);
        Bytes buffer(agreed * omci::section_octets(set));  // exactly: a sanitizer sees one octet too many
        Window window;
        window.open(buffer, set, agreed);
        for (int round = 0; round < 2; ++round) {
            std::map<std::size_t, Bytes> model;
            bool spoiled = false;
            const std::size_t last = draw(agreed);
            const std::size_t puts = draw(5 * agreed) + 1;
            for (std::size_t i = 0; i < puts; ++i) {
                const std::size_t number = draw(60) == 0 ? draw(256) : draw(last + 1);
                const std::size_t size = baseline ? 31 : draw(2) == 0 ? 1965 - draw(3) : 1 + draw(1965);
                Bytes data(size);
                for (auto& octet : data) octet = static_cast<std::uint8_t>(dice());
                window.put(static_cast<std::uint8_t>(number), data);
                if (number >= agreed)
                    spoiled = true;
                else
                    model[number] = data;
            }
            CHECK(window.arrived() == model.size());
            const bool expected = !spoiled && model.size() == last + 1 && model.rbegin()->first == last;
            REQUIRE(window.complete(static_cast<std::uint8_t>(last)) == expected);
            if (expected) {
                ++complete;
                Bytes all;
                for (const auto& [number, data] : model) all.insert(all.end(), data.begin(), data.end());
                CHECK(window.octets() == all.size());
                const std::size_t from = draw(all.size() + 1);
                Bytes part(draw(all.size() - from + 1));
                window.copy(from, part);
                REQUIRE(std::equal(part.begin(), part.end(), all.begin() + static_cast<std::ptrdiff_t>(from)));
                const auto gathered = window.gather();
                REQUIRE(Bytes(gathered.begin(), gathered.end()) == all);
            }
            window.clear();
        }
    }
    CHECK(complete > 1000);
}
