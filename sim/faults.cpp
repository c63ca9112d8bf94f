// SPDX-License-Identifier: Apache-2.0
// The hunt: worlds drawn from a seed, small enough that thousands of them run in a minute, each with a few things going
// wrong at the moments that matter. A drawn world is fair: every fault ends, so every campaign must.
#include <algorithm>
#include <array>

#include "omci/image_version.h"
#include "sim/drawn_packages.h"
#include "sim/random.h"
#include "sim/simulation.h"
#include "sim/tape.h"

namespace sim {

namespace {

constexpr Nanoseconds microsecond = 1'000;
constexpr Nanoseconds millisecond = 1'000'000;
constexpr Nanoseconds second = 1'000'000'000;
constexpr std::uint64_t nanoseconds_per_second = 1'000'000'000;

/// `parts` in a hundred thousand.
constexpr Probability per_100_000(std::uint64_t parts) { return certain / 100'000 * parts; }

template <typename T, std::size_t n>
T one_of(Random& random, const std::array<T, n>& choices) {
    return choices[random.between<std::size_t>(0, n - 1)];
}

Probability draw_loss(Random& random) {
    switch (random.between(0, 5)) {
    case 0:
    case 1: return 0;
    case 2: return per_100_000(random.between<std::uint64_t>(1, 100));
    case 3: return per_100_000(random.between<std::uint64_t>(100, 1'000));
    default: return per_100_000(random.between<std::uint64_t>(1'000, 10'000));
    }
}

std::uint16_t draw_window(Random& random) {
    constexpr std::array<std::uint16_t, 10> usual{1, 2, 4, 8, 15, 16, 32, 64, 128, 256};
    return random.one_in(2) ? one_of(random, usual) : random.between<std::uint16_t>(1, 256);
}

std::uint32_t draw_octets(Random& random) {
    switch (random.between(0, 5)) {
    case 0: return random.between(1u, 100u);
    case 1: return 31 * random.between(1u, 300u);    // ends with a full baseline section
    case 2: return 1'965 * random.between(1u, 12u);  // and with a full extended one
    case 3: return random.between(20'000u, 40'000u);
    default: return random.between(1u, 10'000u);
    }
}

void draw_campaign(Random& random, Options& options) {
    options.mode = random.one_in(4) ? olt::Mode::unicast : olt::Mode::lockstep;
    options.close = random.one_in(2) ? olt::Close::unicast : olt::Close::shared;
    options.set = random.one_in(3) ? olt::SetChoice::extended : olt::SetChoice::baseline;
    options.window_sections = draw_window(random);
    constexpr std::array<std::uint64_t, 5> rates{1'000'000, 4'000'000, 10'000'000, 25'000'000, 50'000'000};
    options.rate_bits_per_second = one_of(random, rates);
    options.commit = !random.one_in(8);
    if (random.one_in(4))
        options.policy.close_guard = olt::Duration{random.between<Nanoseconds>(0, 2'000) * microsecond};
}

void draw_fibre(Random& random, Options& options) {
    options.distance_max_m = random.between(0u, 20'000u);
    options.distance_min_m = random.one_in(2) ? 0 : random.between(0u, options.distance_max_m);
    options.loss = draw_loss(random);
    options.upstream_loss = random.one_in(2) ? 0 : draw_loss(random);
    options.grant_interval = random.between<Nanoseconds>(0, 500) * microsecond;
    options.olt_queue_frames = random.one_in(4) ? random.between<std::uint16_t>(1, 8) : std::uint16_t{256};
    options.olt_service = random.between<Nanoseconds>(1, 50) * microsecond;
}

void draw_onts(Random& random, Options& options) {
    options.standby = one_of(random, std::array{Standby::image0, Standby::image1, Standby::mixed, Standby::mixed});
    options.ont_window_sections = random.one_in(2) ? std::uint16_t{256} : draw_window(random);
    options.ont_window_octets = random.one_in(3) ? random.between(1'965u, 16'384u) : 65'536u;
    options.ont_queue_frames = random.one_in(3) ? random.between<std::uint16_t>(2, 32) : std::uint16_t{64};
    // A full queue of a slow ONT holds the shared port's frames back for as long as 64 ms.
    options.ont_service = random.between<Nanoseconds>(2, random.one_in(6) ? 1'000 : 60) * microsecond;
    options.answer_delay = random.between<Nanoseconds>(0, random.one_in(6) ? 50'000 : 1'000) * microsecond;
    options.flash_write_per_octet = random.between<Nanoseconds>(0, 200);
    options.flash_erase_unit = random.between<Nanoseconds>(0, 100) * millisecond;
    options.reboot_min = random.between<Nanoseconds>(1, 20) * second;
    options.reboot_max = options.reboot_min + random.between<Nanoseconds>(0, 20) * second;
    options.extended = !random.one_in(4);
    options.shared_port = !random.one_in(8);
}

/// A moment of the run: mostly in the transfer, which begins soon after the start and lasts as long as the air of one
/// pass (several groups and repairs stretch it), else in what comes behind it.
Nanoseconds draw_moment(Random& random, const World& world) {
    const std::uint64_t bits = std::uint64_t{world.image_octets} * 8 * 53 / 31;
    const auto pass = static_cast<Nanoseconds>(bits * nanoseconds_per_second / world.options.rate_bits_per_second);
    const Nanoseconds span = pass + 30 * millisecond;
    switch (random.between(0, 7)) {
    case 0: return random.between<Nanoseconds>(0, 10 * millisecond);
    case 1: return random.between<Nanoseconds>(0, 60 * second);
    case 2: return random.between<Nanoseconds>(0, 6 * span);
    case 3: return random.between<Nanoseconds>(0, 3 * second);
    default: return random.between<Nanoseconds>(0, 2 * span);
    }
}

Nanoseconds draw_pause(Random& random) {
    switch (random.between(0, 3)) {
    case 0: return random.between<Nanoseconds>(1, 100) * millisecond;
    case 1: return random.between<Nanoseconds>(100, 3'000) * millisecond;
    default: return random.between<Nanoseconds>(1, 60) * second;
    }
}

OntFault draw_fault(Random& random, const World& world) {
    OntFault fault;
    fault.pon = random.between<std::uint8_t>(0, static_cast<std::uint8_t>(world.options.pons - 1));
    fault.onu_id = random.between<std::uint16_t>(0, static_cast<std::uint16_t>(world.options.onts - 1));
    switch (random.between(0, 10)) {
    case 0:
    case 1:
    case 2:
        fault.off_at = draw_moment(random, world);
        if (!random.one_in(5)) fault.on_at = *fault.off_at + draw_pause(random);
        break;
    case 3: fault.both_images_in_use = true; break;
    case 4: fault.window_sections = draw_window(random); break;
    case 5:
        fault.busy_from = draw_moment(random, world);
        fault.busy_until = fault.busy_from + draw_pause(random);
        break;
    case 6: fault.deaf_on_shared_port = true; break;
    case 7: fault.new_image_fails_to_boot = true; break;
    case 8: fault.loss = per_100_000(random.between<std::uint64_t>(1'000, 30'000)); break;
    case 9:
        fault.revoked_from = draw_moment(random, world);
        fault.revoked_until = *fault.revoked_from + draw_pause(random);
        break;
    default: fault.slower = random.between(2u, 20u); break;
    }
    return fault;
}

/// Something that happened in a run, and to whom.
struct Moment {
    Nanoseconds time = 0;
    olt::Address onu;
};

/// Runs the world as it is and notes when stages change, members come and go, and records are written.
std::vector<Moment> moments_of(std::uint64_t seed, const World& world) {
    std::vector<Moment> moments;
    Observers observers;
    observers.event = [&](Nanoseconds now, const olt::Event& event) {
        if (const auto* stage = std::get_if<olt::StageChanged>(&event))
            moments.push_back({now, stage->onu});
        else if (const auto* member = std::get_if<olt::Membership>(&event))
            moments.push_back({now, member->onu});
        else if (std::holds_alternative<olt::Record>(event) || std::holds_alternative<olt::GroupFormed>(event))
            moments.push_back({now, {}});
    };
    const DrawnRun run = drawn_run(seed, world);
    simulate(run.options, run.image, observers);
    return moments;
}

/// One more fault, so close to a moment that matters that it falls just before or behind it.
void aim_fault(Random& random, const std::vector<Moment>& moments, Options& options) {
    const Moment& moment = moments[random.between<std::size_t>(0, moments.size() - 1)];
    const Nanoseconds reach = random.one_in(2) ? 500 * microsecond : 5 * millisecond;
    const Nanoseconds at = std::max<Nanoseconds>(0, moment.time + random.between(-reach, 2 * reach));
    const Nanoseconds until = at + draw_pause(random);
    OntFault fault;
    fault.pon = moment.onu.pon;
    fault.onu_id = random.one_in(4) ? random.between<std::uint16_t>(0, static_cast<std::uint16_t>(options.onts - 1))
                                    : moment.onu.onu_id;
    switch (random.between(0, 9)) {
    case 0: options.stop_at = at; return;
    case 1:
        options.olt_silent_from = at;
        options.olt_silent_until = until;
        return;
    case 2:
    case 3:
        fault.busy_from = at;
        fault.busy_until = until;
        break;
    case 4:
        fault.revoked_from = at;
        fault.revoked_until = until;
        break;
    default:
        fault.off_at = at;
        if (!random.one_in(8)) fault.on_at = until;
        break;
    }
    options.faults.push_back(fault);
}

}  // namespace

World draw_world(std::uint64_t seed) {
    Random random{seed, world_stream};
    World world;
    Options& options = world.options;
    options.seed = seed;
    options.pons = random.one_in(4) ? 2 : 1;
    options.onts = random.one_in(4) ? random.between<std::uint16_t>(8, 16) : random.between<std::uint16_t>(1, 7);
    world.image_octets = draw_octets(random);
    draw_campaign(random, options);
    draw_fibre(random, options);
    draw_onts(random, options);
    draw_packages(seed, world);
    const auto faults = random.one_in(3) ? 0u : random.between(1u, 5u);
    for (unsigned i = 0; i < faults; ++i) options.faults.push_back(draw_fault(random, world));
    if (random.one_in(10)) options.stop_at = draw_moment(random, world);
    if (random.one_in(8)) {
        options.olt_silent_from = draw_moment(random, world);
        options.olt_silent_until = *options.olt_silent_from + draw_pause(random);
    }
    if (random.one_in(2)) {
        const std::vector<Moment> moments = moments_of(seed, world);
        for (unsigned i = random.between(1u, 3u); i > 0 && !moments.empty(); --i) aim_fault(random, moments, options);
    }
    return world;
}

std::vector<std::uint8_t> draw_image(std::uint64_t seed, std::uint32_t octets) {
    Random random{seed, image_stream};
    std::vector<std::uint8_t> image(octets);
    for (std::uint8_t& octet : image) octet = static_cast<std::uint8_t>(random.next() >> 56);
    // An end of zeros looks like the padding of a last section.
    if (random.one_in(4))
        std::fill(image.end() - std::min<std::ptrdiff_t>(random.between(1, 100), std::ptrdiff_t{octets}), image.end(),
                  std::uint8_t{0});
    return image;
}

/// Where no MD5 is at hand any sixteen octets will do, as long as both ends hold the same.
olt::Image drawn_image(std::uint64_t seed, std::span<const std::uint8_t> octets) {
    Random random{seed, hash_stream};
    omci::ImageHash hash;
    for (std::uint8_t& octet : hash) octet = static_cast<std::uint8_t>(random.next() >> 56);
    const omci::Version version = omci::image_version(octets, hash);
    return olt::make_image(octets, version, random.one_in(4) ? std::nullopt : std::optional{hash});
}

Report hunt_one(std::uint64_t seed) {
    const DrawnRun run = drawn_run(seed, draw_world(seed));
    return simulate(run.options, run.image);
}

}  // namespace sim
