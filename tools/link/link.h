// SPDX-License-Identifier: Apache-2.0
// A way out of the process: one PON's OMCI over a network, seen from one of its two ends. Whoever hosts an engine, a
// handler or a simulated PON writes the same loop around it (olt/engine.h draws it):
//
//     send() what there is to be sent;  wait_until() the next frame, or the next time that matters
//
// An address is always that of the ONTs' side: an OMCC (PON and ONU-ID) or the shared port. At the OLT's end it says
// where a frame goes or which ONT speaks, at the ONTs' end on which of their ports it came in or which of them speaks.
//
//     host -> Link (check, capture) -> Transport (udp.h, ethernet.h) -> fibre, so to speak
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "olt/address.h"
#include "olt/time.h"
#include "omci/wire.h"
#include "tools/link/link_options.h"
#include "tools/link/loop.h"

namespace tools {

/// A frame that came in: one OMCI message whose check was good, absent or none of ours to judge (--check none).
struct Arrival {
    olt::Address address;
    omci::Octets octets;  ///< without its MIC where that was checked; valid until the next call of the link
};

/// What went by, and what did not.
struct LinkCounts {
    std::uint64_t sent = 0, sent_octets = 0;          ///< messages; octets of OMCI, check included
    std::uint64_t received = 0, received_octets = 0;  ///< taken in
    std::uint64_t bad_check = 0;                      ///< dropped: the check is wrong
    std::uint64_t unreadable = 0;                     ///< dropped: no OMCI message, or from nobody we know
    std::uint64_t not_sent = 0;  ///< refused by the network: no buffer, no route, longer than the link takes
    std::uint64_t overrun = 0;   ///< lost here: more came than the kernel holds while this process was busy
};

class Transport;
class Check;
class PcapWriter;

class Link {
public:
    /// Opens the link that `options` describe. At the ONTs' end it speaks for ONU-IDs `first` to `first + count - 1`;
    /// at the OLT's end it reaches those, and drops what others say. Throws std::runtime_error with one sentence that
    /// names the link and the cause (a port in use, no such interface, the capability that is missing).
    Link(Loop& loop, const LinkOptions& options, LinkEnd end, std::uint16_t first, std::uint16_t count);
    /// The same over a transport that is open already; `options` say how frames end and where a capture goes.
    Link(Loop& loop, const LinkOptions& options, LinkEnd end, std::unique_ptr<Transport> transport);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    /// Sends one OMCI message; a MIC that it has is replaced as --check says. It may leave only in wait_until().
    void send(const olt::Address& address, omci::Octets message);
    /// The same, octet for octet as given: for who wants to know what a wrong check does.
    void send_as_is(const olt::Address& address, omci::Octets octets);

    /// The next frame. Waits for one until `deadline`; none: nothing came, or a signal did (Loop::interrupts()).
    std::optional<Arrival> wait_until(olt::Instant deadline);

    /// Monotonic, from the making of the loop.
    olt::Instant now() const { return loop_.now(); }
    Loop& loop() noexcept { return loop_; }
    LinkCounts counts() const;
    /// The longest OMCI message the link carries, check included: less than 1980 bounds extended contents.
    std::size_t message_max() const noexcept;
    /// The check is keyed per ONU (XG(S)-PON): nothing can be shared.
    bool keyed() const noexcept;
    /// Why the capture ended before the link did: one sentence; empty where it goes on. The link itself goes on.
    const std::string& capture_failure() const noexcept { return capture_failure_; }
    std::uint8_t pon() const noexcept { return pon_; }
    bool has_shared_port() const noexcept { return has_shared_port_; }

private:
    static constexpr unsigned arrivals_between_looks = 256;  ///< at signals, however many frames come

    template <typename Recording>
    void guard_capture(Recording&& recording);
    void record(omci::Octets message, const olt::Address& address, bool sent);

    Loop& loop_;
    LinkEnd end_;
    std::uint8_t pon_;
    bool has_shared_port_;
    std::optional<std::uint16_t> shared_gem_port_;  ///< as the capture shall call it; none: as it pleases
    std::unique_ptr<Transport> transport_;
    std::unique_ptr<Check> check_;
    std::unique_ptr<PcapWriter> capture_;
    std::string capture_failure_;
    LinkCounts counts_;
    unsigned arrivals_ = 0;
};

}  // namespace tools
