// SPDX-License-Identifier: Apache-2.0
// Somebody on the fibre who changes one bit of the image on its way to one ONT, and makes every check that G.988 has
// right again: the frame's own, and the CRC that End names. Only a hash that was signed can tell. Used by OntNode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "omci/frame.h"

namespace sim {

struct TamperOptions {
    std::span<const std::uint8_t> stream;  ///< what the campaign sends; outlives the run
    std::size_t at = 0;                    ///< the octet of it that is changed
    std::uint32_t downloads_max = 0;       ///< so many downloads; 0: every one
};

class Tamperer {
public:
    explicit Tamperer(const TamperOptions& options) : options_{options} {}

    /// A Start was accepted: the stream begins anew.
    void download_started() noexcept;
    /// The ONT counts so many octets of the stream.
    void accepted(std::uint32_t octets) noexcept { accepted_ = octets; }
    /// A frame on its way into the ONT: the same, or what it was made into. Valid until the next call.
    std::span<const std::uint8_t> pass(std::span<const std::uint8_t> frame);

private:
    std::span<const std::uint8_t> resealed();

    TamperOptions options_;
    std::uint32_t accepted_ = 0;
    std::uint32_t downloads_ = 0;
    bool changed_ = false;              ///< in this download
    std::optional<std::uint32_t> crc_;  ///< of the stream with its bit changed
    std::vector<std::uint8_t> octets_;
};

}  // namespace sim
