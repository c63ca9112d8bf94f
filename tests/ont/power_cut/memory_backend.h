// SPDX-License-Identifier: Apache-2.0
// The strictest storage there is: flash without a driver. Every octet is written once between two erasures, at once and
// for good; boot record and security counter are atomic. What fails here is wrong in the handler itself.
#pragma once

#include <cstdint>

#include "ont/linux/slots.h"
#include "tests/ont/power_cut/board.h"

namespace power_cut {

class MemoryBackend final : public ont::Slots, public ont::RecordStore {
public:
    explicit MemoryBackend(Board& board) : board_{board} {}

    static void lay_out(Storage& storage, const Geometry& geometry);
    static Pieces slot(const Storage& storage, std::uint8_t slot);

    std::uint32_t octets(std::uint8_t image) const override;
    std::uint32_t erase_unit(std::uint8_t image) const override;
    std::string name(std::uint8_t image) const override;
    int record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) override;
    int record_write(const std::uint8_t* octets, std::size_t size) override;
    int counter_read(std::uint32_t* value) override;
    int counter_write(std::uint32_t value) override;

private:
    int erase_unit_at(std::uint8_t image, std::uint32_t offset) override;
    int write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) override;
    int read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) override;
    int sync_all(std::uint8_t image) override;
    Node& node(const char* path) const;

    Board& board_;
};

}  // namespace power_cut
