// SPDX-License-Identifier: Apache-2.0
// The head of a package: gathered in the buffer that the firmware lends, then judged, one bounded piece of work a step:
//
//     gathering -> signature -> manifest -> block list -> frame list -> fitness -> judged
//
// Nothing of the manifest is read before its signatures are good, where signatures are asked for. Behind the head the
// buffer holds one bit for each block of the image: it lay in the slot already (package_slot.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "omci/manifest.h"
#include "omci/package.h"
#include "omci/refusal.h"
#include "ont/host.h"

namespace ont {

class PackageHead {
public:
    /// Where the next octets of the head go. Empty once it is whole.
    std::span<std::uint8_t> wanted(const Host& host) const noexcept;

    /// The first `count` octets of wanted() are there. Says no as soon as the header shows what is wrong.
    omci::Refusal took(const Host& host, std::size_t count, std::uint32_t stream_octets) noexcept;

    bool whole() const noexcept { return stage_ != Stage::gathering; }
    bool judged() const noexcept { return stage_ == Stage::judged; }

    /// Of a whole head: one step towards the verdict. Nothing: there is more to do. `none`: it may be installed.
    std::optional<omci::Refusal> judge(const Host& host, std::uint8_t image, std::uint32_t stream_octets) noexcept;

    /// Octets before the payload. Of a whole head.
    std::uint32_t octets() const noexcept { return static_cast<std::uint32_t>(header_.head_octets()); }
    omci::Octets all(const Host& host) const noexcept { return host.head().first(octets()); }
    omci::Octets frames(const Host& host) const noexcept { return omci::split_head(header_, all(host)).frames; }

    /// Of a judged head.
    omci::Payload payload() const noexcept { return payload_; }
    std::uint32_t image_octets() const noexcept { return image_octets_; }
    omci::Octets block_hash(const Host& host, std::uint32_t block) const noexcept {
        return omci::split_head(header_, all(host)).blocks.subspan(block * omci::sha256_octets, omci::sha256_octets);
    }
    /// What the record keeps of the image.
    void describe(const Host& host, InstalledImage& installed) const noexcept;

    /// The bit of a block.
    bool has(const Host& host, std::uint32_t block) const noexcept;
    void set(const Host& host, std::uint32_t block, bool to) const noexcept;

private:
    enum class Stage : std::uint8_t { gathering, signature, manifest, block_list, frame_list, fitness, judged };

    omci::Octets manifest_octets(const Host& host) const noexcept;
    omci::Refusal check_signature(const Host& host) const noexcept;
    bool read(const Host& host, omci::Manifest& manifest) const noexcept;
    std::optional<bool> list_good(const Host& host, omci::Octets list, const omci::Sha256& hash) noexcept;

    Stage stage_ = Stage::gathering;
    omci::Payload payload_ = omci::Payload::raw;
    omci::PackageHeader header_;
    std::uint32_t gathered_ = 0;
    std::uint32_t hashed_ = 0;  ///< octets of the list that is hashed just now
    std::uint32_t image_octets_ = 0;
};

}  // namespace ont
