// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <string>

#include "tests/tools/run_command.h"
#include "tools/decode/hex_lines.h"
#include "tools/image_file.h"

namespace json = boost::json;
using tests::omcast;

namespace {

std::string counting(std::size_t octets) {
    std::string text(octets, '\0');
    std::iota(text.begin(), text.end(), '\0');
    return text;
}

}  // namespace

TEST_CASE("image file: its octets, version, MD5 and CRC") {
    const tests::TemporaryFolder folder;
    const tools::ImageFile image = tools::load_image(folder.write("image", counting(100)));
    CHECK(image.octets.size() == 100);
    CHECK(image.crc == 0xF265'3E82u);
    CHECK(tools::to_hex(image.md5.data(), image.md5.size()) == "7acedd1a84a4cfcb6e7a16003242945e");
    CHECK(omci::text(image.version) == "7acedd1a84a4cf");
}

TEST_CASE("image file: unreadable, empty and too large files are named with the cause") {
    const tests::TemporaryFolder folder;
    const auto cause = [](const std::string& path) {
        try {
            tools::load_image(path);
        } catch (const std::runtime_error& error) {
            return std::string{error.what()};
        }
        return std::string{};
    };
    CHECK(cause("/nowhere") == "image /nowhere: No such file or directory");
    CHECK(cause("/tmp") == "image /tmp: is a directory");
    const std::string empty = folder.write("empty", "");
    CHECK(cause(empty) == "image " + empty + ": is empty");
    const std::string large = folder.write("large", "x");
    std::filesystem::resize_file(large, std::uintmax_t{1} << 32);  // a hole: takes no room
    CHECK(cause(large).starts_with("image " + large + ": larger than 4294967295 octets"));
    CHECK(omcast("image show " + large).status == 1);
}

TEST_CASE("image show: sections and pass octets of both message sets") {
    struct Row {
        std::size_t octets;
        int baseline_sections, baseline_octets, extended_sections, extended_octets;
    };
    const Row rows[] = {
        {1, 1, 53, 1, 21},
        {31, 1, 53, 1, 51},
        {32, 2, 106, 1, 52},
        {1965, 64, 64 * 53, 1, 1985},
        {1966, 64, 64 * 53, 2, 1985 + 21},
    };
    const tests::TemporaryFolder folder;
    for (const Row& row : rows) {
        CAPTURE(row.octets);
        const auto ran = omcast("image show --json " + folder.write("image", counting(row.octets)));
        REQUIRE(ran.status == 0);
        const json::object object = json::parse(ran.out).as_object();
        CHECK(object.at("image_octets").to_number<std::size_t>() == row.octets);
        const json::object& baseline = object.at("baseline").as_object();
        const json::object& extended = object.at("extended").as_object();
        CHECK(baseline.at("sections").to_number<int>() == row.baseline_sections);
        CHECK(baseline.at("pass_octets").to_number<int>() == row.baseline_octets);
        CHECK(extended.at("sections").to_number<int>() == row.extended_sections);
        CHECK(extended.at("pass_octets").to_number<int>() == row.extended_octets);
    }
}

TEST_CASE("image show: formats are recognised by their first octets") {
    const tests::TemporaryFolder folder;
    struct Row {
        std::string head;
        const char* format;
    };
    const Row rows[] = {
        {"\x27\x05\x19\x56", "uImage"}, {"\xD0\x0D\xFE\xED", "FIT"}, {"hsqs", "squashfs"},
        {"sqsh", "squashfs"},           {"abcd", "other"},           {"h", "other"},
    };
    for (const Row& row : rows) {
        const auto ran = omcast("image show " + folder.write("image", row.head));
        CHECK(ran.status == 0);
        CHECK(ran.out.find("format                 " + std::string{row.format} + "\n") != std::string::npos);
    }
}
