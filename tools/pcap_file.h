// SPDX-License-Identifier: Apache-2.0
// Captures of a PON's OMCI, in and out: classic pcap, Ethernet, type 0x88B5, microseconds, because everything reads it.
// Stock Wireshark has no OMCI dissector; the public ones expect the OMCI octets, MIC included, right behind a made-up
// Ethernet header. Ours says in that header where a frame was going. Two addresses, destination first, then 88 B5:
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

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "omci/mic.h"
#include "omci/wire.h"

struct pcap;  // libpcap's handle

namespace tools {

/// What a capture calls the shared port unless told otherwise.
inline constexpr std::uint16_t shared_gem_port = 0x0FFE;

/// Where a frame went. The OMCC of an ONT is a GEM port of its own, by default the one numbered as its ONU-ID.
struct PcapPlace {
    omci::Direction direction = omci::Direction::downstream;
    std::uint8_t pon = 0;
    std::optional<std::uint16_t> onu_id;  ///< none: to all ONTs on the shared port
    std::optional<std::uint16_t> gem_port{};

    bool operator==(const PcapPlace&) const = default;
};

/// Writes a capture, buffered, beside its final name, and renames it when it is complete. Every failure is a
/// std::runtime_error that names the file.
class PcapWriter {
public:
    explicit PcapWriter(const std::string& path);
    ~PcapWriter();  ///< close() if nobody has; without it after an exception nothing is left of the file
    PcapWriter(const PcapWriter&) = delete;
    PcapWriter& operator=(const PcapWriter&) = delete;

    void write(std::uint64_t time_ns, const PcapPlace& place, omci::Octets octets);

    /// Flushes and puts the file under its name. Call it to learn of a full disk; the destructor cannot tell.
    void close();

private:
    struct Open;
    std::unique_ptr<Open> open_;
};

struct PcapRecord {
    std::uint64_t time_ns = 0;
    PcapPlace place;
    bool placed = false;  ///< the addresses are of the form above; a capture of somebody else has others
    std::vector<std::uint8_t> octets;
    std::string error;  ///< empty, or why this packet holds no OMCI; reading may go on all the same
};

/// Reads a capture, packet by packet.
class PcapReader {
public:
    explicit PcapReader(const std::string& path);

    /// Takes `file` over; `name` is what errors call it.
    PcapReader(std::FILE* file, const std::string& name);

    ~PcapReader();
    PcapReader(const PcapReader&) = delete;
    PcapReader& operator=(const PcapReader&) = delete;

    /// The next packet, or none at the end. Throws std::runtime_error naming file and packet where the file is broken.
    std::optional<PcapRecord> next();

    /// Number of the packet that next() spoke of last, from 1.
    std::uint64_t packet_number() const { return packet_number_; }

    /// True if a file that begins with these octets is a capture that libpcap reads.
    static bool recognizes(omci::Octets head);

private:
    struct Close {
        void operator()(pcap* capture) const;
    };

    std::string name_;
    std::unique_ptr<pcap, Close> capture_;
    std::uint64_t packet_number_ = 0;
};

}  // namespace tools
