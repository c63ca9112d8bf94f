// SPDX-License-Identifier: Apache-2.0
// How OMCI lies in Ethernet, in captures (pcap_file.h) and on raw Ethernet links (link/ethernet.cpp). Stock Wireshark
// has no OMCI dissector; the public ones expect the OMCI octets, MIC included, right behind a made-up Ethernet header.
// Ours says in that header where a frame was going. Two addresses, destination first, then the type, 88 B5:
//
//      octet 0   1     2 .. 3              4 .. 5
//     +--------+-----+-------------------+----------+
//     | 02, 03 | PON | whose end         | GEM port |
//     +--------+-----+-------------------+----------+
//
//     octet 0     02: locally administered, one station; 03: the group bit too, for the shared port
//     octet 1     PON, from 0
//     octets 2-3  the ONU-ID (0..0x3FFF); 0x8000: the OLT; 0xFFFF: every ONT on the shared port
//     octets 4-5  GEM port, the same in both addresses
//
// Downstream the destination is the ONT (or the shared port) and the source the OLT; upstream the other way round.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "omci/mic.h"
#include "omci/wire.h"

namespace tools {

/// What a capture calls the shared port unless told otherwise.
inline constexpr std::uint16_t shared_gem_port = 0x0FFE;

inline constexpr std::uint16_t omci_ether_type = 0x88B5;
inline constexpr std::size_t ethernet_header_octets = 14;
inline constexpr std::size_t ethernet_payload_octets_min = 46;  ///< shorter ones are padded with zeros
using EthernetHeader = std::array<std::uint8_t, ethernet_header_octets>;

/// Where a frame went. The OMCC of an ONT is a GEM port of its own, by default the one numbered as its ONU-ID.
struct PcapPlace {
    omci::Direction direction = omci::Direction::downstream;
    std::uint8_t pon = 0;
    std::optional<std::uint16_t> onu_id;  ///< none: to all ONTs on the shared port
    std::optional<std::uint16_t> gem_port{};

    bool operator==(const PcapPlace&) const = default;
};

/// The header drawn above.
EthernetHeader make_ethernet_header(const PcapPlace& place);

/// The place that `header` tells; none where make_ethernet_header() would not have written it.
std::optional<PcapPlace> read_ethernet_header(const EthernetHeader& header);

/// The OMCI message in a frame's payload without the padding behind it: a message that goes without its check has 44
/// octets and less. What is too short, or no OMCI, comes back as it is.
omci::Octets without_padding(omci::Octets payload);

/// Octets 2-3 of the OLT's address, and of the shared port's.
inline constexpr std::uint16_t olt_end = 0x8000;
inline constexpr std::uint16_t every_ont = 0xFFFF;

}  // namespace tools
