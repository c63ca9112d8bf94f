// SPDX-License-Identifier: Apache-2.0
// "omcast status", "activate", "commit" and "abort" against handlers that ship, over UDP on the loopback.
#include <doctest/doctest.h>

#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "omci/frame.h"
#include "omci/software_download.h"
#include "tests/temporary_folder.h"
#include "tests/tools/ont_thread.h"
#include "tools/conversation.h"
#include "tools/steps.h"
#include "tools/upgrade.h"
#include "tools/upgrade/step_report.h"

namespace {

using namespace std::chrono_literals;
using tests::OntMade;
using tests::OntThread;

struct Ran {
    int status = -1;
    boost::json::object json;

    const boost::json::object& ont(std::size_t i) const { return json.at("onts").as_array().at(i).as_object(); }
    std::string outcome(std::size_t i) const { return std::string{ont(i).at("outcome").as_string()}; }
    const boost::json::object& image(std::size_t i, const char* when, std::size_t image) const {
        return ont(i).at(when).as_array().at(image).as_object();
    }
};

Ran run(int (*command)(int, char**), const OntThread& onts, const std::string& ids,
        std::vector<std::string> more = {}) {
    const tests::TemporaryFolder folder;
    std::vector<std::string> words{"omcast",  "--link", onts.link(),        "--onts",        ids,
                                   "--quiet", "--json", folder.file("out"), "--answer-time", "900ms"};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    Ran ran;
    ran.status = command(static_cast<int>(arguments.size()), arguments.data());
    ran.json = boost::json::parse(tests::read_text(folder.file("out"))).as_object();
    return ran;
}

void store_image(const OntThread& onts, const std::string& ids) {
    const tests::TemporaryFolder folder;
    const std::string image = folder.write("fw.bin", std::string(3'000, 'x'));
    REQUIRE(run(tools::upgrade_command, onts, ids, {"--image", image, "--no-activate"}).status == 0);
}

std::uint8_t action_of(omci::Octets frame) {
    const auto read = omci::read_frame(frame);
    return read ? static_cast<std::uint8_t>(read->header.action) : std::uint8_t{0};
}

}  // namespace

TEST_CASE("steps: status tells what each ONT holds, and which cannot be read") {
    OntThread onts{{{.serial = 1, .product_code = "X1"}, {.serial = 2, .omcc_version = 0xA2}}};
    store_image(onts, "0");
    const Ran ran = run(tools::status_command, onts, "0-2");
    CHECK(ran.status == 1);
    CHECK(ran.json.at("result") == "partial");
    CHECK(ran.ont(0).at("serial") == "OMCT00000001");
    CHECK(ran.ont(0).at("omcc_version") == 0xB4);
    CHECK(ran.ont(1).at("omcc_version") == 0xA2);
    CHECK(ran.image(0, "images", 0).at("version") == "OLD");
    CHECK(ran.image(0, "images", 0).at("active") == true);
    CHECK(ran.image(0, "images", 0).at("product_code") == "X1");
    CHECK(ran.image(0, "images", 1).at("valid") == true);
    CHECK(ran.image(0, "images", 1).at("hash").as_string().size() == 32);
    CHECK_FALSE(ran.image(1, "images", 0).contains("product_code"));  // answered with 9, which is no failure
    CHECK(ran.image(1, "images", 1).at("valid") == false);
    CHECK(ran.ont(2).at("reason") == "does not answer");
}

TEST_CASE("steps: activate and commit, each with a look before and after") {
    OntThread onts{{{.serial = 1}, {.serial = 2}}};
    store_image(onts, "0");
    const Ran activated = run(tools::activate_command, onts, "0,1", {"--wait", "4s"});
    CHECK(activated.status == 1);
    CHECK(activated.outcome(0) == "active");
    CHECK(activated.ont(0).at("instance") == 1);
    CHECK(activated.image(0, "before", 0).at("active") == true);
    CHECK(activated.image(0, "after", 1).at("active") == true);
    CHECK(activated.image(0, "after", 1).at("committed") == false);
    CHECK(activated.outcome(1) == "image 1 is not valid");
    CHECK(onts.image(0, 1).active);

    const Ran again = run(tools::activate_command, onts, "0");
    CHECK(again.status == 1);
    CHECK(again.outcome(0) == "image 1 is active and not committed: name the one to activate with --image");
    CHECK(run(tools::activate_command, onts, "0", {"--image", "1"}).outcome(0) == "active already");

    const Ran committed = run(tools::commit_command, onts, "0,1");
    CHECK(committed.status == 0);
    CHECK(committed.outcome(0) == "committed");
    CHECK(committed.image(0, "after", 1).at("committed") == true);
    CHECK(committed.outcome(1) == "committed already");
    CHECK(onts.image(0, 1).committed);
}

TEST_CASE("steps: an Activate whose answer is lost is not sent again") {
    std::atomic<unsigned> activates{0};
    OntThread onts{{{.serial = 1}}, [&](bool downstream, const olt::Address&, omci::Octets frame) {
                       if (action_of(frame) != static_cast<std::uint8_t>(omci::Action::activate_software)) return true;
                       activates += downstream;
                       return downstream;
                   }};
    store_image(onts, "0");
    const Ran ran = run(tools::activate_command, onts, "0", {"--wait", "4s"});
    CHECK(ran.status == 0);
    CHECK(ran.outcome(0) == "active");
    CHECK(activates == 1);
}

TEST_CASE("steps: an ONT that does not come back is waited for no longer than was said") {
    std::atomic<bool> gone{false};
    OntThread onts{
        {{.serial = 1}}, [&](bool downstream, const olt::Address&, omci::Octets frame) {
            if (action_of(frame) == static_cast<std::uint8_t>(omci::Action::activate_software) && !downstream)
                gone = true;
            return !gone;
        }};
    store_image(onts, "0");
    const Ran ran = run(tools::activate_command, onts, "0", {"--wait", "300ms"});
    CHECK(ran.status == 1);
    CHECK(ran.outcome(0) == "did not come back within 0.300 s");
}

TEST_CASE("steps: abort ends a download, and means nothing to an ONT that has none") {
    OntThread onts{{{.serial = 1}, {.serial = 2}}};
    {
        tools::Loop loop;
        tools::Link link{loop, tools::parse_link(onts.link(), "", ""), tools::LinkEnd::olt, 0, 1};
        tools::Conversation conversation{link, 77};
        const auto answer = conversation.ask(
            {0, 0}, omci::Action::start_software_download, omci::MessageSet::baseline, omci::MeClass::software_image,
            omci::image_instance(1),
            omci::StartRequest{
                .last_section = 31, .image_octets = 5'000, .targets = omci::TargetList::one(omci::image_instance(1))});
        REQUIRE(answer);
        REQUIRE(omci::read_message<omci::StartResponse>(answer->frame())->result == omci::ResultCode::success);
    }
    const Ran ran = run(tools::abort_command, onts, "0,1");
    CHECK(ran.status == 0);
    CHECK(ran.outcome(0) == "ended, answer 1 (command processing error)");
    CHECK(ran.outcome(1) == ran.outcome(0));
    CHECK(ran.image(0, "after", 1).at("valid") == false);
    CHECK(run(tools::abort_command, onts, "0", {"--image", "0"}).outcome(0) ==
          "image 0 is active: nothing is downloaded to it");
}

TEST_CASE("steps: tables fit people") {
    tools::OntSeen good, silent;
    good.serial.emplace().octets = {'O', 'M', 'C', 'T', 0, 0, 0, 1};
    good.omcc_version = 0xB4;
    good.images[0].emplace().state = {omci::make_version("v1"), true, true, true};
    good.images[1].emplace().state = {omci::Version{}, false, false, true};
    silent.onu = {0, 5};
    silent.trouble = "does not answer";
    const std::vector<tools::OntSeen> onts{good, silent};
    CHECK(tools::status_table(onts) ==
          "ONU-ID  serial        OMCC  image  version          active  committed  valid  product code  hash\n"
          "0       OMCT00000001  0xB4  0      v1               active  committed  valid  -             -\n"
          "                            1      -                -       -          valid  -             -\n"
          "5       -             -     -      does not answer\n");
    CHECK(tools::status_shortfall(onts) == "1 of 2 ONTs cannot be read: 5 (does not answer)");
    const std::vector<tools::StepEnd> ends{{good, good, std::uint8_t{1}, true, "active"},
                                           {silent, silent, {}, false, "does not answer"}};
    CHECK(tools::step_table(ends) ==
          "ONU-ID  serial        image  before        after         outcome\n"
          "0       OMCT00000001  1      0 ACV, 1 --V  0 ACV, 1 --V  active\n"
          "5       -             -      -             -             does not answer\n"
          "A active, C committed, V valid\n");
    CHECK(tools::step_shortfall(tools::Step::activate, ends) == "1 of 2 ONTs not activated: 5 (does not answer)");
}
