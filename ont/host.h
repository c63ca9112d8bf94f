// SPDX-License-Identifier: Apache-2.0
// What the parts of a download are lent for one call: the platform, the memory in the options, who this ONT is, and the
// image bank. The agent makes one for each call; nobody keeps it.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "omci/package.h"
#include "ont/build.h"
#include "ont/image_bank.h"
#include "ont/ont.h"
#include "ont/report.h"

namespace ont {

/// The most that is read, hashed, copied or written in one piece of work.
inline constexpr std::uint32_t piece_octets_max = omci::block_octets;

struct Host {
    const ont_platform& platform;
    const ont_options& options;
    const ont_identity& identity;
    ImageBank& bank;

    std::span<std::uint8_t> window() const noexcept { return {options.window, options.window_octets}; }
    std::span<std::uint8_t> head() const noexcept { return {options.head, options.head_octets}; }
    std::span<std::uint8_t> block() const noexcept { return {options.block, options.block_octets}; }
    std::span<std::uint8_t> frame() const noexcept { return {options.frame, options.frame_octets}; }

    /// Packages can be judged: there is a buffer for their head, and a hash.
    bool takes_packages() const noexcept {
        return build::packages && options.head != nullptr && platform.sha256_start != nullptr;
    }
    /// Every image could be one that must not be installed: nothing is erased before its first window was seen.
    bool looks_first() const noexcept { return takes_packages() || options.trust_anchor != 0; }

    bool permits(ont_question question, const std::uint8_t* version) const noexcept {
        if (platform.permission == nullptr) return question == ONT_MAY_START;
        return platform.permission(platform.context, question, version) != 0;
    }

    bool is_hash_of(omci::Octets hash, omci::Octets octets) const noexcept {
        platform.sha256_start(platform.context);
        platform.sha256_update(platform.context, octets.data(), octets.size());
        return finished_hash_is(hash);
    }
    bool finished_hash_is(omci::Octets hash) const noexcept {
        omci::Sha256 found{};
        platform.sha256_finish(platform.context, found.data());
        return std::memcmp(found.data(), hash.data(), found.size()) == 0;
    }

    bool read(std::uint8_t image, std::uint32_t offset, std::span<std::uint8_t> octets) const noexcept {
        return platform.slot_read(platform.context, image, offset, octets.data(), octets.size()) == 0;
    }

    void report(ont_event kind, std::uint32_t value) const noexcept { ont::report(platform, kind, value); }
};

}  // namespace ont
