// SPDX-License-Identifier: Apache-2.0
// The command line of "omcast upgrade" as values. Everything that can be known to be wrong without opening a file or a
// link is found here; upgrade/plan.h decides what the command line leaves open.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "olt/engine.h"
#include "tools/image/trust_options.h"
#include "tools/upgrade/ont_set.h"

namespace tools {

struct UpgradeOptions {
    OntSet set;
    std::string image;                   ///< a file
    std::optional<std::string> version;  ///< what ONTs will call the image; else by the rule of omci/image_version.h
    std::string profile;                 ///< a file; empty: none
    TrustOptions trust;                  ///< what the image must be signed with, before an ONT is asked

    // What is not given is left to the profile, the link and the ONTs.
    std::optional<olt::Mode> mode;
    std::optional<olt::Close> close;
    std::optional<olt::SetChoice> message_set;
    std::optional<std::uint16_t> window;
    std::optional<std::uint64_t> rate;  ///< bit/s

    bool activate = true;
    bool commit = true;
    omci::CallPolicy calls = omci::CallPolicy::always;
    olt::Duration reboot_wait = std::chrono::minutes{6};
    bool help = false;
};

/// argv[0] is the subcommand's name. Throws UsageError: one sentence that names the flag and the cause.
UpgradeOptions parse_upgrade_options(int argc, const char* const* argv);

std::string upgrade_help();

}  // namespace tools
