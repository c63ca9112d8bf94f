// SPDX-License-Identifier: Apache-2.0
// Who is on a link, and what is in them: the serial number and the two Software image instances of many ONTs, asked all
// at once. "upgrade" begins with it, the step-by-step commands are made of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "olt/address.h"
#include "omci/software_image.h"
#include "tools/conversation.h"

namespace tools {

/// One Software image instance, as far as the ONT tells. Product code and hash are optional in G.988.
struct ImageSeen {
    omci::SoftwareImage state;
    std::optional<omci::ImageHash> hash;
    std::string product_code;  ///< empty: it has none
};

/// One ONT.
struct OntSeen {
    olt::Address onu;
    std::optional<olt::SerialNumber> serial;
    std::uint8_t omcc_version = 0;                   ///< 0: not read
    std::array<std::optional<ImageSeen>, 2> images;  ///< none: it cannot be read
    std::string trouble;                             ///< why nothing can be done with it; empty: all is well

    /// The instance that is active, the other one; none where not exactly one is.
    std::optional<std::uint8_t> active() const;
    std::optional<std::uint8_t> idle() const;
};

/// Longest answer and number of tries out of the whole time that an ONT has for a first answer (--answer-time).
Patience patience_of(olt::Duration answer_time);

/// Asks every ONT for serial number and OMCC version. An ONT that stays silent, or shares its serial number with
/// another, is in trouble. Takes two times `patience` at the longest.
std::vector<OntSeen> identify(Conversation& conversation, std::span<const std::uint16_t> onu_ids,
                              const Patience& patience);

/// Reads both images of every ONT that is not in trouble. Takes six times `patience` at the longest.
void read_images(Conversation& conversation, std::span<OntSeen> onts, const Patience& patience);
/// Their states alone, of those that `wanted` marks; false in the result: no answer that could be read.
std::vector<bool> read_states(Conversation& conversation, std::span<OntSeen> onts, const std::vector<bool>& wanted,
                              const Patience& patience);

/// True where at least one ONT can be dealt with.
bool any_answers(std::span<const OntSeen> onts);
/// "none of the 16 ONTs (0-15) answers on udp:..."
std::string nobody_answers(std::span<const OntSeen> onts, const std::string& link);

/// An answer that is an error, for people: "3 (parameter error)".
std::string text_of(omci::ResultCode result);

}  // namespace tools
