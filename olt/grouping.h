// SPDX-License-Identifier: Apache-2.0
// Which ONTs may share a transfer, and which are served alone. Two ONTs can hear the same sections only if those carry
// the same instance (0 or 1 stands in every section's header) in the same message set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "omci/ids.h"

namespace olt {

/// What grouping needs to know of an ONT that waits for a transfer.
struct Candidate {
    std::size_t index = 0;  ///< the caller's own number of it
    std::uint8_t image = 0;
    omci::MessageSet set = omci::MessageSet::baseline;
    bool hears_shared = false;
};

struct Group {
    std::uint8_t image = 0;
    omci::MessageSet set = omci::MessageSet::baseline;
    std::vector<std::size_t> members;
};

/// The groups to be served one after another, larger ones first. Candidates that are in none are served alone: those
/// that do not hear the shared port, and those whose group would be smaller than `members_min`.
std::vector<Group> make_groups(const std::vector<Candidate>& candidates, std::size_t members_min);

}  // namespace olt
