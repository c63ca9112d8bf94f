// SPDX-License-Identifier: Apache-2.0
// Whole runs in the simulator, 128 ONTs and 8 MiB: what each way of sending costs on the wire and in time, and what the
// simulator itself costs for each frame that it hands to an ONT.
//
//     bench_pon [MIB]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "omci/software_download.h"
#include "sim/simulation.h"

namespace {

constexpr std::uint16_t onts = 128;

/// Octets on the wire, GEM headers counted, that bring the image to one ONT: one pass of its sections.
std::uint64_t pass_octets(std::uint64_t image_octets, omci::MessageSet set) {
    constexpr std::uint64_t gem_octets = 5;
    const std::uint64_t section_octets = omci::section_octets(set);
    const std::uint64_t sections = (image_octets + section_octets - 1) / section_octets;
    if (set == omci::MessageSet::baseline) return sections * (gem_octets + omci::baseline_frame_octets);
    constexpr std::uint64_t around = gem_octets + omci::extended_header_octets + 1 + omci::mic_octets;
    return sections * around + image_octets;
}

double processor_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct Case {
    const char* name;
    sim::Options options;
};

sim::Options with(auto&& change) {
    sim::Options options;
    options.onts = onts;
    change(options);
    return options;
}

std::vector<Case> cases() {
    constexpr sim::Probability one_in_ten_thousand = sim::certain / 10'000;
    using sim::Options;
    return {
        {"shared close, W=32", with([](Options&) {})},
        {"the same, mixed standby", with([](Options& o) { o.standby = sim::Standby::mixed; })},
        {"shared close, W=256", with([](Options& o) { o.window_sections = 256; })},
        {"unicast close, W=256", with([](Options& o) {
             o.close = olt::Close::unicast;
             o.window_sections = 256;
         })},
        {"shared close, W=32, loss 1e-4", with([](Options& o) { o.loss = one_in_ten_thousand; })},
        {"unicast, W=32, loss 1e-4", with([](Options& o) {
             o.mode = olt::Mode::unicast;
             o.loss = one_in_ten_thousand;
         })},
        {"extended, shared close, W=32", with([](Options& o) { o.set = olt::SetChoice::extended; })},
    };
}

bool row(const Case& one, const olt::Image& image) {
    const double began = processor_seconds();
    const sim::Report report = sim::simulate(one.options, image);
    const double took = processor_seconds() - began;
    const auto upgraded = std::count_if(report.onts.begin(), report.onts.end(), [](const sim::OntReport& ont) {
        return ont.reported && ont.outcome.result == olt::Result::upgraded;
    });
    const bool extended = one.options.set == olt::SetChoice::extended;
    const auto pass = static_cast<double>(
        pass_octets(image.size(), extended ? omci::MessageSet::extended : omci::MessageSet::baseline));
    const auto downstream = static_cast<double>(report.accounts.downstream_octets());
    std::printf("%-30s %9td %9.4f %12.1f %11.1f %9.2f %13.1f %13llu\n", one.name, upgraded, downstream / pass,
                pass * onts / downstream, static_cast<double>(report.transfer_time) / 1e9, took,
                took * 1e9 / static_cast<double>(report.deliveries),
                static_cast<unsigned long long>(report.wrong_octets_accepted));
    std::fflush(stdout);
    return report.wrong_octets_accepted == 0 && report.violations.empty();
}

}  // namespace

int main(int count, char** arguments) {
    const int mib = count > 1 ? std::max(std::atoi(arguments[1]), 1) : 8;
    std::vector<std::uint8_t> octets(static_cast<std::size_t>(mib) << 20);
    std::uint32_t state = 1;
    for (auto& octet : octets) octet = static_cast<std::uint8_t>((state = state * 1'664'525u + 1'013'904'223u) >> 24);
    const olt::Image image = olt::make_image(octets, omci::make_version("new"), std::nullopt);

    std::printf("%u ONTs, %d MiB, 10 Mb/s, seed 1\n\n", unsigned{onts}, mib);
    std::puts(
        "                                                     times fewer  transfer                  ns a        "
        "wrong");
    std::puts(
        "                                upgraded  overhead       octets     seconds     CPU s     delivery       "
        "octets");
    bool good = true;
    for (const Case& one : cases()) good = row(one, image) && good;
    if (!good) std::puts("a promise did not hold: these figures mean nothing");
    return good ? 0 : 1;
}
