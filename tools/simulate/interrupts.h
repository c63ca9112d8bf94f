// SPDX-License-Identifier: Apache-2.0
// Ctrl-C while a long job runs: the first one asks it to end in good order, the second one to leave at once, and a
// third one kills. SIGTERM and SIGHUP count as two. One object at a time: signals belong to the process.
#pragma once

#include <csignal>

namespace tools {

class Interrupts {
public:
    Interrupts();
    ~Interrupts();  ///< signals do again what they did before
    Interrupts(const Interrupts&) = delete;
    Interrupts& operator=(const Interrupts&) = delete;

    static bool stop_asked() noexcept;
    static bool leave_asked() noexcept;

    /// Throws std::runtime_error when leave_asked(): the stack unwinds, so that no temporary file is left.
    static void check();

private:
    struct sigaction before_int_ {
    }, before_term_{}, before_hup_{}, before_pipe_{};
};

}  // namespace tools
