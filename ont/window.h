// SPDX-License-Identifier: Apache-2.0
// One window of standard Download sections, collected by number in the buffer that the firmware lends.
//
// Section n lies at n times the largest section of the message set (31 or 1965 octets), whatever its own length. So
// sections may come in any order and more than once: the last copy of a number counts. A short one has its length
// written in the last octets of its own place, which it does not fill; two bits a section say what is there. Only at
// the close are short ones (extended) moved together. A section costs one copy; nothing walks the window until its
// close. A number past the agreed window, or anything else that does not belong, spoils the window; the close says so.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "omci/software_download.h"

namespace ont {

class Window {
public:
    /// Sections of this set that `octets` of buffer hold.
    static constexpr std::size_t capacity(omci::MessageSet set, std::size_t octets) noexcept {
        return set == omci::MessageSet::baseline ? octets / omci::baseline_section_octets
                                                 : octets / omci::extended_section_max_octets;
    }

    /// Begins to collect windows of at most `sections` sections, which `buffer` holds.
    void open(std::span<std::uint8_t> buffer, omci::MessageSet set, std::size_t sections) noexcept;

    /// Forgets what was collected.
    void clear() noexcept;

    /// Takes a section in. One past the agreed window, or without data, spoils the window.
    void put(std::uint8_t number, omci::Octets data) noexcept;

    void spoil() noexcept { spoiled_ = true; }

    /// Sections 0..last are all there, nothing else is, and nothing spoiled them.
    bool complete(std::uint8_t last) const noexcept {
        return !spoiled_ && end_ == last + std::size_t{1} && arrived_ == end_;
    }

    /// Different sections that arrived.
    std::size_t arrived() const noexcept { return arrived_; }

    /// Octets in them.
    std::size_t octets() const noexcept { return octets_; }

    /// Copies octets `from` and on of a complete window that was not gathered yet; `out` does not reach past its end.
    void copy(std::size_t from, std::span<std::uint8_t> out) const noexcept;

    /// The octets of a complete window, in order; short sections are moved together for it. To be asked once, then
    /// clear().
    std::span<std::uint8_t> gather() noexcept;

    /// Everything from `offset` to the end is zero, in a complete window of full sections.
    bool zero_from(std::size_t offset) const noexcept;

private:
    /// One bit for each section.
    struct Marks {
        std::array<std::uint8_t, omci::window_sections_max / 8> octets{};

        bool has(std::size_t i) const noexcept { return (octets[i >> 3] >> (i & 7) & 1u) != 0; }
        void set(std::size_t i, bool to) noexcept {
            const auto mark = static_cast<std::uint8_t>(1u << (i & 7));
            octets[i >> 3] = static_cast<std::uint8_t>(to ? octets[i >> 3] | mark : octets[i >> 3] & ~mark);
        }
    };

    std::size_t length(std::size_t number) const noexcept;

    std::uint8_t* buffer_ = nullptr;
    std::uint16_t stride_ = 0;
    std::uint16_t sections_ = 0;  ///< agreed
    std::uint16_t end_ = 0;       ///< the highest section that arrived, and one
    std::uint16_t arrived_ = 0;
    bool spoiled_ = false;
    std::uint32_t octets_ = 0;
    Marks here_;  ///< sections that arrived
    Marks full_;  ///< and those of them that fill their place
};

}  // namespace ont
