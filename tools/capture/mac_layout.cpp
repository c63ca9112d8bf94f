// SPDX-License-Identifier: Apache-2.0
#include "tools/capture/mac_layout.h"

#include "omci/frame.h"

namespace tools {
namespace {

constexpr std::uint8_t one_station = 0x02;
constexpr std::uint8_t group = 0x03;

void put_address(std::uint8_t* to, std::uint8_t first, std::uint8_t pon, std::uint16_t end, std::uint16_t gem_port) {
    to[0] = first;
    to[1] = pon;
    omci::store_be(to + 2, end);
    omci::store_be(to + 4, gem_port);
}

}  // namespace

EthernetHeader make_ethernet_header(const PcapPlace& place) {
    const std::uint16_t gem_port = place.gem_port.value_or(place.onu_id.value_or(shared_gem_port));
    EthernetHeader header;
    const bool down = place.direction == omci::Direction::downstream;
    std::uint8_t* ont = header.data() + (down ? 0 : 6);
    std::uint8_t* olt = header.data() + (down ? 6 : 0);
    put_address(ont, place.onu_id ? one_station : group, place.pon, place.onu_id.value_or(every_ont), gem_port);
    put_address(olt, one_station, place.pon, olt_end, gem_port);
    omci::store_be(header.data() + 12, omci_ether_type);
    return header;
}

std::optional<PcapPlace> read_ethernet_header(const EthernetHeader& header) {
    PcapPlace place;
    const bool down = omci::load_be<std::uint16_t>(header.data() + 8) == olt_end;
    const std::uint8_t* ont = header.data() + (down ? 0 : 6);
    place.direction = down ? omci::Direction::downstream : omci::Direction::upstream;
    place.pon = ont[1];
    if (ont[0] == one_station) place.onu_id = omci::load_be<std::uint16_t>(ont + 2);
    place.gem_port = omci::load_be<std::uint16_t>(ont + 4);
    if (make_ethernet_header(place) != header) return std::nullopt;
    return place;
}

omci::Octets without_padding(omci::Octets payload) {
    const auto frame = omci::read_frame(payload);
    if (!frame || frame->truncated) return payload;
    if (frame->trailer != omci::Trailer::mic) return frame->checked;
    // In the shortest frame four zeros behind an extended message are padding, not a check that is still to be made.
    const bool padding = payload.size() == ethernet_payload_octets_min && frame->mic == omci::Mic{};
    return payload.first(frame->checked.size() + (padding ? 0 : omci::mic_octets));
}

}  // namespace tools
