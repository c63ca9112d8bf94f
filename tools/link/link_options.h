// SPDX-License-Identifier: Apache-2.0
// What the command line says of a link: where it leads (--link), how frames end (--check), where a capture goes
// (--capture). Read here into values; the sockets are in udp.h and ethernet.h.
//
//     udp:HOST:PORT[,shared=HOST:PORT][,pon=N]    ONU n is at PORT+n; the shared port is an IP multicast group, or the
//                                                 address of the one process that serves it
//     eth:IFACE[,shared=ID][,pon=N]               raw Ethernet, type 0x88B5, addresses as drawn in capture/mac_layout.h
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/capture/pcap_file.h"

namespace tools {

/// Whose side of the PON this process plays.
enum class LinkEnd : std::uint8_t { olt, ont };

struct HostPort {
    std::string host;  ///< a name or an address; IPv6 without its brackets
    std::uint16_t port = 0;

    bool operator==(const HostPort&) const = default;
};

struct UdpPlace {
    HostPort base;                   ///< of ONU-ID 0
    std::optional<HostPort> shared;  ///< none: the link has no shared port
};

struct EthernetPlace {
    std::string interface;
    std::uint16_t shared_gem_port = tools::shared_gem_port;  ///< shared=ID: the GEM port of the shared port
};

enum class CheckKind : std::uint8_t {
    automatic,  ///< CRC; at the ONTs' end: as the OLT does it, with a CRC or without any
    crc,        ///< G-PON: CRC-32
    cmac,       ///< XG(S)-PON: AES-CMAC under the keys of `key_file`
    none,       ///< 44 octets, and nothing is judged
};

struct LinkOptions {
    std::string text;  ///< as given, for messages
    std::variant<UdpPlace, EthernetPlace> place;
    std::uint8_t pon = 0;
    CheckKind check = CheckKind::automatic;
    std::string key_file;
    std::string capture;  ///< empty: none
};

/// Reads --link and --check ("crc", "cmac:KEYFILE", "none", "auto"; empty: auto). Throws UsageError with a sentence
/// that quotes the text and says what is wrong with it.
LinkOptions parse_link(const std::string& link, const std::string& check, const std::string& capture);

/// "0-127", "0-3,7,9": ONU-IDs in ascending order without doubles, at most 128 of them. Throws UsageError.
std::vector<std::uint16_t> parse_onts(const std::string& text);

/// The lines of --help that describe --link, --check and --capture, the same in every command that has them.
std::string link_help();

}  // namespace tools
