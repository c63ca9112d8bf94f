// SPDX-License-Identifier: Apache-2.0
#include "tools/capture/pcap_file.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <stdexcept>

namespace tools {
namespace {

constexpr std::size_t snap_octets = 65535;
constexpr std::size_t buffer_octets = 1 << 20;
constexpr std::size_t live_buffer_octets = 1 << 16;
constexpr std::uint64_t ns_per_second = 1'000'000'000;

using std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& path, const std::string& cause) {
    throw std::runtime_error{"capture " + path + ": " + cause};
}

/// What a capture begins with, in this machine's octet order: microseconds, Ethernet.
struct FileHeader {
    std::uint32_t magic = 0xA1B2'C3D4;
    std::uint16_t version_major = 2;
    std::uint16_t version_minor = 4;
    std::uint32_t time_zone = 0;
    std::uint32_t accuracy = 0;
    std::uint32_t snap = snap_octets;
    std::uint32_t link_type = DLT_EN10MB;
};
static_assert(sizeof(FileHeader) == 24);

/// What each packet begins with.
struct PacketHeader {
    std::uint32_t seconds;
    std::uint32_t microseconds;
    std::uint32_t octets_kept;
    std::uint32_t octets;
};
static_assert(sizeof(PacketHeader) == 16);

}  // namespace

struct PcapWriter::Open {
    std::string path;
    std::string temporary;  ///< empty where `path` is written directly: a pipe or a device cannot be renamed to
    PcapWriting writing = PcapWriting::whole;
    int descriptor = -1;
    off_t written = 0;
    std::vector<std::uint8_t> buffer;  ///< whole packets
    steady_clock::time_point oldest;   ///< live: when the first of them came
    int exceptions = std::uncaught_exceptions();

    ~Open() {
        if (descriptor >= 0) ::close(descriptor);
        if (!temporary.empty()) unlink(temporary.c_str());
    }

    int create() {
        struct stat status {};
        if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
            return open(path.c_str(), O_WRONLY | O_CLOEXEC);
        std::string name = path + ".XXXXXX";
        const int made = mkostemp(name.data(), O_CLOEXEC);
        if (made < 0) return made;
        temporary = name;
        const mode_t mask = umask(0);
        umask(mask);
        fchmod(made, 0666 & ~mask);
        return made;
    }

    template <typename Header>
    void put(const Header& header) {
        const auto* octets = reinterpret_cast<const std::uint8_t*>(&header);
        buffer.insert(buffer.end(), octets, octets + sizeof header);
    }

    bool due(std::chrono::nanoseconds later) const {
        return !buffer.empty() && later >= live_delay_max - (steady_clock::now() - oldest);
    }

    /// In one go, so that the file ends behind a whole packet. Where a SIGKILL strikes within this very call the kernel
    /// may stop between two pages: some microseconds in a second, and a process cannot shield itself from it.
    void flush() {
        const auto size = static_cast<off_t>(buffer.size());
        for (off_t done = 0; done < size;) {
            const ssize_t count = ::write(descriptor, buffer.data() + done, static_cast<std::size_t>(size - done));
            if (count >= 0) {
                done += count;
            } else if (errno != EINTR) {
                const int cause = errno;
                buffer.clear();
                // What stands in the file stays readable: it ends behind a whole packet.
                if (ftruncate(descriptor, written) != 0) errno = cause;
                fail(path, std::strerror(cause));
            }
        }
        written += size;
        buffer.clear();
    }

    void put_under_name() {
        if (temporary.empty()) return;
        if (std::rename(temporary.c_str(), path.c_str()) != 0) fail(path, std::strerror(errno));
        temporary.clear();
    }
};

PcapWriter::PcapWriter(const std::string& path, PcapWriting writing) : open_{std::make_unique<Open>()} {
    open_->path = path;
    open_->writing = writing;
    open_->descriptor = open_->create();
    if (open_->descriptor < 0) fail(path, std::strerror(errno));
    open_->put(FileHeader{});
    if (writing == PcapWriting::whole) return;
    open_->flush();
    open_->put_under_name();
}

PcapWriter::~PcapWriter() {
    if (!open_) return;
    if (open_->writing == PcapWriting::whole && std::uncaught_exceptions() > open_->exceptions) return;
    try {
        close();
    } catch (const std::exception&) {  // who wants to know calls close()
    }
}

void PcapWriter::write(std::uint64_t time_ns, const PcapPlace& place, omci::Octets octets) {
    const bool live = open_->writing == PcapWriting::live;
    const EthernetHeader header = make_ethernet_header(place);
    const std::size_t kept = std::min(octets.size(), snap_octets - header.size());
    if (live && open_->buffer.empty()) open_->oldest = steady_clock::now();
    open_->put(PacketHeader{
        static_cast<std::uint32_t>(time_ns / ns_per_second), static_cast<std::uint32_t>(time_ns % ns_per_second / 1000),
        static_cast<std::uint32_t>(header.size() + kept), static_cast<std::uint32_t>(header.size() + octets.size())});
    open_->put(header);
    open_->buffer.insert(open_->buffer.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(kept));
    if (open_->buffer.size() >= (live ? live_buffer_octets : buffer_octets) || (live && open_->due({}))) open_->flush();
}

void PcapWriter::flush_before_sleep(std::chrono::nanoseconds sleep) {
    if (open_->writing == PcapWriting::live && open_->due(sleep)) open_->flush();
}

void PcapWriter::close() {
    if (!open_) return;
    const std::unique_ptr<Open> open = std::move(open_);
    open->flush();
    open->put_under_name();
}

void PcapReader::Close::operator()(pcap* capture) const { pcap_close(capture); }

PcapReader::PcapReader(const std::string& path)
    : PcapReader{[&] {
                     std::FILE* file = std::fopen(path.c_str(), "rb");
                     if (!file) fail(path, std::strerror(errno));
                     return file;
                 }(),
                 path} {}

PcapReader::PcapReader(std::FILE* file, const std::string& name) : name_{name} {
    char cause[PCAP_ERRBUF_SIZE] = "";
    capture_.reset(pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, cause));
    if (!capture_) {
        std::fclose(file);
        fail(name_, cause);
    }
    const int link_type = pcap_datalink(capture_.get());
    if (link_type == DLT_EN10MB) return;
    const char* type_name = pcap_datalink_val_to_name(link_type);
    fail(name_, "link type is " + std::string{type_name ? type_name : std::to_string(link_type)} +
                    ", and OMCI is looked for in Ethernet (EN10MB) only");
}

PcapReader::~PcapReader() = default;

std::optional<PcapRecord> PcapReader::next() {
    pcap_pkthdr* about = nullptr;
    const u_char* packet = nullptr;
    const int state = pcap_next_ex(capture_.get(), &about, &packet);
    if (state == PCAP_ERROR_BREAK) return std::nullopt;
    ++packet_number_;
    if (state != 1) fail(name_, "packet " + std::to_string(packet_number_) + ": " + pcap_geterr(capture_.get()));

    PcapRecord record;
    record.time_ns = static_cast<std::uint64_t>(about->ts.tv_sec) * ns_per_second +
                     static_cast<std::uint64_t>(about->ts.tv_usec);  // nanoseconds, as asked for above
    if (about->caplen < ethernet_header_octets) {
        record.error = "shorter than an Ethernet header";
        return record;
    }
    EthernetHeader header;
    std::copy_n(packet, ethernet_header_octets, header.begin());
    if (omci::load_be<std::uint16_t>(packet + 12) != omci_ether_type) {
        record.error = "no OMCI: its Ethernet type is not 0x88b5";
        return record;
    }
    const std::optional<PcapPlace> place = read_ethernet_header(header);
    record.placed = place.has_value();
    if (place) record.place = *place;
    const omci::Octets message =
        without_padding({packet + ethernet_header_octets, about->caplen - ethernet_header_octets});
    record.octets.assign(message.begin(), message.end());
    if (about->caplen < about->len)
        record.error =
            "the capture kept " + std::to_string(about->caplen) + " of its " + std::to_string(about->len) + " octets";
    return record;
}

bool PcapReader::recognizes(omci::Octets head) {
    if (head.size() < 4) return false;
    const std::uint32_t magic = omci::load_be<std::uint32_t>(head.data());
    constexpr std::array<std::uint32_t, 6> magics{0xA1B2'C3D4, 0xD4C3'B2A1,   // microseconds, either octet order
                                                  0xA1B2'3C4D, 0x4D3C'B2A1,   // nanoseconds
                                                  0xA1B2'CD34, 0x0A0D'0D0A};  // an old Linux form; pcapng
    return std::find(magics.begin(), magics.end(), magic) != magics.end();
}

}  // namespace tools
