// SPDX-License-Identifier: Apache-2.0
// What a served PON came to, as a table for people and as JSON for programs. For serve.cpp.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>

#include "sim/served_pon.h"
#include "tools/link/link.h"

namespace tools {

/// What the simulator does not know of its serving.
struct ServeFacts {
    std::string link;
    std::uint64_t seed = 1;
    bool image_known = false;
    LinkCounts counts;
    std::uint64_t late_frames = 0;  ///< that left more than `late_after` behind their time
    olt::Duration latest{};         ///< the worst of all
};

/// Later than this and an OLT might notice: answers take half a millisecond and more by themselves.
inline constexpr olt::Duration late_after = std::chrono::milliseconds{1};

/// Some lines, the last one ended.
std::string serve_table(const sim::ServedReport& report, const ServeFacts& facts);

boost::json::object serve_json(const sim::ServedReport& report, const ServeFacts& facts);

/// Which promise was broken; empty where none was.
std::string broken_promise(const sim::ServedReport& report);

}  // namespace tools
