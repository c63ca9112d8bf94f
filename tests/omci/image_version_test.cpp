// SPDX-License-Identifier: Apache-2.0
#include "omci/image_version.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/octets.h"

using namespace omci;
using tests::octets;

namespace {

using Image = std::vector<std::uint8_t>;

constexpr ImageHash hash{0x98, 0x76, 0x54, 0x32, 0x10, 0xAB, 0xCD, 0xEF};
constexpr std::string_view by_hash = "9876543210abcd";

std::string version_of(const Image& image) { return std::string{text(image_version(Octets{image}, hash))}; }

Image uimage(std::string_view name) {
    Image image = octets("27051956");
    image.resize(64);
    std::copy(name.begin(), name.end(), image.begin() + 32);
    return image;
}

void append(Image& image, const Image& more) { image.insert(image.end(), more.begin(), more.end()); }

void append_u32(Image& image, std::uint32_t number) {
    image.resize(image.size() + 4);
    store_be(image.data() + image.size() - 4, number);
}

void append_property(Image& image, std::uint32_t name, std::string_view text_of_it) {
    append_u32(image, 3);
    append_u32(image, static_cast<std::uint32_t>(text_of_it.size() + 1));
    append_u32(image, name);
    image.insert(image.end(), text_of_it.begin(), text_of_it.end());
    image.push_back(0);
    while (image.size() % 4 != 0) image.push_back(0);
}

/// A FIT image: header, structure with a timestamp before the description, and the strings at the very end.
Image fit(std::string_view description, bool nop = false) {
    Image image = octets("d00dfeed");
    image.resize(40);
    store_be(image.data() + 8, std::uint32_t{40});
    append_u32(image, 1);  // the root node and its empty name
    append_u32(image, 0);
    if (nop) append_u32(image, 4);
    append_property(image, 12, "when");
    append_property(image, 0, description);
    append_u32(image, 1);  // its first child, where the search must end
    append(image, octets("696d616765730000"));
    append_u32(image, 2);
    append_u32(image, 2);
    append_u32(image, 9);
    store_be(image.data() + 12, static_cast<std::uint32_t>(image.size()));
    for (const std::string_view name : {"description", "timestamp"}) {
        image.insert(image.end(), name.begin(), name.end());
        image.push_back(0);
    }
    return image;
}

}  // namespace

TEST_CASE("version: a uImage says its name") {
    CHECK(version_of(uimage("Linux-5.10.1")) == "Linux-5.10.1");
    CHECK(version_of(uimage("exactly fourteen and more")) == "exactly fourte");
}

TEST_CASE("version: a FIT image says its description, wherever its strings stand") {
    CHECK(version_of(fit("ont 2.1.4")) == "ont 2.1.4");
    CHECK(version_of(fit("ont 2.1.4", true)) == "ont 2.1.4");
    CHECK(version_of(fit("a description of more than fourteen")) == "a description");

    // "description" as the last name of all, so that it ends where the image does.
    Image image = octets("d00dfeed");
    image.resize(40);
    store_be(image.data() + 8, std::uint32_t{40});
    append_u32(image, 1);
    append_u32(image, 0);
    append_property(image, 0, "last");
    append_u32(image, 2);
    append_u32(image, 9);
    store_be(image.data() + 12, static_cast<std::uint32_t>(image.size()));
    const std::string_view name = "description";
    image.insert(image.end(), name.begin(), name.end());
    image.push_back(0);
    CHECK(version_of(image) == "last");
}

TEST_CASE("version: anything else has the head of its MD5") {
    CHECK(version_of(octets("68737173 00000000")) == by_hash);
    CHECK(version_of(octets("27")) == by_hash);
    CHECK(version_of(uimage("")) == by_hash);
    CHECK(version_of(uimage("tab\tin it")) == by_hash);
    CHECK(version_of(fit("")) == by_hash);
}

TEST_CASE("version: a FIT image cut anywhere, or with wild offsets, is never read outside") {
    const Image whole = fit("ont 2.1.4");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const Image cut{whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
        const std::string version = version_of(cut);
        CHECK((version == by_hash || version == "ont 2.1.4"));
    }
    for (const std::size_t at : {8u, 12u, 48u, 52u, 56u})
        for (const std::uint32_t wild : {0u, 1u, 39u, 0x7FFF'FFFFu, 0x8000'0000u, 0xFFFF'FFF0u, 0xFFFF'FFFFu}) {
            Image image = whole;
            store_be(image.data() + at, wild);
            const std::string version = version_of(image);
            CHECK(version.size() <= 14);
        }
}

TEST_CASE("version: a reader that fails is as good as an image without a name") {
    ImageReader reader;
    reader.image_octets = 1000;
    reader.read = [](void*, std::uint32_t, std::span<std::uint8_t>) { return false; };
    CHECK(text(image_version(reader, hash)) == by_hash);
}
