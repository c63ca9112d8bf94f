// SPDX-License-Identifier: Apache-2.0
#include "tools/link/loop.h"

#include <csignal>

namespace tools {

namespace asio = boost::asio;

Loop::Loop() : began_{std::chrono::steady_clock::now()}, timer_{context_}, signals_{context_, SIGINT, SIGTERM, SIGHUP} {
    // A reader of our output that went away is an error of a write, not the end of us in the middle of a file.
    std::signal(SIGPIPE, SIG_IGN);
    await_signal();
}

void Loop::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) return;
        interrupts_ += signal == SIGINT ? 1 : 2;
        await_signal();
    });
}

void Loop::poll() { context_.poll(); }

void Loop::sleep_until(olt::Instant deadline) {
    if (context_.poll() > 0 || deadline <= now()) return;
    if (deadline == olt::never) {
        context_.run_one();
        context_.poll();
        return;
    }
    bool over = false;
    timer_.expires_at(began_ + deadline.time_since_epoch());
    timer_.async_wait([&over](const boost::system::error_code&) { over = true; });
    context_.run_one();
    context_.poll();
    if (over) return;
    // What woke us was no timer: its handler must have run before `over` is gone.
    timer_.cancel();
    while (!over) context_.run_one();
}

}  // namespace tools
