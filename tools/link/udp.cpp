// SPDX-License-Identifier: Apache-2.0
// UDP: one datagram is one OMCI message. ONU n is at PORT+n, at the ONTs' end a socket each; the OLT's end has one
// socket for everything, and knows who speaks by the port. The shared port is a multicast group, received once per
// process.
//
// Datagrams go in and out many at a time: a section is 48 octets, and a system call costs more than it does.
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

#include "omci/frame.h"
#include "tools/link/transport.h"

namespace tools {
namespace {

namespace asio = boost::asio;
using Endpoint = asio::ip::udp::endpoint;

constexpr std::size_t batch = 64;                  ///< datagrams per system call
constexpr std::size_t datagram_octets_max = 2048;  ///< more than any OMCI message: what is longer is none
/// What the kernel holds for us while we do something else: a hundred milliseconds of sections at 100 Mbit/s.
constexpr int receive_buffer_octets = 16 * 1024 * 1024;
constexpr int own_buffer_octets = 512 * 1024;  ///< of one ONU's OMCC
constexpr int send_wait_ms = 20;               ///< for room in the interface's queue, before a message counts as lost

class UdpTransport final : public Transport {
public:
    UdpTransport(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first, std::uint16_t count);

    bool send(const olt::Address& address, omci::Octets message) override;
    std::size_t flush() override;
    std::optional<Arrival> receive() override;
    std::size_t take_strangers() override { return std::exchange(strangers_, 0); }
    std::size_t message_max() const noexcept override { return omci::frame_max_octets; }
    std::uint64_t overruns() override;

private:
    struct Port {
        Port(Loop& loop, const olt::Address& place) : socket{loop.context()}, address{place} {}

        asio::ip::udp::socket socket;
        olt::Address address;         ///< at the ONTs' end: whose port this is
        Endpoint olt;                 ///< who spoke here last ...
        std::uint64_t olt_stamp = 0;  ///< ... and when: to that one an answer goes
    };

    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error{fmt::format("{}: {}", text_, what)};
    }
    Endpoint resolve(Loop& loop, const HostPort& place) const;
    void open_olt_end(Loop& loop);
    void open_ont_end(Loop& loop, std::uint16_t first, std::uint16_t count);
    Port& open(Loop& loop, const Endpoint& at, const olt::Address& address, int buffer_octets);
    void watch(std::size_t port);
    void read(std::size_t port);
    bool read_batch();
    bool place(const Endpoint& from, Port& port, olt::Address& address);
    std::optional<olt::Address> speaker(const Endpoint& from) const;

    std::string text_;
    LinkEnd end_;
    std::uint8_t pon_;
    std::uint16_t first_, count_;
    Endpoint base_;
    std::optional<Endpoint> shared_;

    std::deque<Port> ports_;  ///< OLT: one. ONTs: one per ONU, then the shared one if there is one
    std::deque<std::size_t> readable_;
    std::uint64_t stamp_ = 0;
    std::size_t strangers_ = 0;
    std::size_t refused_ = 0;

    struct Datagrams {
        std::array<std::array<std::uint8_t, datagram_octets_max>, batch> octets;
        std::array<Endpoint, batch> ends;
        std::array<iovec, batch> vectors;
        std::array<mmsghdr, batch> headers;

        mmsghdr& prepare(std::size_t i, std::size_t size) {
            vectors[i] = {octets[i].data(), size};
            headers[i] = {};
            headers[i].msg_hdr.msg_name = ends[i].data();
            headers[i].msg_hdr.msg_namelen = static_cast<socklen_t>(ends[i].capacity());
            headers[i].msg_hdr.msg_iov = &vectors[i];
            headers[i].msg_hdr.msg_iovlen = 1;
            return headers[i];
        }
    };
    std::unique_ptr<Datagrams> in_ = std::make_unique<Datagrams>();
    std::size_t in_next_ = 0, in_count_ = 0, in_port_ = 0;
    std::unique_ptr<Datagrams> out_;  ///< OLT's end only: ONTs answer one at a time
    std::size_t out_count_ = 0;
};

UdpTransport::UdpTransport(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first,
                           std::uint16_t count)
    : text_{options.text}, end_{end}, pon_{options.pon}, first_{first}, count_{count} {
    const auto& wanted = std::get<UdpPlace>(options.place);
    if (wanted.base.port + first + count - 1u > 0xFFFFu)
        fail(fmt::format("ONU-ID {} would be at port {}, and there is none above 65535", first + count - 1,
                         wanted.base.port + first + count - 1));
    base_ = resolve(loop, wanted.base);
    if (wanted.shared) shared_ = resolve(loop, *wanted.shared);
    if (shared_ && shared_->protocol() != base_.protocol()) fail("one address is IPv4 and the other IPv6");
    if (end == LinkEnd::olt)
        open_olt_end(loop);
    else
        open_ont_end(loop, first, count);
    for (std::size_t port = 0; port < ports_.size(); ++port) watch(port);
}

Endpoint UdpTransport::resolve(Loop& loop, const HostPort& place) const {
    boost::system::error_code error;
    asio::ip::udp::resolver resolver{loop.context()};
    const auto found = resolver.resolve(place.host, std::to_string(place.port), error);
    if (error || found.empty()) fail(fmt::format("cannot find the host \"{}\": {}", place.host, error.message()));
    for (const auto& entry : found)
        if (entry.endpoint().protocol() == asio::ip::udp::v4()) return entry.endpoint();
    return found.begin()->endpoint();
}

UdpTransport::Port& UdpTransport::open(Loop& loop, const Endpoint& at, const olt::Address& address, int buffer_octets) {
    Port& port = ports_.emplace_back(loop, address);
    boost::system::error_code error;
    port.socket.open(at.protocol(), error);
    if (error) fail(error.message());
    const int handle = port.socket.native_handle();
    // Only root may have more than the system's limit; everybody else gets that.
    if (::setsockopt(handle, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_octets, sizeof buffer_octets) != 0)
        ::setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &buffer_octets, sizeof buffer_octets);
    // A group is received by every process that asks for it.
    if (at.address().is_multicast()) port.socket.set_option(asio::ip::udp::socket::reuse_address{true}, error);
    port.socket.bind(at, error);
    if (error == asio::error::address_in_use)
        fail(fmt::format("port {} of {} is in use", at.port(), at.address().to_string()));
    if (error == asio::error::bad_descriptor || error == boost::system::errc::address_not_available)
        fail(fmt::format("{} is no address of this machine", at.address().to_string()));
    if (error) fail(fmt::format("cannot use port {} of {}: {}", at.port(), at.address().to_string(), error.message()));
    return port;
}

/// The address that this machine uses towards `to`: multicast shall take the same way.
asio::ip::address way_to(Loop& loop, const Endpoint& to) {
    asio::ip::udp::socket probe{loop.context(), to.protocol()};
    boost::system::error_code error;
    probe.connect(to, error);
    return error ? asio::ip::address{} : probe.local_endpoint(error).address();
}

void UdpTransport::open_olt_end(Loop& loop) {
    const olt::Address anybody{pon_, olt::Address::shared_port};
    Port& port = open(loop, Endpoint{base_.protocol(), 0}, anybody, receive_buffer_octets);
    out_ = std::make_unique<Datagrams>();
    if (!shared_ || !shared_->address().is_multicast()) return;
    boost::system::error_code error;
    const asio::ip::address way = way_to(loop, base_);
    if (way.is_v4()) port.socket.set_option(asio::ip::multicast::outbound_interface{way.to_v4()}, error);
    if (way.is_v6())
        port.socket.set_option(asio::ip::multicast::outbound_interface{static_cast<unsigned>(way.to_v6().scope_id())},
                               error);
    port.socket.set_option(asio::ip::multicast::enable_loopback{true}, error);
    port.socket.set_option(asio::ip::multicast::hops{1}, error);
}

void UdpTransport::open_ont_end(Loop& loop, std::uint16_t first, std::uint16_t count) {
    for (std::uint16_t onu = first; onu < first + count; ++onu)
        open(loop, Endpoint{base_.address(), static_cast<std::uint16_t>(base_.port() + onu)}, {pon_, onu},
             own_buffer_octets);
    if (!shared_) return;
    Port& port = open(loop, *shared_, olt::Address::shared(pon_), receive_buffer_octets);
    if (!shared_->address().is_multicast()) return;
    boost::system::error_code error;
    if (shared_->address().is_v4())
        port.socket.set_option(asio::ip::multicast::join_group{shared_->address().to_v4(), base_.address().to_v4()},
                               error);
    else
        port.socket.set_option(
            asio::ip::multicast::join_group{shared_->address().to_v6(), base_.address().to_v6().scope_id()}, error);
    if (error) fail(fmt::format("cannot join the group {}: {}", shared_->address().to_string(), error.message()));
}

void UdpTransport::watch(std::size_t port) {
    ports_[port].socket.async_wait(asio::ip::udp::socket::wait_read,
                                   [this, port](const boost::system::error_code& error) {
                                       if (!error) readable_.push_back(port);
                                   });
}

bool UdpTransport::send(const olt::Address& address, omci::Octets message) {
    if (message.size() > datagram_octets_max) return false;
    if (end_ == LinkEnd::ont) {
        const std::size_t number = static_cast<std::size_t>(address.onu_id) - first_;
        if (number >= count_) return false;
        Port& own = ports_[number];
        const bool shared_is_newer = shared_ && ports_.back().olt_stamp > own.olt_stamp;
        const Port& heard = shared_is_newer ? ports_.back() : own;
        if (heard.olt_stamp == 0) return false;  // no OLT has spoken to this ONU yet
        return ::sendto(own.socket.native_handle(), message.data(), message.size(), MSG_DONTWAIT, heard.olt.data(),
                        static_cast<socklen_t>(heard.olt.size())) >= 0;
    }
    Endpoint to = base_;
    if (address.is_shared()) {
        if (!shared_) return false;
        to = *shared_;
    } else {
        if (address.onu_id < first_ || address.onu_id - first_ >= count_) return false;
        to.port(static_cast<std::uint16_t>(base_.port() + address.onu_id));
    }
    if (out_count_ == batch) refused_ += flush();
    std::memcpy(out_->octets[out_count_].data(), message.data(), message.size());
    out_->ends[out_count_] = to;
    out_->prepare(out_count_, message.size()).msg_hdr.msg_namelen = static_cast<socklen_t>(to.size());
    ++out_count_;
    return true;
}

std::size_t UdpTransport::flush() {
    std::size_t refused = std::exchange(refused_, 0);
    for (std::size_t at = 0; at < out_count_;) {
        const int handle = ports_.front().socket.native_handle();
        const int sent = ::sendmmsg(handle, &out_->headers[at], static_cast<unsigned>(out_count_ - at), MSG_DONTWAIT);
        if (sent > 0) {
            at += static_cast<std::size_t>(sent);
            continue;
        }
        if (errno == EINTR) continue;
        pollfd room{handle, POLLOUT, 0};
        if ((errno == EAGAIN || errno == EWOULDBLOCK) && ::poll(&room, 1, send_wait_ms) > 0) continue;
        ++refused;  // that one; the next may go elsewhere
        ++at;
    }
    out_count_ = 0;
    return refused;
}

std::optional<olt::Address> UdpTransport::speaker(const Endpoint& from) const {
    const unsigned number = static_cast<unsigned>(from.port()) - base_.port();
    if (number < first_ || number - first_ >= count_) return std::nullopt;
    const bool anywhere = base_.address().is_unspecified();
    if (!anywhere && from.address() != base_.address()) return std::nullopt;
    return olt::Address{pon_, static_cast<std::uint16_t>(number)};
}

bool UdpTransport::place(const Endpoint& from, Port& port, olt::Address& address) {
    if (end_ == LinkEnd::olt) {
        const auto who = speaker(from);
        if (who) address = *who;
        return who.has_value();
    }
    address = port.address;
    port.olt_stamp = ++stamp_;
    port.olt = from;
    return true;
}

/// Reads what `port` has, as far as it fits.
void UdpTransport::read(std::size_t port) {
    in_port_ = port;
    in_next_ = in_count_ = 0;
    for (std::size_t i = 0; i < batch; ++i) in_->prepare(i, datagram_octets_max);
    const int got = ::recvmmsg(ports_[port].socket.native_handle(), in_->headers.data(), batch, MSG_DONTWAIT, nullptr);
    if (got > 0) in_count_ = static_cast<std::size_t>(got);
}

/// The shared port is read before each other one: a close on an ONU's own port must not overtake the sections that were
/// sent on the shared one before it. False where no port is readable.
bool UdpTransport::read_batch() {
    if (readable_.empty()) return false;
    const std::size_t port = readable_.front();
    const std::size_t last = ports_.size() - 1;
    if (port != last && ports_[last].address.is_shared()) {
        read(last);
        if (in_count_ > 0) return true;
    }
    read(port);
    readable_.pop_front();
    if (in_count_ == batch)
        readable_.push_back(port);  // there may be more; the others have their turn first
    else
        watch(port);
    return true;
}

std::optional<Arrival> UdpTransport::receive() {
    do {
        while (in_next_ < in_count_) {
            const std::size_t i = in_next_++;
            in_->ends[i].resize(in_->headers[i].msg_hdr.msg_namelen);
            Arrival arrival;
            const bool whole = (in_->headers[i].msg_hdr.msg_flags & MSG_TRUNC) == 0;
            if (whole && place(in_->ends[i], ports_[in_port_], arrival.address)) {
                arrival.octets = {in_->octets[i].data(), in_->headers[i].msg_len};
                return arrival;
            }
            ++strangers_;
        }
    } while (read_batch());
    return std::nullopt;
}

std::uint64_t UdpTransport::overruns() {
    std::uint64_t all = 0;
    for (Port& port : ports_) {
        std::array<std::uint32_t, SK_MEMINFO_VARS> counts{};
        socklen_t size = sizeof counts;
        if (::getsockopt(port.socket.native_handle(), SOL_SOCKET, SO_MEMINFO, counts.data(), &size) == 0)
            all += counts[SK_MEMINFO_DROPS];
    }
    return all;
}

}  // namespace

std::unique_ptr<Transport> open_udp(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first,
                                    std::uint16_t count) {
    return std::make_unique<UdpTransport>(loop, options, end, first, count);
}

}  // namespace tools
