// SPDX-License-Identifier: Apache-2.0
#include "omci/manifest.h"

#include <array>
#include <cstring>
#include <limits>

namespace omci {
namespace {

constexpr std::size_t version_octets_max = 14, product_code_octets_max = 25;  // the attributes of the ME
constexpr std::size_t hardware_octets_max = 14;                               // ONU-G version (9.1.1)

// The searches of std::string_view call memchr and can throw, which firmware has not: these two do without.

/// Where `c` stands in `text`, or its size.
std::size_t find(std::string_view text, char c) {
    std::size_t at = 0;
    while (at < text.size() && text[at] != c) ++at;
    return at;
}

/// What stands before the first `separator`; `left` loses it and the separator, or becomes empty.
std::string_view take_item(std::string_view& left, char separator) {
    const std::size_t end = find(left, separator);
    const std::string_view item{left.data(), end};
    left.remove_prefix(end < left.size() ? end + 1 : end);
    return item;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// 1 to `most` octets of printable ASCII.
bool is_short_text(std::string_view value, std::size_t most) {
    if (value.empty() || value.size() > most) return false;
    for (const char c : value)
        if (c < 0x20 || c > 0x7E) return false;
    return true;
}

bool read_text(std::string_view value, std::size_t most, std::string_view& out) {
    out = value;
    return is_short_text(value, most);
}

bool read_list(std::string_view value, std::size_t most, std::string_view& out) {
    out = value;
    if (value.empty() || value.back() == ',') return false;
    while (!value.empty())
        if (!is_short_text(take_item(value, ','), most)) return false;
    return true;
}

/// Decimal digits, spelled in the one way there is.
bool read_number(std::string_view value, std::uint32_t& out) {
    if (value.empty() || value.size() > 10 || (value.size() > 1 && value[0] == '0')) return false;
    std::uint64_t number = 0;
    for (const char c : value) {
        if (!is_digit(c)) return false;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (number > std::numeric_limits<std::uint32_t>::max()) return false;
    out = static_cast<std::uint32_t>(number);
    return true;
}

bool read_hash(std::string_view value, Sha256& out) {
    if (value.size() != 2 * out.size()) return false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        const bool is_letter = c >= 'a' && c <= 'f';
        if (!is_digit(c) && !is_letter) return false;
        const unsigned digit = static_cast<unsigned>(is_letter ? c - 'a' + 10 : c - '0');
        out[i / 2] = static_cast<std::uint8_t>(i % 2 == 0 ? digit << 4 : out[i / 2] | digit);
    }
    return true;
}

bool read_payload(std::string_view value, Payload& out) {
    if (value == "raw") return out = Payload::raw, true;
    if (value == "zstd") return out = Payload::zstd, true;
    if (value == "delta") return out = Payload::delta, true;
    return false;
}

bool read_block_size(std::string_view value) {
    std::uint32_t octets = 0;
    return read_number(value, octets) && octets == block_octets;
}

// clang-format off
enum Key : std::uint8_t {
    version, product_code, compatible, hardware, security_counter, size, sha256, block_size, blocks_sha256,
    frames_sha256, payload, base_version, base_sha256, required_version, min_free, max_memory, keys
};
// One text, and no array of texts: that would be an array of addresses.
constexpr std::string_view key_names =
    "version product-code compatible hardware security-counter size sha256 block-size blocks-sha256 "
    "frames-sha256 payload base-version base-sha256 requires min-free max-memory";
// clang-format on

std::string_view name_of(Key wanted) {
    std::string_view left = key_names;
    for (std::size_t i = 0; i < wanted; ++i) take_item(left, ' ');
    return take_item(left, ' ');
}

Key key_of(std::string_view name) {
    std::string_view left = key_names;
    for (std::size_t i = 0; i < keys; ++i)
        if (take_item(left, ' ') == name) return static_cast<Key>(i);
    return keys;
}

bool read_value(Key key, std::string_view value, Manifest& manifest) {
    switch (key) {
    case version: return read_text(value, version_octets_max, manifest.version);
    case product_code: return read_text(value, product_code_octets_max, manifest.product_code);
    case compatible: return read_list(value, product_code_octets_max, manifest.compatible);
    case hardware: return read_list(value, hardware_octets_max, manifest.hardware);
    case security_counter: return read_number(value, manifest.security_counter);
    case size: return read_number(value, manifest.size) && manifest.size > 0;
    case sha256: return read_hash(value, manifest.sha256);
    case block_size: return read_block_size(value);
    case blocks_sha256: return read_hash(value, manifest.blocks_sha256);
    case frames_sha256: return read_hash(value, manifest.frames_sha256);
    case payload: return read_payload(value, manifest.payload);
    case base_version: return read_text(value, version_octets_max, manifest.base_version);
    case base_sha256: return read_hash(value, manifest.base_sha256);
    case required_version: return read_text(value, version_octets_max, manifest.required_version);
    case min_free: return read_number(value, manifest.min_free);
    case max_memory: return read_number(value, manifest.max_memory);
    case keys: break;
    }
    return false;
}

/// Octets of the character that `octets` begins with, or 0 where that is none: the table of RFC 3629 section 4.
std::size_t character_octets(std::string_view octets) {
    const auto at = [&](std::size_t i) -> unsigned { return static_cast<std::uint8_t>(octets[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return lead < 0x20 || lead == 0x7F ? 0 : 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    const std::size_t count = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (octets.size() < count) return 0;
    for (std::size_t i = 1; i < count; ++i)
        if ((at(i) & 0xC0) != 0x80) return 0;
    const unsigned second = at(1);
    const bool control = lead == 0xC2 && second < 0xA0;
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool surrogate = lead == 0xED && second >= 0xA0;
    const bool too_high = lead == 0xF4 && second >= 0x90;
    return control || overlong || surrogate || too_high ? 0 : count;
}

bool is_text(std::string_view line) {
    while (!line.empty()) {
        const std::size_t count = character_octets(line);
        if (count == 0) return false;
        line.remove_prefix(count);
    }
    return true;
}

/// Some line of `lines` has this key.
bool has_key(std::string_view lines, std::string_view key) {
    while (!lines.empty()) {
        std::string_view line = take_item(lines, '\n');
        if (take_item(line, '=') == key) return true;
    }
    return false;
}

bool is_meta(std::string_view key) {
    constexpr std::string_view prefix = "meta.";
    return key.size() > prefix.size() && std::memcmp(key.data(), prefix.data(), prefix.size()) == 0;
}

std::uint32_t line_count(std::string_view text) {
    std::uint32_t count = 0;
    for (; !text.empty(); ++count) take_item(text, '\n');
    return count;
}

/// In which line a key stands; 0: in none.
using LineOf = std::array<std::uint32_t, keys>;

/// What no single line can tell: keys that must be there, and keys that would say nothing for this payload.
ManifestError check_whole(const Manifest& manifest, const LineOf& line_of) {
    constexpr std::uint32_t always = 1u << version | 1u << product_code | 1u << size | 1u << sha256 | 1u << block_size |
                                     1u << blocks_sha256 | 1u << payload;
    constexpr std::uint32_t of_delta = 1u << base_version | 1u << base_sha256;
    constexpr std::uint32_t conditional = 1u << frames_sha256 | of_delta;
    std::uint32_t wanted = always;
    if (manifest.payload != Payload::raw) wanted |= 1u << frames_sha256;
    if (manifest.payload == Payload::delta) wanted |= of_delta;
    for (std::uint8_t i = 0; i < keys; ++i) {
        const auto key = static_cast<Key>(i);
        const bool is_wanted = (wanted >> key & 1u) != 0;
        if (is_wanted && line_of[key] == 0) return {ManifestFault::missing_key, 0, name_of(key)};
        if (!is_wanted && line_of[key] != 0 && (conditional >> key & 1u) != 0)
            return {ManifestFault::bad_value, line_of[key], name_of(key)};
    }
    return {};
}

}  // namespace

ManifestError read_manifest(Octets octets, Manifest& manifest) noexcept {
    manifest = {};
    const std::string_view all{reinterpret_cast<const char*>(octets.data()), octets.size()};
    if (!all.empty() && all.back() != '\n') return {ManifestFault::no_line_feed, line_count(all), {}};
    LineOf line_of{};
    std::size_t metas = 0;
    std::uint32_t number = 0;
    for (std::string_view left = all; !left.empty();) {
        const std::string_view before{all.data(), all.size() - left.size()};
        std::string_view line = take_item(left, '\n');
        ++number;
        if (!is_text(line)) return {ManifestFault::not_text, number, {}};
        if (find(line, '=') == line.size()) return {ManifestFault::no_equals_sign, number, {}};
        const std::string_view name = take_item(line, '=');
        if (is_meta(name)) {
            if (++metas > manifest_metas_max) return {ManifestFault::too_many_keys, number, name};
            if (has_key(before, name)) return {ManifestFault::repeated_key, number, name};
            continue;
        }
        const Key key = key_of(name);
        if (key == keys) return {ManifestFault::unknown_key, number, name};
        if (line_of[key] != 0) return {ManifestFault::repeated_key, number, name};
        line_of[key] = number;
        if (!read_value(key, line, manifest)) return {ManifestFault::bad_value, number, name};
    }
    return check_whole(manifest, line_of);
}

bool list_has(std::string_view list, std::string_view item) noexcept {
    while (!list.empty())
        if (const std::string_view one = take_item(list, ','); !one.empty() && one == item) return true;
    return false;
}

int compare_versions(std::string_view a, std::string_view b) noexcept {
    // What stands behind '~' or '-' comes before the end of a version; all else comes behind it.
    const auto rank = [](std::string_view at) -> int {
        if (at.empty()) return 0;
        return at[0] == '~' ? -2 : at[0] == '-' ? -1 : 1 + static_cast<std::uint8_t>(at[0]);
    };
    const auto take_number = [](std::string_view& at) {
        std::size_t zeros = 0;
        while (zeros < at.size() && at[zeros] == '0') ++zeros;
        std::size_t end = zeros;
        while (end < at.size() && is_digit(at[end])) ++end;
        const std::string_view digits{at.data() + zeros, end - zeros};
        at.remove_prefix(end);
        return digits;
    };
    while (!a.empty() || !b.empty()) {
        if (!a.empty() && !b.empty() && is_digit(a[0]) && is_digit(b[0])) {
            const std::string_view x = take_number(a), y = take_number(b);
            if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
            if (const int order = x.compare(y); order != 0) return order;
            continue;
        }
        if (const int order = rank(a) - rank(b); order != 0) return order;
        a.remove_prefix(1);  // equal ranks: neither is at its end
        b.remove_prefix(1);
    }
    return 0;
}

}  // namespace omci
