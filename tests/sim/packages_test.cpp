// SPDX-License-Identifier: Apache-2.0
// A package for a PON: who refuses it and why, what a hash keeps out of the slot, what a download after a power cut
// still has to write, and what is told of an image that never becomes healthy. The packages are toys without
// cryptography; tests/tools/package_simulate_test.cpp has real ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "omci/manifest.h"
#include "sim/known_hashes.h"
#include "sim/simulation.h"
#include "sim/toy_package.h"

namespace {

using omci::Refusal;
using omci::UpdatePhase;

constexpr std::uint32_t block = omci::block_octets;
constexpr sim::Nanoseconds second = 1'000'000'000;
constexpr std::uint32_t room_for_a_frame = omci::frame_yield_octets;

/// ONTs that take toy packages, and a package for them.
struct Pon {
    explicit Pon(std::uint32_t image_octets, bool packed = false) : installed{sim::draw_image(1, image_octets)} {
        sim::ToyPackage toy;
        toy.packed = packed;
        toy.security_counter = 7;
        package = sim::toy_package(toy, installed);
        options.onts = 8;
        options.packages.services = sim::toy_services();
        options.packages.installed = installed;
        options.packages.product_code = toy.product_code;
        options.packages.trust_anchor = true;
        options.packages.package_counter = toy.security_counter;
        options.packages.frame_octets = room_for_a_frame;
    }
    sim::OntFault& fault(std::uint16_t onu_id) {
        options.faults.emplace_back().onu_id = onu_id;
        return options.faults.back();
    }
    sim::Report run(std::span<const std::uint8_t> sent) {
        const omci::ImageHash hash{1, 2, 3};
        sim::Report report = sim::simulate(options, olt::make_image(sent, omci::make_version("TOY-1.0"), hash));
        for (const auto& violation : report.violations) FAIL_CHECK(violation.onu.onu_id, ": ", violation.what);
        CHECK(report.wrong_octets_accepted == 0);
        return report;
    }
    sim::Report run() { return run(package); }

    std::vector<std::uint8_t> installed, package;
    sim::Options options;
};

std::uint32_t upgraded(const sim::Report& report) {
    return static_cast<std::uint32_t>(std::count_if(report.onts.begin(), report.onts.end(), [](const auto& ont) {
        return ont.outcome.result == olt::Result::upgraded && ont.committed_image == ont.outcome.image;
    }));
}

}  // namespace

TEST_CASE("toy package: it is laid out as a package is, to the octet") {
    for (const bool packed : {false, true}) {
        const Pon pon{600'000, packed};
        CHECK(omci::is_package(pon.package));
        omci::PackageHeader header;
        REQUIRE(omci::read_header(pon.package, header) == omci::HeaderFault::ok);
        CHECK(header.blocks() == omci::block_count(600'000));
        const auto head_octets = static_cast<std::size_t>(header.head_octets());
        const omci::PackageHead head = omci::split_head(header, std::span{pon.package}.first(head_octets));
        omci::Manifest manifest;
        REQUIRE(omci::read_manifest(omci::cms_content(head.cms), manifest).fault == omci::ManifestFault::ok);
        CHECK(manifest.size == 600'000);
        CHECK(manifest.product_code == "TOY");
        CHECK(head.frames.size() == (packed ? 3 * omci::FrameEntry::wire_octets : 0));
        std::uint32_t payload = 0, longest = 0;
        CHECK(pon.package.size() == head_octets + 600'000);
        if (packed) CHECK(omci::frames_sound(head.frames, payload, longest));
        if (packed) CHECK(payload == 600'000);
    }
}

TEST_CASE("packages: all ONTs take it, raw with and without a block buffer, packed with one, by either close") {
    for (const bool packed : {false, true})
        for (const bool buffer : {true, false})
            for (const olt::Close close : {olt::Close::shared, olt::Close::unicast}) {
                if (packed && !buffer) continue;
                CAPTURE(packed);
                CAPTURE(buffer);
                Pon pon{5 * block + 100, packed};
                pon.options.packages.block_buffer = buffer;
                pon.options.close = close;
                const sim::Report report = pon.run();
                CHECK(upgraded(report) == 8);
                for (const sim::OntReport& ont : report.onts) {
                    CHECK(omci::text(ont.version[ont.active_image]) == "TOY-1.0");
                    CHECK(ont.last_download.octets_written == 5 * block + 100);
                    CHECK(ont.downloads == 1);
                    CHECK(ont.security_counter == 7);
                }
            }
}

TEST_CASE("packages: each ONT that cannot have it says why, and none of them keeps the others waiting") {
    Pon pon{3 * block};
    const sim::Report well = pon.run();
    pon.fault(1).wrong_product = true;
    pon.fault(2).small_slot = true;
    pon.fault(3).old_anchor = true;
    pon.fault(4).high_counter = true;
    pon.fault(5).small_head = true;
    const sim::Report report = pon.run();
    CHECK(upgraded(report) == 3);
    constexpr std::array expected{Refusal::none,           Refusal::wrong_product,   Refusal::slot_too_small,
                                  Refusal::signer_unknown, Refusal::counter_too_low, Refusal::head_too_large};
    for (std::size_t i = 1; i < expected.size(); ++i) {
        CAPTURE(i);
        const olt::OntDone& done = report.onts[i].outcome;
        CHECK(done.result == olt::Result::refused);
        REQUIRE(done.refusal);
        CHECK(done.refusal->refusal == expected[i]);
        CHECK(done.refusal->phase == UpdatePhase::judging);
        CHECK(report.onts[i].all_downloads.units_erased == 0);
        CHECK(report.onts[i].all_downloads.octets_written == 0);
    }
    CHECK(report.transfer_time < well.transfer_time + second);
}

TEST_CASE("packages: a plain image is not for ONTs that ask for signatures, nor is one with too few of them") {
    Pon plain{block};
    plain.options.packages.installed = {};
    const sim::Report report = plain.run(plain.installed);
    CHECK(upgraded(report) == 0);
    for (const sim::OntReport& ont : report.onts) {
        REQUIRE(ont.outcome.refusal);
        CHECK(ont.outcome.refusal->refusal == Refusal::plain_image);
    }
    plain.options.packages.trust_anchor = false;
    CHECK(upgraded(plain.run(plain.installed)) == 8);

    Pon two{block};
    two.options.packages.signers_min = 2;
    const sim::Report too_few = two.run();
    CHECK(upgraded(too_few) == 0);
    REQUIRE(too_few.onts[0].outcome.refusal);
    CHECK(too_few.onts[0].outcome.refusal->refusal == Refusal::signers_too_few);
}

TEST_CASE("packages: a bit changed on the way with every check of G.988 right never comes into the slot") {
    for (const bool packed : {false, true}) {
        CAPTURE(packed);
        Pon pon{4 * block, packed};
        pon.fault(2).tamper = 0;
        const sim::Report report = pon.run();  // its checker sees every write
        CHECK(upgraded(report) == 7);
        const sim::OntReport& ont = report.onts[2];
        CHECK(ont.outcome.result == olt::Result::refused);
        CHECK(ont.downloads == pon.options.policy.transfers_max);
        REQUIRE(ont.outcome.refusal);
        CHECK(ont.outcome.refusal->refusal == (packed ? Refusal::frame_hash_wrong : Refusal::block_hash_wrong));
        CHECK_FALSE(ont.valid[1]);
    }
}

TEST_CASE("packages: the same without hashes is what the checker finds") {
    Pon pon{4 * block};
    pon.options.packages = {};
    pon.fault(2).tamper = 0;
    const sim::Report report = sim::simulate(pon.options, sim::drawn_image(1, pon.installed));
    CHECK(report.wrong_octets_accepted > 0);
}

TEST_CASE("packages: behind a block that was bad once the next download keeps what lay before it") {
    Pon pon{4 * block};
    pon.fault(2).tamper = 1;  // in the middle of the package: its head pushes that into the second block
    const sim::Report report = pon.run();
    CHECK(upgraded(report) == 8);
    const sim::OntReport& ont = report.onts[2];
    CHECK(ont.downloads == 2);
    CHECK(ont.last_download.octets_written == 3 * block);
    CHECK(ont.last_download.blocks_kept == 1);
    CHECK(ont.all_downloads.octets_written == 4 * block);
}

TEST_CASE("packages: after a power cut in mid-download only what was missing is written") {
    constexpr std::uint32_t blocks = 16;
    Pon pon{blocks * block};
    const sim::Report whole = pon.run();
    const sim::Nanoseconds began = whole.accounts.first_section.time_since_epoch().count();
    pon.fault(3).off_at = began + whole.transfer_time / 2;
    pon.options.faults.back().on_at = *pon.options.faults.back().off_at + second;
    const sim::Report report = pon.run();
    CHECK(upgraded(report) == 8);
    const sim::OntReport& ont = report.onts[3];
    CHECK(ont.downloads == 2);
    CHECK(ont.last_download.blocks_kept >= blocks / 2 - 2);
    CHECK(ont.last_download.octets_written == (blocks - ont.last_download.blocks_kept) * std::uint64_t{block});
    CHECK(ont.all_downloads.octets_written <= (blocks + 1) * std::uint64_t{block});
}

TEST_CASE("packages: an image that never becomes healthy has its three boots, and the report says what became of it") {
    Pon pon{block};
    pon.options.onts = 3;
    pon.fault(2).new_image_fails_to_boot = true;
    const sim::Report report = pon.run();
    CHECK(upgraded(report) == 2);
    const sim::OntReport& ont = report.onts[2];
    CHECK(ont.outcome.result == olt::Result::fell_back);
    CHECK(ont.outcome.rolled_back);
    CHECK(ont.active_image == 0);
    CHECK(ont.security_counter == 0);  // rises with a committed image that was healthy, and there was none
    CHECK(report.onts[0].security_counter == 7);
}

TEST_CASE("packages: what is known is hashed as it is, and what differs for real") {
    const auto installed = sim::draw_image(1, 3 * block + 77);
    const auto services = sim::toy_services();
    sim::ToyPackage toy;
    toy.packed = true;
    const auto package = sim::toy_package(toy, installed);
    sim::KnownHashes known{*services, installed, package};
    sim::KnowingSha256 knowing{services->make_sha256(), &known}, plain{services->make_sha256(), nullptr};
    const auto both = [&](std::span<const std::uint8_t> octets, std::size_t piece) {
        knowing.start();
        plain.start();
        for (std::size_t at = 0; at < octets.size(); at += piece) {
            const auto part = octets.subspan(at, std::min(piece, octets.size() - at));
            knowing.update(part);
            plain.update(part);
        }
        return knowing.finish() == plain.finish();
    };
    auto other = installed;
    other[block + 5000] ^= 1;
    for (const std::size_t piece : {std::size_t{7}, std::size_t{4096}, std::size_t{block}})
        for (const auto& octets : {installed, other}) {
            const std::span<const std::uint8_t> all{octets};
            CHECK(both(all.first(block), piece));
            CHECK(both(all.subspan(block, block), piece));
            CHECK(both(all.subspan(3 * block), piece));
            CHECK(both(all.first(block - 1), piece));
            CHECK(both(all, piece));
            CHECK(both({}, piece));
        }
    const std::span frame = std::span{package}.last(installed.size());
    const auto unpacked = known.unpacked(frame);
    CHECK(std::equal(unpacked.begin(), unpacked.end(), installed.begin(), installed.end()));
    CHECK(known.unpacked(frame.first(frame.size() - 1)).empty());
}
