// SPDX-License-Identifier: Apache-2.0
#include "ont/window.h"

#include <algorithm>
#include <cstring>

namespace ont {
namespace {

constexpr std::uint8_t one_less = 0xFF;

}  // namespace

void Window::open(std::span<std::uint8_t> buffer, omci::MessageSet set, std::size_t sections) noexcept {
    buffer_ = buffer.data();
    stride_ = static_cast<std::uint16_t>(omci::section_octets(set));
    sections_ = static_cast<std::uint16_t>(sections);
    clear();
}

void Window::clear() noexcept {
    here_ = {};
    end_ = 0;
    arrived_ = 0;
    octets_ = 0;
    spoiled_ = false;
}

void Window::put(std::uint8_t number, omci::Octets data) noexcept {
    const std::size_t size = data.size();
    if (number >= sections_ || size == 0 || size > stride_) {
        spoiled_ = true;
        return;
    }
    if (here_.has(number)) {
        octets_ -= static_cast<std::uint32_t>(length(number));
    } else {
        here_.set(number, true);
        ++arrived_;
    }
    octets_ += static_cast<std::uint32_t>(size);
    end_ = std::max(end_, static_cast<std::uint16_t>(number + 1));
    std::uint8_t* to = buffer_ + std::size_t{number} * stride_;
    if (size == omci::baseline_section_octets)  // a length the compiler knows: by far the most frequent one
        std::memcpy(to, data.data(), omci::baseline_section_octets);
    else
        std::memcpy(to, data.data(), size);
    full_.set(number, size == stride_);
    if (size == stride_) return;
    // One octet is left at least, and no high octet of a length is 0xFF: that means "all but this octet".
    to[stride_ - 1] = size + 1 == stride_ ? one_less : static_cast<std::uint8_t>(size >> 8);
    if (size + 1 < stride_) to[stride_ - 2] = static_cast<std::uint8_t>(size);
}

std::size_t Window::length(std::size_t number) const noexcept {
    if (full_.has(number)) return stride_;
    const std::uint8_t* behind = buffer_ + (number + 1) * stride_;
    return behind[-1] == one_less ? stride_ - std::size_t{1} : std::size_t{behind[-1]} << 8 | behind[-2];
}

void Window::copy(std::size_t from, std::span<std::uint8_t> out) const noexcept {
    if (out.empty()) return;
    if (octets_ == std::size_t{end_} * stride_) {
        std::memcpy(out.data(), buffer_ + from, out.size());
        return;
    }
    for (std::size_t i = 0; i < end_ && !out.empty(); ++i) {
        const std::size_t size = length(i);
        const std::size_t skipped = std::min(from, size);
        const std::size_t taken = std::min(size - skipped, out.size());
        std::memcpy(out.data(), buffer_ + i * stride_ + skipped, taken);
        out = out.subspan(taken);
        from -= skipped;
    }
}

std::span<std::uint8_t> Window::gather() noexcept {
    if (octets_ != std::size_t{end_} * stride_) {
        std::size_t at = 0;
        for (std::size_t i = 0; i < end_; ++i) {
            const std::size_t size = length(i);  // before the sections in front of it are moved over its end
            std::memmove(buffer_ + at, buffer_ + i * stride_, size);
            at += size;
        }
    }
    return {buffer_, octets_};
}

bool Window::zero_from(std::size_t offset) const noexcept {
    return std::all_of(buffer_ + offset, buffer_ + octets_, [](std::uint8_t octet) { return octet == 0; });
}

}  // namespace ont
