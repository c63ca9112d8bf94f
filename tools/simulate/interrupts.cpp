// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/interrupts.h"

#include <atomic>
#include <stdexcept>

namespace tools {
namespace {

std::atomic<int> asked{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may touch nothing else");

void on_signal(int signal) {
    const int now = asked += signal == SIGINT ? 1 : 2;
    if (now >= 2) std::signal(SIGINT, SIG_DFL);
}

struct sigaction action(void (*handler)(int)) {
    struct sigaction wanted {};
    wanted.sa_handler = handler;
    wanted.sa_flags = SA_RESTART;
    sigemptyset(&wanted.sa_mask);
    return wanted;
}

}  // namespace

Interrupts::Interrupts() {
    asked = 0;
    const struct sigaction count = action(on_signal);
    // A reader of our output that went away is an error of a write, not the end of us in the middle of a file.
    const struct sigaction ignore = action(SIG_IGN);
    sigaction(SIGINT, &count, &before_int_);
    sigaction(SIGTERM, &count, &before_term_);
    sigaction(SIGHUP, &count, &before_hup_);
    sigaction(SIGPIPE, &ignore, &before_pipe_);
}

Interrupts::~Interrupts() {
    sigaction(SIGINT, &before_int_, nullptr);
    sigaction(SIGTERM, &before_term_, nullptr);
    sigaction(SIGHUP, &before_hup_, nullptr);
    sigaction(SIGPIPE, &before_pipe_, nullptr);
}

bool Interrupts::stop_asked() noexcept { return asked > 0; }
bool Interrupts::leave_asked() noexcept { return asked > 1; }

void Interrupts::check() {
    if (leave_asked()) throw std::runtime_error{"interrupted"};
}

}  // namespace tools
