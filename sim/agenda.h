// SPDX-License-Identifier: Apache-2.0
// What will happen, by time. Entries of one instant come in the order of their kinds, then of their keys, never of the
// order they were put in: so the run does not depend on how its parts are batched.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/tape.h"

namespace sim {

enum class Happening : std::uint8_t {
    ont,       ///< key: which ONT; it may have something to do
    arrival,   ///< of an upstream frame at the OLT; key: which ONT and which of its frames
    received,  ///< the OLT has served an upstream frame; key: which PON
    host,      ///< something the host planned; key: the order in which it planned
};

class Agenda {
public:
    struct Entry {
        Nanoseconds time = 0;
        Happening kind{};
        std::uint32_t slot = 0;  ///< where its particulars lie
        std::uint64_t key = 0;
    };

    void add(const Entry& entry) {
        entries_.push_back(entry);
        std::push_heap(entries_.begin(), entries_.end(), later);
    }

    Nanoseconds next() const noexcept { return entries_.empty() ? forever : entries_.front().time; }

    Entry take() {
        std::pop_heap(entries_.begin(), entries_.end(), later);
        const Entry entry = entries_.back();
        entries_.pop_back();
        return entry;
    }

private:
    static bool later(const Entry& a, const Entry& b) noexcept {
        if (a.time != b.time) return a.time > b.time;
        if (a.kind != b.kind) return a.kind > b.kind;
        return a.key > b.key;
    }

    std::vector<Entry> entries_;
};

}  // namespace sim
