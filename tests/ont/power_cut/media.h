// SPDX-License-Identifier: Apache-2.0
// Octets behind a cache: a file's, or a block device's. What is written lies in the cache until it is synced. A power
// cut loses of the rest what it likes, by sectors, and tears the operation that it hits at any octet: that is worse
// than disks are, on purpose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tests/ont/power_cut/octets.h"

namespace power_cut {

inline constexpr std::size_t sector_octets = 512;

/// What a cut leaves of what was written and not synced.
enum class Survival : std::uint8_t { lose, keep, draw };

class Media {
public:
    explicit Media(std::size_t octets = 0) : durable_(octets) {}

    /// As a reader sees it.
    const Bytes& now() const { return clean_ ? durable_.get() : cached_.get(); }
    std::size_t size() const { return now().size(); }

    /// Writes as far as `fate` lets it; what lies beyond the end grows it. A torn write reaches the disk at once.
    void write(Fate fate, std::size_t offset, std::span<const std::uint8_t> octets, Dice& dice);
    void resize(Fate fate, std::size_t octets);
    void sync(Fate fate, Dice& dice);

    /// The power was out.
    void settle(Survival survival, Dice& dice);

private:
    void open_cache();
    static void put(Octets& to, std::size_t offset, std::span<const std::uint8_t> octets);
    void garbage(std::size_t begin, std::size_t end, Dice& dice);
    void keep_size();
    void save_sector(std::size_t sector);

    Octets durable_;
    Octets cached_;  ///< the same size or another; unused while clean
    std::vector<bool> dirty_;
    bool clean_ = true;
    bool resized_ = false;  ///< and that is not synced
};

}  // namespace power_cut
