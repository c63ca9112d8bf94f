// SPDX-License-Identifier: Apache-2.0
// "omcast simulate" as a user runs it: exit status, what goes where, and that nothing half-written is left behind.
#include <doctest/doctest.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>

#include "sim/simulation.h"
#include "tests/tools/run_command.h"

namespace {

using tests::omcast;
using tests::Ran;
using tests::TemporaryFolder;

boost::json::object json_of(const std::string& text) { return boost::json::parse(text).as_object(); }

/// A folder with an image of 40 000 octets in it.
struct Place {
    TemporaryFolder folder;
    std::string image = folder.file("fw.bin");

    Place() { write_image(40'000); }
    void write_image(std::size_t octets) {
        std::string text(octets, 'o');
        for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7 % 251);
        folder.write("fw.bin", text);
    }
    Ran simulate(const std::string& arguments) const { return omcast("simulate --image " + image + " " + arguments); }
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("simulate: two ONTs get the image; the table says so, and nothing is on stderr") {
    const Place place;
    const Ran ran = place.simulate("--onts 2");
    CHECK(ran.status == 0);
    CHECK(ran.errors == "");
    CHECK(contains(ran.out, "0-1"));
    CHECK(contains(ran.out, "upgraded"));
    CHECK_FALSE(contains(ran.out, "\x1b"));
}

TEST_CASE("simulate: JSON on the standard output is all there is, and the same seed gives the same run") {
    const Place place;
    const Ran first = place.simulate("--onts 8 --loss 1e-3 --seed 5 --json -");
    CHECK(first.status == 0);
    CHECK(first.errors == "");
    const auto report = json_of(first.out);
    CHECK(report.at("result") == "done");
    CHECK(report.at("pass_octets") == 53 * ((40'000 + 30) / 31));
    CHECK(report.at("wrong_octets_accepted") == 0);
    CHECK(report.at("onts").as_array().size() == 8);
    CHECK(json_of(place.simulate("--onts 8 --loss 1e-3 --seed 5 --json -").out).at("digest") == report.at("digest"));
    CHECK(json_of(place.simulate("--onts 8 --loss 1e-3 --seed 6 --json -").out).at("digest") != report.at("digest"));
}

TEST_CASE("simulate: quiet says nothing, and the files are written all the same") {
    const Place place;
    const std::string json = place.folder.file("r.json"), pcap = place.folder.file("r.pcap");
    const Ran ran = place.simulate("--onts 2 --quiet --json " + json + " --pcap " + pcap);
    CHECK(ran.status == 0);
    CHECK(ran.out == "");
    CHECK(ran.errors == "");
    CHECK(json_of(tests::read_text(json)).at("result") == "done");
    CHECK(place.folder.count() == 3);
    const Ran decoded = omcast("decode " + pcap);
    CHECK(decoded.status == 0);
    CHECK(contains(decoded.out, "download_section"));
    CHECK(contains(decoded.out, "pon 0 shared down"));
}

TEST_CASE("simulate: who falls short is named in one sentence, and the others are served") {
    const Place place;
    const Ran ran = place.simulate("--onts 4 --fault 2:s4 --json -");
    CHECK(ran.status == 1);
    CHECK(tests::lines(ran.errors) == 1);
    CHECK(contains(ran.errors, "1 of 4 ONTs not upgraded: 2 (refused: "));
    const auto report = json_of(ran.out);
    CHECK(report.at("result") == "partial");
    CHECK(report.at("onts").as_array()[2].as_object().at("result") == "refused");
    CHECK(report.at("onts").as_array()[3].as_object().at("committed") == true);
}

TEST_CASE("simulate: wrong usage is 2, a file that cannot be used is 1, and either is one sentence") {
    Place place;
    CHECK(place.simulate("--onts 0").status == 2);
    CHECK(place.simulate("--onts 129").status == 2);
    CHECK(place.simulate("--window 257").status == 2);
    CHECK(place.simulate("--no-such-flag").status == 2);
    CHECK(place.simulate("--fault 5:nonsense").status == 2);
    CHECK(omcast("simulate").status == 2);
    CHECK(omcast("simulate --image /no/such/image").status == 1);

    const std::string json = place.folder.file("r.json");
    const std::string pcap = place.folder.file("r.pcap");
    for (const std::string& arguments :
         {"--onts 2 --json /no/such/folder/r.json --pcap " + pcap,
          "--onts 2 --pcap /no/such/folder/r.pcap --json " + json, "--onts 2 --json " + place.folder.file("")}) {
        CAPTURE(arguments);
        const Ran ran = place.simulate(arguments);
        CHECK(ran.status == 1);
        CHECK(ran.out == "");
        CHECK(tests::lines(ran.errors) == 1);
        CHECK(place.folder.count() == 1);
    }
    const Ran over_image = place.simulate("--onts 2 --pcap " + place.image);
    CHECK(over_image.status == 2);
    CHECK(contains(over_image.errors, "--pcap: "));
    CHECK(std::filesystem::file_size(place.image) == 40'000);

    place.write_image(0);
    const Ran empty = place.simulate("--onts 2");
    CHECK(empty.status == 1);
    CHECK(tests::lines(empty.errors) == 1);
    CHECK(contains(empty.errors, place.image));
}

TEST_CASE("simulate: an image of more than 4 GiB is refused before it is read") {
    const TemporaryFolder folder;
    const std::string image = folder.write("large.bin", "");
    REQUIRE(truncate(image.c_str(), 4'294'967'296) == 0);  // a hole: takes no room
    const Ran ran = omcast("simulate --onts 2 --image " + image);
    CHECK(ran.status == 1);
    CHECK(tests::lines(ran.errors) == 1);
    CHECK(contains(ran.errors, image));
}

TEST_CASE("simulate: a hunt counts its seeds, and one seed by itself is the same world") {
    const Ran many = omcast("simulate --hunt --seeds 1-20");
    CHECK(many.status == 0);
    CHECK(contains(many.out, "\n20 seeds, 0 failures, "));

    const TemporaryFolder folder;
    const Ran one = omcast("simulate --hunt --seeds 7-7 --json - --pcap " + folder.file("7.pcap"));
    CHECK(one.status == 0);
    const std::string digest{json_of(one.out).at("digest").as_string()};
    const sim::Report hunted = sim::hunt_one(7);
    CHECK(std::stoull(digest, nullptr, 16) == hunted.digest);
    CHECK(std::filesystem::exists(folder.file("7.pcap")));
}

TEST_CASE("simulate: Ctrl-C ends the campaign and reports; SIGTERM, like a second Ctrl-C, leaves nothing behind") {
    Place place;
    place.write_image(4 << 20);
    const std::string out = place.folder.file("out"), errors = place.folder.file("errors");
    const std::string json = place.folder.file("r.json"), pcap = place.folder.file("r.pcap");
    // The shell waits for the progress of the run before it interrupts: a moment that exists on every machine.
    const auto signalled = [&](const std::string& signal) {
        for (const std::string& file : {out, errors, json, pcap}) std::filesystem::remove(file);
        const std::string script = std::string{OMCAST} + " simulate --onts 128 --image " + place.image + " --pcap " +
                                   pcap + " --json " + json + " >" + out + " 2>" + errors + " & " +
                                   "until grep -q transferring " + out + "; do sleep 0.02; done; kill -" + signal +
                                   " $!; wait $! 2>/dev/null";
        // Without job control a shell starts what is in the background with SIGINT ignored.
        const int state = std::system(("bash -c 'set -m; " + script + "' 2>/dev/null").c_str());
        return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    };
    CHECK(signalled("INT") == 1);
    CHECK(json_of(tests::read_text(json)).at("result") == "failed");
    CHECK(contains(tests::read_text(out), "aborted"));
    CHECK(tests::lines(tests::read_text(errors)) == 1);
    CHECK(place.folder.count() == 5);

    CHECK(signalled("TERM") == 1);
    CHECK(tests::read_text(errors) == "omcast: interrupted\n");
    CHECK(place.folder.count() == 3);
}
