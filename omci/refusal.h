// SPDX-License-Identifier: Apache-2.0
// Why an ONT refuses an image: one number for each reason, fixed for good, with the name that people read, the
// software-management error tag of the Broadband Forum that it falls under, and the phase in which it is found. The
// number travels in the update entity (update_entity.h), stands in ont.h as ONT_REFUSAL_* and in every report.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace omci {

enum class Refusal : std::uint16_t {
    none = 0,
    // The head cannot be read, or is not what it says.
    not_supported = 1,  ///< a package, and this ONT was given nothing to judge packages with
    malformed_head = 2,
    malformed_manifest = 3,
    head_too_large = 4,   ///< for the head buffer that the firmware lends
    list_hash_wrong = 5,  ///< block or frame list is not the one that the manifest names
    // Who signed it.
    signature_wrong = 10,
    signer_unknown = 11,  ///< no chain to a trust anchor
    signer_revoked = 12,
    signers_too_few = 13,
    plain_image = 14,  ///< not a package, where a trust anchor is set and nobody permits it
    // Whether it may run here.
    wrong_product = 20,
    wrong_hardware = 21,
    running_too_old = 22,  ///< below the manifest's `requires`
    counter_too_low = 23,
    wrong_base = 24,  ///< a delta against another image than the one that runs
    // Whether it fits, and may be done now.
    slot_too_small = 30,
    memory_too_small = 31,  ///< travelling frame and decoder need more than is lent
    not_permitted = 32,     ///< the platform's permission callback said no: power, calls, battery, an update elsewhere
    size_wrong = 33,        ///< the package is not as long as Start said
    // What arrived.
    block_hash_wrong = 40,
    frame_hash_wrong = 41,
    frame_undecodable = 42,
    storage_failed = 43,
};

enum class UpdatePhase : std::uint8_t { none, judging, downloading, verifying, applying };

struct RefusalRow {
    Refusal refusal;
    const char* name;      ///< one word for reports
    const char* tag;       ///< the error tag it falls under
    const char* sentence;  ///< for people, without a full stop
};

// The size is spelled out: a deduced constexpr array is writable data to g++ 12.
// clang-format off
inline constexpr std::array<RefusalRow, 24> refusal_table{{
    {Refusal::none, "none", "",
     "nothing was refused"},
    {Refusal::not_supported, "not-supported", "incompatible-version",
     "this ONT has nothing to judge a package with"},
    {Refusal::malformed_head, "malformed-head", "revision-corrupt",
     "the head of the package cannot be read"},
    {Refusal::malformed_manifest, "malformed-manifest", "revision-corrupt",
     "the manifest cannot be read"},
    {Refusal::head_too_large, "head-too-large", "insufficient-storage-space",
     "the head of the package does not fit the head buffer"},
    {Refusal::list_hash_wrong, "list-hash-wrong", "incorrect-hash",
     "the list of hashes is not the one that was signed"},
    {Refusal::signature_wrong, "signature-wrong", "incorrect-hash",
     "a signature does not fit the manifest"},
    {Refusal::signer_unknown, "signer-unknown", "revision-corrupt",
     "a signer has no chain to a trust anchor of this ONT"},
    {Refusal::signer_revoked, "signer-revoked", "revision-corrupt",
     "a signer's certificate was revoked"},
    {Refusal::signers_too_few, "signers-too-few", "revision-corrupt",
     "fewer good signers than the policy asks for"},
    {Refusal::plain_image, "plain-image", "revision-corrupt",
     "a plain image, where only signed packages may be installed"},
    {Refusal::wrong_product, "wrong-product", "incompatible-version",
     "the package is for another product"},
    {Refusal::wrong_hardware, "wrong-hardware", "incompatible-version",
     "the package is for other hardware"},
    {Refusal::running_too_old, "running-too-old", "incompatible-upgrade-or-downgrade-path",
     "the running version is below what the package requires"},
    {Refusal::counter_too_low, "counter-too-low", "incompatible-upgrade-or-downgrade-path",
     "the package's security counter is below the ONT's"},
    {Refusal::wrong_base, "wrong-base", "incompatible-upgrade-or-downgrade-path",
     "the running image is not the base of the delta"},
    {Refusal::slot_too_small, "slot-too-small", "insufficient-storage-space",
     "the installed image and the room to be left behind it do not fit the slot"},
    {Refusal::memory_too_small, "memory-too-small", "insufficient-storage-space",
     "unpacking needs more memory than the firmware lends"},
    {Refusal::not_permitted, "not-permitted", "component-busy",
     "the ONT does not permit an update now"},
    {Refusal::size_wrong, "size-wrong", "revision-corrupt",
     "the package is not as long as was announced"},
    {Refusal::block_hash_wrong, "block-hash-wrong", "incorrect-hash",
     "a block is not the one that was signed"},
    {Refusal::frame_hash_wrong, "frame-hash-wrong", "incorrect-hash",
     "a compressed frame is not the one that was signed"},
    {Refusal::frame_undecodable, "frame-undecodable", "revision-corrupt",
     "a compressed frame cannot be unpacked"},
    {Refusal::storage_failed, "storage-failed", "component-busy",
     "the storage of the ONT failed"},
}};
// clang-format on

/// The row of a reason; that of `none` for a number nobody gave.
constexpr const RefusalRow& row(Refusal refusal) noexcept {
    for (const RefusalRow& one : refusal_table)
        if (one.refusal == refusal) return one;
    return refusal_table[0];
}

constexpr const char* text(UpdatePhase phase) noexcept {
    constexpr std::array<const char*, 5> names{"none", "judging", "downloading", "verifying", "applying"};
    return static_cast<std::size_t>(phase) < names.size() ? names[static_cast<std::size_t>(phase)] : "unknown";
}

}  // namespace omci
