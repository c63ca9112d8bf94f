// SPDX-License-Identifier: Apache-2.0
// Nanoseconds that the ONT spends on one section, its check included, through ont.h: the section alone, and with its
// share of everything else that a download costs (closes, replies, writing the slot, reading back, CRC of the image).
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "omci/crc32.h"
#include "omci/software_download.h"
#include "ont/ont.h"
#include "tests/bench/stopwatch.h"

using namespace omci;

namespace {

constexpr std::uint32_t slot_octets = 4u << 20;

/// Flash that costs as little as memory can.
struct Device {
    std::vector<std::uint8_t> slot = std::vector<std::uint8_t>(slot_octets);
    std::vector<std::uint8_t> record;
    std::uint8_t result = 0xFF;
};

Device& device(void* context) { return *static_cast<Device*>(context); }

ont_platform platform(Device& on) {
    ont_platform p{};
    p.version = ONT_PLATFORM_VERSION;
    p.context = &on;
    p.slot_octets = [](void*, std::uint8_t) { return slot_octets; };
    p.slot_erase_unit = [](void*, std::uint8_t) -> std::uint32_t { return 65'536; };
    p.slot_erase = [](void* c, std::uint8_t, std::uint32_t at) {
        std::memset(device(c).slot.data() + at, 0xFF, 65'536);
        return 0;
    };
    p.slot_write = [](void* c, std::uint8_t, std::uint32_t at, const std::uint8_t* octets, std::size_t count) {
        std::memcpy(device(c).slot.data() + at, octets, count);
        return 0;
    };
    p.slot_read = [](void* c, std::uint8_t, std::uint32_t at, std::uint8_t* octets, std::size_t count) {
        std::memcpy(octets, device(c).slot.data() + at, count);
        return 0;
    };
    p.slot_sync = [](void*, std::uint8_t) { return 0; };
    p.record_read = [](void* c, std::uint8_t* octets, std::size_t, std::size_t* size) {
        *size = device(c).record.size();
        if (*size > 0) std::memcpy(octets, device(c).record.data(), *size);
        return 0;
    };
    p.record_write = [](void* c, const std::uint8_t* octets, std::size_t size) {
        device(c).record.assign(octets, octets + size);
        return 0;
    };
    p.send = [](void* c, const std::uint8_t* frame, std::size_t) {
        device(c).result = frame[frame[3] == 0x0A ? 8 : 10];
        return 0;
    };
    p.reboot = [](void*) {};
    return p;
}

std::vector<std::uint8_t> frame_of(MessageSet set, std::uint16_t id, const auto& message, bool reply_wanted) {
    std::vector<std::uint8_t> room(frame_max_octets);
    const auto header =
        request(message.action, TransactionId{id}, set, MeClass::software_image, MeInstance{1}, reply_wanted);
    room.resize(*write_frame(header, message, room));
    return room;
}

/// A whole image as the frames that carry it.
struct Download {
    std::vector<std::vector<std::uint8_t>> sections;
    std::vector<std::uint8_t> start;
    std::vector<std::uint8_t> image = std::vector<std::uint8_t>(2u << 20);

    Download(MessageSet set, std::size_t window) {
        std::uint32_t state = 1;
        for (auto& octet : image)
            octet = static_cast<std::uint8_t>((state = state * 1'664'525u + 1'013'904'223u) >> 24);
        StartRequest request;
        request.last_section = static_cast<std::uint8_t>(window - 1);
        request.image_octets = static_cast<std::uint32_t>(image.size());
        start = frame_of(set, 1, request, true);
        const std::size_t octets = section_octets(set);
        for (std::size_t at = 0, number = 0; at < image.size(); at += octets, ++number) {
            const bool close = number % window == window - 1 || at + octets >= image.size();
            const auto data = Octets{image}.subspan(at, std::min(octets, image.size() - at));
            sections.push_back(frame_of(set, static_cast<std::uint16_t>(0x4000 | (number & 0x3FFF)),
                                        SectionRequest{static_cast<std::uint8_t>(number % window), data}, close));
        }
    }
};

int run(MessageSet set, const char* name, std::size_t window_sections, std::size_t window_octets) {
    Device on;
    const ont_platform p = platform(on);
    std::vector<std::uint8_t> window(window_octets);
    ont_identity identity{};
    identity.omcc_version = 0xB4;
    ont_options options{};
    options.window_sections_max = 256;
    options.window = window.data();
    options.window_octets = window.size();
    options.seal_frames = 1;
    ont_handler handler;
    const std::uint8_t version[14] = {};
    std::uint8_t image = 0;
    bool good = ont_factory_record(&p, 0, version, nullptr) == 0 && ont_boot(&p, &options, &image) == 0 &&
                ont_init(&handler, &p, &identity, &options) == 0;
    const auto hand_in = [&](const std::vector<std::uint8_t>& frame) {
        ont_handle(&handler, frame.data(), frame.size(), ONT_FROM_OMCC, 0);
    };
    const auto work = [&] {
        while (ont_step(&handler, 0) != 0) {}
    };

    Download download{set, window_sections};
    std::uint16_t id = 1;
    const auto begin = [&] {
        store_be(download.start.data(), ++id);  // a TCI of its own; the check is then the driver's
        std::memset(download.start.data() + download.start.size() - 4, 0, 4);
        hand_in(download.start);
        good = good && on.result == 0;
        work();
    };

    begin();
    const auto alone = bench::time_of(1'000'000, [&](std::uint64_t i) {
        hand_in(download.sections[i % (window_sections - 1)]);  // never the close
    });
    const auto rounds = download.sections.size();
    const std::uint32_t crc = crc32(download.image);
    const auto whole = bench::time_of(10, [&](std::uint64_t) {
        begin();
        for (const auto& section : download.sections) hand_in(section);
        good = good && on.result == 0;
        work();
        EndRequest end;
        end.image_crc = ImageCrc{crc};
        end.image_octets = static_cast<std::uint32_t>(download.image.size());
        hand_in(frame_of(set, ++id, end, true));
        good = good && on.result == 0;
    });
    const auto count = static_cast<double>(rounds);
    std::printf("%-8s section, handled, check included     %8.1f ns median, %8.1f ns best\n", name, alone.median_ns,
                alone.best_ns);
    std::printf("%-8s section, its share of a download     %8.1f ns median, %8.1f ns best\n", name,
                whole.median_ns / count, whole.best_ns / count);
    if (!good) std::puts("a download failed: these figures mean nothing");
    return good ? 0 : 1;
}

}  // namespace

int main() { return run(MessageSet::baseline, "baseline", 256, 8192) + run(MessageSet::extended, "extended", 4, 8192); }
