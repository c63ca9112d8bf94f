// SPDX-License-Identifier: Apache-2.0
#include "tools/ont/log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

namespace tools {

OntLog::OntLog(const std::string& path, bool quiet) : name_{path.empty() ? "the standard output" : path} {
    if (quiet) return;
    file_ = path.empty() ? stdout : std::fopen(path.c_str(), "ae");
    if (!file_) throw std::runtime_error{fmt::format("--log: {}: {}", path, std::strerror(errno))};
}

OntLog::~OntLog() {
    if (file_ && file_ != stdout) std::fclose(file_);
}

void OntLog::line(std::optional<std::uint16_t> onu_id, std::string_view words) {
    if (!file_) return;
    const std::string line = log_line(std::chrono::system_clock::now(), onu_id, words);
    if (std::fwrite(line.data(), 1, line.size(), file_) == line.size() && std::fflush(file_) == 0) return;
    throw std::runtime_error{fmt::format("the log cannot be written to {}: {}", name_, std::strerror(errno))};
}

std::string log_line(std::chrono::system_clock::time_point time, std::optional<std::uint16_t> onu_id,
                     std::string_view words) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    const std::string who = onu_id ? fmt::format("onu {}", *onu_id) : "all";
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}  {:<7}  {}\n", utc.tm_year + 1900, utc.tm_mon + 1,
                       utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, ms % 1000, who, words);
}

}  // namespace tools
