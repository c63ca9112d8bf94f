// SPDX-License-Identifier: Apache-2.0
#include "tools/link/loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>

namespace tools {

struct Loop::Asio {
    boost::asio::io_context context;
    boost::asio::steady_timer timer{context};
    boost::asio::signal_set signals{context, SIGINT, SIGTERM, SIGHUP};
};

Loop::Loop() : began_{std::chrono::steady_clock::now()}, asio_{std::make_unique<Asio>()} {
    // A reader of our output that went away is an error of a write, not the end of us in the middle of a file.
    std::signal(SIGPIPE, SIG_IGN);
    await_signal();
}

Loop::~Loop() = default;

boost::asio::io_context& Loop::context() noexcept { return asio_->context; }

void Loop::await_signal() {
    asio_->signals.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) return;
        interrupts_ += signal == SIGINT ? 1 : 2;
        await_signal();
    });
}

void Loop::poll() { asio_->context.poll(); }

void Loop::sleep_until(olt::Instant deadline) {
    boost::asio::io_context& context = asio_->context;
    boost::asio::steady_timer& timer = asio_->timer;
    if (context.poll() > 0 || deadline <= now()) return;
    if (deadline == olt::never) {
        context.run_one();
        context.poll();
        return;
    }
    bool over = false;
    timer.expires_at(began_ + deadline.time_since_epoch());
    timer.async_wait([&over](const boost::system::error_code&) { over = true; });
    context.run_one();
    context.poll();
    if (over) return;
    // What woke us was no timer: its handler must have run before `over` is gone.
    timer.cancel();
    while (!over) context.run_one();
}

}  // namespace tools
