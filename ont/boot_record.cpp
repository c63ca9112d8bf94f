// SPDX-License-Identifier: Apache-2.0
// The boot record as octets.
#include "ont/boot_record.h"

#include <cstring>

#include "omci/crc32.h"

namespace ont {
namespace {

// Where things lie in the formats, but for the first six octets, which both have in common.
constexpr std::size_t owed_at = 6;
constexpr std::size_t texts_at = 10;
constexpr std::size_t texts_octets =
    omci::version_octets + omci::image_hash_octets + omci::product_code_octets + sizeof(std::uint32_t);
constexpr std::size_t crc_octets = 4;
constexpr std::size_t crc_at = record_octets - crc_octets;
static_assert(texts_at + images * texts_octets == crc_at);

constexpr std::uint8_t first_format = 1;
constexpr std::size_t first_texts_at = 6;
constexpr std::size_t first_texts_octets = omci::version_octets + omci::image_hash_octets;
constexpr std::size_t first_octets = first_texts_at + images * first_texts_octets + crc_octets;

constexpr std::uint8_t bits(bool b0, bool b1, bool b2 = false, bool b3 = false, bool b4 = false) {
    return static_cast<std::uint8_t>((b0 ? 1 : 0) | (b1 ? 2 : 0) | (b2 ? 4 : 0) | (b3 ? 8 : 0) | (b4 ? 16 : 0));
}

constexpr std::uint8_t bit(std::uint8_t octet, unsigned number) { return (octet >> number) & 1u; }

template <std::size_t Size>
const std::uint8_t* take(std::array<std::uint8_t, Size>& to, const std::uint8_t* from) {
    std::memcpy(to.data(), from, Size);
    return from + Size;
}

template <std::size_t Size>
std::uint8_t* put(std::uint8_t* to, const std::array<std::uint8_t, Size>& from) {
    std::memcpy(to, from.data(), Size);
    return to + Size;
}

}  // namespace

std::array<std::uint8_t, record_octets> encode(const BootRecord& record) noexcept {
    std::array<std::uint8_t, record_octets> out{};
    out[0] = record_format;
    out[1] = bits(record.active != 0, record.committed != 0, record.trial, record.announced != 0, record.rolled_back);
    omci::store_be(out.data() + owed_at, record.counter);
    for (std::size_t i = 0; i < images; ++i) {
        const ImageRecord& image = record.image[i];
        out[2 + i] = bits(image.valid, image.proven);
        out[4 + i] = image.tries_left;
        std::uint8_t* at = put(out.data() + texts_at + i * texts_octets, image.version);
        at = put(put(at, image.hash), image.product_code);
        omci::store_be(at, image.security_counter);
    }
    omci::store_be(out.data() + crc_at, omci::crc32(std::span{out}.first(crc_at)));
    return out;
}

std::optional<BootRecord> decode_record(omci::Octets octets) noexcept {
    if (octets.size() != record_octets && octets.size() != first_octets) return std::nullopt;
    const bool first = octets.size() == first_octets;
    if (octets[0] != (first ? first_format : record_format)) return std::nullopt;
    const std::size_t covered = octets.size() - crc_octets;
    if (omci::load_be<std::uint32_t>(octets.data() + covered) != omci::crc32(octets.first(covered)))
        return std::nullopt;
    BootRecord record;
    record.active = bit(octets[1], 0);
    record.committed = bit(octets[1], 1);
    record.trial = bit(octets[1], 2) != 0;
    record.announced = bit(octets[1], 3);
    record.rolled_back = !first && bit(octets[1], 4) != 0;
    if (!first) record.counter = omci::load_be<std::uint32_t>(octets.data() + owed_at);
    for (std::size_t i = 0; i < images; ++i) {
        ImageRecord& image = record.image[i];
        image.valid = bit(octets[2 + i], 0) != 0;
        image.proven = bit(octets[2 + i], 1) != 0;
        image.tries_left = octets[4 + i];
        const std::size_t at = first ? first_texts_at + i * first_texts_octets : texts_at + i * texts_octets;
        const std::uint8_t* from = take(image.hash, take(image.version, octets.data() + at));
        if (first) continue;
        from = take(image.product_code, from);
        image.security_counter = omci::load_be<std::uint32_t>(from);
    }
    return record;
}

}  // namespace ont
