// SPDX-License-Identifier: Apache-2.0
#include "ont/window.h"

#include <algorithm>
#include <cstring>

namespace ont {

void Window::open(std::span<std::uint8_t> buffer, omci::MessageSet set, std::size_t sections) noexcept {
    buffer_ = buffer.data();
    stride_ = static_cast<std::uint16_t>(omci::section_octets(set));
    sections_ = static_cast<std::uint16_t>(sections);
    end_ = omci::window_sections_max;
    clear();
}

void Window::clear() noexcept {
    std::memset(length_.data(), 0, end_ * sizeof(length_[0]));
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
    std::uint16_t& length = length_[number];
    arrived_ = static_cast<std::uint16_t>(arrived_ + (length == 0 ? 1 : 0));
    octets_ = static_cast<std::uint32_t>(octets_ - length + size);
    length = static_cast<std::uint16_t>(size);
    end_ = std::max(end_, static_cast<std::uint16_t>(number + 1));
    std::uint8_t* to = buffer_ + std::size_t{number} * stride_;
    if (size == omci::baseline_section_octets)  // a length the compiler knows: by far the most frequent one
        std::memcpy(to, data.data(), omci::baseline_section_octets);
    else
        std::memcpy(to, data.data(), size);
}

std::span<std::uint8_t> Window::gather() noexcept {
    if (octets_ != std::size_t{end_} * stride_) {
        std::size_t at = 0;
        for (std::size_t i = 0; i < end_; at += length_[i++])
            std::memmove(buffer_ + at, buffer_ + i * stride_, length_[i]);
    }
    return {buffer_, octets_};
}

bool Window::zero_from(std::size_t offset) const noexcept {
    return std::all_of(buffer_ + offset, buffer_ + octets_, [](std::uint8_t octet) { return octet == 0; });
}

}  // namespace ont
