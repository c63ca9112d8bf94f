// SPDX-License-Identifier: Apache-2.0
#include "tools/link/link.h"

#include <chrono>
#include <utility>
#include <variant>

#include "tools/capture/pcap_file.h"
#include "tools/link/check.h"
#include "tools/link/transport.h"

namespace tools {
namespace {

std::unique_ptr<Transport> open_transport(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first,
                                          std::uint16_t count) {
    const bool ethernet = std::holds_alternative<EthernetPlace>(options.place);
    return (ethernet ? open_ethernet : open_udp)(loop, options, end, first, count);
}

bool shares(const LinkOptions& options) {
    const auto* udp = std::get_if<UdpPlace>(&options.place);
    return options.check != CheckKind::cmac && (!udp || udp->shared);
}

std::uint64_t wall_clock_ns() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace

Link::Link(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first, std::uint16_t count)
    : Link{loop, options, end, open_transport(loop, options, end, first, count)} {}

Link::Link(Loop& loop, const LinkOptions& options, LinkEnd end, std::unique_ptr<Transport> transport)
    : loop_{loop},
      end_{end},
      pon_{options.pon},
      has_shared_port_{shares(options)},
      transport_{std::move(transport)},
      check_{std::make_unique<Check>(options, end)} {
    if (const auto* ethernet = std::get_if<EthernetPlace>(&options.place)) shared_gem_port_ = ethernet->shared_gem_port;
    if (!options.capture.empty()) capture_ = std::make_unique<PcapWriter>(options.capture, PcapWriting::live);
}

Link::~Link() = default;

void Link::send(const olt::Address& address, omci::Octets message) {
    std::array<std::uint8_t, omci::frame_max_octets> room;
    send_as_is(address, check_->seal(address, message, room));
}

void Link::send_as_is(const olt::Address& address, omci::Octets octets) {
    if (octets.empty() || !transport_->send(address, octets)) {
        ++counts_.not_sent;
        return;
    }
    ++counts_.sent;
    counts_.sent_octets += octets.size();
    if (capture_) record(octets, address, true);
}

std::optional<Arrival> Link::wait_until(olt::Instant deadline) {
    counts_.not_sent += transport_->flush();
    if (++arrivals_ % arrivals_between_looks == 0) loop_.poll();
    bool slept = false;
    for (;;) {
        std::optional<Arrival> arrival = transport_->receive();
        if (!arrival) {
            counts_.unreadable += transport_->take_strangers();
            if (slept) return std::nullopt;
            slept = true;
            if (const olt::Instant at = now(); capture_ && deadline > at) {
                const olt::Duration sleep = deadline == olt::never ? olt::Duration::max() : deadline - at;
                guard_capture([&] { capture_->flush_before_sleep(sleep); });
            }
            loop_.sleep_until(deadline);
            continue;
        }
        counts_.received_octets += arrival->octets.size();
        if (capture_) record(arrival->octets, arrival->address, false);
        switch (check_->open(arrival->address, arrival->octets)) {
        case Check::Verdict::good: ++counts_.received; return arrival;
        case Check::Verdict::bad: ++counts_.bad_check; break;
        case Check::Verdict::unreadable: ++counts_.unreadable; break;
        }
    }
}

void Link::record(omci::Octets message, const olt::Address& address, bool sent) {
    PcapPlace place;
    const bool downstream = sent == (end_ == LinkEnd::olt);
    place.direction = downstream ? omci::Direction::downstream : omci::Direction::upstream;
    place.pon = address.pon;
    if (address.is_shared())
        place.gem_port = shared_gem_port_;
    else
        place.onu_id = address.onu_id;
    guard_capture([&] { capture_->write(wall_clock_ns(), place, message); });
}

/// A full disk ends the recording, not the job: ONTs in mid-transfer must not be left to themselves for it.
template <typename Recording>
void Link::guard_capture(Recording&& recording) {
    try {
        recording();
    } catch (const std::runtime_error& error) {
        capture_failure_ = error.what();
        capture_.reset();
    }
}

LinkCounts Link::counts() const {
    LinkCounts counts = counts_;
    counts.overrun = transport_->overruns();
    return counts;
}

std::size_t Link::message_max() const noexcept { return transport_->message_max(); }

bool Link::keyed() const noexcept { return check_->keyed(); }

}  // namespace tools
