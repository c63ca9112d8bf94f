// SPDX-License-Identifier: Apache-2.0
#include "tools/link/link_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "olt/address.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {
namespace {

constexpr std::uint16_t onu_id_max = 0xFE;  ///< G.984.3; 255 is everybody

/// A link's text in pieces: "udp:", its place, and what follows the commas.
struct Pieces {
    std::string kind, place;
    std::map<std::string, std::string, std::less<>> extras;
};

[[noreturn]] void refuse(const std::string& link, const std::string& why) {
    throw UsageError{fmt::format("--link: \"{}\": {}", link, why)};
}

Pieces cut(const std::string& link) {
    Pieces pieces;
    const std::size_t colon = link.find(':');
    if (colon == std::string::npos) refuse(link, "a link is udp:HOST:PORT or eth:INTERFACE");
    pieces.kind = link.substr(0, colon);
    std::size_t at = link.find(',', colon);
    pieces.place = link.substr(colon + 1, at == std::string::npos ? at : at - colon - 1);
    while (at != std::string::npos) {
        const std::size_t next = link.find(',', at + 1);
        const std::string extra = link.substr(at + 1, next == std::string::npos ? next : next - at - 1);
        const std::size_t equals = extra.find('=');
        if (equals == std::string::npos || equals + 1 == extra.size())
            refuse(link, fmt::format("\"{}\" is not of the form NAME=VALUE", extra));
        if (!pieces.extras.emplace(extra.substr(0, equals), extra.substr(equals + 1)).second)
            refuse(link, fmt::format("\"{}\" is given twice", extra.substr(0, equals)));
        at = next;
    }
    return pieces;
}

/// "host:port", "[v6]:port"
HostPort read_host_port(const std::string& link, const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) refuse(link, fmt::format("\"{}\" has no port; HOST:PORT is wanted", text));
    HostPort place;
    place.host = text.substr(0, colon);
    if (place.host.size() > 2 && place.host.front() == '[' && place.host.back() == ']')
        place.host = place.host.substr(1, place.host.size() - 2);
    else if (place.host.find(':') != std::string::npos)
        refuse(link, fmt::format("\"{}\": an IPv6 address stands in brackets, [::1]:5000", text));
    if (place.host.empty()) refuse(link, fmt::format("\"{}\" has no host", text));
    try {
        place.port = static_cast<std::uint16_t>(parse_count("port", text.substr(colon + 1), 1, 0xFFFF));
    } catch (const UsageError& error) {
        refuse(link, error.what());
    }
    return place;
}

std::uint16_t read_number(const std::string& link, const char* name, const std::string& text, std::uint64_t most) {
    try {
        return static_cast<std::uint16_t>(parse_count(name, text, 0, most));
    } catch (const UsageError& error) {
        refuse(link, error.what());
    }
}

void read_check(const std::string& check, LinkOptions& options) {
    constexpr std::string_view keyed = "cmac:";
    if (check.empty() || check == "auto") return;
    if (check == "crc") {
        options.check = CheckKind::crc;
    } else if (check == "none") {
        options.check = CheckKind::none;
    } else if (check.starts_with(keyed) && check.size() > keyed.size()) {
        options.check = CheckKind::cmac;
        options.key_file = check.substr(keyed.size());
    } else {
        throw UsageError{fmt::format("--check: \"{}\" is not one of crc, cmac:KEYFILE, none, auto", check)};
    }
}

}  // namespace

LinkOptions parse_link(const std::string& link, const std::string& check, const std::string& capture) {
    LinkOptions options;
    options.text = link;
    options.capture = capture;
    read_check(check, options);
    const Pieces pieces = cut(link);
    if (pieces.kind != "udp" && pieces.kind != "eth")
        refuse(link, fmt::format("\"{}\" is no kind of link; udp:HOST:PORT or eth:INTERFACE is wanted", pieces.kind));
    for (const auto& [name, value] : pieces.extras) {
        if (name != "shared" && name != "pon") refuse(link, fmt::format("\"{}\" is not one of shared=, pon=", name));
        if (name == "pon") options.pon = static_cast<std::uint8_t>(read_number(link, "pon", value, olt::pons_max - 1));
    }
    const auto shared = pieces.extras.find("shared");
    if (pieces.kind == "udp") {
        UdpPlace place;
        place.base = read_host_port(link, pieces.place);
        if (shared != pieces.extras.end()) place.shared = read_host_port(link, shared->second);
        options.place = place;
    } else {
        EthernetPlace place;
        place.interface = pieces.place;
        if (place.interface.empty()) refuse(link, "the interface has no name");
        if (shared != pieces.extras.end()) place.shared_gem_port = read_number(link, "shared", shared->second, 0xFFFF);
        options.place = place;
    }
    return options;
}

std::vector<std::uint16_t> parse_onts(const std::string& text) {
    std::vector<std::uint16_t> onts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string piece = text.substr(at, end - at);
        const std::size_t dash = piece.find('-');
        const auto number = [&](const std::string& digits) {
            return static_cast<unsigned>(parse_count("--onts", digits, 0, onu_id_max));
        };
        const unsigned first = number(piece.substr(0, dash));
        const unsigned last = dash == std::string::npos ? first : number(piece.substr(dash + 1));
        if (last < first) throw UsageError{fmt::format("--onts: \"{}\" ends before it begins", piece)};
        for (unsigned onu = first; onu <= last; ++onu) onts.push_back(static_cast<std::uint16_t>(onu));
        at = end + 1;
    }
    std::sort(onts.begin(), onts.end());
    onts.erase(std::unique(onts.begin(), onts.end()), onts.end());
    if (onts.size() > olt::onts_per_pon_max)
        throw UsageError{
            fmt::format("--onts: \"{}\" are {} ONTs; a PON has at most {}", text, onts.size(), olt::onts_per_pon_max)};
    return onts;
}

std::string link_help() {
    return "Links (--link):\n"
           "  udp:HOST:PORT[,shared=HOST:PORT][,pon=N]\n"
           "        one datagram is one OMCI message; ONU n is at PORT+n. The shared port reaches all ONTs: an IP\n"
           "        multicast group, or the address of the one process that has them all.\n"
           "  eth:INTERFACE[,shared=ID][,pon=N]\n"
           "        raw Ethernet frames of type 0x88B5; ID is the GEM port of the shared port (default 4094). Needs\n"
           "        the capability CAP_NET_RAW. The MTU of the interface bounds extended messages: 1980 octets.\n"
           "Frame checks (--check), 40, 44 and 48 octets of baseline are read with each of them:\n"
           "  auto  send a CRC-32; as an ONT, send as the OLT does (default)      crc  always send a CRC-32\n"
           "  none  send 44 octets without one, and judge none                    cmac:KEYFILE  XG(S)-PON: lines of\n"
           "        \"[ONU-ID] KEY\", the OMCI integrity key in 32 hexadecimal digits; nothing can be shared then\n"
           "A capture (--capture FILE) holds all that goes by, and stays readable if the process is killed.\n";
}

}  // namespace tools
