// SPDX-License-Identifier: Apache-2.0
#include "tools/decode.h"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/program_options.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "omci/format.h"
#include "tools/capture/pcap_file.h"
#include "tools/decode/hex_lines.h"
#include "tools/decode/message_json.h"
#include "tools/usage.h"

namespace tools {
namespace {

namespace json = boost::json;
namespace po = boost::program_options;

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

/// Where a frame comes from, and what the capture knows of it.
struct Source {
    std::string place;  ///< "FILE: line 3", as it stands in errors; empty where the cause names it
    const PcapRecord* record = nullptr;
};

std::string time_text(std::uint64_t time_ns) {
    std::array<char, 40> room;
    std::snprintf(room.data(), room.size(), "%llu.%06llu", static_cast<unsigned long long>(time_ns / 1'000'000'000),
                  static_cast<unsigned long long>(time_ns / 1000 % 1'000'000));
    return room.data();
}

std::string located(const Source& source, const std::string& cause) {
    return source.place.empty() ? cause : source.place + ": " + cause;
}

class Output {
public:
    Output(bool as_json, std::ostream& out, std::ostream& errors) : json_{as_json}, out_{out}, errors_{errors} {}

    bool ok() const { return ok_; }

    void frame(const Source& source, omci::Octets octets) {
        const auto frame = omci::read_frame(octets);
        if (!frame) return error(source, octets, omci::text(frame.error()));
        const std::string cause = frame->truncated ? truncation(*frame) : "";
        if (!cause.empty()) complain(source, cause);
        if (json_) {
            json::object object = to_json(*frame, octets);
            if (!cause.empty()) object["error"] = located(source, cause);
            write(std::move(object), source);
        } else {
            out_ << prefix(source) << omci::format(*frame) << mic_note(*frame);
            if (!cause.empty()) out_ << " error: " << located(source, cause);
            out_ << '\n';
        }
    }

    void error(const Source& source, omci::Octets octets, const std::string& cause) {
        complain(source, cause);
        if (json_) {
            json::object object;
            if (!octets.empty()) object["hex"] = to_hex(octets.data(), octets.size());
            object["error"] = located(source, cause);
            write(std::move(object), source);
        } else {
            out_ << prefix(source) << "error: " << located(source, cause) << '\n';
        }
    }

private:
    static std::string truncation(const omci::Frame& frame) {
        return "truncated: " + std::to_string(frame.contents.size()) + " of " + std::to_string(frame.contents_octets) +
               " octets of contents";
    }

    static const char* mic_note(const omci::Frame& frame) {
        switch (omci::check_crc(frame)) {
        case omci::MicState::zero: return " mic zero";
        case omci::MicState::bad: return " mic unverified";
        case omci::MicState::good:
        case omci::MicState::absent: break;
        }
        return "";
    }

    static std::string prefix(const Source& source) {
        if (!source.record) return "";
        std::string text = time_text(source.record->time_ns) + " ";
        if (!source.record->placed) return text;
        const PcapPlace& place = source.record->place;
        text +=
            "pon " + std::to_string(place.pon) + (place.onu_id ? " onu " + std::to_string(*place.onu_id) : " shared");
        return text + (place.direction == omci::Direction::downstream ? " down " : " up ");
    }

    void write(json::object object, const Source& source) {
        if (source.record) {
            object["time"] = time_text(source.record->time_ns);
            if (source.record->placed) {
                const PcapPlace& place = source.record->place;
                object["pon"] = place.pon;
                object["shared"] = !place.onu_id.has_value();
                if (place.onu_id) object["onu_id"] = *place.onu_id;
                if (place.gem_port) object["gem_port"] = *place.gem_port;
            }
        }
        out_ << json::serialize(object) << '\n';
    }

    void complain(const Source& source, const std::string& cause) {
        ok_ = false;
        errors_ << "omcast decode: " << located(source, cause) << '\n';
    }

    bool json_;
    bool ok_ = true;
    std::ostream& out_;
    std::ostream& errors_;
};

void decode_capture(File file, const std::string& name, Output& output) {
    try {
        PcapReader reader{file.release(), name};
        while (const std::optional<PcapRecord> record = reader.next()) {
            const Source source{name + ": packet " + std::to_string(reader.packet_number()), &*record};
            if (record->error.empty())
                output.frame(source, record->octets);
            else
                output.error(source, record->octets, record->error);
        }
    } catch (const std::exception& error) {
        output.error({}, {}, error.what());  // names the capture itself
    }
}

void decode_hex(std::FILE* file, const std::string& name, Output& output) {
    char* line = nullptr;
    std::size_t room = 0;
    std::uint64_t number = 0;
    for (;;) {
        errno = 0;
        const ssize_t size = getline(&line, &room, file);
        if (size < 0) break;
        ++number;
        std::string_view text{line, static_cast<std::size_t>(size)};
        if (text.ends_with('\n')) text.remove_suffix(1);
        const HexLine read = read_hex_line(text);
        if (read.blank()) continue;
        const Source source{name + ": line " + std::to_string(number), nullptr};
        if (read.error.empty())
            output.frame(source, read.octets);
        else
            output.error(source, {}, read.error);
    }
    std::free(line);
    if (!std::feof(file)) output.error({name, nullptr}, {}, std::strerror(errno));
}

/// All of a stream that cannot be rewound, such as a pipe, behind the octets already read from it.
std::vector<std::uint8_t> read_rest(std::FILE* file, std::vector<std::uint8_t> octets) {
    std::array<std::uint8_t, 65536> part;
    while (const std::size_t count = std::fread(part.data(), 1, part.size(), file))
        octets.insert(octets.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
    return octets;
}

}  // namespace

bool decode_file(std::FILE* opened, const std::string& name, bool as_json, std::ostream& out, std::ostream& errors) {
    File file{opened};
    Output output{as_json, out, errors};
    std::vector<std::uint8_t> octets(512);
    octets.resize(std::fread(octets.data(), 1, octets.size(), file.get()));
    const std::vector<std::uint8_t> head = octets;
    if (std::ferror(file.get())) {
        output.error({name, nullptr}, {}, std::strerror(errno));
        return false;
    }
    if (std::fseek(file.get(), 0, SEEK_SET) != 0) {
        octets = read_rest(file.get(), std::move(octets));
        if (octets.empty()) return true;
        file.reset(fmemopen(octets.data(), octets.size(), "rb"));
        if (!file) throw std::runtime_error{name + ": " + std::strerror(errno)};
    }
    if (PcapReader::recognizes(head))
        decode_capture(std::move(file), name, output);
    else if (std::find(head.begin(), head.end(), std::uint8_t{0}) != head.end())
        output.error({name, nullptr}, {}, "neither hex lines nor a capture that libpcap reads");
    else
        decode_hex(file.get(), name, output);
    return output.ok();
}

int decode_command(int argc, char** argv) {
    po::options_description flags{"flags"};
    flags.add_options()("json", "one JSON object a line for each frame")("help,h", "this text");
    po::options_description all;
    all.add(flags).add_options()("file", po::value<std::vector<std::string>>(), "");
    po::variables_map values;
    try {
        const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
        po::store(po::command_line_parser(argc, argv)
                      .options(all)
                      .positional(po::positional_options_description{}.add("file", -1))
                      .style(style)
                      .run(),
                  values);
        po::notify(values);
    } catch (const po::error& error) {
        throw UsageError{std::string{"decode: "} + error.what()};
    }
    if (values.count("help")) {
        std::cout
            << "usage: omcast decode [--json] [FILE...]\n\nDecodes OMCI frames: hex lines (white space ignored, # "
               "comments) or a capture (pcap, Ethernet type 0x88b5).\nWithout FILE, or for -, reads the standard "
               "input. Exits with 1 if a frame could not be read.\n\n"
            << flags;
        return 0;
    }

    std::vector<std::string> names{"-"};
    if (values.count("file")) names = values["file"].as<std::vector<std::string>>();
    const bool as_json = values.count("json") > 0;
    bool ok = true;
    for (const std::string& name : names) {
        std::FILE* file = name == "-" ? fdopen(dup(STDIN_FILENO), "rb") : std::fopen(name.c_str(), "rb");
        if (!file) {
            Output{as_json, std::cout, std::cerr}.error({name, nullptr}, {}, std::strerror(errno));
            ok = false;
            continue;
        }
        ok = decode_file(file, name == "-" ? "standard input" : name, as_json, std::cout, std::cerr) && ok;
    }
    if (!std::cout.flush()) throw std::runtime_error{"decode: cannot write to the standard output"};
    return ok ? 0 : 1;
}

}  // namespace tools
