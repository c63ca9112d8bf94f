// SPDX-License-Identifier: Apache-2.0
// What carries octets for a Link, and knows nothing of what they say: UDP sockets or raw Ethernet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "tools/link/link.h"

namespace tools {

class Transport {
public:
    virtual ~Transport() = default;

    /// Takes one message to be sent; the octets are copied. False where it cannot be sent at all.
    virtual bool send(const olt::Address& address, omci::Octets message) = 0;
    /// Sends all that was taken. Returns how many messages the network refused.
    virtual std::size_t flush() = 0;
    /// The next message that has arrived; none: all are fetched, and the loop wakes when another comes.
    virtual std::optional<Arrival> receive() = 0;
    /// Messages that came from nobody we know, or were none, since last asked.
    virtual std::size_t take_strangers() = 0;
    virtual std::size_t message_max() const noexcept = 0;
    /// Messages that the kernel dropped because they were not fetched in time. A system call for each socket.
    virtual std::uint64_t overruns() { return 0; }
};

std::unique_ptr<Transport> open_udp(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first,
                                    std::uint16_t count);
std::unique_ptr<Transport> open_ethernet(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first,
                                         std::uint16_t count);

}  // namespace tools
