// SPDX-License-Identifier: Apache-2.0
// What a hunt says when a world makes the program itself crash, by a failed assertion for example: the seed of that
// world, and the command that shows it again.
#pragma once

#include <array>
#include <csignal>
#include <cstdint>

namespace tools {

/// While one lives, this thread works on `seed`.
class CrashNote {
public:
    explicit CrashNote(std::uint64_t seed);
    ~CrashNote();
    CrashNote(const CrashNote&) = delete;
    CrashNote& operator=(const CrashNote&) = delete;
};

/// While one lives, a crash tells the seed of the thread it happened in. Leaves a sanitizer's own handlers alone.
class CrashReporter {
public:
    CrashReporter();
    ~CrashReporter();
    CrashReporter(const CrashReporter&) = delete;
    CrashReporter& operator=(const CrashReporter&) = delete;

private:
    static constexpr std::array signals_{SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    std::array<struct sigaction, signals_.size()> before_{};
};

}  // namespace tools
