// SPDX-License-Identifier: Apache-2.0
// ONTs that came to the same end, folded into one entry each. For the tables and sentences of report/campaign.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "olt/events.h"
#include "tools/units.h"

namespace tools {

/// What became of one ONT of a campaign.
struct OntEnd {
    olt::OntDone outcome;
    bool reported = true;   ///< the engine reported an outcome
    std::string unserved;   ///< why the engine was never told of this ONT; empty: it was
    bool as_asked = false;  ///< neither upgraded nor up to date, but all that was asked for
};

struct SameEnd {
    const OntEnd* example = nullptr;  ///< the first of them
    std::uint32_t onts = 0;
    std::uint64_t windows_repaired = 0;  ///< by all of them
    olt::Duration longest{};             ///< the slowest upgrade among them
    Range<std::uint32_t> refused_ms{};   ///< from Start to the refusal, where they name one
    std::string ids;                     ///< "0-4, 6-127"; with several PONs "0/0-127, 1/3"
};

/// The image is where it was to go.
bool achieved(const OntEnd& ont);

/// "0-4, 6, 9-127 odd" of addresses in ascending order; with `name_pons` "0/0-4, 1/3".
std::string text_of_ids(const std::vector<olt::Address>& onus, bool name_pons);

/// "refused: no idle image"; where the ONT named its reason that one: "refused: wrong-product (incompatible-version),
/// the package is for another product; judging, after 312 ms".
std::string text_of_end(const SameEnd& same);

/// "wrong-product"; "refusal-77" for a number that nobody gave.
std::string name_of(omci::Refusal refusal);

/// ONTs of the same result, reason, refusal, group and image, by the first ONT of each.
std::vector<SameEnd> fold(const std::vector<OntEnd>& onts, bool name_pons);

/// The same by result, reason and refusal alone.
std::vector<SameEnd> fold_by_end(const std::vector<OntEnd>& onts, bool name_pons);

}  // namespace tools
