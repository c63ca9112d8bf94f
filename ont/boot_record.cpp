// SPDX-License-Identifier: Apache-2.0
// The boot record as octets.
#include "ont/boot_record.h"

#include <cstring>

#include "omci/crc32.h"

namespace ont {
namespace {

constexpr std::size_t text_at = 6;
constexpr std::size_t text_octets = omci::version_octets + omci::image_hash_octets;
constexpr std::size_t crc_at = record_octets - 4;

constexpr std::uint8_t bits(bool b0, bool b1, bool b2 = false, bool b3 = false) {
    return static_cast<std::uint8_t>((b0 ? 1 : 0) | (b1 ? 2 : 0) | (b2 ? 4 : 0) | (b3 ? 8 : 0));
}

constexpr std::uint8_t bit(std::uint8_t octet, unsigned number) { return (octet >> number) & 1u; }

}  // namespace

std::array<std::uint8_t, record_octets> encode(const BootRecord& record) noexcept {
    std::array<std::uint8_t, record_octets> out{};
    out[0] = record_format;
    out[1] = bits(record.active != 0, record.committed != 0, record.trial, record.announced != 0);
    for (std::size_t i = 0; i < images; ++i) {
        const ImageRecord& image = record.image[i];
        out[2 + i] = bits(image.valid, image.proven);
        out[4 + i] = image.tries_left;
        std::uint8_t* text = out.data() + text_at + i * text_octets;
        std::memcpy(text, image.version.data(), image.version.size());
        std::memcpy(text + omci::version_octets, image.hash.data(), image.hash.size());
    }
    omci::store_be(out.data() + crc_at, omci::crc32(std::span{out}.first(crc_at)));
    return out;
}

std::optional<BootRecord> decode_record(omci::Octets octets) noexcept {
    if (octets.size() != record_octets || octets[0] != record_format) return std::nullopt;
    if (omci::load_be<std::uint32_t>(octets.data() + crc_at) != omci::crc32(octets.first(crc_at))) return std::nullopt;
    BootRecord record;
    record.active = bit(octets[1], 0);
    record.committed = bit(octets[1], 1);
    record.trial = bit(octets[1], 2) != 0;
    record.announced = bit(octets[1], 3);
    for (std::size_t i = 0; i < images; ++i) {
        ImageRecord& image = record.image[i];
        image.valid = bit(octets[2 + i], 0) != 0;
        image.proven = bit(octets[2 + i], 1) != 0;
        image.tries_left = octets[4 + i];
        const std::uint8_t* text = octets.data() + text_at + i * text_octets;
        std::memcpy(image.version.data(), text, image.version.size());
        std::memcpy(image.hash.data(), text + omci::version_octets, image.hash.size());
    }
    return record;
}

}  // namespace ont
