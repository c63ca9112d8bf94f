// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/crash_note.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace tools {
namespace {

// Written beforehand: a signal handler may not format. Thread-local, since a crash runs its handler on its own thread.
thread_local char note[160] = "";

void on_crash(int signal) {
    if (note[0] != '\0') {
        const ssize_t ignored = ::write(STDERR_FILENO, note, std::strlen(note));
        static_cast<void>(ignored);
    }
    std::raise(signal);  // with the default action, which was put back when this handler was called
}

}  // namespace

CrashNote::CrashNote(std::uint64_t seed) {
    const auto end =
        fmt::format_to_n(note, sizeof note - 1,
                         "omcast: seed {} crashed; again: omcast simulate --hunt --seeds {}-{}\n", seed, seed, seed);
    *end.out = '\0';
}

CrashNote::~CrashNote() { note[0] = '\0'; }

CrashReporter::CrashReporter() {
    struct sigaction wanted {};
    wanted.sa_handler = on_crash;
    wanted.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    sigemptyset(&wanted.sa_mask);
    for (std::size_t i = 0; i < signals_.size(); ++i) {
        sigaction(signals_[i], nullptr, &before_[i]);
        if (before_[i].sa_handler == SIG_DFL) sigaction(signals_[i], &wanted, nullptr);
    }
}

CrashReporter::~CrashReporter() {
    for (std::size_t i = 0; i < signals_.size(); ++i) sigaction(signals_[i], &before_[i], nullptr);
}

}  // namespace tools
