// SPDX-License-Identifier: Apache-2.0
// A checker that cannot fail is none: every promise is broken here once, and noticed.
#include "sim/checker.h"

#include <doctest/doctest.h>

#include "omci/crc32.h"
#include "tests/sim/bench_pon.h"

namespace {

using States = std::array<sim::OntDevice::ImageState, ONT_IMAGES>;

constexpr std::uint32_t image_octets = 10 * 31;

std::vector<std::uint8_t> some_image() {
    std::vector<std::uint8_t> image(image_octets);
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i * 7);
    return image;
}

/// One ONT that stands next to the OLT, and a download that a test can get wrong.
struct Bench {
    Bench() : pon{options(), some_image()} {}

    static sim::Options options() {
        sim::Options options;
        options.onts = 1;
        options.distance_max_m = 0;
        return options;
    }

    const olt::SerialNumber& serial() const { return pon.nodes[0]->options().device.serial; }

    void member(bool joined) { pon.checker.event(0, olt::Membership{{0, 0}, serial(), joined, {}}); }
    void stage(olt::Stage stage) { pon.checker.event(0, olt::StageChanged{{0, 0}, serial(), stage}); }
    void done(olt::Result result, olt::Reason reason = olt::Reason::none) {
        olt::OntDone done;
        done.serial = serial();
        done.result = result;
        done.reason = reason;
        done.image = 1;
        pon.checker.event(0, done);
    }

    void exchange(const std::vector<std::uint8_t>& frame) {
        pon.send(now, 0, frame);
        now += 100'000'000;
        pon.advance(now);
    }

    /// The whole of `image` in one window, and End with its own CRC.
    void download(std::span<const std::uint8_t> image) {
        exchange(writer.start(image_octets, 16));
        for (std::uint8_t number = 0; number < 10; ++number)
            exchange(writer.section(number, image.subspan(number * 31u, 31), number == 9));
    }
    void end(std::span<const std::uint8_t> image) {
        for (int polls = 0; polls < 3; ++polls) exchange(writer.end(omci::ImageCrc{omci::crc32(image)}, image_octets));
    }

    bool told(const char* words) const {
        for (const sim::Violation& violation : pon.report.violations)
            if (violation.what.find(words) != std::string::npos) return true;
        return false;
    }
    std::size_t violations() const { return pon.report.violations.size(); }

    sim_test::BenchPon pon;
    sim_test::Writer writer;
    sim::Nanoseconds now = 0;
};

}  // namespace

TEST_CASE("checker: a download as it should be breaks no promise") {
    Bench bench;
    bench.member(true);
    bench.download(some_image());
    bench.end(some_image());
    CHECK(bench.pon.nodes[0]->device().state(1).valid);
    CHECK(bench.pon.nodes[0]->device().slot(1).holds_truth());
    CHECK(bench.violations() == 0);
    CHECK(bench.pon.report.wrong_octets_accepted == 0);
}

TEST_CASE("checker: octets that a member acknowledged and that are not the image's are counted") {
    auto spoilt = some_image();
    spoilt[40] ^= 1;
    spoilt[300] ^= 1;
    Bench bench;
    bench.member(true);
    bench.download(spoilt);
    CHECK(bench.pon.report.wrong_octets_accepted == 2);
    CHECK(bench.told("2 of them wrong"));
}

TEST_CASE("checker: so are those of an ONT that is served alone") {
    auto spoilt = some_image();
    spoilt[40] ^= 1;
    Bench bench;
    bench.stage(olt::Stage::transferring);
    bench.download(spoilt);
    CHECK(bench.pon.report.wrong_octets_accepted == 1);
}

TEST_CASE("checker: a bystander's acknowledgement counts for nothing") {
    auto spoilt = some_image();
    spoilt[40] ^= 1;
    Bench bench;
    bench.member(true);
    bench.member(false);
    bench.stage(olt::Stage::aborting);
    bench.download(spoilt);
    CHECK(bench.violations() == 0);
}

TEST_CASE("checker: nobody may call an image valid that is not the one sent") {
    auto spoilt = some_image();
    spoilt[40] ^= 1;
    Bench bench;
    bench.download(spoilt);
    bench.end(spoilt);
    CHECK(bench.pon.nodes[0]->device().state(1).valid);
    CHECK(bench.told("valid, which is not the one sent"));
    CHECK(bench.pon.report.wrong_octets_accepted == 1);
}

TEST_CASE("checker: one image is active, one committed, and these are valid") {
    constexpr sim::OntDevice::ImageState empty{};
    constexpr sim::OntDevice::ImageState good{.valid = true, .active = true, .committed = true};
    struct Case {
        const char* told;
        States states;
    };
    const Case cases[] = {
        {"2 active images", {good, {.valid = true, .active = true}}},
        {"2 committed images", {good, {.valid = true, .committed = true}}},
        {"0 active images", {empty, empty}},
        {"0 committed images", {States::value_type{.valid = true, .active = true}, empty}},
        {"that is not valid", {States::value_type{.active = true, .committed = true}, empty}},
        {"that does not run", {empty, good}},
    };
    for (const Case& c : cases) {
        CAPTURE(c.told);
        Bench bench;
        bench.pon.checker.shows(0, 0, c.states);
        CHECK(bench.told(c.told));
    }
    Bench bench;
    bench.pon.checker.shows(0, 0, {good, empty});
    CHECK(bench.violations() == 0);
}

TEST_CASE("checker: an ONT that would not boot is found before the power is cut") {
    Bench lost_record;
    lost_record.pon.nodes[0]->device().record().clear();
    lost_record.pon.checker.boot_changed(0, 0);
    CHECK(lost_record.told("no image would boot"));

    Bench broken_image;
    REQUIRE(broken_image.pon.nodes[0]->device().slot_to_spoil(0).erase(0) == nullptr);
    broken_image.pon.checker.boot_changed(0, 0);
    CHECK(broken_image.told("a broken image would boot"));

    Bench good;
    good.pon.checker.boot_changed(0, 0);
    CHECK(good.violations() == 0);
}

TEST_CASE("checker: an outcome comes once, before the end, and for an ONT that is there") {
    Bench twice;
    twice.done(olt::Result::failed);
    twice.done(olt::Result::failed);
    CHECK(twice.told("a second outcome"));

    Bench unknown;
    unknown.pon.checker.event(0, olt::OntDone{});
    CHECK(unknown.told("nobody knows"));

    Bench late;
    late.pon.checker.event(0, olt::CampaignDone{});
    late.done(olt::Result::failed);
    CHECK(late.told("after the end"));
    late.pon.checker.event(0, olt::CampaignDone{});
    CHECK(late.told("ended twice"));
}

TEST_CASE("checker: upgraded means that the ONT holds the image, runs it and has committed it") {
    Bench nothing;
    nothing.done(olt::Result::upgraded);
    CHECK(nothing.told("does not hold the image"));
    CHECK(nothing.told("does not run it"));

    Bench stored;
    stored.download(some_image());
    stored.end(some_image());
    stored.done(olt::Result::upgraded);
    CHECK(!stored.told("does not hold the image"));
    CHECK(stored.told("does not run it"));
}

TEST_CASE("checker: a run that is over has ended its campaign and has an outcome for every ONT") {
    Bench hung;
    hung.pon.checker.over(0, "time is up");
    CHECK(hung.told("time is up"));
    CHECK(hung.told("never got an outcome"));

    Bench silent;
    silent.done(olt::Result::failed);
    silent.pon.checker.over(0, nullptr);
    CHECK(silent.told("never ended"));
    CHECK(!silent.told("never got an outcome"));

    Bench good;
    good.done(olt::Result::failed);
    good.pon.checker.event(0, olt::CampaignDone{});
    good.pon.checker.over(0, nullptr);
    CHECK(good.violations() == 0);
}
