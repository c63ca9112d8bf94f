// SPDX-License-Identifier: Apache-2.0
// What one ONT of "omcast ont" takes packages with: the memory that it lends the handler, SHA-256, unpacking, and the
// signatures by the trust anchors that all ONTs of the process share. Made by OntDaemon where packages are wanted; an
// ONT without it refuses them by name, and takes no memory for them.
#pragma once

#include <cstdint>
#include <memory>

#include "ont/linux/package_trust.h"
#include "ont/linux/sha256.h"
#include "ont/linux/unpacker.h"
#include "ont/ont.h"

namespace tools {

/// How the ONTs of a process take packages.
struct OntPackageKind {
    bool taken = false;                              ///< else refused by name
    std::shared_ptr<const ont::PackageTrust> trust;  ///< null: signatures are not looked at
    std::uint8_t signers_min = 1;
    bool block_buffer = true;   ///< a block is proven before it is written
    bool permit_plain = false;  ///< plain images too, where a signature is asked for
};

class OntPackages {
public:
    /// For slots of so many octets.
    OntPackages(const OntPackageKind& kind, std::uint32_t slot_octets);

    /// Memory and rules for the handler; they point into this object.
    void lend(ont_options& options);
    /// The callbacks of a `Host` that has a function packages().
    template <typename Host>
    static void lend(ont_platform& platform);

private:
    template <typename Host>
    static OntPackages& self(void* context) {
        return static_cast<Host*>(context)->packages();
    }

    OntPackageKind kind_;
    ont::Sha256 sha256_;
    std::unique_ptr<ont::Unpacker> unpacker_;
    std::size_t head_octets_;
    // Left as they come: what is never used of them is never there.
    std::unique_ptr<std::uint8_t[]> head_, block_, frame_;
};

template <typename Host>
void OntPackages::lend(ont_platform& platform) {
    platform.sha256_start = [](void* c) { self<Host>(c).sha256_.start(); };
    platform.sha256_update = [](void* c, const std::uint8_t* octets, std::size_t count) {
        self<Host>(c).sha256_.update({octets, count});
    };
    platform.sha256_finish = [](void* c, std::uint8_t hash[32]) {
        const omci::Sha256 digest = self<Host>(c).sha256_.finish();
        std::copy(digest.begin(), digest.end(), hash);
    };
    platform.signature = [](void* c, const std::uint8_t* cms, std::size_t cms_octets, const std::uint8_t* manifest,
                            std::size_t manifest_octets, unsigned signers_min) {
        const auto& trust = self<Host>(c).kind_.trust;
        return trust ? trust->check({cms, cms_octets}, {manifest, manifest_octets}, signers_min)
                     : int{ONT_REFUSAL_SIGNER_UNKNOWN};
    };
    if (ont::Unpacker::available()) {
        platform.unpack_start = [](void* c, const std::uint8_t* frame, std::size_t octets) {
            return self<Host>(c).unpacker_->start({frame, octets});
        };
        platform.unpack_next = [](void* c, std::uint8_t* out, std::size_t room, std::size_t* count) {
            return self<Host>(c).unpacker_->next(out, room, count);
        };
    }
    platform.permission = [](void* c, ont_question question, const std::uint8_t*) {
        return question == ONT_MAY_START || self<Host>(c).kind_.permit_plain ? 1 : 0;
    };
}

}  // namespace tools
