// SPDX-License-Identifier: Apache-2.0
#include "tools/replay/memory_slot.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace tools {
namespace {

/// One allocation for the page and another for its counters, so that a page nobody holds any more is freed although
/// the pool still remembers it.
std::shared_ptr<MemoryPage> new_page() { return std::shared_ptr<MemoryPage>{new MemoryPage}; }

std::size_t digest(const MemoryPage& page) {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(page.data()), page.size()});
}

bool inside(std::uint32_t offset, std::size_t count) {
    return offset <= memory_slot_octets && count <= memory_slot_octets - offset;
}

/// Calls `use(page index, offset in it, octets before, octets)` for each page that the range touches.
template <typename Use>
void each_page(std::uint32_t offset, std::size_t count, Use use) {
    for (std::size_t done = 0; done < count;) {
        const std::size_t at = (offset + done) % memory_page_octets;
        const std::size_t size = std::min(count - done, memory_page_octets - at);
        use((offset + done) / memory_page_octets, at, done, size);
        done += size;
    }
}

}  // namespace

std::shared_ptr<MemoryPage> PagePool::share(std::shared_ptr<MemoryPage> page) {
    std::weak_ptr<MemoryPage>& place = pages_[digest(*page)];
    if (auto known = place.lock(); known && *known == *page) return known;
    place = page;
    return page;
}

bool MemorySlot::erase(std::uint32_t offset) {
    if (!inside(offset, memory_page_octets) || offset % memory_page_octets != 0) return false;
    pages_[offset / memory_page_octets].reset();
    return true;
}

/// A page that may be written: a shared one is copied first.
MemoryPage& MemorySlot::own_page(std::size_t index) {
    std::shared_ptr<MemoryPage>& page = pages_[index];
    if (page && page.use_count() == 1) return *page;
    auto own = new_page();
    if (page)
        *own = *page;
    else
        own->fill(0xFF);
    page = std::move(own);
    return *page;
}

bool MemorySlot::write(std::uint32_t offset, omci::Octets octets) {
    if (!inside(offset, octets.size())) return false;
    each_page(offset, octets.size(), [&](std::size_t index, std::size_t at, std::size_t done, std::size_t size) {
        std::copy_n(octets.data() + done, size, own_page(index).data() + at);
        if (at + size == memory_page_octets) pages_[index] = pool_.share(pages_[index]);  // slots fill in order
    });
    return true;
}

bool MemorySlot::read(std::uint32_t offset, std::span<std::uint8_t> octets) const {
    if (!inside(offset, octets.size())) return false;
    each_page(offset, octets.size(), [&](std::size_t index, std::size_t at, std::size_t done, std::size_t size) {
        if (pages_[index])
            std::copy_n(pages_[index]->data() + at, size, octets.data() + done);
        else
            std::fill_n(octets.data() + done, size, std::uint8_t{0xFF});
    });
    return true;
}

}  // namespace tools
