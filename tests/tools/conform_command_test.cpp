// SPDX-License-Identifier: Apache-2.0
// "omcast conform" as a command: its options, what it writes, and a run over UDP.
#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "tests/temporary_folder.h"
#include "tests/tools/ont_thread.h"
#include "tools/conform.h"
#include "tools/conform/options.h"
#include "tools/conform/report.h"
#include "tools/usage.h"

using namespace std::chrono_literals;
using namespace tools::conform;

namespace {

Options parse(std::vector<const char*> words) {
    words.insert(words.begin(), "conform");
    return parse_options(static_cast<int>(words.size()), words.data());
}

/// The sentence about options that stand behind a good link and ONU-ID.
std::string complaint(std::vector<const char*> words) {
    words.insert(words.begin(), {"--link", "udp:127.0.0.1:4000", "--onu-id", "3"});
    try {
        parse(words);
    } catch (const tools::UsageError& error) {
        return error.what();
    }
    return "";
}

int run(std::vector<std::string> words) {
    words.insert(words.begin(), "conform");
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    return tools::conform_command(static_cast<int>(arguments.size()), arguments.data());
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("conform options: what is given is read, the rest has its defaults") {
    const Options options = parse({"--link", "udp:127.0.0.1:4000", "--onu-id", "7", "--case", "abort,window-16",
                                   "--message-set", "extended", "--answer-time", "250ms", "--pace", "20000"});
    CHECK(options.onu_id == 7);
    CHECK(options.selection.names == std::set<std::string>{"abort", "window-16"});
    CHECK_FALSE(options.selection.baseline);
    CHECK(options.selection.extended);
    CHECK_FALSE(options.selection.destructive);
    CHECK(options.settings.answer_time == 250ms);
    CHECK(options.settings.reboot_wait == 180s);
    CHECK(options.settings.pace == 20'000);
    CHECK(options.settings.rate_max == 20'000);  // not below the pace
    CHECK(parse({"--list"}).list);
}

TEST_CASE("conform options: wrong usage is named") {
    CHECK_THROWS_WITH_AS(parse({"--onu-id", "1"}), "conform needs --link LINK", tools::UsageError);
    CHECK_THROWS_WITH_AS(parse({"--link", "udp:127.0.0.1:4000"}), "conform needs --onu-id N", tools::UsageError);
    CHECK(complaint({}) == "");
    CHECK(complaint({"--case", "abort,nonsense"}) == "--case: \"nonsense\" is no case; --list names them");
    CHECK(complaint({"--case", "activate-commit"}) == "--case: activate-commit runs with --destructive only");
    CHECK(complaint({"--case", "priority-bit", "--message-set", "extended"}) ==
          "--case: priority-bit does not run in the --message-set given");
    CHECK(complaint({"--destructive"}) == "--destructive needs --image FILE: what is activated must be able to boot");
    CHECK(complaint({"--answer-time", "0s"}) == "--answer-time: must be more than 0");
    CHECK(contains(complaint({"--pace", "0"}), "--pace"));
    CHECK(contains(complaint({"--pace", "5000", "--rate-max", "4000"}), "--rate-max"));
    CHECK(complaint({"--json", "x", "--junit", "x"}) == "--json and --junit name the same file, x");
    CHECK(complaint({"--junit", "-"}) == "--junit: only --json goes to the standard output");
    CHECK(contains(complaint({"--message-set", "both", "extra"}), "takes options only"));
}

TEST_CASE("conform: --help names every bound, --list every case") {
    for (const char* bound :
         {"--answer-time", "--store-time", "--reboot-wait", "--gone-wait", "--guard-max", "--rate-max"})
        CHECK(contains(help_text(), bound));
    for (const Case& one : cases()) CHECK(contains(list_text(), one.name));
}

TEST_CASE("conform: JUnit XML says what failed, and nothing in it breaks the XML") {
    constexpr Case must{"must", "G.988 <B.2>", Level::mandatory, false, Scope::sets, nullptr, ""};
    constexpr Case may{"may", "open", Level::optional, false, Scope::sets, nullptr, ""};
    Outcome outcome;
    outcome.results = {{&must, Variant::baseline, Verdict::fail, "expected \"1\" & <2>,\ncame '\x07\xFF'", 1500ms},
                       {&may, Variant::extended, Verdict::fail, "other", 0ms},
                       {&may, Variant::baseline, Verdict::not_applicable, "no port", 0ms},
                       {&must, Variant::extended_33, Verdict::pass, "fine", 2ms}};
    CHECK_FALSE(outcome.good());

    tools::Loop loop;
    tools::Link link{loop, tools::parse_link("udp:127.0.0.1:4000", "", ""), tools::LinkEnd::olt, 3, 1};
    tools::Conversation talk{link, 1};
    Bench bench{talk, {0, 3}, {}, true};
    const std::string xml = junit_text(outcome, bench, {"udp:127.0.0.1:4000", 3, false});
    CHECK(contains(xml,
                   "<testsuite name=\"omcast conform, ONU-ID 3\" tests=\"4\" failures=\"1\" errors=\"0\" "
                   "skipped=\"2\" time=\"1.502\">"));
    CHECK(contains(xml,
                   "<testcase classname=\"conform.baseline\" name=\"must\" time=\"1.500\"><failure "
                   "message=\"expected &quot;1&quot; &amp; &lt;2&gt;,&#10;came &apos;??&apos;\" "
                   "type=\"G.988 &lt;B.2&gt;\">"));
    CHECK(contains(xml, "<skipped message=\"optional, failed: other\"/>"));
    CHECK(contains(xml, "<skipped message=\"no port\"/>"));
    CHECK(contains(xml, "name=\"must\" time=\"0.002\"><system-out>fine</system-out></testcase>"));
    CHECK(contains(summary(outcome), "1 passed, 1 failed, 1 optional ones failed, 1 not applicable"));
    CHECK(shortfall(outcome, {"", 3, false}) == "ONU-ID 3: failed must (baseline)");
    outcome.results.erase(outcome.results.begin());
    CHECK(outcome.good());
    outcome.ended_early = "interrupted";
    CHECK_FALSE(outcome.good());
}

TEST_CASE("conform: a run over UDP against the daemon's ONT, and the files it leaves") {
    const tests::OntThread onts{{tests::OntMade{}}};
    const tests::TemporaryFolder folder;
    // Without the cases that wait for silence: real time passes here.
    const std::string names =
        "state-attributes,window-16,window-64,section-missing,close-repeated,abort,repeats,"
        "biggest-window,shared-port,shared-close,section-rate,unknown-class";
    REQUIRE(run({"--link", onts.link(), "--onu-id", "0", "--case", names, "--pace", "50000", "--rate-max", "50000",
                 "--answer-time", "5s", "--quiet", "--json", folder.file("j"), "--junit", folder.file("x"),
                 "--profile-out", folder.file("p")}) == 0);
    const auto report = boost::json::parse(tests::read_text(folder.file("j"))).as_object();
    CHECK(report.at("conforms").as_bool());
    CHECK(report.at("failed").to_number<int>() == 0);
    CHECK(report.at("not_applicable").to_number<int>() == 0);
    CHECK(report.at("cases").as_array().size() == 2 * 10 + 2 + 3 + 1);
    CHECK(contains(tests::read_text(folder.file("x")), "failures=\"0\""));
    const tools::Profile profile = tools::load_profile(folder.file("p"));
    CHECK(profile.extended == true);
    CHECK(profile.hears_shared == true);
    CHECK(profile.close == olt::Close::shared);
    CHECK(profile.repeats == true);
}

TEST_CASE("conform: an ONT that never answers is one sentence") {
    const tests::OntThread onts{{tests::OntMade{}}};
    CHECK_THROWS_WITH(run({"--link", onts.link(), "--onu-id", "9", "--answer-time", "20ms", "--quiet"}),
                      "ONU-ID 9: Get of image 0: expected an answer within 0.020 s, came none, asked 3 times");
}
