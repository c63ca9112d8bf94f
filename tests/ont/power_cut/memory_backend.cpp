// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/memory_backend.h"

#include <array>
#include <cstring>

namespace power_cut {
namespace {

constexpr std::array<const char*, 2> paths{"memory slot 0", "memory slot 1"};
constexpr const char* record_path = "memory record";
constexpr const char* counter_path = "memory counter";

}  // namespace

void MemoryBackend::lay_out(Storage& storage, const Geometry& geometry) {
    for (const char* path : paths) {
        Node& node = storage.node(storage.add(Kind::flash, path));
        node.flash = Flash{geometry.slot_octets, geometry.memory_unit, 1};
    }
    storage.add(Kind::text, record_path);
    storage.add(Kind::text, counter_path);
}

Pieces MemoryBackend::slot(const Storage& storage, std::uint8_t slot) {
    return storage.node_of(paths[slot])->flash.pieces();
}

Node& MemoryBackend::node(const char* path) const { return board_.storage.node(board_.storage.find(path)); }

std::uint32_t MemoryBackend::octets(std::uint8_t image) const {
    return static_cast<std::uint32_t>(node(paths[image]).flash.size());
}

std::uint32_t MemoryBackend::erase_unit(std::uint8_t image) const { return node(paths[image]).flash.erase_octets(); }

std::string MemoryBackend::name(std::uint8_t image) const { return paths[image]; }

int MemoryBackend::erase_unit_at(std::uint8_t image, std::uint32_t offset) {
    Flash& flash = node(paths[image]).flash;
    if (!flash.may_erase(offset, flash.erase_octets(), board_.mistakes)) return -1;
    const Fate fate = board_.power.operation("erase", paths[image], offset, flash.erase_octets());
    flash.erase(fate, offset, flash.erase_octets(), board_.power.dice);
    return fate == Fate::done ? 0 : -1;
}

int MemoryBackend::write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) {
    Flash& flash = node(paths[image]).flash;
    if (!flash.may_program(offset, count, board_.mistakes)) return -1;
    const Fate fate = board_.power.operation("write", paths[image], offset, count);
    flash.program(fate, offset, {octets, count}, board_.power.dice);
    return fate == Fate::done ? 0 : -1;
}

int MemoryBackend::read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) {
    const bool read = !board_.power.dark() && node(paths[image]).flash.read(offset, {octets, count});
    return read ? 0 : -1;
}

int MemoryBackend::sync_all(std::uint8_t image) {
    return board_.power.operation("sync", paths[image], 0, 0) == Fate::done ? 0 : -1;
}

int MemoryBackend::record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) {
    const std::string& record = node(record_path).text;
    if (board_.power.dark() || record.size() > room) return -1;
    std::memcpy(octets, record.data(), record.size());
    *size = record.size();
    return 0;
}

int MemoryBackend::record_write(const std::uint8_t* octets, std::size_t size) {
    const Fate fate = board_.power.operation("record", record_path, 0, size);
    if (fate == Fate::done || fate == Fate::last)
        node(record_path).text.assign(reinterpret_cast<const char*>(octets), size);
    return fate == Fate::done ? 0 : -1;
}

int MemoryBackend::counter_read(std::uint32_t* value) {
    const std::string& counter = node(counter_path).text;
    *value = 0;
    if (board_.power.dark()) return -1;
    if (!counter.empty()) std::memcpy(value, counter.data(), sizeof *value);
    return 0;
}

int MemoryBackend::counter_write(std::uint32_t value) {
    const Fate fate = board_.power.operation("counter", counter_path, value, sizeof value);
    if (fate == Fate::done || fate == Fate::last)
        node(counter_path).text.assign(reinterpret_cast<const char*>(&value), sizeof value);
    return fate == Fate::done ? 0 : -1;
}

}  // namespace power_cut
