// SPDX-License-Identifier: Apache-2.0
// A device in memory for the tests of ont/: two slots of flash that know what was erased, a boot record, what was sent,
// and every way in which storage may fail. It complains (`mistakes`) about what a platform must never be asked to do.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "ont/ont.h"

namespace tests {

using Bytes = std::vector<std::uint8_t>;

struct Device {
    static constexpr std::uint32_t never = 0xFFFF'FFFFu;

    std::uint32_t slot_octets;
    std::uint32_t erase_unit;
    std::array<Bytes, 2> slot;
    std::array<std::vector<bool>, 2> erased;
    Bytes record;
    std::uint32_t counter = 0;  ///< the platform's store of the security counter
    std::uint8_t running = 0;   ///< the image that boots; its slot is sacred
    std::vector<Bytes> sent;
    std::vector<std::pair<int, std::uint32_t>> events;
    std::string order;  ///< E erase, W write, Y sync, R record, C counter, s send, b reboot
    std::vector<std::string> mistakes;
    int reboots = 0;
    ont_calls calls = ONT_NO_CALL;

    // Faults.
    bool fail_erase = false, fail_write = false, fail_read = false, fail_sync = false, fail_record = false;
    bool fail_counter = false;
    bool record_lands_but_fails = false;
    std::uint32_t cut_after = never;  ///< storage operations until the plug is pulled
    bool cut = false;                 ///< nothing reaches the storage or the fibre any more
    bool torn = false;                ///< the operation that the cut hits is done by half
    std::uint32_t operations = 0;
    std::uint64_t octets_written = 0;
    void* services = nullptr;  ///< what package_lab.h lends beside storage

    explicit Device(std::uint32_t octets = 64 * 1024, std::uint32_t unit = 4096)
        : slot_octets{octets}, erase_unit{unit} {
        for (std::size_t i = 0; i < 2; ++i) {
            slot[i].assign(slot_octets, static_cast<std::uint8_t>(0xA0 + i));
            erased[i].assign(slot_octets, false);
        }
    }

    ont_platform platform();

    /// Counts a storage operation. 0: not done at all, 1: done by half and then dark, 2: done.
    int lives() {
        if (cut) return 0;
        if (operations++ < cut_after) return 2;
        cut = true;
        return torn ? 1 : 0;
    }
    void mistake(const char* what) { mistakes.emplace_back(what); }

    int do_erase(std::uint8_t image, std::uint32_t offset);
    int do_write(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count);
    int do_record(const std::uint8_t* octets, std::size_t size);
    int do_counter(std::uint32_t value);
};

inline Device& device(void* context) { return *static_cast<Device*>(context); }

inline int Device::do_erase(std::uint8_t image, std::uint32_t offset) {
    if (image == running) mistake("the running slot was erased");
    if (image > 1 || offset >= slot_octets || offset % erase_unit != 0) {
        mistake("an erase outside the slot or off its units");
        return -1;
    }
    if (fail_erase) return -1;
    const int done = lives();
    order += 'E';
    std::uint32_t size = std::min(erase_unit, slot_octets - offset);
    if (done < 2) size /= 2;
    for (std::uint32_t i = offset; done > 0 && i < offset + size; ++i) {
        slot[image][i] = 0xFF;
        erased[image][i] = true;
    }
    return done == 2 ? 0 : -1;
}

inline int Device::do_write(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) {
    if (image == running) mistake("the running slot was written");
    if (image > 1 || offset > slot_octets || count > slot_octets - offset) {
        mistake("a write outside the slot");
        return -1;
    }
    if (fail_write) return -1;
    const int done = lives();
    order += 'W';
    if (done < 2) count /= 2;
    octets_written += count;
    for (std::size_t i = 0; done > 0 && i < count; ++i) {
        if (erase_unit != 0 && !erased[image][offset + i]) mistake("an octet was written that was not erased");
        erased[image][offset + i] = false;
        slot[image][offset + i] = octets[i];
    }
    return done == 2 ? 0 : -1;
}

inline int Device::do_record(const std::uint8_t* octets, std::size_t size) {
    if (size > ONT_RECORD_OCTETS_MAX) mistake("the record is too large");
    if (fail_record) return -1;
    if (lives() < 2) return -1;  // atomic: a cut leaves the old one
    order += 'R';
    record.assign(octets, octets + size);
    return record_lands_but_fails ? -1 : 0;
}

inline int Device::do_counter(std::uint32_t value) {
    if (value <= counter) mistake("the security counter was not raised");
    if (fail_counter || lives() < 2) return -1;
    order += 'C';
    counter = value;
    return 0;
}

inline ont_platform Device::platform() {
    ont_platform p{};
    p.version = ONT_PLATFORM_VERSION;
    p.context = this;
    p.slot_octets = [](void* c, std::uint8_t) { return device(c).slot_octets; };
    p.slot_erase_unit = [](void* c, std::uint8_t) { return device(c).erase_unit; };
    p.slot_erase = [](void* c, std::uint8_t i, std::uint32_t at) { return device(c).do_erase(i, at); };
    p.slot_write = [](void* c, std::uint8_t i, std::uint32_t at, const std::uint8_t* octets, std::size_t count) {
        return device(c).do_write(i, at, octets, count);
    };
    p.slot_read = [](void* c, std::uint8_t i, std::uint32_t at, std::uint8_t* octets, std::size_t count) {
        Device& d = device(c);
        if (d.cut || d.fail_read || i > 1 || at > d.slot_octets || count > d.slot_octets - at) return -1;
        std::memcpy(octets, d.slot[i].data() + at, count);
        return 0;
    };
    p.slot_sync = [](void* c, std::uint8_t) {
        device(c).order += 'Y';
        return device(c).fail_sync || device(c).lives() < 2 ? -1 : 0;
    };
    p.record_read = [](void* c, std::uint8_t* octets, std::size_t room, std::size_t* size) {
        const Bytes& stored = device(c).record;
        if (stored.size() > room) return -1;
        std::copy(stored.begin(), stored.end(), octets);
        *size = stored.size();
        return 0;
    };
    p.record_write = [](void* c, const std::uint8_t* octets, std::size_t size) {
        return device(c).do_record(octets, size);
    };
    p.counter_read = [](void* c, std::uint32_t* value) {
        *value = device(c).counter;
        return device(c).cut || device(c).fail_counter ? -1 : 0;
    };
    p.counter_write = [](void* c, std::uint32_t value) { return device(c).do_counter(value); };
    p.send = [](void* c, const std::uint8_t* frame, std::size_t octets) {
        Device& d = device(c);
        if (d.cut) return -1;
        d.order += 's';
        d.sent.emplace_back(frame, frame + octets);
        return 0;
    };
    p.reboot = [](void* c) {
        device(c).order += 'b';
        ++device(c).reboots;
    };
    p.calls = [](void* c) { return device(c).calls; };
    p.event = [](void* c, int kind, std::uint32_t value) { device(c).events.emplace_back(kind, value); };
    return p;
}

}  // namespace tests
