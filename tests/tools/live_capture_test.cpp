// SPDX-License-Identifier: Apache-2.0
// Captures of links (--capture): there from the first moment, and readable whatever becomes of their writer.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/octets.h"
#include "tests/temporary_folder.h"
#include "tests/tools/capture_error.h"
#include "tools/capture/pcap_file.h"

using omci::Direction;
using tests::octets;

namespace {

std::uintmax_t size_of(const std::string& path) {
    std::error_code missing;
    const std::uintmax_t size = std::filesystem::file_size(path, missing);
    return missing ? 0 : size;
}

}  // namespace

TEST_CASE("pcap: a live capture is there from the first moment, and ends behind a whole packet") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.file("run.pcap");
    tools::PcapWriter writer{path, tools::PcapWriting::live};
    CHECK(folder.count() == 1);
    CHECK(tests::read_text(path).size() == 24);
    writer.write(1'000, {Direction::downstream, 0, 5}, octets("0011 57 0b 0007 0001 0000"));
    writer.flush_before_sleep(std::chrono::nanoseconds::max());
    CHECK(tests::capture_error(path).empty());
    CHECK(tests::read_text(path).size() == 24 + 16 + 14 + 10);

    writer.write(2'000, {Direction::upstream, 0, 5}, octets("0011 37 0b 0007 0001 0000"));
    writer.close();
    CHECK(tests::read_text(path).size() == 24 + 2 * (16 + 14 + 10));
    CHECK(folder.count() == 1);
}

TEST_CASE("pcap: a live capture stays when its run fails") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.file("run.pcap");
    try {
        tools::PcapWriter writer{path, tools::PcapWriting::live};
        writer.write(0, {Direction::downstream, 0, 1}, octets("aa"));
        throw std::runtime_error{"the run failed"};
    } catch (const std::runtime_error&) {}
    CHECK(tests::capture_error(path).empty());
    CHECK(tests::read_text(path).size() == 24 + 16 + 15);
}

TEST_CASE("pcap: a writer killed at any moment leaves a live capture that can be read") {
    const tests::TemporaryFolder folder;
    const auto frame = octets("0011 57 0b 0007 0001 0000 0102030405060708 0102030405060708 01020304050607080102");
    for (int round = 0; round < 12; ++round) {
        CAPTURE(round);
        const std::string path = folder.file("run.pcap");
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            tools::PcapWriter writer{path, tools::PcapWriting::live};
            for (std::uint64_t i = 0;; ++i) {
                writer.write(i, {Direction::downstream, 0, 5}, frame);
                const timespec moment{0, 100'000};
                if (i % 8 != 0) continue;
                writer.flush_before_sleep(std::chrono::seconds{1});
                nanosleep(&moment, nullptr);
            }
        }
        // Killed once there is something to read: then it is in the middle of its work, wherever that is.
        for (int wait = 0; wait < 10'000 && size_of(path) < 24u + 100u * static_cast<unsigned>(round); ++wait)
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        kill(child, SIGKILL);
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status));
        CHECK(tests::capture_error(path).empty());
        std::filesystem::remove(path);
    }
}
