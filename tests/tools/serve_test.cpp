// SPDX-License-Identifier: Apache-2.0
// "omcast simulate --serve": what may be asked of it, what it reports, and an OLT over UDP that upgrades one ONT.
#include "tools/simulate/serve.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "omci/crc32.h"
#include "omci/message.h"
#include "omci/mib_messages.h"
#include "omci/software_download.h"
#include "tests/temporary_folder.h"
#include "tests/tools/free_ports.h"
#include "tests/tools/run_command.h"
#include "tools/conversation.h"
#include "tools/simulate/serve_report.h"
#include "tools/usage.h"

namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

std::string complaint(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "simulate");
    try {
        tools::parse_simulate_options(static_cast<int>(arguments.size()), arguments.data());
    } catch (const tools::UsageError& error) {
        return error.what();
    }
    return "";
}

/// The command, serving in a process of its own until it is told to end.
class Served {
public:
    explicit Served(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {OMCAST, "simulate"});
        child_ = ::fork();
        REQUIRE(child_ >= 0);
        if (child_ > 0) return;
        std::vector<char*> words;
        for (std::string& argument : arguments) words.push_back(argument.data());
        words.push_back(nullptr);
        ::execv(words[0], words.data());
        ::_exit(127);
    }
    ~Served() {
        if (child_ > 0) end(SIGKILL);
    }
    Served(const Served&) = delete;
    Served& operator=(const Served&) = delete;

    /// Its exit status; -1 if the signal ended it.
    int end(int signal) {
        ::kill(child_, signal);
        int state = 0;
        ::waitpid(child_, &state, 0);
        child_ = 0;
        return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    }

private:
    pid_t child_ = 0;
};

/// An OLT that does one thing after the other, and asks for as long as a slow machine may take.
struct Olt {
    explicit Olt(const std::string& link_text)
        : link{loop, tools::parse_link(link_text, "", ""), tools::LinkEnd::olt, 0, 3} {}

    template <typename Message>
    std::vector<std::uint8_t> ask(std::uint16_t onu_id, const Message& message, tools::Patience patience = patient) {
        const auto heard = talk.ask({link.pon(), onu_id}, Message::action, omci::MessageSet::baseline,
                                    omci::MeClass::software_image, omci::image_instance(1), message, patience);
        return heard ? heard->octets : std::vector<std::uint8_t>{};
    }
    template <typename Message>
    std::optional<std::uint8_t> result(std::uint16_t onu_id, const Message& message) {
        const auto octets = ask(onu_id, message);
        if (octets.size() < 9) return std::nullopt;
        return octets[8];
    }
    omci::SoftwareImage image(std::uint16_t onu_id) {
        const auto octets = ask(onu_id, omci::GetRequest{omci::AttributeMask{omci::software_image::state}});
        const auto frame = omci::read_frame(octets);
        REQUIRE(frame);
        const auto got = omci::read_message<omci::GetResponse>(*frame);
        REQUIRE(got);
        return omci::SoftwareImage::from_values(got->values);
    }
    /// Sections of one window to the shared port, closed on the ONT's own OMCC.
    std::optional<std::uint8_t> window(std::uint16_t onu_id, std::span<const std::uint8_t> image) {
        for (std::size_t at = 0, number = 0;; at += 31, ++number) {
            const bool last = at + 31 >= image.size();
            const omci::SectionRequest section{static_cast<std::uint8_t>(number),
                                               image.subspan(at, std::min<std::size_t>(31, image.size() - at))};
            if (last) {
                talk.rest_until(link.now() + 20ms);  // two ports are two queues
                return result(onu_id, section);
            }
            const auto question = talk.question(olt::Address::shared(link.pon()), omci::Action::download_section,
                                                omci::MessageSet::baseline, omci::MeClass::software_image,
                                                omci::image_instance(1), section, false);
            talk.send(question.to, question.octets);
        }
    }

    static constexpr tools::Patience patient{200ms, 100};

    tools::Loop loop;
    tools::Link link;
    tools::Conversation talk{link, 1};
};

}  // namespace

TEST_CASE("serve: what belongs to the OLT's campaign is refused, and a link that cannot be read") {
    struct Row {
        std::vector<const char*> arguments;
        const char* words;
    };
    for (const Row& row : {
             Row{{"--serve", "udp:127.0.0.1:5000", "--mode", "unicast"}, "--mode contradicts --serve"},
             Row{{"--serve", "udp:127.0.0.1:5000", "--rate", "10M"}, "--rate contradicts --serve"},
             Row{{"--serve", "udp:127.0.0.1:5000", "--no-commit"}, "--no-commit contradicts --serve"},
             Row{{"--serve", "udp:127.0.0.1:5000", "--pons", "2"}, "--pons contradicts --serve"},
             Row{{"--serve", "udp:127.0.0.1:5000", "--pcap", "x"}, "--capture FILE"},
             Row{{"--serve", "udp:127.0.0.1:5000", "--version", "x"}, "--version needs --image"},
             Row{{"--serve", "udp:127.0.0.1:5000", "--duration", "0s"}, "--duration: 0"},
             Row{{"--serve", "udp:127.0.0.1:5000", "--duration", "3"}, "--duration"},
             Row{{"--serve", "udp:127.0.0.1:5000", "--reboot-time", "5s-1s"}, "ends before it begins"},
             Row{{"--serve", "udp:127.0.0.1:5000", "--hunt", "--seeds", "1"}, "--serve contradicts --hunt"},
             Row{{"--serve", "smoke:127.0.0.1"}, "--serve: \"smoke:127.0.0.1\""},
             Row{{"--serve", "udp:127.0.0.1"}, "has no port"},
             Row{{"--image", "x", "--duration", "3s"}, "--duration belongs to --serve"},
             Row{{"--image", "x", "--check", "crc"}, "--check belongs to --serve"},
         }) {
        const std::string said = complaint(row.arguments);
        CAPTURE(said);
        CHECK(said.find(row.words) != std::string::npos);
    }
    CHECK(complaint({"--serve", "udp:127.0.0.1:5000", "--reboot-time", "1s", "--loss", "0.1", "--baseline-only"})
              .empty());
}

TEST_CASE("serve: a port in use and a file that cannot be written are told in one sentence") {
    boost::asio::io_context context;
    boost::asio::ip::udp::socket taken{context, {boost::asio::ip::address_v4::loopback(), 0}};
    const auto port = std::to_string(taken.local_endpoint().port());
    const auto ran = tests::omcast("simulate --onts 1 --duration 1s --serve udp:127.0.0.1:" + port);
    CHECK(ran.status == 1);
    CHECK(ran.errors.find("in use") != std::string::npos);
    CHECK(tests::lines(ran.errors) == 1);
}

TEST_CASE("serve: its time over, it ends by itself and says what the ONTs hold") {
    const auto ran = tests::omcast("simulate --onts 3 --duration 50ms --standby 0 --serve udp:127.0.0.1:" +
                                   std::to_string(tests::free_ports(3)));
    CHECK(ran.status == 0);
    CHECK(ran.errors.empty());
    CHECK(ran.out.find("runs image 1 FACTORY1-1.0, committed") != std::string::npos);
}

TEST_CASE("serve: an OLT over UDP brings an image that nobody knew, and the ONT runs it") {
    const tests::TemporaryFolder folder;
    const std::uint16_t port = tests::free_ports(4);
    const std::string link =
        "udp:127.0.0.1:" + std::to_string(port) + ",shared=127.0.0.1:" + std::to_string(port + 3) + ",pon=2";
    Served served{{"--serve", link, "--onts", "3", "--reboot-time", "100ms-300ms", "--fault", "1:deaf", "--quiet",
                   "--json", folder.file("report.json")}};
    Olt olt{link};
    CHECK(!olt.image(2).active);
    CHECK(!olt.image(0).active);

    std::vector<std::uint8_t> image(1'000);
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    const auto octets = static_cast<std::uint32_t>(image.size());
    const auto target = omci::TargetList::one(omci::image_instance(1));
    for (const std::uint16_t onu_id : {std::uint16_t{0}, std::uint16_t{1}})
        CHECK(olt.result(onu_id, omci::StartRequest{255, octets, target}) == 0);
    std::optional<std::uint8_t> accepted = 6;
    for (int tries = 0; tries < 20 && accepted != 0; ++tries) accepted = olt.window(0, image);
    CHECK(accepted == 0);
    CHECK(olt.window(1, image) == 1);  // deaf: but for the close it heard nothing
    std::optional<std::uint8_t> ended = 6;
    for (int polls = 0; polls < 100 && ended == 6; ++polls)
        ended = olt.result(0, omci::EndRequest{omci::ImageCrc{omci::crc32(image)}, octets, target});
    CHECK(ended == 0);
    CHECK(olt.result(0, omci::ActivateRequest{}) == 0);
    bool active = false;
    for (int looks = 0; looks < 100 && !active; ++looks) {
        olt.talk.rest_until(olt.link.now() + 50ms);
        active = olt.image(0).active;
    }
    CHECK(active);
    CHECK(olt.result(0, omci::CommitRequest{}) == 0);

    CHECK(served.end(SIGINT) == 0);
    const json::value report = json::parse(tests::read_text(folder.file("report.json")));
    CHECK(report.at("image_known").as_bool() == false);
    CHECK(report.at("violations").as_array().empty());
    const json::value& upgraded = report.at("onts").at(0);
    CHECK(upgraded.at("active").to_number<int>() == 1);
    CHECK(upgraded.at("committed").to_number<int>() == 1);
    CHECK(upgraded.at("downloads").to_number<int>() == 1);
    CHECK(upgraded.at("restarts").to_number<int>() == 1);
    CHECK(upgraded.at("images").at(1).at("version").as_string().size() == 14);  // digits of its MD5
    CHECK(upgraded.at("frames_heard").to_number<int>() > 30);
    const json::value& other = report.at("onts").at(1);
    CHECK(other.at("active").to_number<int>() == 0);
    CHECK(other.at("downloads").to_number<int>() == 0);
}

TEST_CASE("serve: SIGTERM ends it at once, and leaves no report") {
    const tests::TemporaryFolder folder;
    const std::string link = "udp:127.0.0.1:" + std::to_string(tests::free_ports(3));
    Served served{{"--serve", link, "--onts", "3", "--quiet", "--json", folder.file("report.json")}};
    Olt olt{link};
    CHECK(!olt.image(0).active);  // it serves
    CHECK(served.end(SIGTERM) == 1);
    CHECK(folder.count() == 0);
}

TEST_CASE("serve: the table folds ONTs that hold the same, and names those that do not run and what was broken") {
    sim::ServedReport report;
    for (std::uint16_t onu_id = 0; onu_id < 4; ++onu_id) {
        sim::ServedOnt ont;
        ont.onu = {0, onu_id};
        ont.runs = onu_id != 2;
        ont.active_image = 1;
        ont.committed_image = onu_id == 3 ? 0 : 1;
        ont.valid[0] = onu_id == 3;
        ont.valid[1] = true;
        ont.version[0] = omci::make_version("old");
        ont.version[1] = omci::make_version("new");
        ont.heard = 10;
        report.onts.push_back(ont);
    }
    report.violations.push_back({5'000'000'000, {0, 3}, "broke a promise"});
    const std::string table = tools::serve_table(report, {});
    CHECK(table.find("    2  0-1 ") != std::string::npos);
    CHECK(table.find("runs image 1 new, committed; image 0 not valid") != std::string::npos);
    CHECK(table.find("is down, last ran image 1 new") != std::string::npos);
    CHECK(table.find("runs image 1 new, not committed; image 0 old, committed") != std::string::npos);
    CHECK(table.find("VIOLATION at 5.000 s, ONU-ID 3: broke a promise") != std::string::npos);
    CHECK(tools::broken_promise(report) == "1 promise did not hold, the first: ONU-ID 3 broke a promise");
    report.violations.clear();
    CHECK(tools::broken_promise(report).empty());
}
