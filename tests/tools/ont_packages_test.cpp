// SPDX-License-Identifier: Apache-2.0
// ONTs of "omcast ont" and packages: what they take, what they say of it, and what the next download keeps; and a whole
// "omcast upgrade" of ONTs of which some cannot have the package.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <memory>
#include <string>

#include "tests/tools/ont_bench.h"
#include "tests/tools/ont_thread.h"
#include "tests/tools/signed_package.h"
#include "tools/image/trust_options.h"

using namespace std::chrono_literals;
using omci::ResultCode;
using tests::Bytes;
using tests::OntBench;
using tests::SignedPackages;

namespace {

constexpr std::size_t block = 65'536;

Bytes octets_of(const std::string& path) {
    const std::string text = tests::read_text(path);
    return {text.begin(), text.end()};
}

tools::OntPackageKind trusting(const std::string& ca) {
    tools::OntPackageKind packages;
    packages.taken = true;
    packages.trust = tools::load_trust({{ca}, {}, 1});
    return packages;
}

tools::OntKind box(const std::string& ca) {
    tools::OntKind kind = tests::small_ont();
    kind.slot_octets = 8 * block;
    const std::string_view product = "BOX";
    std::copy(product.begin(), product.end(), kind.identity.product_code);
    kind.packages = trusting(ca);
    return kind;
}

/// Sends until a close is answered 3, or all of it.
ResultCode send_until_refused(OntBench& bench, const Bytes& octets) {
    constexpr std::size_t step = 32 * omci::baseline_section_octets;
    REQUIRE(bench.talk.start(1, octets.size(), 32) == ResultCode::success);
    for (std::size_t at = 0; at < octets.size();) {
        const std::size_t next = std::min(octets.size(), at + step);
        const ResultCode result = bench.talk.window(1, octets, at, next);
        if (result == ResultCode::success) at = next;
        if (result != ResultCode::success && result != ResultCode::device_busy) return result;
    }
    return ResultCode::success;
}

void activate_and_commit(OntBench& bench, std::uint16_t image) {
    REQUIRE(bench.talk.activate(image) == ResultCode::success);
    bench.work();
    bench.pass(5s);
    REQUIRE(bench.talk.commit(image) == ResultCode::success);
    bench.work();
}

}  // namespace

TEST_CASE("ont packages: a signed package is taken, named by its manifest, and raises the counter when committed") {
    const SignedPackages place;
    const Bytes package = octets_of(place.pack(place.image("fw.bin", 3 * block + 5)));
    OntBench bench{place.folder.file("slots"), box(place.ca())};
    tests::download(bench, package);
    CHECK(bench.said("image 1 is stored and good, version V2"));
    CHECK(bench.said("update: Verifying, "));
    CHECK_FALSE(bench.said("kept"));
    activate_and_commit(bench, 1);
    CHECK(bench.said("its security counter is 7 from now on"));
    CHECK(omci::text(bench.talk.image(1)->version) == "V2");
}

TEST_CASE("ont packages: what it will not have is refused by name, and in the log by a sentence") {
    const SignedPackages place;
    const std::string image = place.image("fw.bin", 2 * block);
    const Bytes package = octets_of(place.pack(image)), plain = octets_of(image);
    struct Row {
        const char* name;
        tools::OntKind kind;
        const Bytes& octets;
        const char* words;
    };
    std::vector<Row> rows;
    rows.push_back(
        {"old ca", box(place.old_ca()), package, "signer-unknown (revision-corrupt): a signer has no chain"});
    rows.push_back({"plain", box(place.ca()), plain, "plain-image (revision-corrupt): a plain image, where only"});
    rows.push_back({"product", box(place.ca()), package, "wrong-product (incompatible-version): the package is for"});
    rows.back().kind.identity.product_code[0] = 'F';
    rows.push_back({"two signers", box(place.ca()), package, "signers-too-few (revision-corrupt): fewer good signers"});
    rows.back().kind.packages.signers_min = 2;
    rows.push_back({"none", box(place.ca()), package, "not-supported (incompatible-version): this ONT has nothing"});
    rows.back().kind.packages = {};
    rows.push_back({"small", box(place.ca()), package, "slot-too-small (insufficient-storage-space): the installed"});
    rows.back().kind.slot_octets = 2 * block - 1024;
    for (const Row& row : rows) {
        CAPTURE(std::string{row.name});
        OntBench bench{place.folder.file(row.name), row.kind};
        CHECK(send_until_refused(bench, row.octets) == ResultCode::parameter_error);
        CHECK(bench.said(std::string{"refuses the image: "} + row.words));
        CHECK_FALSE(bench.talk.image(1)->valid);
    }
    tools::OntKind permits = box(place.ca());
    permits.packages.permit_plain = true;
    OntBench bench{place.folder.file("permits"), permits};
    tests::download(bench, plain);
    CHECK(bench.said("image 1 is stored and good"));
}

TEST_CASE("ont packages: after a power cut in mid-download the blocks that are there already are kept") {
    const SignedPackages place;
    const std::string slots = place.folder.file("slots");
    const Bytes package = octets_of(place.pack(place.image("fw.bin", 6 * block)));
    {
        OntBench bench{slots, box(place.ca())};
        REQUIRE(bench.talk.start(1, package.size(), 32) == ResultCode::success);
        bench.talk.send(1, package, 0, package.size() / 2);
    }
    OntBench bench{slots, box(place.ca())};
    tests::download(bench, package);
    const bool three = bench.said(", 3 blocks kept"), two = bench.said(", 2 blocks kept");
    CHECK((three || two));  // of the six: what lay half in a block is lost
    CHECK(bench.said("image 1 is stored and good, version V2"));
}

TEST_CASE("ont packages: blocks that the running image has at the same place are copied from it") {
    const SignedPackages place;
    const std::string first = place.image("fw.bin", 4 * block);
    std::string changed = tests::read_text(first);
    changed[3 * block + 7] = static_cast<char>(changed[3 * block + 7] ^ 1);
    const Bytes one = octets_of(place.pack(first));
    const Bytes two = octets_of(place.pack(place.folder.write("fw2.bin", changed)));
    OntBench bench{place.folder.file("slots"), box(place.ca())};
    tests::download(bench, one);
    activate_and_commit(bench, 1);
    REQUIRE(bench.talk.start(0, two.size(), 32) == ResultCode::success);
    bench.talk.send(0, two, 0, two.size());
    REQUIRE(bench.talk.end(0, two) == ResultCode::success);
    CHECK(bench.said(", 3 copied from image 1"));
}

TEST_CASE("ont packages: an upgrade of ONTs on a link names each refusal, and the others run the package") {
    const SignedPackages place;
    const std::string package = place.pack(place.image("fw.bin", 2 * block));
    const tools::OntPackageKind well = trusting(place.ca()), old = trusting(place.old_ca());
    tests::OntThread onts{{{.serial = 1, .product_code = "BOX", .packages = well},
                           {.serial = 2, .product_code = "OTHER", .packages = well},
                           {.serial = 3, .product_code = "BOX", .packages = old},
                           {.serial = 4, .product_code = "BOX", .packages = well}}};
    const tests::Ran ran = tests::omcast("upgrade --link " + onts.link() + " --onts 0-3 --image " + package + " --ca " +
                                         place.ca() + " --rate 50M --reboot-wait 4s --json -");
    CHECK(ran.status == 1);
    const auto report = boost::json::parse(ran.out).as_object();
    const auto name = [&](std::size_t onu_id) -> std::string {
        const auto& refusal = report.at("onts").at(onu_id).at("refusal");
        return refusal.is_null() ? "" : refusal.at("name").as_string().c_str();
    };
    CHECK(report.at("onts").at(0).at("result") == "upgraded");
    CHECK(report.at("onts").at(3).at("result") == "upgraded");
    CHECK(name(0) == "");
    CHECK(name(1) == "wrong-product");
    CHECK(name(2) == "signer-unknown");
    CHECK(ran.errors.find("1 (refused: wrong-product (incompatible-version), the package is for another product; "
                          "judging, after ") != std::string::npos);
    CHECK(omci::text(onts.image(0, 1).version) == "V2");
    CHECK_FALSE(onts.image(1, 1).valid);
}

TEST_CASE("upgrade packages: one that no ONT would take is refused before any is asked") {
    const SignedPackages place;
    const std::string image = place.image("fw.bin", block), package = place.pack(image);
    const auto upgrade = [&](const std::string& arguments) {
        const tests::Ran ran = tests::omcast("upgrade --link udp:127.0.0.1:1 --onts 0 --image " + arguments);
        CHECK(tests::lines(ran.errors) == 1);
        return ran;
    };
    CHECK(upgrade(package + " --ca " + place.old_ca()).errors.starts_with("omcast: signer-unknown: package "));
    CHECK(upgrade(package + " --ca " + place.ca() + " --require 2").errors.starts_with("omcast: signers-too-few: "));
    CHECK(upgrade(image + " --ca " + place.ca()).errors.starts_with("omcast: plain-image: image "));
    CHECK(upgrade(package + " --version V9").status == 2);
    std::string octets = tests::read_text(package);
    octets[octets.size() - 1] = static_cast<char>(octets.back() ^ 1);
    CHECK(upgrade(place.folder.write("bad.pkg", octets)).errors.starts_with("omcast: block-hash-wrong: "));
}
