// SPDX-License-Identifier: Apache-2.0
// How an upgrade will go: what the command line said, and where it was silent what the profile, the link and the ONTs
// say. Pure, so that every choice can be tested; each choice comes with its reason for people.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "olt/engine.h"
#include "tools/upgrade/options.h"
#include "tools/upgrade/profile.h"
#include "tools/upgrade/survey.h"

namespace tools {

/// What a link can carry.
struct LinkFacts {
    std::size_t message_max = omci::frame_max_octets;  ///< octets of the longest OMCI message, check included
    bool keyed = false;
    bool has_shared_port = true;
};

struct UpgradePlan {
    olt::EngineOptions engine;
    olt::Campaign campaign;    ///< without its image
    std::string message_set;   ///< "extended, which 7 of 8 ONTs know"
    std::string distribution;  ///< "lockstep, unicast close"
};

/// `onts` are those found, in trouble or not. Throws std::runtime_error where the message set that was asked for does
/// not fit the link.
UpgradePlan plan_upgrade(const UpgradeOptions& options, const Profile& profile, const LinkFacts& link,
                         std::span<const OntSeen> onts);

}  // namespace tools
