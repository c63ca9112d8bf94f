// SPDX-License-Identifier: Apache-2.0
#include "tools/capture/pcap_file.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "tests/octets.h"
#include "tests/temporary_folder.h"
#include "tests/tools/capture_error.h"

using omci::Direction;
using tests::octets;
using tools::PcapPlace;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string good_capture(const tests::TemporaryFolder& folder) {
    const std::string path = folder.file("good.pcap");
    tools::PcapWriter writer{path};
    writer.write(1'000, {Direction::downstream, 0, 5}, octets("0011 57 0b 0007 0001 0000"));
    writer.close();
    return path;
}

}  // namespace

TEST_CASE("pcap: every packet comes back with its time, place and octets") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.file("run.pcap");
    const PcapPlace places[] = {
        {Direction::downstream, 0, 5, 5},
        {Direction::upstream, 15, 127, 127},
        {Direction::downstream, 3, std::nullopt, tools::shared_gem_port},
        {Direction::downstream, 3, std::nullopt, 4000},
        {Direction::upstream, 255, 1022, 65535},
    };
    const auto frame = octets("0011 57 0b 0007 0001 0000 01020304");
    {
        tools::PcapWriter writer{path};
        for (std::size_t i = 0; i < std::size(places); ++i) writer.write(i * 1'500'001'000, places[i], frame);
    }
    tools::PcapReader reader{path};
    for (std::size_t i = 0; i < std::size(places); ++i) {
        CAPTURE(i);
        const auto record = reader.next();
        REQUIRE(record);
        CHECK(record->error.empty());
        CHECK(record->time_ns == i * 1'500'001'000);
        CHECK(record->placed);
        CHECK(record->place == places[i]);
        CHECK(record->octets == frame);
        CHECK(reader.packet_number() == i + 1);
    }
    CHECK_FALSE(reader.next());
}

TEST_CASE("pcap: the octets of a header are those drawn in pcap_file.h") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.file("run.pcap");
    {
        tools::PcapWriter writer{path};
        writer.write(0, {Direction::downstream, 2, std::nullopt, 0x0FFE}, octets("aabb"));
        writer.write(0, {Direction::upstream, 2, 0x7F}, octets("cc"));
    }
    const std::string file = tests::read_text(path);
    const auto at = [&](std::size_t offset, std::size_t count) {
        return std::vector<std::uint8_t>(file.begin() + static_cast<std::ptrdiff_t>(offset),
                                         file.begin() + static_cast<std::ptrdiff_t>(offset + count));
    };
    REQUIRE(file.size() == 24 + 16 + 16 + 16 + 15);
    CHECK(at(0, 4) == octets("d4c3b2a1"));
    CHECK(at(40, 16) == octets("03 02 ffff 0ffe  02 02 8000 0ffe  88b5 aabb"));
    CHECK(at(72, 15) == octets("02 02 8000 007f  02 02 007f 007f  88b5 cc"));
}

TEST_CASE("pcap: a writer leaves a complete file or none") {
    const tests::TemporaryFolder folder;
    const std::string path = folder.file("run.pcap");
    try {
        tools::PcapWriter writer{path};
        writer.write(0, {Direction::downstream, 0, 1}, octets("aa"));
        CHECK(tests::read_text(path).empty());
        throw std::runtime_error{"the run failed"};
    } catch (const std::runtime_error&) {}
    CHECK(folder.count() == 0);

    good_capture(folder);
    CHECK(folder.count() == 1);
}

TEST_CASE("pcap: a place where nothing can be written is named") {
    const tests::TemporaryFolder folder;
    CHECK_THROWS_WITH_AS(tools::PcapWriter{"/nowhere/run.pcap"}, "capture /nowhere/run.pcap: No such file or directory",
                         std::runtime_error);
    tools::PcapWriter full{"/dev/full"};
    full.write(0, {Direction::downstream, 0, 1}, octets("aa"));
    CHECK_THROWS_WITH_AS(full.close(), "capture /dev/full: No space left on device", std::runtime_error);
    CHECK(tests::capture_error("/nowhere/run.pcap") == "capture /nowhere/run.pcap: No such file or directory");
}

TEST_CASE("pcap: a malformed file is named with what is wrong, wherever it is cut") {
    const tests::TemporaryFolder folder;
    const std::string whole = tests::read_text(good_capture(folder));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        const std::string path = folder.write("cut.pcap", whole.substr(0, size));
        const std::string error = tests::capture_error(path);
        if (size == 24)
            CHECK(error.empty());  // a capture of nothing
        else
            CHECK(contains(error, path + ": "));
        if (size > 24) CHECK(contains(error, "packet 1: "));
    }
}

TEST_CASE("pcap: another link type is refused by name") {
    const tests::TemporaryFolder folder;
    std::string file = tests::read_text(good_capture(folder));
    file[20] = 101;  // raw IP
    CHECK(contains(tests::capture_error(folder.write("raw.pcap", file)), "link type is RAW"));
}

TEST_CASE("pcap: packets that hold no OMCI are passed over, those of other tools are read") {
    const tests::TemporaryFolder folder;
    std::string file = tests::read_text(good_capture(folder));
    std::string foreign = file;
    foreign[40] = 0x10;  // a destination address of no known form
    {
        tools::PcapReader reader{folder.write("foreign.pcap", foreign)};
        const auto record = reader.next();
        REQUIRE(record);
        CHECK(record->error.empty());
        CHECK_FALSE(record->placed);
        CHECK(record->octets.size() == 10);
    }
    std::string other = file;
    other[52] = 0x08;  // Ethernet type
    {
        tools::PcapReader reader{folder.write("other.pcap", other)};
        const auto record = reader.next();
        REQUIRE(record);
        CHECK(contains(record->error, "0x88b5"));
        CHECK_FALSE(reader.next());
    }
    std::string snapped = file;
    snapped[36] = 100;  // its original length
    tools::PcapReader reader{folder.write("snapped.pcap", snapped)};
    const auto record = reader.next();
    REQUIRE(record);
    CHECK(record->error == "the capture kept 24 of its 100 octets");
}
