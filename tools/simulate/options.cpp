// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/options.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <string_view>

#include "sim/ont_device.h"
#include "tools/command_line.h"
#include "tools/simulate/fault_option.h"
#include "tools/usage.h"

namespace tools {
namespace {

// One option a line is easier to read than what clang-format makes of these chains.
// clang-format off
po::options_description described_options() {
    const auto text = text_value;
    po::options_description campaign{"The campaign", help_columns};
    campaign.add_options()
        ("image", text("FILE"), "the firmware image to bring to every ONT, a package or a plain image")
        ("version", text("TEXT"), "what ONTs call this image, 1 to 14 characters; else read from the image")
        ("mode", text("MODE"), "lockstep: groups share the downstream (default); unicast: each ONT for itself")
        ("close", text("CLOSE"), "who is sent the last section of a window: shared (default), everybody at once; "
                                 "unicast, one after another")
        ("message-set", text("SET"), "baseline (default) or extended OMCI messages")
        ("window", text("N"), "sections in a window, 1 to 256 (default 32)")
        ("rate", text("BITS_PER_S"), "pace of the downstream per PON: 10M, 2.5G, 10000000 (default 10M)")
        ("no-commit", "leave the new image uncommitted: the old one is back at the next restart");
    po::options_description world{"The PON", help_columns};
    world.add_options()
        ("onts", text("N"), "ONTs per PON, 1 to 128 (default 128); their ONU-IDs count from 0")
        ("pons", text("N"), "PONs, 1 to 16 (default 1), numbered from 0")
        ("loss", text("P"), "share of the downstream frames that each ONT loses: 0.0001, 1e-4 (default 0)")
        ("upstream-loss", text("P"), "share of the upstream frames that are lost (default 0)")
        ("distance-km", text("A-B"), "how far the ONTs are (default 0-20)")
        ("standby", text("0|1|mixed"), "the image that is idle at first and will be written (default 1)")
        ("fault", texts_value("[PON/]ONU:WHAT[,WHAT...]"),
         "something wrong with one ONT, see below; may be given several times")
        ("reboot-time", text("A-B"), "how long the ONTs take to restart: 20s-40s (default), 500ms")
        ("baseline-only", "ONTs that know no extended messages: OMCC version 0xA2 in place of 0xB4")
        ("seed", text("N"), "the seed of every draw: same seed, same run (default 1)");
    po::options_description packages{"Packages", help_columns};
    describe_trust(packages, "the ONTs take nothing but packages signed under one");
    packages.add_options()
        ("old-ca", text("FILE"), "what ONTs with the fault old-ca trust in place of --ca (default: nothing)")
        ("block-buffer", text("on|off"), "on (default): ONTs prove a block before it is written; off: they write, read "
                                         "back and prove it then");
    po::options_description serve{"Serving", help_columns};
    serve.add_options()
        ("serve", text("LINK"), "the PON in real time for an OLT at the other end of a link, see below")
        ("check", text("CHECK"), "how frames end on it, see below (default auto)")
        ("capture", text("FILE"), "every frame that goes by on it, for tcpdump, Wireshark and \"omcast decode\"")
        ("duration", text("TIME"), "ends after that time: 30s, 5min (default: with Ctrl-C)");
    po::options_description output{"What comes out", help_columns};
    output.add_options()
        ("pcap", text("FILE"), "every frame on the fibre, for tcpdump, Wireshark and \"omcast decode\"")
        ("json", text("FILE|-"), "the report for programs; -: to the standard output, and nothing else there")
        ("quiet", "neither progress nor table, errors only")
        ("help,h", "this text");
    po::options_description hunt{"Hunting for defects", help_columns};
    hunt.add_options()
        ("hunt", "run worlds drawn from seeds, sizes and faults included, under the checker")
        ("seeds", text("A-B"), "the seeds; with a single one --pcap and --json show that world");
    po::options_description all{help_columns};
    all.add(campaign).add(world).add(packages).add(serve).add(output).add(hunt);
    return all;
}
// clang-format on

void parse_outputs(const CommandLine& parsed, SimulateOptions& options) {
    options.pcap = parsed.file("pcap");
    options.json = parsed.file("json");
    options.quiet = parsed.has("quiet");
    if (options.pcap == "-") throw UsageError{"--pcap: a capture goes to a file, not to the standard output"};
    if (!options.pcap.empty() && options.pcap == options.json)
        throw UsageError{"--pcap and --json name the same file, " + options.pcap};
}

void parse_hunt(const CommandLine& parsed, SimulateOptions& options) {
    for (const char* other :
         {"image",         "version", "mode", "close",         "message-set", "window",  "rate",        "no-commit",
          "onts",          "pons",    "loss", "upstream-loss", "distance-km", "standby", "fault",       "reboot-time",
          "baseline-only", "seed",    "ca",   "crl",           "require",     "old-ca",  "block-buffer"})
        if (parsed.has(other))
            throw UsageError{fmt::format("--{} contradicts --hunt, which draws it from its --seeds", other)};
    if (parsed.has("serve")) throw UsageError{"--serve contradicts --hunt, whose worlds have an OLT of their own"};
    if (!parsed.has("seeds")) throw UsageError{"--hunt needs --seeds A-B"};
    options.hunt = parse_seeds("--seeds", parsed.text("seeds"));
    for (const char* one_world : {"pcap", "json"})
        if (parsed.has(one_world) && options.hunt->first != options.hunt->last)
            throw UsageError{fmt::format("--{} shows one world: give --seeds one seed, for example 17-17", one_world)};
}

/// "20s-40s", or one time for both ends.
void parse_reboot_time(const std::string& text, sim::Options& world) {
    const std::size_t dash = text.find('-');
    world.reboot_min = parse_time("--reboot-time", text.substr(0, dash));
    world.reboot_max =
        dash == std::string::npos ? world.reboot_min : parse_time("--reboot-time", text.substr(dash + 1));
    if (world.reboot_max < world.reboot_min)
        throw UsageError{fmt::format("--reboot-time: \"{}\" ends before it begins", text)};
}

/// The campaign is the OLT's, and that one is somewhere else.
void parse_serve(const CommandLine& parsed, SimulateOptions& options) {
    for (const char* other : {"mode", "close", "message-set", "window", "rate", "no-commit"})
        if (parsed.has(other))
            throw UsageError{fmt::format(
                "--{} contradicts --serve: how ONTs are upgraded is for the OLT at the other end of the link", other)};
    if (parsed.has("pons"))
        throw UsageError{"--pons contradicts --serve: a link carries one PON, see pon=N below LINK"};
    if (parsed.has("pcap")) throw UsageError{"--pcap contradicts --serve: a link has a --capture FILE"};
    if (parsed.has("version") && !parsed.has("image"))
        throw UsageError{"--version needs --image FILE: an image that nobody knows names itself"};
    const std::string link = parsed.text("serve");
    try {
        options.serve = parse_link(link, parsed.text("check"), parsed.file("capture"));
    } catch (const UsageError& error) {
        // It speaks of --link, which is what the other commands call it.
        constexpr std::string_view theirs = "--link";
        const std::string what = error.what();
        throw UsageError{what.starts_with(theirs) ? "--serve" + what.substr(theirs.size()) : what};
    }
    parsed.parse("duration", options.duration, parse_time);
    if (parsed.has("duration") && options.duration == 0) throw UsageError{"--duration: 0 serves nobody"};
}

void parse_world(const CommandLine& parsed, SimulateOptions& options) {
    sim::Options& world = options.world;
    if (parsed.has("seeds")) throw UsageError{"--seeds belongs to --hunt; one run has a --seed"};
    const bool serves = parsed.has("serve");
    if (!parsed.has("image") && !serves)
        throw UsageError{"simulate needs --image FILE (or --hunt --seeds A-B, or --serve LINK)"};
    options.image = parsed.file("image");
    if (parsed.has("version")) options.version = parse_version(parsed.text("version"));
    if (serves) parse_serve(parsed, options);
    options.trust.trust = parse_trust(parsed);
    options.trust.old_anchors = parsed.file("old-ca");
    parsed.choice("block-buffer", std::array{"off", "on"}, options.trust.block_buffer);

    parsed.choice("mode", std::array{"lockstep", "unicast"}, world.mode);
    parsed.choice("close", std::array{"unicast", "shared"}, world.close);
    if (world.mode == olt::Mode::unicast && parsed.has("close") && world.close == olt::Close::shared)
        throw UsageError{"--close shared contradicts --mode unicast, which never uses the shared port"};
    parsed.choice("message-set", std::array{"baseline", "extended"}, world.set);
    parsed.count("window", world.window_sections, 1, 256);
    parsed.parse("rate", world.rate_bits_per_second, parse_rate);
    world.commit = !parsed.has("no-commit");

    parsed.count("onts", world.onts, 1, olt::onts_per_pon_max);
    parsed.count("pons", world.pons, 1, olt::pons_max);
    parsed.parse("loss", world.loss, parse_probability);
    parsed.parse("upstream-loss", world.upstream_loss, parse_probability);
    if (parsed.has("distance-km")) {
        const auto metres = parse_distances_km("--distance-km", parsed.text("distance-km"));
        world.distance_min_m = metres.first;
        world.distance_max_m = metres.last;
    }
    if (parsed.has("reboot-time")) parse_reboot_time(parsed.text("reboot-time"), world);
    world.extended = !parsed.has("baseline-only");
    parsed.choice("standby", std::array{"0", "1", "mixed"}, world.standby);
    for (const std::string& fault : parsed.texts("fault")) add_fault(world.faults, fault, world.pons, world.onts);
    parsed.count("seed", world.seed, 0, std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

SimulateOptions parse_simulate_options(int argc, const char* const* argv) {
    const CommandLine parsed{argc, argv, described_options(), nullptr,
                             "takes options only; its image is named with --image FILE"};
    SimulateOptions options;
    if (parsed.has("help")) {
        options.help = true;
        return options;
    }
    for (const char* other : {"check", "capture", "duration"})
        if (parsed.has(other) && !parsed.has("serve"))
            throw UsageError{fmt::format("--{} belongs to --serve LINK", other)};
    parse_outputs(parsed, options);
    if (parsed.has("hunt"))
        parse_hunt(parsed, options);
    else
        parse_world(parsed, options);
    return options;
}

std::string simulate_help() {
    return fmt::format(
        "usage: omcast simulate --image FILE [--onts N] [OPTION...]\n"
        "       omcast simulate --serve LINK [--onts N] [OPTION...]\n"
        "       omcast simulate --hunt --seeds A-B\n\n"
        "Brings a firmware image to every ONT of a simulated PON: the engine and the handlers that ship, in virtual\n"
        "time. Exits with 0 if every ONT runs the new image, 1 if not (and says which and why), 2 if called wrongly.\n"
        "Ctrl-C stops the campaign and reports; a second one ends at once.\n\n"
        "With --serve the ONTs are there in real time, for whatever OLT is at the other end of the link, until Ctrl-C "
        "or\n"
        "--duration; then it reports what they hold, and exits with 1 only if a promise was broken. They hear the "
        "shared\n"
        "port whenever they run. With --image what they take is compared with that image; without it any image that\n"
        "they find good will run, up to {} each. An answer leaves late where this machine is too slow for so many\n"
        "ONTs: the report says how late.\n{}\n{}\n"
        "Faults, for --fault 5:off@3s,on@20s (ONU-ID 5) or --fault 1/5:deaf (on PON 1):\n{}",
        mebibytes(sim::unknown_image_octets_max), described_text(described_options()), link_help(), fault_help);
}

}  // namespace tools
