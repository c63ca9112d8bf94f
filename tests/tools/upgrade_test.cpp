// SPDX-License-Identifier: Apache-2.0
// "omcast upgrade" and its steps against handlers that ship, over UDP on the loopback: whole commands, in this process.
#include "tools/upgrade.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include "omci/frame.h"
#include "omci/software_download.h"
#include "tests/temporary_folder.h"
#include "tests/tools/ont_thread.h"
#include "tools/conversation.h"
#include "tools/steps.h"

namespace {

using namespace std::chrono_literals;
using Command = int (*)(int, char**);
using tests::OntMade;
using tests::OntThread;

/// A command's exit status and its JSON.
struct Ran {
    int status = -1;
    boost::json::object json;

    const boost::json::object& ont(std::size_t i) const { return json.at("onts").as_array().at(i).as_object(); }
    std::string text(std::size_t i, const char* key) const { return std::string{ont(i).at(key).as_string()}; }
};

Ran run(Command command, std::vector<std::string> words) {
    const tests::TemporaryFolder folder;
    words.insert(words.begin(), "omcast");
    words.insert(words.end(), {"--quiet", "--json", folder.file("out")});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    Ran ran;
    ran.status = command(static_cast<int>(arguments.size()), arguments.data());
    ran.json = boost::json::parse(tests::read_text(folder.file("out"))).as_object();
    return ran;
}

/// A file with a few windows of any octets.
std::string image_in(const tests::TemporaryFolder& folder, std::size_t octets = 20'000) {
    std::string image(octets, '\0');
    for (std::size_t i = 0; i < octets; ++i) image[i] = static_cast<char>(i * 131 >> 3);
    return folder.write("fw.bin", image);
}

std::vector<OntMade> four() { return {{.serial = 1}, {.serial = 2}, {.serial = 3}, {.serial = 4}}; }

bool is(omci::Octets octets, omci::Action action) {
    const auto frame = omci::read_frame(octets);
    return frame && frame->header.action == action;
}

}  // namespace

TEST_CASE("upgrade: four ONTs run the image, and a second run finds nothing to do") {
    const tests::TemporaryFolder folder;
    const std::string image = image_in(folder);
    OntThread onts{four()};
    const std::vector<std::string> words{"--link", onts.link(), "--onts", "0-3",           "--image",
                                         image,    "--version", "NEW",    "--reboot-wait", "4s"};
    const Ran first = run(tools::upgrade_command, words);
    CHECK(first.status == 0);
    CHECK(first.json.at("result") == "done");
    CHECK(first.json.at("stopped") == false);
    CHECK(first.json.at("message_set") == "extended");
    for (const char* key : {"image_octets",    "pass_octets",      "downstream_octets", "shared_octets",
                            "repair_octets",   "unicast_octets",   "control_octets",    "upstream_octets",
                            "overhead",        "times_fewer",      "sections",          "sections_per_second",
                            "sending_seconds", "transfer_seconds", "wall_seconds",      "cpu_seconds",
                            "memory_octets",   "frames_sent",      "frames_received",   "bad_checks",
                            "unreadable",      "not_sent",         "foreign_frames"}) {
        CAPTURE(key);
        CHECK(first.json.at(key).is_number());
    }
    REQUIRE(first.json.at("groups").as_array().size() == 1);
    CHECK(first.json.at("groups").as_array()[0].as_object().at("upgraded") == 4);
    for (std::uint16_t i = 0; i < 4; ++i) {
        CAPTURE(i);
        CHECK(first.text(i, "result") == "upgraded");
        CHECK(first.text(i, "serial") == "OMCT0000000" + std::to_string(i + 1));
        CHECK(first.ont(i).at("onu_id") == i);
        CHECK(first.ont(i).at("active") == true);
        CHECK(first.ont(i).at("committed") == true);
        const auto state = onts.image(i, 1);
        CHECK(state.active);
        CHECK(state.committed);
    }

    const Ran second = run(tools::upgrade_command, words);
    CHECK(second.status == 0);
    CHECK(second.text(3, "result") == "up to date");
    CHECK(second.json.at("sections") == 0);
}

TEST_CASE("upgrade: whoever does not answer or shares a serial number is left out, and the others are served") {
    const tests::TemporaryFolder folder;
    OntThread onts{{{.serial = 1}, {.serial = 7}, {.serial = 3, .omcc_version = 0xA2}, {.serial = 7}}};
    const Ran ran = run(tools::upgrade_command, {"--link", onts.link(false), "--onts", "0-4", "--image",
                                                 image_in(folder, 3'000), "--no-activate", "--answer-time", "600ms"});
    CHECK(ran.status == 1);
    CHECK(ran.json.at("result") == "partial");
    CHECK(ran.text(0, "result") == "held");
    CHECK(ran.text(2, "result") == "held");
    CHECK(ran.text(1, "reason") == "ONU-IDs 1, 3 show the same serial number, OMCT00000007");
    CHECK(ran.text(3, "reason") == ran.text(1, "reason"));
    CHECK(ran.text(4, "reason") == "does not answer");
    CHECK(ran.ont(4).at("serial").is_null());
    CHECK(ran.json.at("groups").as_array().empty());
    CHECK(onts.image(0, 1).valid);
    CHECK(onts.image(2, 1).valid);
    CHECK_FALSE(onts.image(1, 1).valid);
    CHECK_FALSE(onts.image(0, 1).active);
}

TEST_CASE("upgrade: frames keyed per ONU go to each ONT alone") {
    const tests::TemporaryFolder folder;
    const std::string check = "cmac:" + folder.write("keys", "184b8ad4d1ac4af4dd4b339ecc0d3370\n");
    OntThread onts{{{.serial = 1}, {.serial = 2}}, {}, check};
    const Ran ran = run(tools::upgrade_command, {"--link", onts.link(), "--check", check, "--onts", "0,1", "--image",
                                                 image_in(folder, 3'000), "--no-activate"});
    CHECK(ran.status == 0);
    CHECK(ran.json.at("shared_octets") == 0);
    CHECK(ran.text(0, "alone") == "");
    CHECK(onts.image(1, 1).valid);
}

TEST_CASE("upgrade: Ctrl-C ends the downloads under way and is reported") {
    const tests::TemporaryFolder folder;
    std::atomic<unsigned> sections{0}, aborts{0};
    OntThread onts{four(), [&](bool downstream, const olt::Address&, omci::Octets frame) {
                       if (!downstream) return true;
                       if (is(frame, omci::Action::download_section) && ++sections == 100) ::kill(::getpid(), SIGINT);
                       const auto read = omci::read_frame(frame);
                       const auto end = omci::read_message<omci::EndRequest>(*read);
                       if (end && end->is_abort()) ++aborts;
                       return true;
                   }};
    const Ran ran = run(tools::upgrade_command, {"--link", onts.link(), "--onts", "0-3", "--image",
                                                 image_in(folder, 500'000), "--message-set", "baseline"});
    CHECK(ran.status == 1);
    CHECK(ran.json.at("stopped") == true);
    CHECK(ran.json.at("result") == "failed");
    CHECK(aborts == 4);
    for (std::uint16_t i = 0; i < 4; ++i) {
        CHECK(ran.text(i, "result") == "aborted");
        CHECK(ran.text(i, "reason") == "stopped by the operator");
        CHECK_FALSE(onts.image(i, 1).valid);
    }
}

TEST_CASE("upgrade: where nobody answers one sentence says so") {
    const tests::TemporaryFolder folder;
    OntThread onts{{{.serial = 1}}, [](bool, const olt::Address&, omci::Octets) { return false; }};
    const std::vector<std::string> words{"--link", onts.link(false), "--onts", "0-2", "--answer-time", "60ms"};
    std::vector<std::string> with_image = words;
    with_image.insert(with_image.end(), {"--image", image_in(folder)});
    const std::string said = onts.link(false) + ": none of the 3 ONTs answers, ONU-IDs 0-2";
    CHECK_THROWS_WITH_AS(run(tools::upgrade_command, with_image), said.c_str(), std::runtime_error);
    CHECK_THROWS_WITH_AS(run(tools::status_command, words), said.c_str(), std::runtime_error);
}

TEST_CASE("upgrade: what a file or a link denies is one sentence") {
    const tests::TemporaryFolder folder;
    const std::string image = image_in(folder);
    CHECK_THROWS_WITH(run(tools::upgrade_command, {"--link", "udp:127.0.0.1:9", "--onts", "0", "--image", "/none"}),
                      "image /none: No such file or directory");
    CHECK_THROWS_WITH(run(tools::upgrade_command,
                          {"--link", "udp:127.0.0.1:9", "--onts", "0", "--image", image, "--profile", "/none"}),
                      "profile /none: No such file or directory");
    CHECK_THROWS_WITH(
        run(tools::upgrade_command, {"--link", "udp:127.0.0.1:9", "--onts", "0", "--image", image, "--capture", image}),
        ("--capture: " + image + " is the image itself").c_str());
}
