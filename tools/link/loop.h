// SPDX-License-Identifier: Apache-2.0
// The event loop under the links of a process, by Boost.Asio: it sleeps until a descriptor has something to read, a
// time has come, or somebody pressed Ctrl-C. Its clock is the one that engine, handlers and links are given.
#pragma once

#include <chrono>
#include <memory>

#include "olt/time.h"

namespace boost::asio {
class io_context;
}

namespace tools {

class Loop {
public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Monotonic, from the making of the loop.
    olt::Instant now() const { return olt::Instant{std::chrono::steady_clock::now() - began_}; }

    /// Sleeps until `deadline` (`olt::never`: without end), or until a watched descriptor or a signal woke it; all that
    /// is ready by then has been told.
    void sleep_until(olt::Instant deadline);
    /// Tells what is ready now, without sleeping.
    void poll();

    /// Ctrl-C counts one, SIGTERM and SIGHUP count two: one asks for an end in good order, two for an end at once.
    unsigned interrupts() const noexcept { return interrupts_; }

    /// For transports: where descriptors are watched.
    boost::asio::io_context& context() noexcept;

private:
    void await_signal();

    /// What is Asio's stays in loop.cpp and the transports: its headers cost seconds in every file that sees them.
    struct Asio;

    std::chrono::steady_clock::time_point began_;
    std::unique_ptr<Asio> asio_;
    unsigned interrupts_ = 0;
};

}  // namespace tools
