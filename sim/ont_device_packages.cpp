// SPDX-License-Identifier: Apache-2.0
// What a simulated ONT judges packages with: the callbacks of ont.h on the services that were lent to its world, the
// memory it lends, its security counter, and what is counted of its flash.
#include <algorithm>

#include "sim/ont_device.h"

namespace sim {

namespace {

constexpr std::uint32_t cms_octets = 8 * 1024;  ///< what an ONT takes by default
constexpr std::uint32_t head_spare_octets = 64;

}  // namespace

/// The callbacks that packages need. `context` is a Context.
struct OntDevice::PackageCalls {
    static OntDevice& device(void* context) { return *static_cast<Context*>(context)->device; }

    static void sha256_start(void* context) { device(context).sha256_.start(); }
    static void sha256_update(void* context, const std::uint8_t* octets, std::size_t count) {
        device(context).work_.hashed += count;
        device(context).sha256_.update({octets, count});
    }
    static void sha256_finish(void* context, std::uint8_t hash[32]) {
        const omci::Sha256 digest = device(context).sha256_.finish();
        std::copy(digest.begin(), digest.end(), hash);
    }
    static int signature(void* context, const std::uint8_t* cms, std::size_t cms_count, const std::uint8_t* manifest,
                         std::size_t manifest_count, unsigned signers_min) {
        OntDevice& self = device(context);
        ++self.work_.verdicts;
        return self.options_.packages.services->signature(self.options_.anchor, {cms, cms_count},
                                                          {manifest, manifest_count}, signers_min);
    }

    // A frame that is known unpacks to what is known, without being unpacked again for every ONT.
    static int unpack_start(void* context, const std::uint8_t* frame, std::size_t octets) {
        OntDevice& self = device(context);
        self.unpacked_ = self.options_.known ? self.options_.known->unpacked({frame, octets}) : KnownHashes::Piece{};
        self.unpacks_known_ = !self.unpacked_.empty();
        return self.unpacks_known_ || self.unpacker_->start({frame, octets}) ? 0 : -1;
    }
    static int unpack_next(void* context, std::uint8_t* out, std::size_t room, std::size_t* count) {
        OntDevice& self = device(context);
        if (self.unpacks_known_) {
            *count = std::min(room, self.unpacked_.size());
            std::copy_n(self.unpacked_.begin(), *count, out);
            self.unpacked_ = self.unpacked_.subspan(*count);
        } else if (!self.unpacker_->next({out, room}, *count)) {
            return -1;
        }
        self.work_.unpacked += *count;
        return 0;
    }

    static int counter_read(void* context, std::uint32_t* value) {
        *value = device(context).counter_;
        return 0;
    }
    static int counter_write(void* context, std::uint32_t value) {
        OntDevice& self = device(context);
        if (static_cast<Context*>(context)->rehearsal) return 0;
        if (value < self.counter_) return self.breach("a security counter that falls");
        self.counter_ = value;
        return 0;
    }
};

void OntDevice::lend_packages() {
    const PackageOptions& packages = options_.packages;
    const std::uint32_t blocks = omci::block_count(slots_[0].octets()), frames = omci::frame_count(slots_[0].octets());
    const std::uint32_t head = static_cast<std::uint32_t>(omci::package_header_octets) + cms_octets +
                               head_spare_octets + blocks * static_cast<std::uint32_t>(omci::sha256_octets) +
                               frames * static_cast<std::uint32_t>(omci::FrameEntry::wire_octets);
    head_.resize(packages.head_octets != 0 ? packages.head_octets : head);
    if (packages.block_buffer) block_.resize(omci::block_octets);
    unpacker_ = packages.frame_octets > 0 ? packages.services->make_unpacker() : nullptr;
    if (unpacker_) frame_.resize(packages.frame_octets);
    counter_ = packages.security_counter;
    ont_options_.head = head_.data();
    ont_options_.head_octets = head_.size();
    ont_options_.block = block_.empty() ? nullptr : block_.data();
    ont_options_.block_octets = block_.size();
    ont_options_.frame = frame_.empty() ? nullptr : frame_.data();
    ont_options_.frame_octets = frame_.size();
    ont_options_.unpack_octets = packages.unpack_octets;
    ont_options_.trust_anchor = packages.trust_anchor ? 1 : 0;
    ont_options_.signers_min = packages.signers_min;
}

void OntDevice::lend_packages(ont_platform& platform) const {
    platform.sha256_start = PackageCalls::sha256_start;
    platform.sha256_update = PackageCalls::sha256_update;
    platform.sha256_finish = PackageCalls::sha256_finish;
    platform.signature = PackageCalls::signature;
    if (unpacker_) {
        platform.unpack_start = PackageCalls::unpack_start;
        platform.unpack_next = PackageCalls::unpack_next;
    }
    platform.counter_read = PackageCalls::counter_read;
    platform.counter_write = PackageCalls::counter_write;
}

void OntDevice::count(int kind) {
    if (kind == ONT_EVENT_BLOCK_KEPT) ++last_download_.blocks_kept;
    if (kind == ONT_EVENT_BLOCK_COPIED) ++last_download_.blocks_copied;
    if (kind != ONT_EVENT_DOWNLOAD_STARTED) return;
    ++downloads_;
    earlier_downloads_ = all_downloads();
    last_download_ = {};
}

FlashCounts OntDevice::all_downloads() const noexcept {
    return {earlier_downloads_.octets_written + last_download_.octets_written,
            earlier_downloads_.units_erased + last_download_.units_erased,
            earlier_downloads_.blocks_kept + last_download_.blocks_kept,
            earlier_downloads_.blocks_copied + last_download_.blocks_copied};
}

}  // namespace sim
