// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade/ont_set.h"

#include <fmt/format.h>

#include "tools/report/output_file.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {
namespace {

constexpr olt::Duration wait_min = std::chrono::milliseconds{10};

}  // namespace

// clang-format off
po::options_description link_description() {
    const auto text = text_value;
    po::options_description link{"The link", help_columns};
    link.add_options()
        ("link", text("LINK"), "where the ONTs are: udp:HOST:PORT or eth:INTERFACE, see below")
        ("onts", text("IDS"), "their ONU-IDs: 0-127, or 0-3,7,9; at most 128")
        ("check", text("CHECK"), "how frames end: auto (default), crc, cmac:KEYFILE, none")
        ("capture", text("FILE"), "all that goes by, for tcpdump, Wireshark and \"omcast decode\"")
        ("answer-time", text("TIME"), "an ONT that answers no question for this long, asked three times, does not "
                                      "answer (default 3s)");
    return link;
}

po::options_description output_description() {
    po::options_description output{"What comes out", help_columns};
    output.add_options()
        ("json", text_value("FILE|-"), "the report for programs; -: to the standard output, and nothing else there")
        ("quiet", "errors only")
        ("help,h", "this text");
    return output;
}
// clang-format on

olt::Duration read_wait(const CommandLine& parsed, const char* name, olt::Duration usual) {
    std::int64_t nanoseconds = usual.count();
    parsed.parse(name, nanoseconds, parse_time);
    if (olt::Duration{nanoseconds} < wait_min)
        throw UsageError{fmt::format("--{}: \"{}\" is less than 10ms", name, parsed.text(name))};
    return olt::Duration{nanoseconds};
}

OntSet read_ont_set(const CommandLine& parsed) {
    OntSet set;
    set.link = parse_link(parsed.required("link", "LINK"), parsed.text("check"), parsed.file("capture"));
    set.onu_ids = parse_onts(parsed.required("onts", "IDS"));
    set.answer_time = read_wait(parsed, "answer-time", set.answer_time);
    set.json = parsed.file("json");
    set.quiet = parsed.has("quiet");
    if (set.link.capture == "-") throw UsageError{"--capture: a capture goes to a file, not to the standard output"};
    if (!set.json.empty() && same_file(set.json, set.link.capture))
        throw UsageError{"--capture and --json name the same file, " + set.json};
    return set;
}

}  // namespace tools
