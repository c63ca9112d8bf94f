// SPDX-License-Identifier: Apache-2.0
// A file that is there whole or not at all: written beside its final name and renamed. It is opened before a long run
// begins, so that a folder that cannot be written is known at once.
#pragma once

#include <string>
#include <string_view>

namespace tools {

class OutputFile {
public:
    /// Throws std::runtime_error naming the file; `what` is what it is called then. A pipe or a device is opened as it
    /// is.
    explicit OutputFile(const std::string& path, const char* what = "report");
    ~OutputFile();  ///< without finish() nothing is left
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    /// Writes all of the file and puts it under its name. Throws std::runtime_error.
    void finish(std::string_view octets);

private:
    [[noreturn]] void fail() const;

    std::string path_;
    const char* what_;
    std::string temporary_;  ///< empty where `path_` is written directly
    int descriptor_ = -1;
};

/// True where both paths lead to one existing file, or are spelled the same.
bool same_file(const std::string& a, const std::string& b);

}  // namespace tools
