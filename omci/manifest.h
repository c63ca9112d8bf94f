// SPDX-License-Identifier: Apache-2.0
// What a package says of its image: UTF-8 lines `key=value`, each ended by a line feed, each key once. Unknown keys are
// refused but for `meta.*`: a device that does not understand a condition must not ignore it.
//
//     version=R7.2.1-rc3          product-code=HG8010H      compatible=HG8010H,HG8012       hardware=1.0,1.1
//     security-counter=7          size=8388608              sha256=<64 hex digits>          block-size=65536
//     blocks-sha256=<64>          frames-sha256=<64>        payload=raw|zstd|delta          base-version= base-sha256=
//     requires=R6.0               min-free=0                max-memory=1048576              meta.built-by=anything
//
// min-free: octets of the slot that must be left behind the image. max-memory: for a whole travelling frame and the
// decoder.
// version, product-code, size, sha256, block-size, blocks-sha256 and payload must be there; frames-sha256 where payload
// is not raw; base-version and base-sha256 where it is delta; and none of these three elsewhere. A number is decimal
// and fits 32 bits, a hash is lower-case hex, a list has no empty item; each value has one spelling only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "omci/package.h"

namespace omci {

/// Keys of `meta.*`: each is compared with all before it, so there is a bound.
inline constexpr std::size_t manifest_metas_max = 64;

enum class Payload : std::uint8_t { raw, zstd, delta };

/// Texts point into the octets that were read. Lists are as they stand, comma separated.
struct Manifest {
    std::string_view version;           ///< 1..14 octets of printable ASCII
    std::string_view product_code;      ///< 1..25
    std::string_view compatible;        ///< further product codes
    std::string_view hardware;          ///< empty: any
    std::string_view required_version;  ///< `requires`; empty: any
    std::string_view base_version;
    std::uint32_t security_counter = 0;
    std::uint32_t size = 0;  ///< octets of the installed image
    std::uint32_t min_free = 0;
    std::uint32_t max_memory = 0;
    Payload payload = Payload::raw;
    Sha256 sha256{}, blocks_sha256{}, frames_sha256{}, base_sha256{};

    bool operator==(const Manifest&) const = default;
};

enum class ManifestFault : std::uint8_t {
    ok,
    no_line_feed,  ///< the last line is not ended
    no_equals_sign,
    unknown_key,
    repeated_key,
    missing_key,
    bad_value,
    not_text,       ///< a control character, or not UTF-8
    too_many_keys,  ///< over manifest_metas_max
};
const char* text(ManifestFault fault) noexcept;

/// Where a manifest is wrong, for people.
struct ManifestError {
    ManifestFault fault = ManifestFault::ok;
    std::uint32_t line = 0;  ///< counted from 1; 0 where a key is missing
    std::string_view key;    ///< as far as it is known; points into the octets or to a constant
};

/// Reads a whole manifest; `error.fault` is ok where it is good.
ManifestError read_manifest(Octets octets, Manifest& manifest) noexcept;

/// `item` stands in the comma separated `list`.
bool list_has(std::string_view list, std::string_view item) noexcept;

/// Orders versions as people number them: runs of digits by value, the rest octet by octet, a shorter one first; a
/// pre-release behind '-' ('~') comes before the version without. Negative, 0, positive.
int compare_versions(std::string_view a, std::string_view b) noexcept;

}  // namespace omci
