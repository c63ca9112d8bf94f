// SPDX-License-Identifier: Apache-2.0
// What was read of one ONT, and what that means for it. Whatever happened before (a lost answer, a reboot, an OLT that
// was restarted) the ONT is the truth: look, and let verdict() say what to do next.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "olt/image.h"
#include "omci/mib_messages.h"
#include "omci/software_image.h"

namespace olt {

/// Both Software image instances of one ONT and what else a transfer needs to know.
struct OntView {
    std::array<omci::SoftwareImage, 2> images{};
    std::array<std::optional<omci::ImageHash>, 2> hashes{};  ///< where the ONT has the attribute
    std::uint8_t omcc_version = 0;                           ///< 0: not read, baseline only
};

/// What this campaign has done to the ONT so far.
struct OntHistory {
    std::optional<std::uint8_t> written;  ///< this instance took the whole image, and End said it is good
    omci::Version written_version{};      ///< as read from it then
    bool activated = false;               ///< Activate was sent for it
};

enum class Next : std::uint8_t {
    finish,      ///< the image is where it should be
    commit,      ///< it is active, but not committed
    activate,    ///< it lies ready in the other instance
    transfer,    ///< it is to be sent to `image`
    no_idle,     ///< refuse: both images are in use (S4, S4')
    came_back,   ///< it was activated, and the old image runs again
    unreadable,  ///< not exactly one image is active
};

struct Verdict {
    Next next = Next::unreadable;
    std::uint8_t image = 0;  ///< the instance concerned
};

/// The table, first match wins; W: holds the wanted image, A: active, C: committed, V: valid.
///
///      active image     other image      next
///      W A C            any              finish
///      W A -            any              commit
///      - A              W V              activate it, unless it was activated already: came_back
///      - A C            any              transfer to it
///      - A -            - C              no_idle
Verdict verdict(const OntView& ont, const Image& wanted, const OntHistory& history) noexcept;

/// Takes in the values of a Get response for the attributes of class 7 that it carries. False if the response is an
/// error that leaves the state of the image unknown.
bool read_state(const omci::GetResponse& response, omci::SoftwareImage& image) noexcept;

/// The image hash of a Get response, or none where the ONT has no such attribute or it is all zero.
std::optional<omci::ImageHash> read_hash(const omci::GetResponse& response) noexcept;

}  // namespace olt
