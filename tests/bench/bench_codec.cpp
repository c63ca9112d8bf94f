// SPDX-License-Identifier: Apache-2.0
// Nanoseconds to encode and to decode one section, its check included, through the interface that engine and handler
// use. Sections differ from each other, as those of an image do.
#include <cstdio>
#include <vector>

#include "omci/software_download.h"
#include "tests/bench/stopwatch.h"

using namespace omci;

namespace {

constexpr std::uint64_t image_octets = 1 << 16;

std::vector<std::uint8_t> make_image() {
    std::vector<std::uint8_t> image(image_octets);
    std::uint32_t state = 1;
    for (std::uint8_t& octet : image) {
        state = state * 1'664'525u + 1'013'904'223u;
        octet = static_cast<std::uint8_t>(state >> 24);
    }
    return image;
}

Header section_header(MessageSet set, std::uint64_t i) {
    return request(Action::download_section, TransactionId{static_cast<std::uint16_t>(0x4000 | (i & 0x3FFF))}, set,
                   MeClass::software_image, MeInstance{1}, i % 256 == 255);
}

SectionRequest section_of(const std::vector<std::uint8_t>& image, MessageSet set, std::uint64_t i) {
    const std::size_t octets = section_octets(set);
    const std::size_t count = image.size() / octets;
    return {static_cast<std::uint8_t>(i), std::span{image}.subspan(i % count * octets, octets)};
}

void report(const char* what, const bench::Timing& timing) {
    std::printf("%-42s %8.1f ns median, %8.1f ns best\n", what, timing.median_ns, timing.best_ns);
}

void run(MessageSet set, const char* name, std::uint64_t rounds, const std::vector<std::uint8_t>& image) {
    char what[64];
    std::vector<std::uint8_t> room(frame_max_octets);
    std::uint64_t failures = 0;
    const auto encode = [&](std::uint64_t i) {
        const auto size = write_frame(section_header(set, i), section_of(image, set, i), room);
        bench::keep(room[0]);
        if (!size) ++failures;
    };
    std::snprintf(what, sizeof what, "%s section, encode with check", name);
    report(what, bench::time_of(rounds, encode));

    // Frames enough that the branch predictor cannot learn them, few enough to stay in the cache.
    constexpr std::size_t frames_count = 512;
    std::vector<std::vector<std::uint8_t>> frames;
    for (std::uint64_t i = 0; i < frames_count; ++i) {
        encode(i);
        frames.emplace_back(
            room.begin(), room.begin() + static_cast<std::ptrdiff_t>(set == MessageSet::baseline ? baseline_frame_octets
                                                                                                 : frame_max_octets));
    }
    const auto decode = [&](std::uint64_t i) {
        const auto frame = read_frame(frames[i % frames_count]);
        if (!frame || check_crc(*frame) != MicState::good) {
            ++failures;
            return;
        }
        const auto section = read_message<SectionRequest>(*frame);
        if (!section) {
            ++failures;
            return;
        }
        bench::keep(section->section_number);
        bench::keep(section->data);
    };
    std::snprintf(what, sizeof what, "%s section, decode with check", name);
    report(what, bench::time_of(rounds, decode));
    if (failures != 0) std::printf("%llu failures\n", static_cast<unsigned long long>(failures));
}

}  // namespace

int main() {
    const std::vector<std::uint8_t> image = make_image();
    run(MessageSet::baseline, "baseline", 1'000'000, image);
    run(MessageSet::extended, "extended", 20'000, image);
}
