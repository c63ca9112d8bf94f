// SPDX-License-Identifier: Apache-2.0
#include "tools/replay/options.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <system_error>
#include <vector>

#include "omci/software_download.h"
#include "tools/command_line.h"
#include "tools/replay/memory_slot.h"
#include "tools/report/output_file.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {
namespace {

constexpr std::uint16_t onu_id_max = 0x3FFF;

// clang-format off
po::options_description described_options() {
    po::options_description options{"Options", help_columns};
    options.add_options()
        ("onu-id", text_value("N"), "only the ONT with this ONU-ID")
        ("pon", text_value("N"), "only the ONTs of this PON")
        ("standby", text_value("0|1"), "the image that is idle at first (default: as the capture tells, else 1)")
        ("omcc-version", text_value("0xNN"), "what the handler says of itself in ONU2-G: 0xa0 speaks baseline only, "
                                             "0xb4 extended too (default: what the ONT of then said, else 0xb4)")
        ("window-max", text_value("N"), "the largest window that the handler agrees to, 1 to 256 (default 256)")
        ("all", "show what agrees, too")
        ("json", text_value("FILE|-"), "the report for programs; -: to the standard output, and nothing else there")
        ("help,h", "this text");
    return options;
}
// clang-format on

/// A number below 256 in decimal, or in hexadecimal behind 0x.
std::uint8_t parse_octet(const std::string& flag, const std::string& text) {
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    const std::string_view digits = std::string_view{text}.substr(hex ? 2 : 0);
    std::uint8_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
        throw UsageError{fmt::format("{}: \"{}\" is not a number from 0 to 255, such as 0xb4", flag, text)};
    return value;
}

}  // namespace

ReplayOptions parse_replay_options(int argc, const char* const* argv) {
    po::options_description all = described_options();
    all.add_options()("capture", texts_value("FILE"), "");
    const CommandLine line{argc, argv, all, "capture"};
    ReplayOptions options;
    options.help = line.has("help");
    if (options.help) return options;

    const std::vector<std::string> captures = line.texts("capture");
    if (captures.size() != 1) throw UsageError{"replay needs one capture: omcast replay FILE.pcap"};
    options.capture = captures[0];
    if (options.capture == "-") throw UsageError{"replay reads its capture twice, so it must be a file, not a pipe"};

    line.count("onu-id", options.onu_id, 0, onu_id_max);
    line.count("pon", options.pon, 0, 255);
    line.count("standby", options.standby, 0, 1);
    line.parse("omcc-version", options.omcc_version, parse_octet);
    line.count("window-max", options.window_sections_max, 1, omci::window_sections_max);
    options.all = line.has("all");
    options.json = line.file("json");
    if (!options.json.empty() && !options.json_on_stdout() && same_file(options.json, options.capture))
        throw UsageError{fmt::format("--json: {} is the capture itself", options.json)};
    return options;
}

std::string replay_help() {
    return fmt::format(
        "usage: omcast replay FILE.pcap [OPTION...]\n\n"
        "Hands the downstream frames of a capture to fresh handlers, one for each ONU-ID, and shows what they answer\n"
        "now beside what the ONTs answered then. Captures of others, whose Ethernet addresses tell no ONU-ID, are\n"
        "taken for one ONT, and AK and AR tell the direction. Images lie in memory, up to {} each.\n"
        "Exits with 0 if nothing of the Software image (class 7) differs, 1 if something does or the capture cannot\n"
        "be read to its end, 2 if called wrongly. Download sections without AR are not listed, but counted.\n\n"
        "What does not count as a difference:\n"
        "  (identity)  who an ONT is: serial number, versions, uptime, MIB data sync, the MIB that it uploads\n"
        "  (pace)      the ONT said busy (6) then; the handler here has done its work before the next frame\n\n{}",
        mebibytes(memory_slot_octets), described_text(described_options()));
}

}  // namespace tools
