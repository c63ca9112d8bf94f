// SPDX-License-Identifier: Apache-2.0
// What is wrong with a header or a manifest, for people: an archive member of its own, which firmware never pulls in.
#include "omci/manifest.h"
#include "omci/package.h"

namespace omci {

const char* text(HeaderFault fault) noexcept {
    switch (fault) {
    case HeaderFault::ok: return "nothing is wrong";
    case HeaderFault::truncated: return "it ends within the header";
    case HeaderFault::magic: return "it does not begin with the magic of a package";
    case HeaderFault::crc: return "the CRC-32 of the header is wrong";
    case HeaderFault::format: return "its format version is not 1";
    case HeaderFault::no_manifest: return "it has no manifest";
    case HeaderFault::manifest_long: return "its manifest is longer than 65536 octets";
    case HeaderFault::blocks: return "its block list is empty, or its length no multiple of 32";
    case HeaderFault::frames: return "the length of its frame list is no multiple of 44";
    case HeaderFault::head_long: return "its head is longer than 4294967295 octets";
    }
    return "unknown";
}

const char* text(ManifestFault fault) noexcept {
    switch (fault) {
    case ManifestFault::ok: return "nothing is wrong";
    case ManifestFault::no_line_feed: return "the last line is not ended by a line feed";
    case ManifestFault::no_equals_sign: return "a line has no equals sign";
    case ManifestFault::unknown_key: return "a key that is not known";
    case ManifestFault::repeated_key: return "a key for the second time";
    case ManifestFault::missing_key: return "a key that must be there is missing";
    case ManifestFault::bad_value: return "a value that the key cannot have";
    case ManifestFault::not_text: return "a control character, or no UTF-8";
    case ManifestFault::too_many_keys: return "more than 64 keys of meta";
    }
    return "unknown";
}

}  // namespace omci
