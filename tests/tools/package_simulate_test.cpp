// SPDX-License-Identifier: Apache-2.0
// "omcast simulate" with signed packages, as a user runs it: who refuses and why, what never comes into a slot, what a
// second download still writes, and what is found wrong before anything is sent.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <map>
#include <string>

#include "tests/tools/signed_package.h"

namespace {

using tests::omcast;
using tests::Ran;
using tests::SignedPackages;

constexpr std::size_t octets = 300'000;  ///< five blocks, two frames

#ifdef OMCAST_ZSTD
constexpr const char* kinds[] = {"", "--compress zstd"};
#else
constexpr const char* kinds[] = {""};
#endif

boost::json::object json_of(const std::string& text) { return boost::json::parse(text).as_object(); }
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string refusal_of(const boost::json::object& report, std::size_t onu_id) {
    const auto& refusal = report.at("onts").at(onu_id).at("refusal");
    return refusal.is_null() ? "" : refusal.at("name").as_string().c_str();
}

}  // namespace

TEST_CASE("simulate packages: each of those that cannot have it is refused by name, the others commit") {
    const SignedPackages place;
    const std::string image = place.image("fw.bin", octets);
    for (const char* const compress : kinds) {
        CAPTURE(std::string{compress});
        const std::string package = place.pack(image, compress);
        const Ran ran =
            omcast("simulate --onts 12 --image " + package + " --ca " + place.ca() + " --old-ca " + place.old_ca() +
                   " --fault 1:wrong-product --fault 3:full-slot --fault 5:old-ca --fault 7:high-counter"
                   " --fault 9:small-head --json -");
        CHECK(ran.status == 1);
        const auto report = json_of(ran.out);
        const std::map<std::size_t, std::string> expected{{1, "wrong-product"},
                                                          {3, "slot-too-small"},
                                                          {5, "signer-unknown"},
                                                          {7, "counter-too-low"},
                                                          {9, "head-too-large"}};
        for (std::size_t id = 0; id < 12; ++id) {
            CAPTURE(id);
            const auto& ont = report.at("onts").at(id).as_object();
            const auto named = expected.find(id);
            CHECK(refusal_of(report, id) == (named == expected.end() ? "" : named->second));
            CHECK(ont.at("result") == (named == expected.end() ? "upgraded" : "refused"));
            CHECK(ont.at("committed") == (named == expected.end()));
            CHECK(ont.at("all_downloads").at("octets_written") == (named == expected.end() ? octets : 0));
            if (named == expected.end()) CHECK(ont.at("version") == "V2");
            if (named == expected.end()) CHECK(ont.at("security_counter") == 7);
        }
        CHECK(report.at("violations").as_array().empty());
        CHECK(contains(ran.errors,
                       "5 (refused: signer-unknown (revision-corrupt), a signer has no chain to a trust "
                       "anchor of this ONT; judging, after "));
    }
}

TEST_CASE("simulate packages: a changed bit is named and never written; a bad boot rolls back; a cut resumes") {
    const SignedPackages place;
    const std::string package = place.pack(place.image("fw.bin", octets));
    const Ran ran =
        omcast("simulate --onts 6 --rate 2M --image " + package + " --ca " + place.ca() +
               " --fault 1:tamper --fault 2:bad-boot --fault 3:off@1500ms,on@2s --fault 4:tamper=1 --json -");
    const auto report = json_of(ran.out);
    CHECK(refusal_of(report, 1) == "block-hash-wrong");
    CHECK(report.at("onts").at(1).at("downloads") == 3);
    CHECK(report.at("onts").at(2).at("result") == "fell back");
    CHECK(report.at("onts").at(2).at("rolled_back") == true);
    CHECK(contains(ran.errors, "2 (fell back: rolled back after its trial boots)"));
    for (const std::size_t id : {3, 4}) {
        CAPTURE(id);
        const auto& ont = report.at("onts").at(id).as_object();
        CHECK(ont.at("result") == "upgraded");
        CHECK(ont.at("downloads") == 2);
        const auto& last = ont.at("last_download").as_object();
        const auto kept = last.at("blocks_kept").to_number<std::size_t>();
        CHECK(kept >= 1);
        CHECK(last.at("octets_written") == octets - 65'536 * kept);
    }
    CHECK(report.at("wrong_octets_accepted") == 0);
    CHECK(report.at("violations").as_array().empty());

    const Ran table =
        omcast("simulate --onts 2 --rate 2M --image " + package + " --ca " + place.ca() + " --fault 1:tamper=1");
    CHECK(table.status == 0);
    CHECK(contains(table.out, "package  V2 for BOX, security counter 7, raw, installs 0.29 MiB"));
    CHECK(contains(table.out, "resumed        ONU-ID 1: download 2 wrote "));
}

TEST_CASE("simulate packages: two signers are there or not, and a plain image is not for ONTs with an anchor") {
    const SignedPackages place;
    const std::string image = place.image("fw.bin", 70'000), package = place.pack(image);
    const auto refusal = [&](const std::string& arguments) {
        const Ran ran = omcast("simulate --onts 2 --json - --ca " + place.ca() + " --image " + arguments);
        CHECK(ran.status <= 1);
        return refusal_of(json_of(ran.out), 0);
    };
    CHECK(refusal(package + " --require 2") == "signers-too-few");
    CHECK(refusal(image) == "plain-image");
    CHECK(refusal(package) == "");
    CHECK(refusal(package + " --block-buffer off") == "");
    const Ran ran = omcast("image sign " + package + " --sign " + place.folder.file("operator.key") + " --cert " +
                           place.folder.file("operator.pem") + " -o " + package + "2");
    REQUIRE(ran.status == 0);
    CHECK(refusal(package + "2 --require 2") == "");
}

TEST_CASE("simulate packages: what is wrong with a package or its options is found before the run, in one sentence") {
    const SignedPackages place;
    const std::string image = place.image("fw.bin", 70'000), package = place.pack(image);
    const auto simulate = [&](const std::string& arguments) {
        const Ran ran = omcast("simulate --onts 2 --image " + arguments);
        CHECK(ran.out == "");
        CHECK(tests::lines(ran.errors) == 1);
        return ran;
    };
    std::string octets_of = tests::read_text(package);
    const struct {
        std::size_t at;
        const char* name;
    } damages[] = {{20, "malformed-head"}, {octets_of.size() - 5, "block-hash-wrong"}};
    for (const auto& damage : damages) {
        CAPTURE(damage.at);
        std::string damaged = octets_of;
        damaged[damage.at] = static_cast<char>(damaged[damage.at] ^ 1);
        const Ran ran = simulate(place.folder.write("damaged.pkg", damaged));
        CHECK(ran.status == 1);
        CHECK(contains(ran.errors, damage.name));
        CHECK(contains(ran.errors, "damaged.pkg"));
    }
    CHECK(simulate(place.folder.write("short.pkg", octets_of.substr(0, 1000))).status == 1);
    CHECK(simulate(package + " --version V3").status == 2);
    CHECK(simulate(package + " --crl x").status == 2);
    CHECK(simulate(package + " --require 2").status == 2);
    CHECK(simulate(package + " --fault 1:old-ca").status == 2);
    CHECK(simulate(image + " --fault 1:wrong-product").status == 2);
    CHECK(simulate(package + " --ca " + place.folder.file("none.pem")).status == 1);
    CHECK(simulate(package + " --ca " + image).status == 1);
    CHECK(simulate(package + " --ca " + place.ca() + " --fault 1:old-ca --old-ca " + image).status == 1);
}
