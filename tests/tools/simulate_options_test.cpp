// SPDX-License-Identifier: Apache-2.0
// The command line of "omcast simulate": what it means, and one sentence for each way to get it wrong.
#include "tools/simulate/options.h"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tools/usage.h"

namespace {

using namespace std::string_literals;
using tools::SimulateOptions;

constexpr sim::Nanoseconds second = 1'000'000'000;

/// The words of `line`, which are separated by one blank, as arguments of the subcommand.
SimulateOptions parse(const std::string& line) {
    std::vector<std::string> words{"simulate"};
    std::istringstream stream{line};
    for (std::string word; stream >> word;) words.push_back(word);
    std::vector<const char*> arguments;
    for (const std::string& word : words) arguments.push_back(word.c_str());
    return tools::parse_simulate_options(static_cast<int>(arguments.size()), arguments.data());
}

std::string complaint(const std::string& line) {
    try {
        parse(line);
    } catch (const tools::UsageError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("simulate options: an image alone means the defaults of the simulator") {
    const SimulateOptions options = parse("--image fw.bin");
    const sim::Options defaults;
    CHECK(options.image == "fw.bin");
    CHECK(options.world.onts == 128);
    CHECK(options.world.pons == 1);
    CHECK(options.world.mode == olt::Mode::lockstep);
    CHECK(options.world.close == olt::Close::shared);
    CHECK(options.world.set == olt::SetChoice::baseline);
    CHECK(options.world.window_sections == 32);
    CHECK(options.world.rate_bits_per_second == defaults.rate_bits_per_second);
    CHECK(options.world.standby == sim::Standby::image1);
    CHECK(options.world.commit);
    CHECK(options.world.faults.empty());
    CHECK_FALSE(options.version);
    CHECK_FALSE(options.hunt);
    CHECK_FALSE(options.quiet);
}

TEST_CASE("simulate options: every option reaches the world") {
    const SimulateOptions options = parse(
        "--onts 64 --image=fw.bin --pons 2 --mode lockstep --close unicast --message-set extended --window 256 "
        "--loss 1e-4 --upstream-loss 0.5 --rate 2.5G --distance-km 5-5.5 --seed 18446744073709551615 --standby mixed "
        "--no-commit --version 1.2.3 --fault 1/5:off@3s --pcap a.pcap --json - --quiet");
    CHECK(options.world.onts == 64);
    CHECK(options.world.pons == 2);
    CHECK(options.world.close == olt::Close::unicast);
    CHECK(options.world.set == olt::SetChoice::extended);
    CHECK(options.world.window_sections == 256);
    CHECK(options.world.loss == 429'497);
    CHECK(options.world.upstream_loss == 1ull << 31);
    CHECK(options.world.rate_bits_per_second == 2'500'000'000);
    CHECK(options.world.distance_min_m == 5'000);
    CHECK(options.world.distance_max_m == 5'500);
    CHECK(options.world.seed == 18446744073709551615ull);
    CHECK(options.world.standby == sim::Standby::mixed);
    CHECK_FALSE(options.world.commit);
    CHECK(options.version == "1.2.3");
    REQUIRE(options.world.faults.size() == 1);
    CHECK(options.world.faults[0].pon == 1);
    CHECK(options.pcap == "a.pcap");
    CHECK(options.json_on_stdout());
    CHECK(options.quiet);
    CHECK(parse("--image f --standby 0").world.standby == sim::Standby::image0);
    CHECK(parse("--image f --mode unicast --close unicast").world.mode == olt::Mode::unicast);
}

TEST_CASE("simulate options: every fault has its words, and those of one ONT are gathered") {
    const auto faults =
        parse(
            "--image f --fault 5:off@3s --fault 6:off@3s,on@20s --fault 7:s4 --fault 9:window=8 --fault 11:busy=20s "
            "--fault 12:busy=2s-2.5s --fault 13:deaf --fault 4:bad-boot --fault 8:slow=10 --fault 7:loss=0.5,deaf")
            .world.faults;
    REQUIRE(faults.size() == 9);
    CHECK(faults[0].onu_id == 5);
    CHECK(faults[0].off_at == 3 * second);
    CHECK_FALSE(faults[0].on_at);
    CHECK(faults[1].on_at == 20 * second);
    CHECK(faults[2].onu_id == 7);
    CHECK(faults[2].both_images_in_use);
    CHECK(faults[2].loss == 1ull << 31);
    CHECK(faults[2].deaf_on_shared_port);
    CHECK(faults[3].window_sections == 8);
    CHECK(faults[4].busy_from == 0);
    CHECK(faults[4].busy_until == 20 * second);
    CHECK(faults[5].busy_from == 2 * second);
    CHECK(faults[5].busy_until == 2'500'000'000);
    CHECK(faults[6].deaf_on_shared_port);
    CHECK(faults[7].new_image_fails_to_boot);
    CHECK(faults[8].slower == 10);
}

TEST_CASE("simulate options: a fault that makes no sense is refused, and the error quotes it") {
    for (const char* fault : {"5",
                              ":deaf",
                              "5:",
                              "5:,",
                              "5:deaf,",
                              "x:deaf",
                              "128:deaf",
                              "1/5:deaf",
                              "/5:deaf",
                              "0/:deaf",
                              "-1:deaf",
                              "5:nonsense",
                              "5:DEAF",
                              "5:off",
                              "5:off@",
                              "5:off@3",
                              "5:on@3s",
                              "5:off@3s,on@3s",
                              "5:off@3s,off@4s",
                              "5:deaf,deaf",
                              "5:s4,s4",
                              "5:window=0",
                              "5:window=257",
                              "5:window",
                              "5:busy=",
                              "5:busy=0s",
                              "5:busy=3s-2s",
                              "5:busy=1s-",
                              "5:busy=-1s",
                              "5:busy=1s,busy=2s",
                              "5:loss=2",
                              "5:loss=0.1,loss=0.1",
                              "5:slow=1",
                              "5:slow=0",
                              "5:slow=1.5",
                              "5:slow=99999"}) {
        CAPTURE(fault);
        const std::string said = complaint("--image f --fault "s + fault);
        CHECK(said.starts_with("--fault \""s + fault + "\": "));
        CHECK(said.find('\n') == std::string::npos);
    }
    CHECK(complaint("--image f --fault 5:off@3x") ==
          "--fault \"5:off@3x\": \"off@3x\": \"3x\" is no time; write 3s, 250ms, 2.5s or 5min");
    CHECK(complaint("--image f --onts 4 --fault 4:deaf") == "--fault \"4:deaf\": ONU-ID: \"4\" is not from 0 to 3");
}

TEST_CASE("simulate options: what is out of range, unknown, missing or twice is refused by name") {
    struct Row {
        const char* line;
        const char* says;
    };
    for (const Row& row :
         std::vector<Row>{{"", "--image"},
                          {"fw.bin", "--image"},
                          {"--image", "--image"},
                          {"--image=", "--image"},
                          {"--image a --image b", "--image"},
                          {"--imag a", "--imag"},
                          {"--image f --onts 0", "--onts: \"0\" is not from 1 to 128"},
                          {"--image f --onts 129", "--onts: \"129\" is not from 1 to 128"},
                          {"--image f --onts many", "--onts: \"many\" is no whole number"},
                          {"--image f --pons 0", "--pons"},
                          {"--image f --pons 17", "--pons"},
                          {"--image f --window 0", "--window: \"0\" is not from 1 to 256"},
                          {"--image f --window 257", "--window: \"257\" is not from 1 to 256"},
                          {"--image f --mode broadcast", "--mode: \"broadcast\" is not one of lockstep, unicast"},
                          {"--image f --close none", "--close"},
                          {"--image f --message-set both", "--message-set"},
                          {"--image f --standby 2", "--standby"},
                          {"--image f --loss 1.5", "--loss: \"1.5\" is more than 1"},
                          {"--image f --upstream-loss x", "--upstream-loss"},
                          {"--image f --rate 0", "--rate"},
                          {"--image f --distance-km 20-0", "--distance-km"},
                          {"--image f --seed -1", "--seed"},
                          {"--image f --version 123456789012345", "--version"},
                          {"--image f --version \x01", "--version"},
                          {"--image f --pcap -", "--pcap"},
                          {"--image f --pcap a --json a", "--pcap and --json"},
                          {"--image f --mode unicast --close shared", "--close shared contradicts --mode unicast"},
                          {"--image f --seeds 1-2", "--seeds"},
                          {"--image f --quiet=yes", "--quiet"},
                          {"--image f --no-such-flag", "--no-such-flag"},
                          {"--hunt", "--seeds"},
                          {"--hunt --seeds 2-1", "--seeds"},
                          {"--hunt --seeds 1-2 --image f", "--image contradicts --hunt"},
                          {"--hunt --seeds 1-2 --loss 0", "--loss contradicts --hunt"},
                          {"--hunt --seeds 1-2 --no-commit", "--no-commit contradicts --hunt"},
                          {"--hunt --seeds 1-2 --pcap a", "--pcap"},
                          {"--hunt --seeds 1-2 --json a", "--json"}}) {
        CAPTURE(row.line);
        const std::string said = complaint(row.line);
        CAPTURE(said);
        CHECK(said.find(row.says) != std::string::npos);
        CHECK(said.find('\n') == std::string::npos);
    }
}

TEST_CASE("simulate options: a hunt has seeds, and one world may be recorded") {
    CHECK(parse("--hunt --seeds 1-500").hunt == tools::Range<std::uint64_t>{1, 500});
    const SimulateOptions one = parse("--hunt --seeds 17 --pcap a.pcap --json a.json");
    CHECK(one.hunt == tools::Range<std::uint64_t>{17, 17});
    CHECK(one.pcap == "a.pcap");
    CHECK(one.json == "a.json");
}

TEST_CASE("simulate options: the help names every option and every fault") {
    CHECK(parse("--help").help);
    const std::string help = tools::simulate_help();
    for (const char* word : {"--onts",          "--image",       "--pons",        "--mode",
                             "--close",         "--message-set", "--window",      "--loss",
                             "--upstream-loss", "--rate",        "--distance-km", "--seed ",
                             "--standby",       "--no-commit",   "--version",     "--fault",
                             "--pcap",          "--json",        "--quiet",       "--hunt",
                             "--seeds",         "off@",          "on@",           "s4",
                             "window=",         "busy=",         "deaf",          "bad-boot",
                             "loss=",           "slow="}) {
        CAPTURE(word);
        CHECK(help.find(word) != std::string::npos);
    }
}

TEST_CASE("simulate options: packages have options and faults of their own") {
    const auto options = parse(
        "--image f --ca a.pem --ca b.pem --crl c.pem --require 2 --old-ca d.pem --block-buffer off "
        "--fault 1:wrong-product --fault 2:full-slot --fault 3:old-ca --fault 4:high-counter --fault 5:small-head "
        "--fault 6:tamper --fault 7:tamper=2");
    CHECK(options.trust.trust.anchors == std::vector<std::string>{"a.pem", "b.pem"});
    CHECK(options.trust.trust.revocations == std::vector<std::string>{"c.pem"});
    CHECK(options.trust.trust.signers_min == 2);
    CHECK(options.trust.old_anchors == "d.pem");
    CHECK_FALSE(options.trust.block_buffer);
    const auto& faults = options.world.faults;
    REQUIRE(faults.size() == 7);
    CHECK(faults[0].wrong_product);
    CHECK(faults[1].small_slot);
    CHECK(faults[2].old_anchor);
    CHECK(faults[3].high_counter);
    CHECK(faults[4].small_head);
    CHECK(faults[5].tamper == 0);
    CHECK(faults[6].tamper == 2);
    CHECK(parse("--image f").trust.block_buffer);
    CHECK_FALSE(parse("--image f").trust.trust.given());
    for (const char* wrong : {"--image f --require 2", "--image f --crl c.pem", "--image f --ca a --require 0",
                              "--image f --ca a --block-buffer maybe", "--image f --fault 1:tamper,tamper=2",
                              "--image f --fault 1:tamper=0", "--hunt --seeds 1-2 --ca a.pem"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(parse(wrong), tools::UsageError);
    }
}
