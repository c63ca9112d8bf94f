// SPDX-License-Identifier: Apache-2.0
// A MIB upload: one snapshot of the whole MIB, handed out piece by piece until one minute after its last use.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "ont/mib.h"

namespace ont {

inline constexpr std::uint64_t upload_lifetime_ms = 60'000;  ///< G.988 11.2.2, after the upload or its last next
inline constexpr std::size_t upload_next_octets_max = 480;   ///< contents of one extended reply; G.988 would take 1966

class MibUpload {
public:
    /// Takes the snapshot. Returns how many MIB upload next commands it takes to read it in message set `set`.
    std::uint16_t start(const MibValues& values, const MibSource& source, omci::MessageSet set,
                        std::uint64_t now_ms) noexcept;

    /// Writes the contents of reply number `sequence` to `room`: one piece of 32 octets, or several pieces in an
    /// extended one. Nothing where there is none such, or not any more.
    /// Of `now` only what never changes is read.
    std::size_t next(const MibSource& now, std::uint16_t sequence, omci::MessageSet set, std::uint64_t now_ms,
                     std::span<std::uint8_t> room) noexcept;

    void forget() noexcept { live_ = false; }

private:
    MibValues values_;
    BootRecord record_;
    UpdateStatus update_;
    std::uint64_t expires_ms_ = 0;
    std::uint32_t uptime_10_ms_ = 0;
    bool live_ = false;
};

}  // namespace ont
