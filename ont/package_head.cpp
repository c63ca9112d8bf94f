// SPDX-License-Identifier: Apache-2.0
#include "ont/package_head.h"

#include <algorithm>

#include "ont/package_check.h"

namespace ont {

using omci::Refusal;

std::span<std::uint8_t> PackageHead::wanted(const Host& host) const noexcept {
    if (whole()) return {};
    const std::size_t end = gathered_ < omci::package_header_octets ? omci::package_header_octets : octets();
    return host.head().subspan(gathered_, std::min(end, host.head().size()) - gathered_);
}

Refusal PackageHead::took(const Host& host, std::size_t count, std::uint32_t stream_octets) noexcept {
    gathered_ += static_cast<std::uint32_t>(count);
    // Not even the header fits. A head that is longer is refused as soon as its header is there.
    if (gathered_ < omci::package_header_octets && gathered_ == host.options.head_octets)
        return Refusal::head_too_large;
    if (gathered_ == omci::package_header_octets) {
        if (omci::read_header(host.head().first(gathered_), header_) != omci::HeaderFault::ok)
            return Refusal::malformed_head;
        const std::uint32_t bits = header_.blocks() / 8 + 1;
        if (header_.head_octets() + bits > host.options.head_octets) return Refusal::head_too_large;
        if (header_.head_octets() >= stream_octets) return Refusal::size_wrong;
    }
    // A header alone is no head: it announces a manifest at least.
    if (gathered_ > omci::package_header_octets && gathered_ == octets()) stage_ = Stage::signature;
    return Refusal::none;
}

omci::Octets PackageHead::manifest_octets(const Host& host) const noexcept {
    return omci::cms_content(omci::split_head(header_, all(host)).cms);
}

Refusal PackageHead::check_signature(const Host& host) const noexcept {
    const omci::Octets cms = omci::split_head(header_, all(host)).cms;
    const omci::Octets content = manifest_octets(host);
    if (content.empty()) return Refusal::malformed_manifest;
    if (host.options.trust_anchor == 0) return Refusal::none;
    const unsigned signers = host.options.signers_min > 0 ? host.options.signers_min : 1;
    const int said =
        host.platform.signature(host.platform.context, cms.data(), cms.size(), content.data(), content.size(), signers);
    if (said == 0) return Refusal::none;
    const bool named = said >= ONT_REFUSAL_SIGNATURE_WRONG && said <= ONT_REFUSAL_SIGNERS_TOO_FEW;
    return named ? static_cast<Refusal>(said) : Refusal::signature_wrong;
}

bool PackageHead::read(const Host& host, omci::Manifest& manifest) const noexcept {
    return omci::read_manifest(manifest_octets(host), manifest).fault == omci::ManifestFault::ok;
}

/// Hashes one more piece of `list`; nothing until all of it was hashed.
std::optional<bool> PackageHead::list_good(const Host& host, omci::Octets list, const omci::Sha256& hash) noexcept {
    if (hashed_ == 0) host.platform.sha256_start(host.platform.context);
    const auto piece = list.subspan(hashed_, std::min<std::size_t>(list.size() - hashed_, piece_octets_max));
    host.platform.sha256_update(host.platform.context, piece.data(), piece.size());
    hashed_ += static_cast<std::uint32_t>(piece.size());
    if (hashed_ < list.size()) return std::nullopt;
    hashed_ = 0;
    return host.finished_hash_is(hash);
}

std::optional<Refusal> PackageHead::judge(const Host& host, std::uint8_t image, std::uint32_t stream_octets) noexcept {
    if (stage_ == Stage::signature) {
        stage_ = Stage::manifest;
        const Refusal no = check_signature(host);
        return no == Refusal::none ? std::nullopt : std::optional{no};
    }
    omci::Manifest manifest;
    if (!read(host, manifest)) return Refusal::malformed_manifest;
    const auto parts = omci::split_head(header_, all(host));
    const Candidate candidate{manifest, header_, parts.frames, image, stream_octets};
    switch (stage_) {
    case Stage::manifest:
        payload_ = manifest.payload;
        image_octets_ = manifest.size;
        if (const Refusal no = check_lists(candidate); no != Refusal::none) return no;
        stage_ = Stage::block_list;
        return std::nullopt;
    case Stage::block_list:
    case Stage::frame_list: {
        const bool of_blocks = stage_ == Stage::block_list;
        const auto good = of_blocks ? list_good(host, parts.blocks, manifest.blocks_sha256)
                                    : list_good(host, parts.frames, manifest.frames_sha256);
        if (!good) return std::nullopt;
        if (!*good) return Refusal::list_hash_wrong;
        stage_ = of_blocks && !parts.frames.empty() ? Stage::frame_list : Stage::fitness;
        return std::nullopt;
    }
    default: break;
    }
    const Refusal no = check_fitness(host, candidate);
    if (no == Refusal::none) stage_ = Stage::judged;
    return no;
}

void PackageHead::describe(const Host& host, InstalledImage& installed) const noexcept {
    omci::Manifest manifest;
    read(host, manifest);  // it was good when the head was judged
    const auto copy = [](std::string_view from, auto& to) {
        to = {};
        std::copy_n(from.begin(), std::min(from.size(), to.size()), to.begin());
    };
    copy(manifest.version, installed.version);
    copy(manifest.product_code, installed.product_code);
    installed.security_counter = manifest.security_counter;
}

bool PackageHead::has(const Host& host, std::uint32_t block) const noexcept {
    return (host.options.head[octets() + block / 8] >> (block % 8) & 1u) != 0;
}

void PackageHead::set(const Host& host, std::uint32_t block, bool to) const noexcept {
    std::uint8_t& octet = host.options.head[octets() + block / 8];
    const auto mark = static_cast<std::uint8_t>(1u << block % 8);
    octet = static_cast<std::uint8_t>(to ? octet | mark : octet & ~mark);
}

}  // namespace ont
