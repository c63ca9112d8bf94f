// SPDX-License-Identifier: Apache-2.0
// What ONTs hold, and what a step did to them: as a table, as JSON, and as one sentence about those that fell short.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "tools/upgrade/step_options.h"
#include "tools/upgrade/steps.h"
#include "tools/upgrade/survey.h"

namespace tools {

// --- status ---

/// Two lines an ONT, one for each image.
std::string status_table(std::span<const OntSeen> onts);
boost::json::object status_json(std::span<const OntSeen> onts);
/// "2 of 16 ONTs cannot be read: 3-4 (does not answer)"; empty where all can.
std::string status_shortfall(std::span<const OntSeen> onts);

// --- activate, commit, abort ---

std::string step_table(std::span<const StepEnd> ends);
boost::json::object step_json(Step step, std::span<const StepEnd> ends);
std::string step_shortfall(Step step, std::span<const StepEnd> ends);

}  // namespace tools
