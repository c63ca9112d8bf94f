// SPDX-License-Identifier: Apache-2.0
// The command line of "omcast replay" as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tools {

struct ReplayOptions {
    std::string capture;
    std::string json;  ///< a file, "-" for the standard output, empty: none
    std::optional<std::uint16_t> onu_id;
    std::optional<std::uint8_t> pon;
    std::optional<std::uint8_t> standby;       ///< the image that is idle at first; else as the capture tells
    std::optional<std::uint8_t> omcc_version;  ///< else what the ONT of the capture said, else 0xB4
    std::uint16_t window_sections_max = 256;
    bool all = false;
    bool help = false;

    bool json_on_stdout() const { return json == "-"; }
};

/// argv[0] is the subcommand's name. Throws UsageError: one sentence that names the flag and the cause.
ReplayOptions parse_replay_options(int argc, const char* const* argv);

std::string replay_help();

}  // namespace tools
