// SPDX-License-Identifier: Apache-2.0
// Raw Ethernet, type 0x88B5: the OLT and its ONTs as hosts on one segment, with the addresses of mac_layout.h, the
// shared port as a multicast address. libpcap captures behind a filter in the kernel, which lets in what is for our end
// alone, and injects. The addresses are made up, so the interface listens to all that go by.
#include <net/if.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "omci/frame.h"
#include "tools/capture/mac_layout.h"
#include "tools/link/transport.h"

namespace tools {
namespace {

/// Ethernet's shortest frame, without its check: what drivers pad to.
constexpr std::size_t frame_octets_min = ethernet_header_octets + ethernet_payload_octets_min;
constexpr std::size_t frame_octets_max = ethernet_header_octets + omci::frame_max_octets;

/// Memory that the kernel shares with this process for frames that wait while we do something else. At the OLT's end
/// that is all ONTs' answers at once, and more. At the ONTs' end 15 to 30 ms of baseline sections at 10 Mbit/s, as much
/// as a box may spend; a process with many ONTs takes longer for each frame.
constexpr std::size_t olt_buffer_octets = 4 * 1024 * 1024;
constexpr std::size_t ont_buffer_octets = 1536 * 1024;
constexpr std::size_t further_ont_buffer_octets = 64 * 1024;

/// What to ask libpcap for so that it takes `memory`: it counts slots, of the frame and about 70 octets of its own, but
/// takes pages, in which only whole slots lie.
int buffer_size_for(std::size_t memory, std::size_t snap) {
    constexpr std::size_t page = 4096;
    const std::size_t slot = (72 + snap + 15) / 16 * 16;
    return static_cast<int>(memory / page * (page / slot) * slot);
}

constexpr int send_wait_ms = 20;  ///< for room in the interface's queue, before a message counts as lost

struct ClosePcap {
    void operator()(pcap_t* handle) const { pcap_close(handle); }
};

/// "lo, eth0": those that exist, for who mistyped one.
std::string interface_names() {
    std::string names;
    struct if_nameindex* const all = if_nameindex();
    if (!all) return "none";
    for (const struct if_nameindex* one = all; one->if_index != 0; ++one)
        names += (names.empty() ? "" : ", ") + std::string{one->if_name};
    if_freenameindex(all);
    return names.empty() ? "none" : names;
}

std::string own_executable() {
    std::array<char, 4096> path;
    const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
    return size > 0 ? std::string(path.data(), static_cast<std::size_t>(size)) : "omcast";
}

class EthernetTransport final : public Transport {
public:
    EthernetTransport(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first, std::uint16_t count);
    ~EthernetTransport() override { descriptor_.release(); }  // the descriptor is libpcap's to close

    bool send(const olt::Address& address, omci::Octets message) override;
    std::size_t flush() override { return std::exchange(refused_, 0); }
    std::optional<Arrival> receive() override;
    std::size_t take_strangers() override { return std::exchange(strangers_, 0); }
    std::size_t message_max() const noexcept override { return message_max_; }
    std::uint64_t overruns() override;

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error{fmt::format("{}: {}", text_, what)};
    }
    void check_interface(const std::string& name);
    void open(const std::string& name);
    [[noreturn]] void fail_to_open(const std::string& name, int state) const;
    void set_filter(const std::string& filter);
    std::string filter() const;
    void watch();
    std::optional<olt::Address> place(const std::uint8_t* frame) const;

    std::string text_;
    LinkEnd end_;
    std::uint8_t pon_;
    unsigned first_, last_;
    std::uint16_t shared_gem_port_;
    std::size_t message_max_ = 0;

    std::unique_ptr<pcap_t, ClosePcap> capture_;
    boost::asio::posix::stream_descriptor descriptor_;
    bool readable_ = false;
    std::size_t strangers_ = 0;
    std::size_t refused_ = 0;
};

EthernetTransport::EthernetTransport(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first,
                                     std::uint16_t count)
    : text_{options.text},
      end_{end},
      pon_{options.pon},
      first_{first},
      last_{first + count - 1u},
      descriptor_{loop.context()} {
    const auto& wanted = std::get<EthernetPlace>(options.place);
    shared_gem_port_ = wanted.shared_gem_port;
    check_interface(wanted.interface);
    open(wanted.interface);
    set_filter(filter());
    descriptor_.assign(pcap_get_selectable_fd(capture_.get()));
    watch();
}

void EthernetTransport::check_interface(const std::string& name) {
    ifreq request{};
    if (name.size() >= sizeof request.ifr_name || if_nametoindex(name.c_str()) == 0)
        fail(fmt::format("there is no interface \"{}\"; those of this machine are: {}", name, interface_names()));
    std::copy(name.begin(), name.end(), request.ifr_name);
    const int handle = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool has_flags = ::ioctl(handle, SIOCGIFFLAGS, &request) == 0;
    const bool up = has_flags && (request.ifr_flags & IFF_UP) != 0;
    const bool has_mtu = ::ioctl(handle, SIOCGIFMTU, &request) == 0;
    const int cause = errno;
    ::close(handle);
    if (!has_flags || !has_mtu) fail(fmt::format("interface {}: {}", name, std::strerror(cause)));
    if (!up) fail(fmt::format("interface {0} is down; \"ip link set {0} up\" brings it up", name));
    message_max_ = std::min(omci::frame_max_octets, static_cast<std::size_t>(std::max(request.ifr_mtu, 0)));
    if (message_max_ < omci::baseline_frame_octets)
        fail(fmt::format("interface {} carries {} octets at once, and a message has {}", name, message_max_,
                         omci::baseline_frame_octets));
}

void EthernetTransport::open(const std::string& name) {
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    capture_.reset(pcap_create(name.c_str(), error.data()));
    if (!capture_) fail(error.data());
    pcap_t* const handle = capture_.get();
    const std::size_t snap = ethernet_header_octets + message_max_;
    const std::size_t further_onts = last_ - first_;
    const std::size_t memory =
        end_ == LinkEnd::olt
            ? olt_buffer_octets
            : std::min(olt_buffer_octets, ont_buffer_octets + further_onts * further_ont_buffer_octets);
    pcap_set_snaplen(handle, static_cast<int>(snap));
    pcap_set_promisc(handle, 1);
    pcap_set_immediate_mode(handle, 1);
    pcap_set_buffer_size(handle, buffer_size_for(memory, snap));
    if (const int state = pcap_activate(handle); state < 0) fail_to_open(name, state);
    if (pcap_datalink(handle) != DLT_EN10MB) fail(fmt::format("interface {} is no Ethernet", name));
    // What leaves through the interface passes by here as well, also what we sent.
    if (pcap_setdirection(handle, PCAP_D_IN) != 0) fail(pcap_geterr(handle));
    if (pcap_setnonblock(handle, 1, error.data()) != 0) fail(error.data());
}

void EthernetTransport::fail_to_open(const std::string& name, int state) const {
    if (state == PCAP_ERROR_PERM_DENIED || state == PCAP_ERROR_PROMISC_PERM_DENIED)
        fail(
            fmt::format("raw sockets are not permitted to this user: grant the capability CAP_NET_RAW with "
                        "\"setcap cap_net_raw+ep {}\", or run it as root",
                        own_executable()));
    const std::string detail = pcap_geterr(capture_.get());
    fail(fmt::format("interface {}: {}", name, detail.empty() ? pcap_statustostr(state) : detail));
}

/// What is for our end of this PON, from the other end, of the ONTs we are concerned with.
std::string EthernetTransport::filter() const {
    const unsigned station = 0x0200u + pon_;
    const unsigned group = 0x0300u + pon_;
    const std::string type = fmt::format("ether[12:2] = {:#x} and ", omci_ether_type);
    const auto ont_at = [&](unsigned offset) {
        return fmt::format("ether[{}:2] = {:#x} and ether[{}:2] >= {} and ether[{}:2] <= {}", offset, station,
                           offset + 2, first_, offset + 2, last_);
    };
    const auto olt_at = [&](unsigned offset) {
        return fmt::format("ether[{}:2] = {:#x} and ether[{}:2] = {:#x}", offset, station, offset + 2, olt_end);
    };
    if (end_ == LinkEnd::olt) return type + olt_at(0) + " and " + ont_at(6);
    return type + olt_at(6) +
           fmt::format(" and (({}) or (ether[0:2] = {:#x} and ether[2:2] = {:#x} and ether[4:2] = {:#x}))", ont_at(0),
                       group, every_ont, shared_gem_port_);
}

void EthernetTransport::set_filter(const std::string& filter) {
    bpf_program program{};
    pcap_t* const handle = capture_.get();
    if (pcap_compile(handle, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) fail(pcap_geterr(handle));
    const bool set = pcap_setfilter(handle, &program) == 0;
    pcap_freecode(&program);
    if (!set) fail(pcap_geterr(handle));
}

void EthernetTransport::watch() {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           [this](const boost::system::error_code& error) {
                               if (!error) readable_ = true;
                           });
}

bool EthernetTransport::send(const olt::Address& address, omci::Octets message) {
    const bool known = address.is_shared() ? end_ == LinkEnd::olt : address.onu_id >= first_ && address.onu_id <= last_;
    if (!known || message.size() > message_max_) return false;
    PcapPlace place{end_ == LinkEnd::olt ? omci::Direction::downstream : omci::Direction::upstream, pon_, std::nullopt};
    if (address.is_shared())
        place.gem_port = shared_gem_port_;
    else
        place.onu_id = address.onu_id;

    std::array<std::uint8_t, frame_octets_max> frame;
    const EthernetHeader header = make_ethernet_header(place);
    std::copy(header.begin(), header.end(), frame.begin());
    std::copy(message.begin(), message.end(), frame.begin() + header.size());
    std::size_t size = header.size() + message.size();
    while (size < frame_octets_min) frame[size++] = 0;

    while (pcap_inject(capture_.get(), frame.data(), size) < 0) {
        if (errno == EINTR) continue;
        pollfd room{pcap_fileno(capture_.get()), POLLOUT, 0};
        if ((errno == EAGAIN || errno == EWOULDBLOCK) && ::poll(&room, 1, send_wait_ms) > 0) continue;
        ++refused_;
        break;
    }
    return true;
}

/// Whom the header concerns, as link.h addresses it.
std::optional<olt::Address> EthernetTransport::place(const std::uint8_t* frame) const {
    EthernetHeader header;
    std::copy_n(frame, header.size(), header.begin());
    const std::optional<PcapPlace> place = read_ethernet_header(header);
    const auto expected = end_ == LinkEnd::olt ? omci::Direction::upstream : omci::Direction::downstream;
    if (!place || place->direction != expected || place->pon != pon_) return std::nullopt;
    if (place->onu_id) {
        if (*place->onu_id < first_ || *place->onu_id > last_) return std::nullopt;
        return olt::Address{pon_, *place->onu_id};
    }
    if (end_ == LinkEnd::olt || place->gem_port != shared_gem_port_) return std::nullopt;
    return olt::Address::shared(pon_);
}

std::optional<Arrival> EthernetTransport::receive() {
    while (readable_) {
        pcap_pkthdr* about = nullptr;
        const u_char* frame = nullptr;
        const int state = pcap_next_ex(capture_.get(), &about, &frame);
        if (state == 0) {
            readable_ = false;
            watch();
        } else if (state != 1) {
            fail(pcap_geterr(capture_.get()));
        } else if (about->caplen >= ethernet_header_octets && about->caplen == about->len) {
            const omci::Octets payload{frame + ethernet_header_octets, about->caplen - ethernet_header_octets};
            if (const auto address = place(frame)) return Arrival{*address, without_padding(payload)};
            ++strangers_;
        } else {
            ++strangers_;
        }
    }
    return std::nullopt;
}

std::uint64_t EthernetTransport::overruns() {
    pcap_stat counts{};
    return pcap_stats(capture_.get(), &counts) == 0 ? counts.ps_drop : 0;
}

}  // namespace

std::unique_ptr<Transport> open_ethernet(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first,
                                         std::uint16_t count) {
    return std::make_unique<EthernetTransport>(loop, options, end, first, count);
}

}  // namespace tools
