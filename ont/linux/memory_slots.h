// SPDX-License-Identifier: Apache-2.0
// Slots, record and counter in memory: for tests and demonstrations of a host that knows Slots and RecordStore. Strict
// flash, which complains about a write without an erase, is in the simulator (sim/flash.h).
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "ont/linux/slots.h"

namespace ont {

class MemorySlots final : public Slots, public RecordStore {
public:
    MemorySlots(std::uint32_t slot_octets, std::uint32_t unit_octets) : unit_octets_{unit_octets} {
        for (Octets& slot : slots_) slot.assign(slot_octets, 0xFF);
    }

    std::uint32_t octets(std::uint8_t image) const override { return static_cast<std::uint32_t>(slots_[image].size()); }
    std::uint32_t erase_unit(std::uint8_t) const override { return unit_octets_; }
    std::string name(std::uint8_t image) const override { return image == 0 ? "memory 0" : "memory 1"; }

    bool keeps_heads() const override { return true; }
    int head_write(std::uint8_t image, const std::uint8_t* head, std::size_t octets) override {
        heads_[image].assign(head, head + octets);
        return 0;
    }
    int head_read(std::uint8_t image, std::uint8_t* head, std::size_t room, std::size_t* size) override {
        return give(heads_[image], head, room, size);
    }

    int record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) override {
        return give(record_, octets, room, size);
    }
    int record_write(const std::uint8_t* octets, std::size_t size) override {
        record_.assign(octets, octets + size);
        return 0;
    }
    int counter_read(std::uint32_t* value) override {
        *value = counter_;
        return 0;
    }
    int counter_write(std::uint32_t value) override {
        counter_ = value;
        return 0;
    }

    void lend(ont_platform& platform) {
        platform.context = this;
        lend_slots<MemorySlots>(platform);
        lend_records<MemorySlots>(platform);
    }

private:
    using Octets = std::vector<std::uint8_t>;

    static int give(const Octets& from, std::uint8_t* octets, std::size_t room, std::size_t* size) {
        *size = 0;
        if (from.size() > room) {
            errno = EMSGSIZE;
            return -1;
        }
        std::copy(from.begin(), from.end(), octets);
        *size = from.size();
        return 0;
    }

    int erase_unit_at(std::uint8_t image, std::uint32_t offset) override {
        Octets& slot = slots_[image];
        const std::size_t size = std::min<std::size_t>(unit_octets_, slot.size() - offset);
        std::fill_n(slot.begin() + static_cast<std::ptrdiff_t>(offset), size, std::uint8_t{0xFF});
        return 0;
    }
    int write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) override {
        std::copy_n(octets, count, slots_[image].begin() + static_cast<std::ptrdiff_t>(offset));
        return 0;
    }
    int read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) override {
        std::copy_n(slots_[image].begin() + static_cast<std::ptrdiff_t>(offset), count, octets);
        return 0;
    }
    int sync_all(std::uint8_t) override { return 0; }

    std::uint32_t unit_octets_;
    std::array<Octets, ONT_IMAGES> slots_;
    std::array<Octets, ONT_IMAGES> heads_;
    Octets record_;
    std::uint32_t counter_ = 0;
};

}  // namespace ont
