// SPDX-License-Identifier: Apache-2.0
// "omcast replay" as a user runs it: captures of the simulator, altered ones, those of others, and broken ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "omci/frame.h"
#include "omci/software_download.h"
#include "tests/octets.h"
#include "tests/tools/run_command.h"
#include "tools/capture/pcap_file.h"

namespace {

using omci::Direction;
using tests::omcast;
using tests::Ran;
using tests::TemporaryFolder;
using tools::PcapRecord;

using Bytes = std::vector<std::uint8_t>;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
}

/// A capture of the simulator, which may be changed record by record.
struct Place {
    TemporaryFolder folder;
    std::string capture = folder.file("run.pcap");

    void simulate(const std::string& arguments) const {
        std::string image(20'000, 'o');
        for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<char>(i * i % 251);
        omcast("simulate --quiet --image " + folder.write("fw.bin", image) + " --pcap " + capture + " " + arguments);
    }

    /// Rewrites the capture; `change` returns false for a packet that is to go.
    void change(const std::function<bool(PcapRecord&)>& change) const {
        std::vector<PcapRecord> records;
        tools::PcapReader reader{capture};
        while (const auto record = reader.next()) records.push_back(*record);
        tools::PcapWriter writer{capture};
        for (PcapRecord& record : records)
            if (change(record)) writer.write(record.time_ns, record.place, record.octets);
    }

    Ran replay(const std::string& arguments = "") const { return omcast("replay " + capture + " " + arguments); }
};

/// A frame of 44 octets, which has no check that a change could spoil.
Bytes frame(const std::string& hex) {
    Bytes octets = tests::octets(hex);
    octets.resize(omci::baseline_checked_octets);
    return octets;
}

/// True once, for the first answer of `action`.
std::function<bool(const PcapRecord&)> first_answer(omci::Action action) {
    return [action, seen = false](const PcapRecord& record) mutable {
        const auto read = omci::read_frame(record.octets);
        if (seen || !read || !read->header.acknowledgement || read->header.action != action) return false;
        return seen = true;
    };
}

constexpr std::size_t result_at = omci::baseline_header_octets;

void alter(const Place& place, omci::Action action, std::uint8_t result) {
    auto chosen = first_answer(action);
    place.change([&](PcapRecord& record) {
        if (chosen(record)) {
            record.octets.resize(omci::baseline_checked_octets);
            record.octets[result_at] = result;
        }
        return true;
    });
}

}  // namespace

TEST_CASE("replay: what the simulator's ONTs answered, fresh handlers answer again") {
    for (const std::string options :
         {"--onts 2", "--onts 3 --standby mixed", "--onts 2 --message-set extended", "--onts 2 --standby 0 --pons 2",
          "--onts 2 --mode unicast", "--onts 2 --close unicast", "--onts 2 --fault 1:s4", "--onts 2 --no-commit"}) {
        CAPTURE(options);
        const Place place;
        place.simulate(options);
        const Ran ran = place.replay();
        CHECK(ran.status == 0);
        CHECK(ran.errors == "");
        CHECK(contains(ran.out, " 0 differ, 0 unanswered then, 0 unanswered now"));
        CHECK_FALSE(contains(ran.out, "then:"));
    }
}

TEST_CASE("replay: windows that were lost then do not put the handler out of step") {
    const Place place;
    place.simulate("--onts 4 --loss 1e-2");
    const Ran ran = place.replay("--json -");
    const auto report = boost::json::parse(ran.out).as_object();
    CHECK(report.at("differs").to_number<int>() > 0);
    for (const auto& entry : report.at("commands").as_array()) {
        const auto& command = entry.as_object();
        if (command.at("verdict") == "differs")
            CHECK(command.at("command").at("type") == "download_section_request");  // and never an End
    }
}

TEST_CASE("replay: an answer that was changed in the capture is all that differs") {
    struct Case {
        omci::Action action;
        std::uint8_t result;
        const char* difference;
    };
    for (const Case& c : {Case{omci::Action::start_software_download, 5, "differs: result 5 then, 0 now"},
                          Case{omci::Action::download_section, 1, "differs: result 1 then, 0 now"},
                          Case{omci::Action::end_software_download, 1, "differs: result 1 then, 0 now"},
                          Case{omci::Action::activate_software, 3, "differs: result 3 then, 0 now"},
                          Case{omci::Action::commit_software, 1, "differs: result 1 then, 0 now"}}) {
        CAPTURE(static_cast<int>(c.action));
        const Place place;
        place.simulate("--onts 2 --standby 1");
        alter(place, c.action, c.result);
        const Ran ran = place.replay();
        CHECK(ran.status == 1);
        CHECK(count_of(ran.out, "differs: ") == 1);
        CHECK(contains(ran.out, c.difference));
        CHECK(contains(ran.out, " 1 differ, 0 unanswered then, 0 unanswered now"));
        CHECK(contains(ran.errors, "1 answer of class 7 (Software image) differs"));
    }
}

TEST_CASE("replay: busy then and done now is a difference of pace, and no disagreement") {
    const Place place;
    place.simulate("--onts 2 --standby 1");
    alter(place, omci::Action::end_software_download, 6);
    const Ran ran = place.replay();
    CHECK(ran.status == 0);
    CHECK(contains(ran.out, "differs (pace): result 6 then, 0 now"));
    CHECK(contains(ran.out, "1 only in pace"));

    // One that stayed busy for long was asked again and again: done once is not done twice.
    place.simulate("--onts 2 --fault 1:busy=20s");
    const Ran busy = place.replay();
    CHECK(busy.status == 0);
    CHECK(contains(busy.out, " 0 differ, "));
}

TEST_CASE("replay: an answer that is missing then is told, and one that nobody asked for is counted") {
    Place place;
    place.simulate("--onts 2");
    auto chosen = first_answer(omci::Action::commit_software);
    place.change([&](PcapRecord& record) { return !chosen(record); });
    Ran ran = place.replay();
    CHECK(ran.status == 0);
    CHECK(count_of(ran.out, "then: no answer") == 1);
    CHECK(contains(ran.out, "1 unanswered then"));

    place.change([&](PcapRecord& record) {
        const auto read = omci::read_frame(record.octets);
        return read->header.action != omci::Action::commit_software || read->header.acknowledgement;
    });
    ran = place.replay();
    CHECK(ran.status == 1);  // the handlers were never told to commit, and the OLT reads it
    CHECK(contains(ran.out, "differs: is_committed 1 then, 0 now"));
    CHECK(contains(ran.out, "1 answers of then to no command of the capture"));
}

TEST_CASE("replay: options choose an ONT, show what agrees, and make the handler another one") {
    const Place place;
    place.simulate("--onts 3 --standby 1");
    CHECK(contains(place.replay("--onu-id 2").out, "1 ONT, "));
    CHECK(contains(place.replay("--pon 0").out, "3 ONTs, "));
    CHECK(contains(place.replay("--all").out, "\n    same\n"));

    const Ran small = place.replay("--window-max 8");
    CHECK(small.status == 1);
    CHECK(contains(small.out, "differs: window_size 32 then, 8 now"));
    const Ran other = place.replay("--standby 0");
    CHECK(other.status == 1);
    CHECK(contains(other.out, "differs: result 0 then, 3 now"));
    CHECK(contains(place.replay("--omcc-version 0xa0").out, "omcc_version 180 then, 160 now"));

    const std::string file = place.folder.file("r.json");
    CHECK(place.replay("--json " + file).status == 0);
    CHECK(boost::json::parse(tests::read_text(file)).at("class_7_disagreements") == 0);
}

TEST_CASE("replay: where the addresses are another's, the messages tell the direction, and there is one ONT") {
    // A download of one section by an OLT that names no targets, as G.988 has it, and its answers.
    const std::string image = "48656c6c6f20776f726c6421";  // 12 octets
    const std::array<std::string, 8> exchange{"0001 53 0a 0007 0001 1f 0000000c",
                                              "0001 33 0a 0007 0001 00 1f",
                                              "0002 54 0a 0007 0001 00" + image,
                                              "0002 34 0a 0007 0001 00 00",
                                              "0003 57 0a 0007 0000",
                                              "0003 37 0a 0007 0000 00",
                                              "0004 49 0a 0100 0000 2000",
                                              "0004 29 0a 0100 0000 00 2000 4142434401020304"};
    const Place place;
    {
        tools::PcapWriter writer{place.capture};
        for (std::size_t i = 0; i < exchange.size(); ++i)
            writer.write(i * 1'000'000, {Direction::downstream, 0, 1}, frame(exchange[i]));
    }
    std::string octets = tests::read_text(place.capture);
    for (std::size_t at = 24 + 16; at < octets.size(); at += 16 + 14 + 44)  // file header, packet header, Ethernet
        std::fill_n(octets.begin() + static_cast<std::ptrdiff_t>(at), 12, '\x11');
    place.folder.write("run.pcap", octets);

    const Ran ran = place.replay();
    CHECK(ran.status == 0);
    CHECK(ran.errors == "");
    CHECK(contains(ran.out, "the ONT: image 1 idle"));
    CHECK(contains(ran.out, "differs (identity): serial_number 4142434401020304 then, 4f4d435400000001 now"));
    CHECK(contains(ran.out, "1 ONT, 4 commands: 3 same, 0 differ, 0 unanswered then, 0 unanswered now"));
    const Ran none = place.replay("--onu-id 1");
    CHECK(none.status == 1);
    CHECK(contains(none.errors, "no downstream frame for ONU-ID 1, so there is nothing to replay"));
}

TEST_CASE("replay: a check that is not the CRC-32 is left out, a frame that one of them spoils is dropped") {
    const Place place;
    {
        tools::PcapWriter writer{place.capture};
        Bytes get = tests::octets("8000490a01000000 0080");  // the public example of an XG-PON check
        get.resize(40);
        for (const std::uint8_t octet : tests::octets("00000028 78dca53d")) get.push_back(octet);
        writer.write(0, {Direction::downstream, 0, 1}, get);
    }
    CHECK(contains(place.replay().out, "now:  get_response onu_g 0"));
    CHECK(contains(place.replay().out, "not G-PON's CRC-32"));

    place.simulate("--onts 1");
    bool spoiled = false;
    place.change([&](PcapRecord& record) {
        const auto read = omci::read_frame(record.octets);
        if (!spoiled && read->header.action == omci::Action::commit_software) spoiled = record.octets.back() ^= 1;
        return true;
    });
    const Ran ran = place.replay();
    CHECK(ran.status == 1);
    CHECK(contains(ran.out, "now:  no answer"));
}

TEST_CASE("replay: nothing to replay, a broken capture and wrong usage are one sentence each") {
    const Place place;
    place.simulate("--onts 2");
    const std::string whole = tests::read_text(place.capture);
    place.folder.write("run.pcap", whole.substr(0, whole.size() - 20));
    const Ran cut = place.replay();
    CHECK(cut.status == 1);
    CHECK(tests::lines(cut.errors) == 1);
    CHECK(contains(cut.errors, place.capture + ": packet "));
    CHECK(contains(cut.out, " 0 differ, "));

    place.folder.write("run.pcap", whole);
    place.change([](PcapRecord& record) { return record.place.direction == Direction::upstream; });
    const Ran empty = place.replay();
    CHECK(empty.status == 1);
    CHECK(contains(empty.errors, place.capture + ": no downstream frame, so there is nothing to replay"));

    place.change([n = 0](PcapRecord& record) mutable {
        if (n++ == 0) record.octets.resize(5);
        return true;
    });
    CHECK(contains(place.replay().errors, ": packet 1: shorter than an OMCI header"));

    for (const std::string arguments :
         {"", "a.pcap b.pcap", "-", "a.pcap --standby 2", "a.pcap --onu-id 16384", "a.pcap --window-max 0",
          "a.pcap --omcc-version 0x1b4", "a.pcap --json a.pcap"}) {
        CAPTURE(arguments);
        const Ran ran = omcast("replay " + arguments);
        CHECK(ran.status == 2);
        CHECK(tests::lines(ran.errors) == 1);
    }
    CHECK(omcast("replay /no/such/file").status == 1);
    CHECK(contains(omcast("replay /dev/null").errors, "is not a regular file"));
    CHECK(contains(omcast("replay --help").out, "usage: omcast replay FILE.pcap"));
}
