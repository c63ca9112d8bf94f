// SPDX-License-Identifier: Apache-2.0
#include "tools/conform/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/command_line.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools::conform {
namespace {

constexpr std::uint16_t onu_id_max = 253;  // G.984.3
constexpr std::uint64_t rate_limit = 10'000'000;

// clang-format off
po::options_description described_options() {
    const auto text = text_value;
    po::options_description place{"Which ONT", help_columns};
    place.add_options()
        ("link", text("LINK"), "the link to it, see below")
        ("check", text("CHECK"), "how frames end on it, see below (default auto)")
        ("capture", text("FILE"), "every frame that goes by, for tcpdump, Wireshark and \"omcast decode\"")
        ("onu-id", text("N"), "its ONU-ID, 0 to 253");
    po::options_description what{"Which cases", help_columns};
    what.add_options()
        ("list", "the cases, their clauses and what they are about; needs no link")
        ("case", text("NAME[,NAME...]"), "these only")
        ("message-set", text("SET"), "baseline, extended, or both (default; extended where the ONT understands it)")
        ("destructive", "also the cases that activate and commit; they end with the old image active and committed")
        ("image", text("FILE"), "what is downloaded; must be bootable for --destructive. Else octets of our own, which "
                                "an ONT that looks into images may refuse");
    po::options_description bounds{"Bounds of every wait, and the pace", help_columns};
    bounds.add_options()
        ("answer-time", text("TIME"), "how long an answer may take (default 1s); asked three times")
        ("store-time", text("TIME"), "how long the ONT may say \"device busy\" to a close or an End (default 2min)")
        ("reboot-wait", text("TIME"), "from Activate or Reboot to the first answer (default 3min)")
        ("gone-wait", text("TIME"), "an ONT that is silent for so long is gone: no case follows, and it gets that time "
                                   "once more to be left as it was found (default 1min)")
        ("guard-max", text("TIME"), "how long a close may have to wait behind the shared port (default 100ms)")
        ("pace", text("N"), "sections per second, 1 to 10000000 (default 1000)")
        ("rate-max", text("N"), "where the probe of the ONT's own pace ends, which doubles --pace (default 16000)");
    po::options_description output{"What comes out", help_columns};
    output.add_options()
        ("json", text("FILE|-"), "the report for programs; -: to the standard output, and nothing else there")
        ("junit", text("FILE"), "JUnit XML for a CI: a testcase for each row; an optional fail is \"skipped\"")
        ("profile-out", text("FILE"), "what was learned of the ONT, for \"omcast upgrade --profile\"")
        ("quiet", "no table, errors only")
        ("help,h", "this text");
    po::options_description all{help_columns};
    all.add(place).add(what).add(bounds).add(output);
    return all;
}
// clang-format on

void parse_time_option(const CommandLine& parsed, const char* name, olt::Duration& value) {
    std::int64_t nanoseconds = value.count();
    parsed.parse(name, nanoseconds, parse_time);
    if (nanoseconds <= 0) throw UsageError{fmt::format("--{}: must be more than 0", name)};
    value = olt::Duration{nanoseconds};
}

void parse_cases(const CommandLine& parsed, Selection& selection) {
    selection.destructive = parsed.has("destructive");
    if (!parsed.has("case")) return;
    const std::string text = parsed.text("case");
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string name = text.substr(at, comma - at);
        at = comma + 1;
        const auto all = cases();
        const auto one = std::find_if(all.begin(), all.end(), [&](const Case& c) { return c.name == name; });
        if (one == all.end()) throw UsageError{fmt::format("--case: \"{}\" is no case; --list names them", name)};
        if (one->destructive && !selection.destructive)
            throw UsageError{fmt::format("--case: {} runs with --destructive only", name)};
        selection.names.insert(name);
    }
}

void parse_message_set(const CommandLine& parsed, Selection& selection) {
    enum class Sets : std::uint8_t { baseline, extended, both } sets = Sets::both;
    parsed.choice("message-set", std::array{"baseline", "extended", "both"}, sets);
    selection.baseline = sets != Sets::extended;
    selection.extended = sets != Sets::baseline;
    for (const std::string& name : selection.names)
        for (const Case& one : cases())
            if (one.name == name && !(selection.baseline && runs_in(one, Variant::baseline)) &&
                !(selection.extended && runs_in(one, Variant::extended)))
                throw UsageError{fmt::format("--case: {} does not run in the --message-set given", name)};
}

void parse_outputs(const CommandLine& parsed, Options& options) {
    options.json = parsed.file("json");
    options.junit = parsed.file("junit");
    options.profile_out = parsed.file("profile-out");
    options.quiet = parsed.has("quiet");
    struct Output {
        const char* flag;
        const std::string& file;
    };
    const std::array outputs{Output{"--json", options.json}, Output{"--junit", options.junit},
                             Output{"--profile-out", options.profile_out}, Output{"--capture", options.link.capture},
                             Output{"--image", options.image}};
    for (std::size_t i = 0; i < outputs.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (!outputs[i].file.empty() && outputs[i].file == outputs[j].file)
                throw UsageError{
                    fmt::format("{} and {} name the same file, {}", outputs[j].flag, outputs[i].flag, outputs[i].file)};
    for (const auto& [flag, file] : outputs)
        if (file == "-" && std::string_view{flag} != "--json")
            throw UsageError{fmt::format("{}: only --json goes to the standard output", flag)};
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
    const CommandLine parsed{argc, argv, described_options()};
    Options options;
    options.help = parsed.has("help");
    options.list = parsed.has("list");
    if (options.help || options.list) return options;

    options.link = parse_link(parsed.required("link", "LINK"), parsed.text("check"), parsed.file("capture"));
    options.onu_id = static_cast<std::uint16_t>(parse_count("--onu-id", parsed.required("onu-id", "N"), 0, onu_id_max));
    options.image = parsed.file("image");
    parse_cases(parsed, options.selection);
    parse_message_set(parsed, options.selection);
    if (options.selection.destructive && options.image.empty())
        throw UsageError{"--destructive needs --image FILE: what is activated must be able to boot"};

    Settings& settings = options.settings;
    parse_time_option(parsed, "answer-time", settings.answer_time);
    parse_time_option(parsed, "store-time", settings.store_time);
    parse_time_option(parsed, "reboot-wait", settings.reboot_wait);
    parse_time_option(parsed, "gone-wait", settings.gone_wait);
    parse_time_option(parsed, "guard-max", settings.guard_max);
    parsed.count("pace", settings.pace, 1, rate_limit);
    settings.rate_max = std::max(settings.rate_max, settings.pace);
    parsed.count("rate-max", settings.rate_max, settings.pace, rate_limit);
    parse_outputs(parsed, options);
    return options;
}

std::string help_text() {
    return fmt::format(
        "usage: omcast conform --link LINK --onu-id N [OPTION...]\n"
        "       omcast conform --list\n\n"
        "Puts one ONT through the software download cases of BBF TP-247 6.10, through what G.988 wants beyond them, "
        "and\n"
        "through what it leaves open. Exits with 0 if no mandatory case failed, 1 if one did or the run did not come "
        "to\n"
        "its end, 2 if called wrongly. The image that runs is never written to; the idle one is downloaded over and "
        "not\n"
        "valid in the end. Ctrl-C puts the ONT in order, reports and exits; a second one at once.\n{}\n{}",
        described_text(described_options()), link_help());
}

}  // namespace tools::conform
