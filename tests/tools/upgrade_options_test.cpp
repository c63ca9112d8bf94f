// SPDX-License-Identifier: Apache-2.0
// The command lines of "omcast upgrade" and of its steps, and what an upgrade chooses where they are silent.
#include "tools/upgrade/options.h"

#include <doctest/doctest.h>

#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/upgrade/plan.h"
#include "tools/upgrade/step_options.h"
#include "tools/usage.h"

namespace {

using namespace std::chrono_literals;
using tools::Step;
using tools::UpgradeOptions;

/// The words of `line`, which are separated by one blank, handed to `parse` behind the subcommand's name.
template <typename Parse>
auto parsed(const std::string& line, Parse parse) {
    std::vector<std::string> words{"omcast"};
    std::istringstream stream{line};
    for (std::string word; stream >> word;) words.push_back(word);
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    return parse(static_cast<int>(arguments.size()), arguments.data());
}

UpgradeOptions upgrade(const std::string& line) { return parsed(line, tools::parse_upgrade_options); }

tools::StepOptions step(Step which, const std::string& line) {
    return parsed(line,
                  [&](int argc, const char* const* argv) { return tools::parse_step_options(which, argc, argv); });
}

template <typename Parse>
std::string complaint(Parse parse) {
    try {
        parse();
    } catch (const tools::UsageError& error) {
        return error.what();
    }
    return "";
}

const std::string needed = "--link udp:h:5000,shared=h:6000 --onts 0-3 --image f ";

tools::OntSeen ont_seen(std::uint16_t onu_id, std::uint8_t omcc_version) {
    tools::OntSeen seen;
    seen.onu = {0, onu_id};
    seen.serial.emplace().octets[7] = static_cast<std::uint8_t>(onu_id + 1);
    seen.omcc_version = omcc_version;
    return seen;
}

}  // namespace

TEST_CASE("upgrade options: what is not given is left open") {
    const UpgradeOptions options = upgrade(needed);
    CHECK(options.image == "f");
    CHECK(options.set.onu_ids == std::vector<std::uint16_t>{0, 1, 2, 3});
    CHECK(options.set.answer_time == 3s);
    CHECK_FALSE(options.mode);
    CHECK_FALSE(options.close);
    CHECK_FALSE(options.message_set);
    CHECK_FALSE(options.window);
    CHECK_FALSE(options.rate);
    CHECK_FALSE(options.version);
    CHECK(options.activate);
    CHECK(options.commit);
    CHECK(options.calls == omci::CallPolicy::always);
    CHECK(options.reboot_wait == 6min);
    CHECK_FALSE(upgrade(needed + "--message-set auto").message_set);
}

TEST_CASE("upgrade options: every option is read") {
    const UpgradeOptions options = upgrade(
        needed +
        "--check crc --capture c.pcap --version v2 --mode lockstep --close shared --message-set extended --window 256 "
        "--rate 100M --profile p.json --no-commit --flags 2 --answer-time 500ms --reboot-wait 90s --json - --quiet");
    CHECK(options.set.link.check == tools::CheckKind::crc);
    CHECK(options.set.link.capture == "c.pcap");
    CHECK(options.version == "v2");
    CHECK(options.mode == olt::Mode::lockstep);
    CHECK(options.close == olt::Close::shared);
    CHECK(options.message_set == olt::SetChoice::extended);
    CHECK(options.window == 256);
    CHECK(options.rate == 100'000'000);
    CHECK(options.profile == "p.json");
    CHECK_FALSE(options.commit);
    CHECK(options.calls == omci::CallPolicy::no_emergency_call);
    CHECK(options.set.answer_time == 500ms);
    CHECK(options.reboot_wait == 90s);
    CHECK(options.set.json_on_stdout());
    CHECK_FALSE(options.set.for_people());
    CHECK_FALSE(upgrade(needed + "--no-activate").activate);
}

TEST_CASE("upgrade options: what is wrong is refused by name") {
    struct Row {
        std::string line;
        const char* says;
    };
    const std::string no_shared = "--link udp:h:5000 --onts 0 --image f ";
    for (const Row& row : std::vector<Row>{
             {"", "needs --image FILE"},
             {"--image f", "needs --link LINK"},
             {"--image f --link udp:h:1", "needs --onts IDS"},
             {"--image= --link udp:h:1 --onts 0", "'--image'"},
             {"--image f --link pigeon:h --onts 0", "--link: \"pigeon:h\": \"pigeon\" is no kind of link"},
             {"--image f --link udp:h:1 --onts 0-128", "--onts: \"0-128\" are 129 ONTs; a PON has at most 128"},
             {"--image f --link udp:h:1 --onts 3-1", "--onts: \"3-1\" ends before it begins"},
             {"--image f --link udp:h:1 --onts x", "--onts"},
             {needed + "fw.bin", "--image FILE"},
             {needed + "--check crc64", "--check: \"crc64\""},
             {needed + "--mode both", "--mode: \"both\" is not one of lockstep, unicast"},
             {needed + "--close both", "--close: \"both\" is not one of unicast, shared"},
             {needed + "--message-set both", "--message-set: \"both\" is not one of baseline, extended, auto"},
             {needed + "--window 0", "--window: \"0\" is not from 1 to 256"},
             {needed + "--window 257", "--window: \"257\" is not from 1 to 256"},
             {needed + "--rate fast", "--rate"},
             {needed + "--flags 3", "--flags: \"3\" is not one of 0, 1, 2"},
             {needed + "--version 123456789012345", "--version"},
             {needed + "--profile=", "'--profile'"},
             {needed + "--answer-time 0s", "--answer-time: \"0s\" is less than 10ms"},
             {needed + "--answer-time 5", "--answer-time: \"5\" is no time"},
             {needed + "--reboot-wait 1ms", "--reboot-wait: \"1ms\" is less than 10ms"},
             {needed + "--capture -", "--capture: a capture goes to a file"},
             {needed + "--capture a --json a", "--capture and --json name the same file, a"},
             {needed + "--mode unicast --close shared", "--close shared contradicts --mode unicast"},
             {needed + "--no-activate --no-commit", "--no-commit says nothing beside --no-activate"},
             {needed + "--check cmac:k --mode lockstep", "--mode lockstep contradicts --check cmac"},
             {no_shared + "--mode lockstep",
              "--mode lockstep needs a shared port: add \",shared=HOST:PORT\" to --link"},
             {no_shared + "--close shared", "--close shared needs a shared port"},
         }) {
        CAPTURE(row.line);
        const std::string said = complaint([&] { upgrade(row.line); });
        CAPTURE(said);
        CHECK(said.find(row.says) != std::string::npos);
        CHECK(said.find('\n') == std::string::npos);
    }
}

TEST_CASE("upgrade options: the help names every option and every wait") {
    CHECK(upgrade("--help").help);
    const std::string help = tools::upgrade_help();
    for (const char* word :
         {"--link",        "--check", "--capture",     "--image",       "--version",    "--onts",
          "--mode",        "--close", "--message-set", "--window",      "--rate",       "--no-commit",
          "--no-activate", "--flags", "--profile",     "--json",        "--quiet",      "--answer-time",
          "--reboot-wait", "4.000 s", "2 min",         "udp:HOST:PORT", "eth:INTERFACE"}) {
        CAPTURE(word);
        CHECK(help.find(word) != std::string::npos);
    }
}

TEST_CASE("step options: each step has its own") {
    const std::string line = "--link udp:h:5000 --onts 7,9 ";
    CHECK(step(Step::status, line).set.onu_ids == std::vector<std::uint16_t>{7, 9});
    CHECK(step(Step::activate, line).wait == 6min);
    CHECK_FALSE(step(Step::activate, line).image);
    const auto options = step(Step::activate, line + "--image 0 --flags 1 --wait 20s --json a.json");
    CHECK(options.image == 0);
    CHECK(options.calls == omci::CallPolicy::no_call);
    CHECK(options.wait == 20s);
    CHECK(options.set.json == "a.json");
    CHECK(step(Step::commit, line + "--image 1").image == 1);
    CHECK(step(Step::abort, line).wait == 30s);
    for (const auto& [which, more, says] : std::vector<std::tuple<Step, std::string, std::string>>{
             {Step::status, "--image 0", "--image"},
             {Step::status, "--wait 1s", "--wait"},
             {Step::status, "0-7", "options only"},
             {Step::activate, "--image 2", "--image: \"2\" is not one of 0, 1"},
             {Step::activate, "--flags 3", "--flags: \"3\" is not one of 0, 1, 2"},
             {Step::activate, "--wait 0s", "--wait: \"0s\" is less than 10ms"},
             {Step::commit, "--flags 1", "--flags"},
             {Step::abort, "--flags 1", "--flags"}}) {
        CAPTURE(more);
        const std::string said = complaint([&] { step(which, line + more); });
        CAPTURE(said);
        CHECK(said.find(says) != std::string::npos);
    }
    for (const Step which : {Step::status, Step::activate, Step::commit, Step::abort}) {
        CHECK(step(which, "--help").help);
        const std::string help = tools::step_help(which);
        CHECK(help.find("--answer-time") != std::string::npos);
        CHECK((help.find("--wait") != std::string::npos) == (which != Step::status));
    }
}

TEST_CASE("upgrade plan: the message set is what ONTs, link and profile allow, and the reason is told") {
    const std::vector<tools::OntSeen> mixed{ont_seen(0, 0xB4), ont_seen(1, 0xA2)},
        old{ont_seen(0, 0xA2), ont_seen(1, 0)}, both{ont_seen(0, 0x96), ont_seen(1, 0xB0)};
    const tools::LinkFacts wide, narrow{.message_max = 1486};
    const auto plan = [](const std::string& more, const tools::Profile& profile, const tools::LinkFacts& link,
                         const std::vector<tools::OntSeen>& onts) {
        return tools::plan_upgrade(upgrade(needed + more), profile, link, onts);
    };
    using olt::SetChoice;
    CHECK(plan("", {}, wide, both).campaign.set == SetChoice::extended);
    CHECK(plan("", {}, wide, both).message_set == "extended");
    CHECK(plan("", {}, wide, mixed).message_set == "extended, which 1 of 2 ONTs know");
    CHECK(plan("", {}, wide, old).message_set == "baseline, since none of 2 ONTs knows extended");
    CHECK(plan("", {}, narrow, both).campaign.set == SetChoice::baseline);
    CHECK(plan("", {}, narrow, both).message_set ==
          "baseline, since the MTU of the link bounds messages to 1486 octets");
    CHECK(plan("", {.extended = false}, wide, both).message_set == "baseline, as the profile has it");
    CHECK(plan("--message-set extended", {.extended = false}, wide, both).campaign.set == SetChoice::extended);
    CHECK(plan("--message-set baseline", {}, wide, both).campaign.set == SetChoice::baseline);
    CHECK_THROWS_WITH(plan("--message-set extended", {}, narrow, both),
                      "udp:h:5000,shared=h:6000: --message-set extended needs messages of 1980 octets, and this link "
                      "carries 1486: raise its MTU, or use baseline");
}

TEST_CASE("upgrade plan: the command line wins over the profile, the profile over what is usual") {
    const std::vector<tools::OntSeen> onts{ont_seen(0, 0xA2)};
    const tools::Profile profile{.window = 64,
                                 .hears_shared = true,
                                 .close = olt::Close::shared,
                                 .close_guard_us = 1500,
                                 .sections_per_second = 10'000};
    const auto plan = [&](const std::string& more, const tools::Profile& with, const tools::LinkFacts& link = {}) {
        return tools::plan_upgrade(upgrade(needed + more), with, link, onts);
    };
    const tools::UpgradePlan usual = plan("", {});
    CHECK(usual.campaign.window_sections == 32);
    CHECK(usual.campaign.mode == olt::Mode::lockstep);
    CHECK(usual.campaign.close == olt::Close::unicast);
    CHECK(usual.engine.rate_bits_per_second == 10'000'000);
    CHECK(usual.engine.policy.confirm_wait_max == 6min);
    CHECK(usual.engine.policy.reboot_quiet == olt::Policy{}.reboot_quiet);
    CHECK(usual.campaign.targets.size() == 1);
    const tools::UpgradePlan known = plan("", profile);
    CHECK(known.campaign.window_sections == 64);
    CHECK(known.campaign.close == olt::Close::shared);
    CHECK(known.engine.policy.close_guard == 1500us);
    CHECK(known.engine.rate_bits_per_second == 10'000 * 53 * 8);
    const tools::UpgradePlan told = plan("--window 8 --close unicast --rate 50M --reboot-wait 8s", profile);
    CHECK(told.campaign.window_sections == 8);
    CHECK(told.campaign.close == olt::Close::unicast);
    CHECK(told.engine.rate_bits_per_second == 50'000'000);
    CHECK(told.engine.policy.reboot_quiet == 2s);
    CHECK(plan("", {.hears_shared = false}).campaign.mode == olt::Mode::unicast);
    CHECK(plan("--mode lockstep", {.hears_shared = false}).campaign.mode == olt::Mode::lockstep);
    CHECK(plan("", {}, {.has_shared_port = false}).distribution == "unicast, since the link has no shared port");
    CHECK(plan("", {}, {.keyed = true}).distribution == "unicast, since frames are keyed");
}
