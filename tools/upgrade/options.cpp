// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade/options.h"

#include <fmt/format.h>

#include <array>
#include <variant>

#include "tools/command_line.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {
namespace {

// clang-format off
po::options_description described_options() {
    const auto text = text_value;
    po::options_description campaign{"The campaign", help_columns};
    campaign.add_options()
        ("image", text("FILE"), "the firmware image to bring to every ONT, a package or a plain image")
        ("version", text("TEXT"), "what ONTs call this image, 1 to 14 characters; else read from the image")
        ("mode", text("MODE"), "lockstep: groups share the downstream (default where the link has a shared port); "
                               "unicast: each ONT for itself")
        ("close", text("CLOSE"), "who is sent the last section of a window: unicast (default), one ONT after another; "
                                 "shared, everybody at once")
        ("message-set", text("SET"), "auto (default): extended where the link and the ONTs allow it, else baseline; or "
                                     "baseline, or extended")
        ("window", text("N"), "sections in a window, 1 to 256 (default 32); an ONT may agree to fewer")
        ("rate", text("BITS_PER_S"), "pace of the downstream, GEM headers counted: 10M, 2.5G, 10000000 (default 10M)")
        ("profile", text("FILE"), "what \"omcast conform\" learned of these ONTs: chooses window, close, message set "
                                  "and pace where the options above do not")
        ("no-activate", "leave the image stored and valid: \"omcast activate\" and \"omcast commit\" do the rest")
        ("no-commit", "leave the new image uncommitted: the old one is back at the next restart")
        ("flags", text("0|1|2"), "activate 0: always (default); 1: only if no call is up; 2: only if no emergency call "
                                 "is up")
        ("reboot-wait", text("TIME"), "how long after Activate an ONT may take to run the new image (default 6min)");
    describe_trust(campaign, "the image must be a package signed under one, before any ONT is asked");
    po::options_description all{help_columns};
    all.add(campaign).add(link_description()).add(output_description());
    return all;
}
// clang-format on

bool has_shared_port(const LinkOptions& link) {
    const auto* udp = std::get_if<UdpPlace>(&link.place);
    return !udp || udp->shared.has_value();
}

void refuse_contradictions(const UpgradeOptions& options) {
    const bool wants_shared = options.mode == olt::Mode::lockstep || options.close == olt::Close::shared;
    const char* what = options.mode == olt::Mode::lockstep ? "--mode lockstep" : "--close shared";
    if (options.mode == olt::Mode::unicast && options.close == olt::Close::shared)
        throw UsageError{"--close shared contradicts --mode unicast, which never uses the shared port"};
    if (wants_shared && options.set.link.check == CheckKind::cmac)
        throw UsageError{fmt::format("{} contradicts --check cmac: no keyed frame is valid for two ONTs", what)};
    if (wants_shared && !has_shared_port(options.set.link))
        throw UsageError{fmt::format("{} needs a shared port: add \",shared=HOST:PORT\" to --link", what)};
    if (!options.activate && !options.commit)
        throw UsageError{"--no-commit says nothing beside --no-activate: what is not activated is not committed"};
}

template <typename Value, std::size_t count>
void choice(const CommandLine& parsed, const char* name, const std::array<const char*, count>& words,
            std::optional<Value>& value) {
    if (!parsed.has(name)) return;
    value.emplace();
    parsed.choice(name, words, *value);
}

}  // namespace

UpgradeOptions parse_upgrade_options(int argc, const char* const* argv) {
    const CommandLine parsed{argc, argv, described_options(), nullptr,
                             "takes options only; its image is named with --image FILE"};
    UpgradeOptions options;
    if (parsed.has("help")) {
        options.help = true;
        return options;
    }
    options.image = parsed.required("image", "FILE");
    parsed.file("image");
    options.set = read_ont_set(parsed);
    options.profile = parsed.file("profile");
    options.trust = parse_trust(parsed);
    if (parsed.has("version")) options.version = parse_version(parsed.text("version"));
    choice(parsed, "mode", std::array{"lockstep", "unicast"}, options.mode);
    choice(parsed, "close", std::array{"unicast", "shared"}, options.close);
    if (parsed.text("message-set") != "auto")
        choice(parsed, "message-set", std::array{"baseline", "extended", "auto"}, options.message_set);
    if (parsed.has("window")) parsed.count("window", options.window.emplace(), 1, omci::window_sections_max);
    if (parsed.has("rate")) parsed.parse("rate", options.rate.emplace(), parse_rate);
    options.activate = !parsed.has("no-activate");
    options.commit = !parsed.has("no-commit");
    parsed.choice("flags", std::array{"0", "1", "2"}, options.calls);
    options.reboot_wait = read_wait(parsed, "reboot-wait", options.reboot_wait);
    refuse_contradictions(options);
    return options;
}

std::string upgrade_help() {
    const olt::Policy policy;
    const auto time = [](olt::Duration wait) { return time_text(wait.count()); };
    return fmt::format(
        "usage: omcast upgrade --link LINK --onts IDS --image FILE [OPTION...]\n\n"
        "Brings a firmware image to ONTs on a real link: looks at each of them, skips those that hold the image, "
        "sends\n"
        "it, activates one ONT first and then the others, waits until they run it, and commits. Exits with 0 if every\n"
        "ONT runs the new image, 1 if not (and says which and why), 2 if called wrongly. What an earlier run began is\n"
        "taken up: the ONTs are asked, nothing else is remembered.\n"
        "Ctrl-C ends the downloads under way (End software download with size 0) and reports; a second one ends at\n"
        "once.\n{}\n"
        "Waits, each for one ONT; the others go on. Silent to one command: {}, in a group {}. \"Device busy\" to one\n"
        "command: {}. On the shared port: {}. Error answers to a look: {}. After Activate: --reboot-wait.\n\n{}",
        described_text(described_options()), time(policy.silence_max), time(policy.member_silence_max),
        time(policy.busy_max), time(policy.shared_wait_max), time(policy.unreadable_max), link_help());
}

}  // namespace tools
