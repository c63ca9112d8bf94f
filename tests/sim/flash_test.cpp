// SPDX-License-Identifier: Apache-2.0
#include "sim/flash.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace {

constexpr std::uint32_t block = sim::flash_block_octets;

std::vector<std::uint8_t> some_image(std::size_t octets) {
    std::vector<std::uint8_t> image(octets);
    std::uint32_t x = 1;
    for (std::uint8_t& octet : image) octet = static_cast<std::uint8_t>((x = x * 69069 + 1) >> 24);
    return image;
}

void erase_all(sim::Slot& slot) {
    for (std::uint32_t at = 0; at < slot.octets(); at += block) REQUIRE(slot.erase(at) == nullptr);
}

}  // namespace

TEST_CASE("flash: a unit must be erased before it is written") {
    const auto image = some_image(100);
    sim::Slot slot{image, 2 * block, true};
    CHECK(slot.write(0, image) != nullptr);
    CHECK(slot.erase(1) != nullptr);
    CHECK(slot.erase(2 * block) != nullptr);
    CHECK(slot.erase(0) == nullptr);
    CHECK(slot.write(0, image) == nullptr);
    CHECK(slot.write(block - 10, image) != nullptr);  // reaches into the next unit, which is not erased
}

TEST_CASE("flash: an octet is written once, and in order") {
    const auto image = some_image(1000);
    sim::Slot slot{image, block, false};
    erase_all(slot);
    const std::span<const std::uint8_t> octets{image};
    CHECK(slot.write(0, octets.first(100)) == nullptr);
    CHECK(slot.write(0, octets.first(1)) != nullptr);
    CHECK(slot.write(99, octets.subspan(99, 10)) != nullptr);
    CHECK(slot.write(200, octets.subspan(200, 100)) == nullptr);
    CHECK(slot.write(100, octets.subspan(100, 100)) != nullptr);
    CHECK(slot.write(block - 1, octets.first(2)) != nullptr);
}

TEST_CASE("flash: a second image needs every unit erased again") {
    const auto image = some_image(block + 100);
    sim::Slot slot{image, 2 * block, false};
    erase_all(slot);
    CHECK(slot.write(0, image) == nullptr);
    CHECK(slot.holds_truth());
    CHECK(slot.erase(0) == nullptr);
    CHECK(slot.write(0, std::span{image}.first(block)) == nullptr);
    CHECK(slot.write(block, std::span{image}.subspan(block)) != nullptr);
    CHECK(slot.erase(block) == nullptr);
    CHECK(slot.write(block, std::span{image}.subspan(block)) == nullptr);
    CHECK(slot.holds_truth());
}

TEST_CASE("flash: what is read is what was written, equal to the image or not") {
    const auto image = some_image(3 * block);
    auto other = image;
    other[block + 5] ^= 1;
    sim::Slot slot{image, 4 * block, true};
    erase_all(slot);
    for (std::uint32_t at = 0; at < other.size(); at += 777)
        REQUIRE(slot.write(at, std::span{other}.subspan(at, std::min<std::size_t>(777, other.size() - at))) == nullptr);
    std::vector<std::uint8_t> read(4 * block);
    CHECK(slot.read(0, read) == nullptr);
    CHECK(std::equal(other.begin(), other.end(), read.begin()));
    CHECK(std::all_of(read.begin() + 3 * block, read.end(), [](std::uint8_t octet) { return octet == 0xFF; }));
    CHECK(slot.read(1, read) != nullptr);
}

TEST_CASE("flash: it knows how many octets are not the image's") {
    const auto image = some_image(2 * block);
    auto other = image;
    other[10] ^= 1;
    other[block + 1] ^= 1;
    sim::Slot slot{image, 3 * block, true};
    CHECK(slot.bootable());
    erase_all(slot);
    CHECK(!slot.bootable());
    CHECK(slot.wrong(50) == 50);
    REQUIRE(slot.write(0, std::span{other}.first(block)) == nullptr);
    CHECK(slot.wrong(block) == 1);
    REQUIRE(slot.write(block, std::span{other}.subspan(block)) == nullptr);
    CHECK(slot.wrong(2 * block) == 2);
    CHECK(!slot.holds_truth());
    erase_all(slot);
    REQUIRE(slot.write(0, image) == nullptr);
    CHECK(slot.holds_truth());
    CHECK(slot.bootable());
    REQUIRE(slot.write(2 * block, std::span{image}.first(1)) == nullptr);
    CHECK(!slot.holds_truth());  // longer than the image
}

TEST_CASE("flash: an image that is not known is kept as it is written, and can run once it is accepted") {
    const auto image = some_image(block + 100);
    sim::Slot slot{{}, 2 * block, false};
    erase_all(slot);
    CHECK(slot.write(0, image) == nullptr);
    CHECK(!slot.knows_truth());
    CHECK(!slot.holds_truth());
    CHECK(slot.wrong(block + 100) == 0);
    CHECK(slot.wrong(block + 105) == 5);  // never written
    CHECK(!slot.bootable());
    slot.accept();
    CHECK(slot.bootable());
    std::vector<std::uint8_t> back(image.size());
    CHECK(slot.read(0, back) == nullptr);
    CHECK(back == image);
    CHECK(slot.erase(0) == nullptr);
    CHECK(!slot.bootable());
}

TEST_CASE(
    "flash: full blocks that several slots hold alike are kept once, and one slot's erase leaves the others theirs") {
    const auto image = some_image(2 * block);
    auto other = image;
    other[block + 7] ^= 1;
    sim::BlockStore store;
    sim::Slot slots[] = {
        {{}, 2 * block, false, &store}, {{}, 2 * block, false, &store}, {{}, 2 * block, false, &store}};
    for (sim::Slot& slot : slots) {
        erase_all(slot);
        CHECK(slot.write(0, &slot == &slots[2] ? other : image) == nullptr);
    }
    CHECK(slots[0].erase(block) == nullptr);
    CHECK(slots[0].erase(0) == nullptr);
    CHECK(slots[0].write(0, std::span{other}.subspan(3, 10)) == nullptr);
    std::vector<std::uint8_t> back(image.size());
    CHECK(slots[1].read(0, back) == nullptr);
    CHECK(back == image);
    CHECK(slots[2].read(0, back) == nullptr);
    CHECK(back == other);
}

TEST_CASE("flash: the store gives back what equals a block at the same place, as long as somebody holds it") {
    const auto filled = [](std::uint8_t octet) {
        sim::BlockStore::Octets octets{new std::uint8_t[block]};
        std::fill_n(octets.get(), block, octet);
        return octets;
    };
    sim::BlockStore store;
    auto first = store.shared(3, filled(1));
    CHECK(store.shared(3, filled(1)) == first);
    CHECK(store.shared(3, filled(2)) != first);
    CHECK(store.shared(2, filled(1)) != first);
    const auto again = filled(1);
    first.reset();
    CHECK(store.shared(3, again) == again);
}
