// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate_options.h"

#include <fmt/format.h>

#include <array>
#include <boost/program_options.hpp>
#include <limits>
#include <sstream>
#include <string_view>
#include <vector>

#include "tools/fault_option.h"
#include "tools/usage.h"

namespace tools {
namespace {

namespace po = boost::program_options;

/// Everything is read as text first: then all errors are ours, and all numbers are read the same way.
// One option a line is easier to read than what clang-format makes of these chains.
// clang-format off
po::options_description described_options() {
    const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };

    po::options_description campaign{"The campaign", 110};
    campaign.add_options()
        ("image", text("FILE"), "the firmware image to bring to every ONT")
        ("version", text("TEXT"), "what ONTs call this image, 1 to 14 characters; else read from the image")
        ("mode", text("MODE"), "lockstep: groups share the downstream (default); unicast: each ONT for itself")
        ("close", text("CLOSE"), "who is sent the last section of a window: shared (default), everybody at once; "
                                 "unicast, one after another")
        ("message-set", text("SET"), "baseline (default) or extended OMCI messages")
        ("window", text("N"), "sections in a window, 1 to 256 (default 32)")
        ("rate", text("BITS_PER_S"), "pace of the downstream per PON: 10M, 2.5G, 10000000 (default 10M)")
        ("no-commit", "leave the new image uncommitted: the old one is back at the next restart");
    po::options_description world{"The PON", 110};
    world.add_options()
        ("onts", text("N"), "ONTs per PON, 1 to 128 (default 128); their ONU-IDs count from 0")
        ("pons", text("N"), "PONs, 1 to 16 (default 1), numbered from 0")
        ("loss", text("P"), "share of the downstream frames that each ONT loses: 0.0001, 1e-4 (default 0)")
        ("upstream-loss", text("P"), "share of the upstream frames that are lost (default 0)")
        ("distance-km", text("A-B"), "how far the ONTs are (default 0-20)")
        ("standby", text("0|1|mixed"), "the image that is idle at first and will be written (default 1)")
        ("fault", po::value<std::vector<std::string>>()->value_name("[PON/]ONU:WHAT[,WHAT...]"),
         "something wrong with one ONT, see below; may be given several times")
        ("seed", text("N"), "the seed of every draw: same seed, same run (default 1)");
    po::options_description output{"What comes out", 110};
    output.add_options()
        ("pcap", text("FILE"), "every frame on the fibre, for tcpdump, Wireshark and \"omcast decode\"")
        ("json", text("FILE|-"), "the report for programs; -: to the standard output, and nothing else there")
        ("quiet", "neither progress nor table, errors only")
        ("help,h", "this text");
    po::options_description hunt{"Hunting for defects", 110};
    hunt.add_options()
        ("hunt", "run worlds drawn from seeds, sizes and faults included, under the checker")
        ("seeds", text("A-B"), "the seeds; with a single one --pcap and --json show that world");
    po::options_description all{110};
    all.add(campaign).add(world).add(output).add(hunt);
    return all;
}
// clang-format on

class Parsed {
public:
    Parsed(int argc, const char* const* argv) {
        const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
        try {
            const po::options_description described = described_options();
            po::store(po::command_line_parser(argc, argv)
                          .options(described)
                          .positional(po::positional_options_description{})
                          .style(style)
                          .run(),
                      values_);
        } catch (const po::too_many_positional_options_error&) {
            throw UsageError{"simulate takes options only; its image is named with --image FILE"};
        } catch (const po::error& error) {
            throw UsageError{fmt::format("simulate: {}", error.what())};
        }
    }

    bool has(const char* name) const { return values_.count(name) > 0; }
    std::string text(const char* name) const { return has(name) ? values_[name].as<std::string>() : std::string{}; }
    std::vector<std::string> texts(const char* name) const {
        return has(name) ? values_[name].as<std::vector<std::string>>() : std::vector<std::string>{};
    }

    /// One of a few words, by its place in `words`; `value` where the option was not given.
    template <typename Value, std::size_t count>
    void choice(const char* name, const std::array<const char*, count>& words, Value& value) const {
        if (!has(name)) return;
        const std::string given = text(name);
        std::string all;
        for (std::size_t i = 0; i < count; ++i) {
            if (given == words[i]) {
                value = static_cast<Value>(i);
                return;
            }
            all += (i == 0 ? "" : ", ") + std::string{words[i]};
        }
        throw UsageError{fmt::format("--{}: \"{}\" is not one of {}", name, given, all)};
    }

    template <typename Value>
    void count(const char* name, Value& value, std::uint64_t least, std::uint64_t most) const {
        if (has(name)) value = static_cast<Value>(parse_count(flag(name), text(name), least, most));
    }

    template <typename Value, typename Parse>
    void parse(const char* name, Value& value, Parse read) const {
        if (has(name)) value = read(flag(name), text(name));
    }

    static std::string flag(const char* name) { return fmt::format("--{}", name); }

private:
    po::variables_map values_;
};

void refuse_empty(const Parsed& parsed, const char* name, std::string& value) {
    value = parsed.text(name);
    if (parsed.has(name) && value.empty()) throw UsageError{fmt::format("--{}: the file has no name", name)};
}

std::string parse_version(const std::string& text) {
    bool printable = true;
    for (const char c : text) printable = printable && c > ' ' && c <= '~';
    if (text.empty() || text.size() > omci::version_octets || !printable)
        throw UsageError{fmt::format("--version: \"{}\" is not 1 to {} printable characters without blanks", text,
                                     omci::version_octets)};
    return text;
}

void parse_outputs(const Parsed& parsed, SimulateOptions& options) {
    refuse_empty(parsed, "pcap", options.pcap);
    refuse_empty(parsed, "json", options.json);
    options.quiet = parsed.has("quiet");
    if (options.pcap == "-") throw UsageError{"--pcap: a capture goes to a file, not to the standard output"};
    if (!options.pcap.empty() && options.pcap == options.json)
        throw UsageError{"--pcap and --json name the same file, " + options.pcap};
}

void parse_hunt(const Parsed& parsed, SimulateOptions& options) {
    for (const char* other : {"image", "version", "mode", "close", "message-set", "window", "rate", "no-commit", "onts",
                              "pons", "loss", "upstream-loss", "distance-km", "standby", "fault", "seed"})
        if (parsed.has(other))
            throw UsageError{fmt::format("--{} contradicts --hunt, which draws it from its --seeds", other)};
    if (!parsed.has("seeds")) throw UsageError{"--hunt needs --seeds A-B"};
    options.hunt = parse_seeds("--seeds", parsed.text("seeds"));
    for (const char* one_world : {"pcap", "json"})
        if (parsed.has(one_world) && options.hunt->first != options.hunt->last)
            throw UsageError{fmt::format("--{} shows one world: give --seeds one seed, for example 17-17", one_world)};
}

void parse_world(const Parsed& parsed, SimulateOptions& options) {
    sim::Options& world = options.world;
    if (parsed.has("seeds")) throw UsageError{"--seeds belongs to --hunt; one run has a --seed"};
    if (!parsed.has("image")) throw UsageError{"simulate needs --image FILE (or --hunt --seeds A-B)"};
    refuse_empty(parsed, "image", options.image);
    if (parsed.has("version")) options.version = parse_version(parsed.text("version"));

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
    parsed.choice("standby", std::array{"0", "1", "mixed"}, world.standby);
    for (const std::string& fault : parsed.texts("fault")) add_fault(world.faults, fault, world.pons, world.onts);
    parsed.count("seed", world.seed, 0, std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

SimulateOptions parse_simulate_options(int argc, const char* const* argv) {
    const Parsed parsed{argc, argv};
    SimulateOptions options;
    if (parsed.has("help")) {
        options.help = true;
        return options;
    }
    parse_outputs(parsed, options);
    if (parsed.has("hunt"))
        parse_hunt(parsed, options);
    else
        parse_world(parsed, options);
    return options;
}

std::string simulate_help() {
    std::ostringstream described;
    described << described_options();
    return fmt::format(
        "usage: omcast simulate --image FILE [--onts N] [OPTION...]\n"
        "       omcast simulate --hunt --seeds A-B\n\n"
        "Brings a firmware image to every ONT of a simulated PON: the engine and the handlers that ship, in virtual\n"
        "time. Exits with 0 if every ONT runs the new image, 1 if not (and says which and why), 2 if called wrongly.\n"
        "Ctrl-C stops the campaign and reports; a second one ends at once.\n{}\n"
        "Faults, for --fault 5:off@3s,on@20s (ONU-ID 5) or --fault 1/5:deaf (on PON 1):\n{}",
        described.str(), fault_help);
}

}  // namespace tools
