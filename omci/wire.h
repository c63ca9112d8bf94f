// SPDX-License-Identifier: Apache-2.0
// Reader and Writer: the two directions in which a message's layout() can be walked.
//
// A message lists its fields once, in wire order, each with its name. A Reader fills them in from octets, a
// Writer lays them down, and anything else with the same calls (format.cpp has one that prints) can walk the
// same list, so the directions cannot drift apart. Octets are big-endian. Nothing here allocates.
//
// A Reader never fails: G.988 11.2.5 wants missing trailing octets read as zero. What must not be missing is
// said by the frame (Frame::truncated) and by the message (valid()).
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "omci/ids.h"

namespace omci {

using Octets = std::span<const std::uint8_t>;

/// Unsigned integers of one to four octets, and identifiers built on them.
template <typename T>
concept WireNumber = std::unsigned_integral<T> || std::is_enum_v<T>;

template <WireNumber T>
constexpr auto raw(T number) noexcept {
    if constexpr (std::is_enum_v<T>)
        return static_cast<std::underlying_type_t<T>>(number);
    else
        return number;
}

/// Big-endian number at the front of `octets`, which must be long enough.
template <std::unsigned_integral T>
constexpr T load_be(const std::uint8_t* octets) noexcept {
    T number = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) number = static_cast<T>(number << (sizeof(T) > 1 ? 8 : 0) | octets[i]);
    return number;
}

template <std::unsigned_integral T>
constexpr void store_be(std::uint8_t* octets, T number) noexcept {
    for (std::size_t i = 0; i < sizeof(T); ++i)
        octets[i] = static_cast<std::uint8_t>(number >> (8 * (sizeof(T) - 1 - i)));
}

class Reader {
public:
    static constexpr bool reading = true;

    constexpr Reader(Octets contents, MessageSet set) noexcept : contents_{contents}, set_{set} {}

    constexpr MessageSet set() const noexcept { return set_; }
    constexpr bool more() const noexcept { return at_ < contents_.size(); }

    template <WireNumber T>
    constexpr void field(const char*, T& out) noexcept {
        using Number = decltype(raw(out));
        Number number = 0;
        if (contents_.size() - at_ >= sizeof(Number)) {
            number = load_be<Number>(contents_.data() + at_);
            at_ += sizeof(Number);
        } else {
            for (std::size_t i = 0; i < sizeof(Number); ++i)
                number = static_cast<Number>(number << (sizeof(Number) > 1 ? 8 : 0) | (more() ? contents_[at_++] : 0));
        }
        out = static_cast<T>(number);
    }

    /// A field that an extended message may leave out; in a baseline one it is always there.
    template <WireNumber T>
    constexpr void field(const char* name, std::optional<T>& out) noexcept {
        out.reset();
        if (set_ == MessageSet::extended && !more()) return;
        T number{};
        field(name, number);
        out = number;
    }

    /// `count` octets, or as many as there are.
    constexpr void octets(const char*, Octets& out, std::size_t count) noexcept {
        out = contents_.subspan(at_, std::min(count, contents_.size() - at_));
        at_ += out.size();
    }

    /// `count` octets that are always all there: a writer pads them in either message set.
    constexpr void fixed(const char* name, Octets& out, std::size_t count) noexcept { octets(name, out, count); }

    constexpr void rest(const char* name, Octets& out) noexcept { octets(name, out, contents_.size()); }

    template <typename T>
    constexpr void derived(const char*, const T&) noexcept {}

private:
    Octets contents_;
    std::size_t at_ = 0;
    MessageSet set_;
};

class Writer {
public:
    static constexpr bool reading = false;

    constexpr Writer(std::span<std::uint8_t> room, MessageSet set) noexcept : room_{room}, set_{set} {}

    constexpr MessageSet set() const noexcept { return set_; }
    constexpr bool more() const noexcept { return true; }
    constexpr bool ok() const noexcept { return ok_; }
    constexpr std::size_t size() const noexcept { return at_; }

    template <WireNumber T>
    constexpr void field(const char*, const T& number) noexcept {
        if (!take(sizeof(raw(number)))) return;
        store_be(room_.data() + at_ - sizeof(raw(number)), raw(number));
    }

    template <WireNumber T>
    constexpr void field(const char* name, const std::optional<T>& number) noexcept {
        if (number)
            field(name, *number);
        else if (set_ == MessageSet::baseline)
            field(name, T{});
    }

    /// `count` octets in a baseline message, zero padded; an extended message is never padded.
    constexpr void octets(const char* name, Octets octets, std::size_t count) noexcept {
        fixed(name, octets, set_ == MessageSet::baseline ? count : std::min(count, octets.size()));
    }

    constexpr void fixed(const char*, Octets octets, std::size_t count) noexcept {
        const std::size_t used = std::min(count, octets.size());
        if (!take(count)) return;
        std::uint8_t* to = room_.data() + at_ - count;
        std::copy_n(octets.data(), used, to);
        std::fill(to + used, to + count, std::uint8_t{0});
    }

    constexpr void rest(const char*, Octets octets) noexcept {
        if (!take(octets.size())) return;
        std::copy_n(octets.data(), octets.size(), room_.data() + at_ - octets.size());
    }

    template <typename T>
    constexpr void derived(const char*, const T&) noexcept {}

private:
    constexpr bool take(std::size_t count) noexcept {
        ok_ = ok_ && room_.size() - at_ >= count;
        if (ok_) at_ += count;
        return ok_;
    }

    std::span<std::uint8_t> room_;
    std::size_t at_ = 0;
    MessageSet set_;
    bool ok_ = true;
};

}  // namespace omci
