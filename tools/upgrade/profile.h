// SPDX-License-Identifier: Apache-2.0
// What is known of one kind of ONT beyond what G.988 promises, as a JSON file: "omcast conform" learns and writes it,
// "omcast upgrade --profile" chooses window, message set, close and pace by it.
//
//     {"about": "ACME X1, 2.1", "window": 64, "extended": true, "hears_shared": true, "close": "unicast",
//      "close_guard_us": 1000, "repeats": true, "sections_per_second": 12000}
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "olt/engine.h"

namespace tools {

/// Each member is a key of the file; a key that is missing there says nothing, and neither does one that is not there.
struct Profile {
    std::string about;                                 ///< which ONT it was learned from, for people
    std::optional<std::uint16_t> window;               ///< the largest window that worked, 1..256 sections
    std::optional<bool> extended;                      ///< takes a download in extended messages
    std::optional<bool> hears_shared;                  ///< hears the shared port
    std::optional<olt::Close> close;                   ///< what closes a window that went out on the shared port
    std::optional<std::uint32_t> close_guard_us;       ///< how long a unicast close must wait behind the shared port
    std::optional<bool> repeats;                       ///< takes a section twice inside a window
    std::optional<std::uint32_t> sections_per_second;  ///< of the set `extended` names, before it drops any

    bool operator==(const Profile&) const = default;
};

/// Throws std::runtime_error: one sentence naming `place` (a file), the key and what is wrong with it.
Profile parse_profile(std::string_view place, std::string_view text);

/// The same of a file, which is named too where it cannot be read.
Profile load_profile(const std::string& path);

/// With json_text() (report/json_text.h) what parse_profile() reads.
boost::json::object profile_json(const Profile& profile);

}  // namespace tools
