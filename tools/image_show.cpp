// SPDX-License-Identifier: Apache-2.0
#include "tools/image_show.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/program_options.hpp>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "omci/software_download.h"
#include "tools/decode/hex_lines.h"
#include "tools/image_file.h"
#include "tools/usage.h"

namespace tools {
namespace {

namespace po = boost::program_options;

constexpr std::uint64_t gem_header_octets = 5;

/// What one pass over an image costs in a message set.
struct Pass {
    std::uint64_t sections = 0;
    std::uint64_t octets = 0;  ///< of frames on the wire, GEM headers counted
};

Pass pass_of(std::uint64_t image_octets, omci::MessageSet set) {
    const std::uint64_t full = omci::section_octets(set);
    const std::uint64_t sections = (image_octets + full - 1) / full;
    if (set == omci::MessageSet::baseline)
        return {sections, sections * (gem_header_octets + omci::baseline_frame_octets)};
    // An extended section is never padded: each adds its headers, its number and its check to the octets it carries.
    constexpr std::uint64_t added = gem_header_octets + omci::extended_header_octets + 1 + omci::mic_octets;
    return {sections, image_octets + sections * added};
}

const char* format_of(omci::Octets image) {
    if (image.size() >= 4) {
        const std::uint32_t magic = omci::load_be<std::uint32_t>(image.data());
        if (magic == 0x2705'1956u) return "uImage";
        if (magic == 0xD00D'FEEDu) return "FIT";
        if (magic == 0x6873'7173u || magic == 0x7371'7368u) return "squashfs";
    }
    return "other";
}

std::string hex(omci::Octets octets) { return to_hex(octets.data(), octets.size()); }

std::string crc_text(std::uint32_t crc) {
    std::uint8_t octets[4];
    omci::store_be(octets, crc);
    return to_hex(octets, sizeof octets);
}

void print_row(const char* name, const std::string& text) { std::printf("%-22s %s\n", name, text.c_str()); }

std::string pass_text(const Pass& pass) {
    return std::to_string(pass.sections) + " sections, " + std::to_string(pass.octets) + " octets a pass";
}

std::string size_text(std::size_t octets) {
    char mebibytes[32];
    const std::size_t hundredths = octets * 100 / (1024 * 1024);
    std::snprintf(mebibytes, sizeof mebibytes, "%zu.%02zu", hundredths / 100, hundredths % 100);
    return std::to_string(octets) + " octets (" + mebibytes + " MiB)";
}

void show(const std::string& path, bool as_json) {
    const ImageFile image = load_image(path);
    const std::string sha256 = hex(digest("SHA256", image.octets));
    const std::string version{omci::text(image.version)};
    const Pass baseline = pass_of(image.octets.size(), omci::MessageSet::baseline);
    const Pass extended = pass_of(image.octets.size(), omci::MessageSet::extended);
    if (as_json) {
        const auto pass_object = [](const Pass& pass) {
            return boost::json::object{{"sections", pass.sections}, {"pass_octets", pass.octets}};
        };
        const boost::json::object object{
            {"file", path},       {"image_octets", image.octets.size()}, {"format", format_of(image.octets)},
            {"version", version}, {"crc32", crc_text(image.crc)},        {"md5", hex(image.md5)},
            {"sha256", sha256},   {"baseline", pass_object(baseline)},   {"extended", pass_object(extended)},
        };
        std::puts(boost::json::serialize(object).c_str());
        return;
    }
    print_row("file", path);
    print_row("size", size_text(image.octets.size()));
    print_row("format", format_of(image.octets));
    print_row("version", version);
    print_row("CRC-32 (I.363.5)", crc_text(image.crc));
    print_row("MD5", hex(image.md5));
    print_row("SHA-256", sha256);
    print_row("baseline", pass_text(baseline));
    print_row("extended", pass_text(extended));
}

void print_help(const po::options_description& flags) {
    std::cout
        << "usage: omcast image show FILE [--json]\n\nShows what an image is (size, checks, format, the version an ONT "
           "will report) and what\nsending it once takes in each message set, 5-octet GEM headers counted.\n\n"
        << flags << std::flush;
}

}  // namespace

int image_command(int argc, char** argv) {
    po::options_description flags{"flags"};
    flags.add_options()("json", "one JSON object")("help,h", "this text");
    po::options_description all;
    all.add(flags).add_options()("word", po::value<std::vector<std::string>>(), "");
    po::variables_map values;
    try {
        const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
        po::store(po::command_line_parser(argc, argv)
                      .options(all)
                      .positional(po::positional_options_description{}.add("word", -1))
                      .style(style)
                      .run(),
                  values);
        po::notify(values);
    } catch (const po::error& error) {
        throw UsageError{std::string{"image: "} + error.what()};
    }
    if (values.count("help")) return print_help(flags), 0;

    std::vector<std::string> words;
    if (values.count("word")) words = values["word"].as<std::vector<std::string>>();
    if (words.empty()) throw UsageError{"image: nothing to do; the one job is \"omcast image show FILE\""};
    if (words[0] != "show") throw UsageError{"image: \"" + words[0] + "\" is no job; the one job is \"show\""};
    if (words.size() != 2)
        throw UsageError{"image show: takes one FILE, and " + std::to_string(words.size() - 1) + " were given"};
    show(words[1], values.count("json") > 0);
    return 0;
}

}  // namespace tools
