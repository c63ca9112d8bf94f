// SPDX-License-Identifier: Apache-2.0
// What happens to the ONTs of "omcast ont": one line an event, with the time of day (UTC), the ONU-ID and words.
//
//     2026-03-14 09:26:53.589  onu 12   runs image 0, version FACTORY0-1.0, committed; image 1 is not valid
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace tools {

class OntLog {
public:
    /// To the standard output where `path` is empty; else behind what the file holds. Throws std::runtime_error naming
    /// it.
    OntLog(const std::string& path, bool quiet);
    ~OntLog();
    OntLog(const OntLog&) = delete;
    OntLog& operator=(const OntLog&) = delete;

    /// Each line is out when this returns. Without an ONU-ID it is about the process. Throws std::runtime_error where
    /// nobody reads any more, or the disk is full.
    void line(std::optional<std::uint16_t> onu_id, std::string_view words);

private:
    std::string name_;
    std::FILE* file_ = nullptr;  ///< null: quiet
};

/// A line as the log has it.
std::string log_line(std::chrono::system_clock::time_point time, std::optional<std::uint16_t> onu_id,
                     std::string_view words);

}  // namespace tools
