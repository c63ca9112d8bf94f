// SPDX-License-Identifier: Apache-2.0
// One image to many ONTs that are all well: what goes over the fibre, to the octet, and how that compares with sending
// to each ONT in turn.
#include "tests/sim/upgrade.h"

using namespace sim_test;

namespace {

constexpr sim::Probability one_in_10_000 = sim::certain / 10'000;
constexpr sim::Probability one_in_1000 = sim::certain / 1000;

constexpr std::uint64_t onts = 128;
constexpr std::size_t commands_max = 24;  ///< unicast messages to one ONT, from look to commit

/// How many times fewer octets than in turn go to 128 ONTs for 8 MiB, control at its bound.
constexpr std::uint64_t big_octets = 8 * 1024 * kib;
constexpr std::uint64_t control_max = onts * commands_max * baseline_wire_octets;
constexpr std::uint64_t times_fewer(std::uint64_t section_wire_octets) {
    return onts * pass_of(big_octets) / (section_wire_octets + control_max);
}

/// With unicast closes the last section of each window goes to every member.
struct ClosedByUnicast {
    std::uint64_t shared, closes;
};
constexpr ClosedByUnicast closed_by_unicast(std::uint64_t octets, std::uint64_t window, std::uint64_t members) {
    const std::uint64_t windows = (sections_of(octets) + window - 1) / window;
    return {baseline_wire_octets * (sections_of(octets) - windows), baseline_wire_octets * windows * members};
}

void check_control(const Upgrade& run) {
    CHECK(run.most_commands() <= commands_max);
    std::uint64_t frames = run.probes;
    for (const auto& [onu, count] : run.commands) frames += count;
    CHECK(run.report.accounts.control_octets == frames * baseline_wire_octets);
}

}  // namespace

TEST_CASE("upgrade: with a shared close every section goes out once, at least 120 times fewer octets than in turn") {
    constexpr std::uint32_t octets = 64 * kib;
    const Upgrade run{{}, octets};
    run.check_all_upgraded();
    check_control(run);
    CHECK(run.report.onts.size() == onts);
    CHECK(run.report.accounts.shared_octets == pass_of(octets));
    CHECK(run.report.accounts.repair_octets == 0);
    CHECK(run.report.accounts.unicast_octets == 0);
    REQUIRE(run.report.groups.size() == 1);
    CHECK(run.report.groups[0].formed.shared_close);
    CHECK(run.report.groups[0].upgraded == onts);
    CHECK(run.report.queue_drops == 0);
    CHECK(run.report.olt_drops == 0);
    static_assert(times_fewer(pass_of(big_octets)) >= 120);
}

TEST_CASE("upgrade: mixed standby slots make two groups, never in a download at once, and 60 times fewer octets") {
    constexpr std::uint32_t octets = 64 * kib;
    sim::Options options;
    options.standby = sim::Standby::mixed;
    const Upgrade run{options, octets};
    run.check_all_upgraded();
    check_control(run);
    CHECK_FALSE(run.groups_overlap);
    CHECK(run.report.accounts.shared_octets == 2 * pass_of(octets));
    CHECK(run.report.accounts.repair_octets == 0);
    REQUIRE(run.report.groups.size() == 2);
    CHECK(run.report.groups[0].formed.image != run.report.groups[1].formed.image);
    for (const auto& group : run.report.groups) CHECK(group.upgraded == onts / 2);
    static_assert(times_fewer(2 * pass_of(big_octets)) >= 60);
}

TEST_CASE("upgrade: with unicast closes of windows of 256 there are 80 times fewer octets than in turn") {
    constexpr std::uint32_t octets = 128 * kib;
    sim::Options options;
    options.close = olt::Close::unicast;
    options.window_sections = 256;
    const Upgrade run{options, octets};
    run.check_all_upgraded();
    check_control(run);
    constexpr ClosedByUnicast expected = closed_by_unicast(octets, 256, onts);
    CHECK(run.report.accounts.shared_octets == expected.shared);
    CHECK(run.report.accounts.repair_octets == expected.closes);
    CHECK(run.report.accounts.unicast_octets == 0);
    REQUIRE(run.report.groups.size() == 1);
    CHECK_FALSE(run.report.groups[0].formed.shared_close);
    constexpr ClosedByUnicast big = closed_by_unicast(big_octets, 256, onts);
    static_assert(times_fewer(big.shared + big.closes) >= 80);
}

TEST_CASE("upgrade: by unicast each ONT costs a whole pass, and no frame is shared") {
    constexpr std::uint32_t octets = 16 * kib;
    sim::Options options;
    options.mode = olt::Mode::unicast;
    const Upgrade run{options, octets};
    run.check_all_upgraded();
    check_control(run);
    CHECK(run.probes == 0);
    CHECK(run.report.accounts.shared_octets == 0);
    CHECK(run.report.accounts.repair_octets == 0);
    CHECK(run.report.accounts.unicast_octets == onts * pass_of(octets));
    CHECK(run.report.groups.empty());
}

TEST_CASE("upgrade: one section in ten thousand lost costs at most 60 percent more, repairs by unicast") {
    constexpr std::uint32_t octets = 128 * kib;
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        CAPTURE(seed);
        sim::Options options;
        options.seed = seed;
        options.loss = one_in_10_000;
        const Upgrade run{options, octets};
        run.check_all_upgraded();
        CHECK(run.report.accounts.shared_octets == pass_of(octets));
        CHECK(run.report.accounts.repair_octets > 0);
        CHECK(10 * (run.report.accounts.shared_octets + run.report.accounts.repair_octets) <= 16 * pass_of(octets));
        CHECK(run.left.empty());
    }
}

TEST_CASE("upgrade: one section in a thousand lost, all are upgraded by either close, and in one group still") {
    for (const olt::Close close : {olt::Close::shared, olt::Close::unicast}) {
        sim::Options options;
        options.onts = 64;
        options.close = close;
        options.loss = one_in_1000;
        options.upstream_loss = one_in_1000;
        const Upgrade run{options, 64 * kib};
        run.check_all_upgraded();
        CHECK(run.left.empty());
        std::uint32_t repaired = 0;
        for (const auto& ont : run.report.onts) repaired += ont.outcome.windows_repaired;
        CHECK(repaired > 0);
        for (const auto& ont : run.report.onts) CHECK(ont.outcome.group == 1);
    }
}

TEST_CASE("upgrade: in the extended message set a section carries 1965 octets and costs 20 more") {
    constexpr std::uint32_t octets = 256 * kib;
    sim::Options options;
    options.set = olt::SetChoice::extended;
    const Upgrade run{options, octets};
    run.check_all_upgraded();
    constexpr std::uint64_t sections = (octets + 1964) / 1965;
    CHECK(run.report.accounts.shared_octets == octets + 20 * sections);
    CHECK(run.report.accounts.repair_octets == 0);
    CHECK(run.most_commands() <= commands_max);
    REQUIRE(run.report.groups.size() == 1);
    CHECK(run.report.groups[0].formed.set == omci::MessageSet::extended);
}

TEST_CASE("upgrade: ONTs that do not speak extended get baseline although the campaign asks for extended") {
    constexpr std::uint32_t octets = 32 * kib;
    sim::Options options;
    options.onts = 32;
    options.set = olt::SetChoice::extended;
    options.extended = false;
    const Upgrade run{options, octets};
    run.check_all_upgraded();
    CHECK(run.report.accounts.shared_octets == pass_of(octets));
}

TEST_CASE("upgrade: four PONs at once, a group each, take no longer than one") {
    constexpr std::uint32_t octets = 64 * kib;
    sim::Options options;
    options.onts = 32;
    const Upgrade one{options, octets};
    options.pons = 4;
    const Upgrade four{options, octets};
    four.check_all_upgraded();
    check_control(four);
    CHECK(four.report.onts.size() == 128);
    CHECK(four.report.accounts.shared_octets == 4 * pass_of(octets));
    std::set<std::uint8_t> pons;
    for (const auto& group : four.report.groups) {
        pons.insert(group.formed.pon);
        CHECK(group.upgraded == 32);
    }
    CHECK(pons.size() == 4);
    CHECK(four.report.transfer_time * 100 <= one.report.transfer_time * 105);
}

TEST_CASE("upgrade: without commit all run the new image, and the old one stays committed") {
    sim::Options options;
    options.onts = 32;
    options.commit = false;
    const Upgrade run{options, 32 * kib};
    for (const auto& ont : run.report.onts) {
        CHECK(ont.outcome.result == olt::Result::upgraded);
        CHECK(ont.active_image == 1);
        CHECK(ont.committed_image == 0);
    }
}

TEST_CASE("upgrade: a seed is a world, frame for frame, and another seed another world") {
    sim::Options options;
    options.pons = 2;
    options.onts = 32;
    options.standby = sim::Standby::mixed;
    options.loss = one_in_1000;
    options.upstream_loss = one_in_1000;
    options.faults = {{.pon = 1, .onu_id = 3, .off_at = 100 * ms, .on_at = 5 * seconds},
                      {.onu_id = 5, .deaf_on_shared_port = true},
                      {.onu_id = 6, .busy_from = 0, .busy_until = 3 * seconds}};
    for (const std::uint64_t seed : {1u, 77u}) {
        options.seed = seed;
        const Upgrade first{options, 32 * kib}, again{options, 32 * kib};
        first.check_all_upgraded();
        CHECK(first.report.digest == again.report.digest);
        CHECK(first.report.virtual_time == again.report.virtual_time);
        CHECK(first.report.deliveries == again.report.deliveries);
        CHECK(first.commands == again.commands);
        options.seed = seed + 1;
        CHECK(Upgrade{options, 32 * kib}.report.digest != first.report.digest);
    }
}
