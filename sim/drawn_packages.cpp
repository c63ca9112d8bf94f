// SPDX-License-Identifier: Apache-2.0
// Packages of drawn worlds.
#include "sim/drawn_packages.h"

#include <utility>

#include "sim/random.h"
#include "sim/toy_package.h"

namespace sim {

namespace {

constexpr Nanoseconds millisecond = 1'000'000;
constexpr std::uint32_t package_counter = 5;
constexpr const char* product = "TOY";
/// Room for what may be in a frame, and one octet: a toy frame is as long as what it yields.
constexpr std::uint32_t frame_room = omci::frame_yield_octets;

/// Several blocks, at times several frames.
std::uint32_t draw_octets(Random& random, std::uint32_t plain) {
    switch (random.between(0, 7)) {
    case 0: return random.between(270'000u, 330'000u);
    case 1: return omci::block_octets * random.between(1u, 3u);
    case 2:
    case 3: return random.between(60'000u, 200'000u);
    default: return plain;
    }
}

void draw_package_fault(Random& random, OntFault& fault) {
    switch (random.between(0, 6)) {
    case 0: fault.wrong_product = true; break;
    case 1: fault.small_slot = true; break;
    case 2: fault.old_anchor = true; break;
    case 3: fault.high_counter = true; break;
    case 4: fault.small_head = true; break;
    default: fault.tamper = random.between(0u, 2u); break;
    }
}

}  // namespace

void draw_packages(std::uint64_t seed, World& world) {
    Random random{seed, package_stream};
    if (!random.one_in(3)) return;
    Options& options = world.options;
    PackageOptions& packages = options.packages;
    packages.services = toy_services();
    packages.product_code = product;
    packages.trust_anchor = !random.one_in(4);
    packages.signers_min = random.one_in(8) ? 2 : 1;  // every toy package has one: all refuse it
    packages.block_buffer = !random.one_in(4);
    packages.package_counter = package_counter;
    packages.security_counter = package_counter - random.between(0u, 1u);
    packages.frame_octets = random.one_in(4) ? 0 : frame_room;
    options.signature_time = random.between<Nanoseconds>(0, 400) * millisecond;
    options.sha256_per_octet = random.between<Nanoseconds>(0, 40);
    options.unpack_per_octet = random.between<Nanoseconds>(0, 40);
    world.package = !random.one_in(12);  // else a plain image for ONTs that may want none
    if (!world.package) return;
    world.packed = random.one_in(2);
    world.image_octets = draw_octets(random, world.image_octets);
    for (unsigned faults = random.between(0u, 3u); faults > 0; --faults) {
        OntFault fault;
        fault.pon = random.between<std::uint8_t>(0, static_cast<std::uint8_t>(options.pons - 1));
        fault.onu_id = random.between<std::uint16_t>(0, static_cast<std::uint16_t>(options.onts - 1));
        draw_package_fault(random, fault);
        options.faults.push_back(fault);
    }
}

DrawnRun drawn_run(std::uint64_t seed, const World& world) {
    DrawnRun run;
    run.options = world.options;
    run.installed = draw_image(seed, world.image_octets);
    run.image = drawn_image(seed, run.installed);
    if (!world.package) return run;
    ToyPackage toy;
    toy.version = "TOY-" + std::to_string(seed % 100'000);
    toy.product_code = product;
    toy.security_counter = package_counter;
    toy.packed = world.packed;
    run.package = toy_package(toy, run.installed);
    run.image = olt::make_image(run.package, omci::make_version(toy.version), run.image.hash);
    run.options.packages.installed = run.installed;
    return run;
}

}  // namespace sim
