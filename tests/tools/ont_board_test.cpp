// SPDX-License-Identifier: Apache-2.0
// ONTs of "omcast ont" on other boards: slots in two files, and a boot loader that decides by U-Boot's environment
// which image runs, in each of its dialects.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/temporary_folder.h"
#include "tests/tools/ont_bench.h"

using namespace std::chrono_literals;
using omci::ResultCode;
using tests::Bytes;
using tests::OntBench;

TEST_CASE("ont: slots in two files, and what else it remembers in a folder beside them") {
    const tests::TemporaryFolder folder;
    tools::OntKind kind = tests::small_ont();
    const std::string place = "file:" + folder.file("a") + "," + folder.file("b");
    CHECK_THROWS_WITH_AS(
        (OntBench{place, kind}),
        ("slots in " + place + ": a --state folder is wanted beside them, for the boot record").c_str(),
        std::runtime_error);
    kind.state_folder = folder.file("state");
    const Bytes image = tests::image_of(100'000);
    {
        OntBench bench{place, kind};
        tests::download(bench, image);
        REQUIRE(bench.talk.activate(1) == ResultCode::success);
        bench.work();
        bench.pass(5s);
        REQUIRE(bench.talk.commit(1) == ResultCode::success);
    }
    OntBench bench{place, kind};
    CHECK(bench.talk.image(1)->active);
    CHECK(tests::read_text(folder.file("b")).substr(0, image.size()) == std::string(image.begin(), image.end()));
}

#ifdef OMCAST_UBOOTENV
namespace {

/// CRC-32 of zlib, which U-Boot uses.
std::uint32_t crc_of(const std::string& octets) {
    std::uint32_t crc = 0xFFFF'FFFF;
    for (const char c : octets) {
        crc ^= static_cast<std::uint8_t>(c);
        for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (0xEDB8'8320 & -(crc & 1));
    }
    return ~crc;
}

/// An environment of two copies in files; returns the fw_env.config.
std::string environment_in(const tests::TemporaryFolder& folder, const std::vector<std::string>& variables) {
    std::string data, config;
    for (const std::string& variable : variables) data += variable + '\0';
    data.resize(0x2000 - 5, '\0');
    for (const char generation : {'\1', '\0'}) {
        std::string octets;
        for (int i = 0; i < 32; i += 8) octets += static_cast<char>(crc_of(data) >> i);
        config += folder.write("env" + std::to_string(generation), octets + generation + data) + " 0x0 0x2000\n";
    }
    return folder.write("fw_env.config", config);
}

struct Board {
    const char* dialect;
    std::vector<std::string> variables;
};

const std::vector<Board> boards{
    {"sw_active", {"sw_commit=0", "sw_tryactive=2", "sw_valid0=1", "sw_valid1=0", "sw_version0=V1"}},
    {"committed_image", {"committed_image=0", "image0_is_valid=1", "image1_is_valid=0"}},
    {"boot_order", {"BOOT_ORDER=A B", "BOOT_A_LEFT=3", "BOOT_B_LEFT=0"}},
    {"bootcount", {"boot_slot=0", "upgrade_available=0", "bootcount=0", "bootlimit=3"}},
};

tools::OntKind on(const Board& board, const tests::TemporaryFolder& folder) {
    tools::OntKind kind = tests::small_ont();
    kind.boot_environment = environment_in(folder, board.variables);
    kind.boot_dialect = board.dialect;
    return kind;
}

}  // namespace

TEST_CASE("ont: an image is tried, committed and kept, whatever boot loader decides") {
    for (const Board& board : boards) {
        CAPTURE(std::string{board.dialect});
        const tests::TemporaryFolder folder;
        const tools::OntKind kind = on(board, folder);
        {
            OntBench bench{folder.file("slots"), kind};
            CHECK(bench.talk.image(0)->active);
            CHECK(bench.talk.image(0)->committed);
            tests::download(bench, tests::image_of(50'000));
            REQUIRE(bench.talk.activate(1) == ResultCode::success);
            bench.work();
            bench.pass(5s);
            CHECK(bench.talk.image(1)->active);
            CHECK_FALSE(bench.talk.image(1)->committed);
        }
        {
            OntBench bench{folder.file("slots"), kind};  // the power went before a commit: the old image is back
            CHECK(bench.talk.image(0)->active);
            REQUIRE(bench.talk.activate(1) == ResultCode::success);
            bench.work();
            bench.pass(5s);
            REQUIRE(bench.talk.commit(1) == ResultCode::success);
        }
        for (int i = 0; i < 5; ++i) {
            OntBench bench{folder.file("slots"), kind};
            CHECK(bench.talk.image(1)->active);
            CHECK(bench.talk.image(1)->committed);
        }
    }
}

TEST_CASE("ont: an environment of another dialect, or none, boots nothing and says why") {
    const tests::TemporaryFolder folder;
    tools::OntKind kind = on(boards[0], folder);
    kind.boot_dialect = "committed_image";
    OntBench bench{folder.file("slots"), kind};
    CHECK(bench.said("cannot boot: "));
    CHECK(bench.said("committed_image"));
    CHECK_FALSE(bench.talk.image(0));
    kind.boot_environment = folder.file("none");
    CHECK_THROWS_AS((OntBench{folder.file("slots2"), kind}), std::runtime_error);
}
#endif
