// SPDX-License-Identifier: Apache-2.0
// Ports for a UDP link under test: several in a row on the loopback address that nobody has.
#pragma once

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <vector>

namespace tests {

/// The first of `count` ports in a row that were free a moment ago; below those that the system hands out itself, and
/// another one in each process.
inline std::uint16_t free_ports(std::uint16_t count) {
    namespace ip = boost::asio::ip;
    constexpr std::uint16_t first = 10'000, ports = 20'000;
    boost::asio::io_context context;
    for (auto base = static_cast<std::uint16_t>(first + ::getpid() % ports);; ++base) {
        boost::system::error_code error;
        std::vector<ip::udp::socket> sockets;
        for (std::uint16_t i = 0; i < count && !error; ++i) {
            sockets.emplace_back(context).open(ip::udp::v4());
            sockets.back().bind({ip::address_v4::loopback(), static_cast<std::uint16_t>(base + i)}, error);
        }
        if (!error) return base;
    }
}

}  // namespace tests
