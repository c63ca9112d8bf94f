// SPDX-License-Identifier: Apache-2.0
// Captures of a PON's OMCI, in and out: classic pcap, Ethernet, type 0x88B5, microseconds, because everything reads it.
// The Ethernet header in front of each frame, which says where it went, is drawn in capture/mac_layout.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "omci/wire.h"
#include "tools/capture/mac_layout.h"

struct pcap;  // libpcap's handle

namespace tools {

/// When a capture appears under its name.
enum class PcapWriting : std::uint8_t {
    whole,  ///< when it is complete: written beside its name and renamed by close(), so that it is whole or not there
    live,   ///< at once, and it grows by whole packets: readable at any time, also after its writer was killed
};

/// Writes a capture, buffered. Every failure is a std::runtime_error that names the file.
class PcapWriter {
public:
    /// How long a packet of a live capture waits in memory at most, as long as the writer is called at all.
    static constexpr std::chrono::milliseconds live_delay_max{100};

    explicit PcapWriter(const std::string& path, PcapWriting writing = PcapWriting::whole);
    ~PcapWriter();  ///< close() if nobody has; after an exception nothing is left of a file that should be whole
    PcapWriter(const PcapWriter&) = delete;
    PcapWriter& operator=(const PcapWriter&) = delete;

    void write(std::uint64_t time_ns, const PcapPlace& place, omci::Octets octets);

    /// Live: to be called before its process sleeps for `sleep` at most: puts out what would wait too long. It costs
    /// a system call only then.
    void flush_before_sleep(std::chrono::nanoseconds sleep);

    /// Flushes and puts the file under its name. Call it to learn of a full disk; the destructor cannot tell.
    void close();

private:
    struct Open;
    std::unique_ptr<Open> open_;
};

struct PcapRecord {
    std::uint64_t time_ns = 0;
    PcapPlace place;
    bool placed =
        false;  ///< the addresses are of the form of capture/mac_layout.h; a capture of somebody else has others
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
