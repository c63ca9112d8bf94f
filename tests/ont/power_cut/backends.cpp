// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/backends.h"

#include <array>
#include <cstring>

#include "ont/linux/block_slots.h"
#include "ont/linux/file_slots.h"
#include "ont/linux/mtd_slots.h"
#include "ont/linux/ubi_slots.h"
#include "tests/ont/power_cut/memory_backend.h"

namespace power_cut {
namespace {

/// A backend that keeps its records itself.
template <typename Slots>
Backend both(std::unique_ptr<Slots> slots) {
    Backend backend;
    backend.records = slots.get();
    backend.slots = std::move(slots);
    return backend;
}

Backend failed(const std::string& what) {
    Backend backend;
    backend.error = what;
    return backend;
}

Backend open_memory(Board& board) { return both(std::make_unique<MemoryBackend>(board)); }

void lay_out_files(Storage&, const Geometry&) {}

Backend open_files(Board& board) {
    auto slots = std::make_unique<ont::FileSlots>(board.kernel().calls());
    const int error = slots->open(folder_path, board.setup.geometry.slot_octets);
    return error == 0 ? both(std::move(slots)) : failed("files: error " + std::to_string(error));
}

Pieces file_slot(const Storage& storage, std::uint8_t slot) {
    const Node* node = storage.node_of(slot == 0 ? "/ont/slot0" : "/ont/slot1");
    return node == nullptr ? Pieces{} : Pieces{node->media.now()};
}

// Devices keep record, counter and heads in a folder.

constexpr std::array<const char*, 2> devices{"/dev/sweep0", "/dev/sweep1"};

template <typename Slots>
Backend open_devices(Board& board) {
    const ont::Kernel& kernel = board.kernel().calls();
    auto slots = std::make_unique<Slots>(kernel);
    auto state = std::make_unique<ont::StateFolder>();
    if (const std::string wrong = slots->open(devices[0], devices[1]); !wrong.empty()) return failed(wrong);
    if (const int error = state->open(kernel, folder_path); error != 0)
        return failed("state folder: error " + std::to_string(error));
    slots->keep_heads_in(*state);
    Backend backend;
    backend.records = state.get();
    backend.own_records = std::move(state);
    backend.slots = std::move(slots);
    return backend;
}

void lay_out_block(Storage& storage, const Geometry& geometry) {
    for (const char* path : devices) storage.node(storage.add(Kind::block, path)).media = Media{geometry.slot_octets};
}

Pieces block_slot(const Storage& storage, std::uint8_t slot) { return {storage.node_of(devices[slot])->media.now()}; }

void lay_out_nand(Storage& storage, const Geometry& geometry) {
    constexpr std::size_t spare_blocks = 2;
    for (std::size_t slot = 0; slot < devices.size(); ++slot) {
        Flash& flash = storage.node(storage.add(Kind::flash, devices[slot])).flash;
        flash = {geometry.slot_octets + spare_blocks * geometry.nand_block, geometry.nand_block, geometry.nand_page};
        flash.mark_bad(1 + slot);
        flash.let_age();
    }
}

/// A block of slot 1 wears out while it is written.
void lay_out_worn(Storage& storage, const Geometry& geometry) {
    lay_out_nand(storage, geometry);
    storage.node(storage.find(devices[1])).flash.wear_out(3);
}

void lay_out_nor(Storage& storage, const Geometry& geometry) {
    for (const char* path : devices) {
        Flash& flash = storage.node(storage.add(Kind::flash, path)).flash;
        flash = {geometry.slot_octets, geometry.nor_block, 1};
        flash.let_age();
    }
}

Pieces flash_slot(const Storage& storage, std::uint8_t slot) { return storage.node_of(devices[slot])->flash.pieces(); }

void lay_out_ubi(Storage& storage, const Geometry& geometry) {
    const std::uint32_t blocks = (geometry.slot_octets + geometry.ubi_block - 1) / geometry.ubi_block;
    for (const char* path : devices) {
        const int number = storage.add(Kind::volume, path);
        storage.node(number).volume = {blocks, geometry.ubi_block};
        const std::string folder = "/sys/dev/char/240:" + std::to_string(number);
        const auto says = [&](const std::string& file, const std::string& text) {
            storage.node(storage.add(Kind::text, folder + file)).text = text;
        };
        says("/usable_eb_size", std::to_string(geometry.ubi_block) + "\n");
        says("/reserved_ebs", std::to_string(blocks) + "\n");
        says("/type", "dynamic\n");
        says("/upd_marker", "0\n");
        says("", "../../devices/virtual/ubi/ubi0/ubi0_" + std::to_string(number));
    }
}

Pieces ubi_slot(const Storage& storage, std::uint8_t slot) { return storage.node_of(devices[slot])->volume.pieces(); }

constexpr std::array table{
    BackendRow{"memory", MemoryBackend::lay_out, open_memory, MemoryBackend::slot},
    BackendRow{"file", lay_out_files, open_files, file_slot},
    BackendRow{"block", lay_out_block, open_devices<ont::BlockDeviceSlots>, block_slot},
    BackendRow{"nand", lay_out_nand, open_devices<ont::MtdSlots>, flash_slot},
    BackendRow{"worn-nand", lay_out_worn, open_devices<ont::MtdSlots>, flash_slot, 2},
    BackendRow{"nor", lay_out_nor, open_devices<ont::MtdSlots>, flash_slot},
    BackendRow{"ubi", lay_out_ubi, open_devices<ont::UbiSlots>, ubi_slot},
};

}  // namespace

std::span<const BackendRow> backends() { return table; }

}  // namespace power_cut
