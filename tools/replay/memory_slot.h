// SPDX-License-Identifier: Apache-2.0
// An image slot in memory, for handlers that run inside a tool. Only pages that were written take room, and a page that
// several slots hold alike is kept once: a hundred ONTs with the same image cost little more than one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "omci/wire.h"

namespace tools {

inline constexpr std::uint32_t memory_page_octets = 16 * 1024;         ///< also the erase unit of a slot in memory
inline constexpr std::uint32_t memory_slot_octets = 64 * 1024 * 1024;  ///< the largest image that Start may announce

using MemoryPage = std::array<std::uint8_t, memory_page_octets>;

/// The pages that were written to their end, each content once. Must outlive nothing: slots keep their own pages alive.
class PagePool {
public:
    /// `page`, or the one of the same content that somebody holds already.
    std::shared_ptr<MemoryPage> share(std::shared_ptr<MemoryPage> page);

private:
    std::unordered_map<std::size_t, std::weak_ptr<MemoryPage>> pages_;
};

/// Offsets and sizes must lie inside the slot, else nothing is done and the answer is false. Erased octets are 0xFF.
class MemorySlot {
public:
    explicit MemorySlot(PagePool& pool) : pool_{pool}, pages_(memory_slot_octets / memory_page_octets) {}

    bool erase(std::uint32_t offset);
    bool write(std::uint32_t offset, omci::Octets octets);
    bool read(std::uint32_t offset, std::span<std::uint8_t> octets) const;

private:
    MemoryPage& own_page(std::size_t index);

    PagePool& pool_;
    std::vector<std::shared_ptr<MemoryPage>> pages_;  ///< null: erased
};

}  // namespace tools
