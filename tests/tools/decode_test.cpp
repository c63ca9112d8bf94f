// SPDX-License-Identifier: Apache-2.0
#include "tools/decode.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <sstream>
#include <string>

#include "tests/octets.h"
#include "tests/tools/run_command.h"
#include "tools/capture/pcap_file.h"
#include "tools/decode/hex_lines.h"

namespace json = boost::json;
using tests::lines;
using tests::omcast;

namespace {

const std::string commit = "0011 57 0b 0007 0001 0000";

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("hex lines: white space and comments do not count") {
    CHECK(tools::read_hex_line("0A 0b\t0C # and so on").octets == tests::octets("0a0b0c"));
    CHECK(tools::read_hex_line("0 a0b\r").octets == tests::octets("0a0b"));
    CHECK(tools::read_hex_line("").blank());
    CHECK(tools::read_hex_line("   # 0a").blank());
}

TEST_CASE("hex lines: what is wrong is told with its column") {
    CHECK(tools::read_hex_line("0a0b0").error == "column 5: an odd number of digits, so the last octet is half");
    CHECK(tools::read_hex_line("0a 0g").error == "column 5: 'g' is no hexadecimal digit");
    CHECK(tools::read_hex_line("0x0a").error == "column 2: 'x' is no hexadecimal digit");
    CHECK(tools::read_hex_line("0a\x01").error == "column 3: octet 0x01 is no hexadecimal digit");
    CHECK(tools::read_hex_line("0a\xC3\xA4").error == "column 3: octet 0xc3 is no hexadecimal digit");
}

TEST_CASE("decode: hex lines become a line of text each") {
    const tests::TemporaryFolder folder;
    const auto ran = omcast("decode " + folder.write("frames", "# two frames\n" + commit + "\n\n" + commit));
    CHECK(ran.status == 0);
    CHECK(ran.errors.empty());
    const std::string line = "tci 0x0011 commit_software_request extended software_image 1\n";
    CHECK(ran.out == line + line);
}

TEST_CASE("decode: the standard input is read where no file is named, or for -, also through a pipe") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.write("frames", commit);
    for (const std::string& arguments : {"decode <" + path, "decode - <" + path, "decode --json - <" + path}) {
        CAPTURE(arguments);
        const auto ran = omcast(arguments);
        CHECK(ran.status == 0);
        CHECK(lines(ran.out) == 1);
    }
    std::ostringstream out, errors;
    FILE* pipe = popen(("cat " + path).c_str(), "r");
    REQUIRE(pipe);
    CHECK(tools::decode_file(pipe, "pipe", false, out, errors));
    CHECK(contains(out.str(), "commit_software_request"));
}

TEST_CASE("decode: each frame that cannot be read has its line, its sentence and its place; the others are decoded") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.write(
        "frames", "0001530a00\n" + commit + "\n0001530a000\nhello\n0001530b0007000100081f\n" + "0001530c00070001\n");
    const auto text = omcast("decode " + path);
    CHECK(text.status == 1);
    CHECK(lines(text.out) == 6);
    CHECK(lines(text.errors) == 5);
    CHECK(contains(text.errors, path + ": line 1: shorter than an OMCI header"));
    CHECK(contains(text.errors, path + ": line 3: column 11: an odd number of digits"));
    CHECK(contains(text.errors, path + ": line 4: column 1: 'h' is no hexadecimal digit"));
    CHECK(contains(text.errors, path + ": line 5: truncated: 1 of 8 octets of contents"));
    CHECK(contains(text.errors, path + ": line 6: device identifier is neither 0x0a (baseline) nor 0x0b (extended)"));

    const auto objects = omcast("decode --json " + path);
    CHECK(objects.status == 1);
    std::istringstream all{objects.out};
    std::size_t number = 0;
    for (std::string line; std::getline(all, line);) {
        const json::object object = json::parse(line).as_object();
        CHECK(object.contains("error") == (++number != 2));
        if (number == 5) {
            const json::object& fields = object.at("fields").as_object();
            CHECK(fields.at("truncated").as_bool());
            CHECK(fields.at("window_size").to_number<int>() == 32);
            CHECK(object.at("type") == "start_software_download_request");
        }
    }
    CHECK(number == 6);
}

TEST_CASE("decode: a capture tells where each frame went, and which packet is no frame") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.file("run.pcap");
    {
        tools::PcapWriter writer{path};
        writer.write(1'000'002'000, {omci::Direction::downstream, 3, std::nullopt}, tests::octets(commit));
        writer.write(1'000'003'000, {omci::Direction::upstream, 3, 9}, tests::octets("0011 37 0b 0007 0001 0001 06"));
        writer.write(1'000'004'000, {omci::Direction::upstream, 3, 9}, tests::octets("0011 37"));
    }
    const auto ran = omcast("decode " + path);
    CHECK(ran.status == 1);
    CHECK(contains(ran.out, "1.000002 pon 3 shared down tci 0x0011 commit_software_request"));
    CHECK(contains(ran.out, "1.000003 pon 3 onu 9 up tci 0x0011 commit_software_response"));
    CHECK(contains(ran.errors, path + ": packet 3: shorter than an OMCI header"));
    const auto objects = omcast("decode --json <" + path);
    CHECK(objects.status == 1);
    CHECK(contains(objects.out, "\"time\":\"1.000003\",\"pon\":3,\"shared\":false,\"onu_id\":9,\"gem_port\":9"));
}

TEST_CASE("decode: a malformed capture is one sentence") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.write("run.pcap", "\xD4\xC3\xB2\xA1half a header");
    for (const char* flag : {"", "--json "}) {
        const auto ran = omcast(std::string{"decode "} + flag + path);
        CHECK(ran.status == 1);
        CHECK(lines(ran.out) == 1);
        CHECK(lines(ran.errors) == 1);
        CHECK(contains(ran.errors, path + ": truncated dump file"));
    }
    const auto binary = omcast("decode " + folder.write("image", std::string(100, '\0')));
    CHECK(binary.status == 1);
    CHECK(contains(binary.errors, "neither hex lines nor a capture"));
}

TEST_CASE("decode: a file that cannot be read does not keep the others from being decoded") {
    const tests::TemporaryFolder folder;
    const auto ran = omcast("decode /nowhere " + folder.file(".") + " " + folder.write("frames", commit));
    CHECK(ran.status == 1);
    CHECK(contains(ran.errors, "/nowhere: No such file or directory"));
    CHECK(contains(ran.errors, "Is a directory"));
    CHECK(contains(ran.out, "commit_software_request"));
    CHECK(omcast("decode " + folder.write("empty", "")).status == 0);
}

TEST_CASE("omcast: wrong usage is one sentence and exit status 2") {
    struct Row {
        const char* arguments;
        const char* names;
    };
    const Row rows[] = {
        {"", "no subcommand"},     {"fly", "\"fly\""},      {"decode --fast", "--fast"},
        {"decode --jso", "--jso"}, {"image", "image"},      {"image eat", "\"eat\""},
        {"image show", "FILE"},    {"image show a b", "2"}, {"image show --raw a", "--raw"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.arguments);
        const auto ran = omcast(row.arguments);
        CHECK(ran.status == 2);
        CHECK(ran.out.empty());
        CHECK(lines(ran.errors) == 1);
        CHECK(contains(ran.errors, row.names));
    }
}

TEST_CASE("omcast: help and version are no errors") {
    for (const char* arguments : {"--help", "--version", "decode --help", "image --help"}) {
        const auto ran = omcast(arguments);
        CHECK(ran.status == 0);
        CHECK_FALSE(ran.out.empty());
        CHECK(ran.errors.empty());
    }
    CHECK(omcast("--version >/dev/full").status == 1);
    CHECK(omcast("decode --help >/dev/full").status == 1);
}
