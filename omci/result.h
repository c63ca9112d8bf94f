// SPDX-License-Identifier: Apache-2.0
// A value or the reason why there is none. Every decoder of this library returns one; nothing here throws.
// The names follow std::expected, so that the day it may be used this file goes away.
#pragma once

#include <cassert>
#include <cstdint>

namespace omci {

enum class Error : std::uint8_t {
    header_short,    ///< fewer octets than a header has (8 baseline, 10 extended)
    unknown_device,  ///< the device identifier is neither 0x0A nor 0x0B
    truncated,       ///< the frame ends before its contents do
    bad_value,       ///< a field holds a value that may not exist
    wrong_action,    ///< the frame carries another message than the one asked for
    no_room,         ///< the octets do not fit where they should be written
};

/// One short sentence for people, without a full stop.
constexpr const char* text(Error error) noexcept {
    switch (error) {
    case Error::header_short: return "shorter than an OMCI header";
    case Error::unknown_device: return "device identifier is neither 0x0a (baseline) nor 0x0b (extended)";
    case Error::truncated: return "the frame ends before its contents do";
    case Error::bad_value: return "a field holds a value that may not exist";
    case Error::wrong_action: return "the frame carries another message";
    case Error::no_room: return "the message does not fit";
    }
    return "unknown error";
}

template <typename T>
class [[nodiscard]] Result {
public:
    constexpr Result(const T& value) noexcept : value_{value}, ok_{true} {}
    constexpr Result(Error error) noexcept : error_{error} {}

    constexpr explicit operator bool() const noexcept { return ok_; }
    constexpr bool has_value() const noexcept { return ok_; }
    constexpr Error error() const noexcept { return error_; }

    constexpr const T& operator*() const noexcept {
        assert(ok_);
        return value_;
    }
    constexpr T& operator*() noexcept {
        assert(ok_);
        return value_;
    }
    constexpr const T* operator->() const noexcept {
        assert(ok_);
        return &value_;
    }

private:
    T value_{};
    Error error_ = Error::bad_value;
    bool ok_ = false;
};

}  // namespace omci
