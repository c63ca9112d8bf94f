// SPDX-License-Identifier: Apache-2.0
// The command lines of "omcast status", "activate", "commit" and "abort" as values: the steps of an upgrade, one by
// one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "omci/software_download.h"
#include "tools/upgrade/ont_set.h"

namespace tools {

enum class Step : std::uint8_t { status, activate, commit, abort };

/// The subcommand's name.
const char* text(Step step) noexcept;

struct StepOptions {
    Step step{};
    OntSet set;
    std::optional<std::uint8_t> image;  ///< else what the step is usually for
    omci::CallPolicy calls = omci::CallPolicy::always;
    olt::Duration wait{};  ///< for the restart (activate), for "device busy" to end (commit, abort)
    bool help = false;
};

/// argv[0] is the subcommand's name. Throws UsageError: one sentence that names the flag and the cause.
StepOptions parse_step_options(Step step, int argc, const char* const* argv);

std::string step_help(Step step);

}  // namespace tools
