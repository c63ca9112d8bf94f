// SPDX-License-Identifier: Apache-2.0
#include "tools/pcap_file.h"

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

constexpr std::size_t header_octets = 14;
constexpr std::uint16_t omci_ether_type = 0x88B5;
constexpr std::uint16_t olt_end = 0x8000;
constexpr std::uint16_t every_ont = 0xFFFF;
constexpr int snap_octets = 65535;
constexpr std::size_t buffer_octets = 1 << 20;
constexpr std::uint8_t one_station = 0x02;
constexpr std::uint8_t group = 0x03;
constexpr std::uint64_t ns_per_second = 1'000'000'000;

using EthernetHeader = std::array<std::uint8_t, header_octets>;

[[noreturn]] void fail(const std::string& path, const std::string& cause) {
    throw std::runtime_error{"capture " + path + ": " + cause};
}

void put_address(std::uint8_t* to, std::uint8_t first, std::uint8_t pon, std::uint16_t end, std::uint16_t gem_port) {
    to[0] = first;
    to[1] = pon;
    omci::store_be(to + 2, end);
    omci::store_be(to + 4, gem_port);
}

EthernetHeader make_header(const PcapPlace& place) {
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

/// The place that `header` tells, if it is one that make_header() would have written.
std::optional<PcapPlace> read_header(const EthernetHeader& header) {
    PcapPlace place;
    const bool down = omci::load_be<std::uint16_t>(header.data() + 8) == olt_end;
    const std::uint8_t* ont = header.data() + (down ? 0 : 6);
    place.direction = down ? omci::Direction::downstream : omci::Direction::upstream;
    place.pon = ont[1];
    if (ont[0] == one_station) place.onu_id = omci::load_be<std::uint16_t>(ont + 2);
    place.gem_port = omci::load_be<std::uint16_t>(ont + 4);
    if (make_header(place) != header) return std::nullopt;
    return place;
}

}  // namespace

struct PcapWriter::Open {
    std::string path;
    std::string temporary;  ///< empty where `path` is written directly: a pipe or a device cannot be renamed to
    pcap_t* dead = nullptr;
    pcap_dumper_t* dumper = nullptr;
    int exceptions = std::uncaught_exceptions();

    ~Open() {
        if (dumper) pcap_dump_close(dumper);
        if (dead) pcap_close(dead);
        if (!temporary.empty()) unlink(temporary.c_str());
    }

    int create() {
        struct stat status {};
        if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return open(path.c_str(), O_WRONLY);
        std::string name = path + ".XXXXXX";
        const int descriptor = mkstemp(name.data());
        if (descriptor < 0) return descriptor;
        temporary = name;
        const mode_t mask = umask(0);
        umask(mask);
        fchmod(descriptor, 0666 & ~mask);
        return descriptor;
    }
};

PcapWriter::PcapWriter(const std::string& path) : open_{std::make_unique<Open>()} {
    open_->path = path;
    const int descriptor = open_->create();
    if (descriptor < 0) fail(path, std::strerror(errno));
    std::FILE* file = fdopen(descriptor, "wb");
    open_->dead = pcap_open_dead(DLT_EN10MB, snap_octets);
    if (!file || !open_->dead) fail(path, "out of memory");
    std::setvbuf(file, nullptr, _IOFBF, buffer_octets);
    open_->dumper = pcap_dump_fopen(open_->dead, file);
    if (!open_->dumper) fail(path, pcap_geterr(open_->dead));
}

PcapWriter::~PcapWriter() {
    if (!open_ || std::uncaught_exceptions() > open_->exceptions) return;
    try {
        close();
    } catch (const std::exception&) {  // who wants to know calls close()
    }
}

void PcapWriter::write(std::uint64_t time_ns, const PcapPlace& place, omci::Octets octets) {
    const EthernetHeader header = make_header(place);
    std::array<std::uint8_t, snap_octets> packet;
    const std::size_t count = std::min(octets.size(), packet.size() - header.size());
    std::copy(header.begin(), header.end(), packet.begin());
    std::copy_n(octets.begin(), count, packet.begin() + header.size());

    pcap_pkthdr about{};
    about.ts.tv_sec = static_cast<time_t>(time_ns / ns_per_second);
    about.ts.tv_usec = static_cast<suseconds_t>(time_ns % ns_per_second / 1000);
    about.caplen = static_cast<bpf_u_int32>(header.size() + count);
    about.len = static_cast<bpf_u_int32>(header.size() + octets.size());
    pcap_dump(reinterpret_cast<u_char*>(open_->dumper), &about, packet.data());
    if (std::ferror(pcap_dump_file(open_->dumper))) fail(open_->path, std::strerror(errno));
}

void PcapWriter::close() {
    if (!open_) return;
    const std::unique_ptr<Open> open = std::move(open_);
    if (pcap_dump_flush(open->dumper) != 0) fail(open->path, std::strerror(errno));
    if (open->temporary.empty()) return;
    if (std::rename(open->temporary.c_str(), open->path.c_str()) != 0) fail(open->path, std::strerror(errno));
    open->temporary.clear();
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
    if (about->caplen < header_octets) {
        record.error = "shorter than an Ethernet header";
        return record;
    }
    EthernetHeader header;
    std::copy_n(packet, header_octets, header.begin());
    if (omci::load_be<std::uint16_t>(packet + 12) != omci_ether_type) {
        record.error = "no OMCI: its Ethernet type is not 0x88b5";
        return record;
    }
    const std::optional<PcapPlace> place = read_header(header);
    record.placed = place.has_value();
    if (place) record.place = *place;
    record.octets.assign(packet + header_octets, packet + about->caplen);
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
