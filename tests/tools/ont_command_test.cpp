// SPDX-License-Identifier: Apache-2.0
// "omcast ont" as a process: an upgrade over UDP on the loopback, killed in the middle of it and started again.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/tools/free_ports.h"
#include "tests/tools/ont_talk.h"
#include "tests/tools/run_command.h"
#include "tools/link/link.h"

using namespace std::chrono_literals;
using omci::ResultCode;
using tests::Bytes;

namespace {

constexpr auto patience = 20s;  // with anything that a machine under load may delay

/// The command in a process of its own; killed with this object if it still runs.
class Child {
public:
    Child(const std::vector<std::string>& arguments, const std::string& output) {
        std::vector<char*> argv{const_cast<char*>("omcast")};
        for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
        argv.push_back(nullptr);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ > 0) return;
        const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::dup2(file, 1);
        ::dup2(file, 2);
        ::execv(OMCAST, argv.data());
        ::_exit(127);
    }
    ~Child() {
        if (pid_ > 0) end(SIGKILL);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// The exit status; -1 where the signal ended it.
    int end(int signal) {
        ::kill(pid_, signal);
        int state = 0;
        ::waitpid(std::exchange(pid_, -1), &state, 0);
        return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    }

private:
    pid_t pid_ = -1;
};

struct Lab {
    tests::TemporaryFolder folder;
    std::uint16_t port = tests::free_ports(2);
    std::string place = "udp:127.0.0.1:" + std::to_string(port);
    std::string log = folder.file("log");
    tools::Loop loop;
    tools::Link link{loop, tools::parse_link(place, "", ""), tools::LinkEnd::olt, 0, 2};
    std::uint16_t onu = 1;
    tests::OntTalk talk{[this](omci::Octets frame, bool wanted) { return carry(frame, wanted); }};

    std::vector<std::string> arguments() const {
        return {
            "ont",         "--link", place,           "--onu-id", "0",     "--count", "2", "--slots", folder.file("s"),
            "--slot-size", "256K",   "--reboot-time", "100ms",    "--log", log};
    }
    std::string command_line() const {
        std::string line;
        for (const std::string& argument : arguments()) line += argument + " ";
        return line;
    }

    /// One attempt a tenth of a second, the same transaction each time.
    std::optional<Bytes> carry(omci::Octets frame, bool wanted) {
        const Bytes kept{frame.begin(), frame.end()};
        const olt::Instant until = link.now() + patience;
        while (link.now() < until) {
            link.send({0, onu}, kept);
            const olt::Instant again = link.now() + 100ms;
            while (link.now() < again) {
                const auto arrival = link.wait_until(wanted ? again : olt::Instant::min());
                if (!wanted) return std::nullopt;
                const bool answers = arrival && arrival->address.onu_id == onu && arrival->octets.size() > 2 &&
                                     arrival->octets[0] == kept[0] && arrival->octets[1] == kept[1] &&
                                     (arrival->octets[2] & 0x20) != 0;
                if (answers) return Bytes{arrival->octets.begin(), arrival->octets.end()};
            }
        }
        return std::nullopt;
    }

    /// Waits until the ONT says so of image 1.
    bool becomes_active() {
        for (const olt::Instant until = link.now() + patience; link.now() < until;)
            if (const auto image = talk.image(1); image && image->active) return true;
        return false;
    }
};

}  // namespace

TEST_CASE("ont command: killed in mid-download, started again, upgraded, killed, still upgraded") {
    Lab lab;
    const Bytes image = tests::image_of(40'000);
    {
        Child child{lab.arguments(), lab.folder.file("out")};
        REQUIRE(lab.talk.image(0));
        REQUIRE(lab.talk.start(1, image.size(), 16) == ResultCode::success);
        lab.talk.send(1, image, 0, 9'920);
        CHECK(child.end(SIGKILL) == -1);
    }
    {
        Child child{lab.arguments(), lab.folder.file("out")};
        const auto running = lab.talk.image(0);
        REQUIRE(running);
        CHECK((running->active && running->committed));
        CHECK_FALSE(lab.talk.image(1)->valid);
        REQUIRE(lab.talk.start(1, image.size(), 16) == ResultCode::success);
        lab.talk.send(1, image, 0, image.size());
        REQUIRE(lab.talk.end(1, image) == ResultCode::success);
        REQUIRE(lab.talk.activate(1) == ResultCode::success);
        CHECK(lab.becomes_active());
        CHECK(lab.talk.commit(1) == ResultCode::success);
        CHECK(child.end(SIGKILL) == -1);
    }
    {
        Child child{lab.arguments(), lab.folder.file("out")};
        const auto upgraded = lab.talk.image(1);
        REQUIRE(upgraded);
        CHECK((upgraded->active && upgraded->committed && upgraded->valid));
        lab.onu = 0;  // the other one was left alone
        CHECK(lab.talk.image(0)->active);
        CHECK(child.end(SIGTERM) == 0);
    }
    const std::string log = tests::read_text(lab.log);
    for (const char* words : {"onu 1    download into image 1 begins, 40,000 octets", "onu 1    image 1: 100 %",
                              "onu 1    restarts; back in 0.100 s", "onu 1    runs image 1, ", "all      ends; "}) {
        CAPTURE(std::string{words});
        CAPTURE(log);
        CHECK(log.find(words) != std::string::npos);
    }
    CHECK(tests::read_text(lab.folder.file("out")) == "");
}

TEST_CASE("ont command: one folder, one process; one port, one process") {
    const Lab lab;
    Child child{lab.arguments(), lab.folder.file("out")};
    for (unsigned i = 0; i < patience / 10ms && tests::read_text(lab.log).find("runs image") == std::string::npos; ++i)
        std::this_thread::sleep_for(10ms);
    const std::string elsewhere = "udp:127.0.0.1:" + std::to_string(tests::free_ports(2));
    const auto second =
        tests::omcast("ont --link " + elsewhere + " --onu-id 0 --slots " + lab.folder.file("s") + " --quiet");
    CHECK(second.status == 1);
    CHECK(second.errors == "omcast: slots in " + lab.folder.file("s") + "/onu0: in use by another process\n");
    const auto third = tests::omcast(lab.command_line() + " --slots " + lab.folder.file("t"));
    CHECK(third.status == 2);  // given twice
    const auto fourth =
        tests::omcast("ont --link " + lab.place + " --onu-id 1 --slots " + lab.folder.file("u") + " --quiet");
    CHECK(fourth.status == 1);
    CHECK_FALSE(std::filesystem::exists(lab.folder.file("u")));
    CHECK(fourth.errors.find("port " + std::to_string(lab.port + 1) + " of 127.0.0.1 is in use") != std::string::npos);
    CHECK(child.end(SIGINT) == 0);
}

TEST_CASE("ont command: help says which waits there are; what is wrong is one sentence") {
    const auto help = tests::omcast("ont --help");
    CHECK(help.status == 0);
    CHECK(help.out.find("--reboot-time") != std::string::npos);
    CHECK(tests::omcast("ont").status == 2);
    CHECK(tests::omcast("ont").errors == "omcast: ont needs --link udp:HOST:PORT or eth:INTERFACE\n");
}
