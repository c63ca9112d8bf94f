// SPDX-License-Identifier: Apache-2.0
// The small hunt: worlds drawn from seeds, under the checker. A seed that once found something stays below for good.
#include <doctest/doctest.h>

#include "sim/simulation.h"

namespace {

void must_hold(std::uint64_t seed) {
    CAPTURE(seed);
    const sim::Report report = sim::hunt_one(seed);
    CHECK(report.wrong_octets_accepted == 0);
    CHECK(report.violations.size() == 0);
    for (const sim::Violation& violation : report.violations)
        FAIL_CHECK("onu ", violation.onu.pon, "/", violation.onu.onu_id, " ", violation.what);
}

}  // namespace

TEST_CASE("hunt: no promise is broken in 500 worlds") {
    for (std::uint64_t seed = 1; seed <= 500; ++seed) must_hold(seed);
}

TEST_CASE("hunt: drawn worlds differ, and are fair and small") {
    std::uint64_t with_faults = 0, lossy = 0, unicast = 0, silent = 0, stopped = 0;
    std::uint64_t packages = 0, packed = 0, tampered = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        const sim::World world = sim::draw_world(seed);
        const sim::Options& options = world.options;
        REQUIRE(options.pons * options.onts <= 32);
        REQUIRE(world.image_octets >= 1);
        REQUIRE(world.image_octets <= (world.package ? 330'000 : 40'000));
        REQUIRE(options.window_sections >= 1);
        REQUIRE(options.window_sections <= 256);
        REQUIRE(options.loss <= sim::certain / 10);
        REQUIRE(options.upstream_loss <= sim::certain / 10);
        REQUIRE(options.olt_silent_from.has_value() == options.olt_silent_until.has_value());
        with_faults += !options.faults.empty();
        lossy += options.loss > 0;
        unicast += options.mode == olt::Mode::unicast;
        silent += options.olt_silent_from.has_value();
        stopped += options.stop_at.has_value();
        packages += world.package;
        packed += world.packed;
        for (const sim::OntFault& fault : options.faults) tampered += fault.tamper.has_value();
    }
    CHECK(with_faults > 200);
    CHECK(lossy > 200);
    CHECK(unicast > 60);
    CHECK(silent > 20);
    CHECK(stopped > 20);
    CHECK(packages > 80);
    CHECK(packages < 160);
    CHECK(packed > 30);
    CHECK(tampered > 30);
}

TEST_CASE("hunt: what misses the head of a package while it is no member of a group may take the rest for an image") {
    must_hold(6283);
}
