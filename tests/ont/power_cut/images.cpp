// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/images.h"

#include <algorithm>
#include <cstring>

namespace power_cut {
namespace {

Library make_plain() {
    Library library;
    library.image[factory] = make_image("FACTORY", 5000, 11);
    library.image[second] = make_image("SECOND", 7777, 12);
    library.image[next] = make_image("NEXT", 9000, 13);
    library.image[broken] = make_image("BROKEN", 8192, 14);
    library.image[last] = make_image("LAST", 6001, 15);
    library.image[forbidden] = make_image("FORBIDDEN", 4000, 16);
    library.image[broken].works = false;
    library.image[forbidden].permitted = false;
    return library;
}

}  // namespace

Image make_image(const char* name, std::size_t octets, std::uint64_t seed) {
    Image image;
    image.name = name;
    image.octets.resize(octets);
    Dice dice{seed};
    for (auto& octet : image.octets) octet = dice.octet();
    const omci::Version version = omci::make_version(name);
    std::copy(version.begin(), version.end(), image.octets.begin());
    image.wire = image.octets;
    return image;
}

omci::Version Image::version() const {
    omci::Version version{};
    std::copy_n(octets.begin(), version.size(), version.begin());
    return version;
}

std::uint8_t Library::find(const Pieces& slot) const {
    const auto begins_with = [&](std::span<const std::uint8_t> octets) {
        for (const auto piece : slot) {
            const std::size_t count = std::min(piece.size(), octets.size());
            if (count > 0 && std::memcmp(piece.data(), octets.data(), count) != 0) return false;
            octets = octets.subspan(count);
            if (octets.empty()) return true;
        }
        return false;
    };
    for (std::uint8_t number = 0; number < image_count; ++number)
        if (!image[number].octets.empty() && begins_with(image[number].octets)) return number;
    return image_count;
}

const Library& plain_library() {
    static const Library library = make_plain();
    return library;
}

}  // namespace power_cut
