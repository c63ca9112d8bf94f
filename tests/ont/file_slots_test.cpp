// SPDX-License-Identifier: Apache-2.0
// Slots and boot record as files: they survive being opened again, and a record that was written by half.
#include "ont/linux/file_slots.h"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "file_slots_XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path); }
};

constexpr std::uint32_t slot_octets = 150'000;  // two erase units and a part

Bytes record(ont::FileSlots& slots) {
    Bytes octets(ONT_RECORD_OCTETS_MAX);
    std::size_t size = 99;
    REQUIRE(slots.record_read(octets.data(), octets.size(), &size) == 0);
    octets.resize(size);
    return octets;
}

}  // namespace

TEST_CASE("file slots: what was written is there after reopening") {
    Folder folder;
    const Bytes image{1, 2, 3, 4, 5};
    {
        ont::FileSlots slots;
        REQUIRE(slots.open(folder.path, slot_octets) == 0);
        CHECK(record(slots).empty());
        CHECK(slots.write(1, 70'000, image.data(), image.size()) == 0);
        CHECK(slots.write(1, slot_octets - 5, image.data(), image.size()) == 0);
        CHECK(slots.write(1, slot_octets - 4, image.data(), image.size()) != 0);
        CHECK(slots.write(2, 0, image.data(), image.size()) != 0);
        CHECK(slots.sync(1) == 0);
        CHECK(slots.record_write(image.data(), image.size()) == 0);
    }
    ont::FileSlots slots;
    REQUIRE(slots.open(folder.path, slot_octets) == 0);
    CHECK(record(slots) == image);
    Bytes read(5);
    CHECK(slots.read(1, 70'000, read.data(), 5) == 0);
    CHECK(read == image);
    CHECK(slots.read(1, slot_octets - 5, read.data(), 5) == 0);
    CHECK(read == image);
    CHECK(slots.read(1, slot_octets - 4, read.data(), 5) != 0);
    CHECK(slots.read(0, 0, read.data(), 5) == 0);
    CHECK(slots.erase(1, 65'536) == 0);
    CHECK(slots.read(1, 70'000, read.data(), 5) == 0);
    CHECK(read != image);
    CHECK(slots.erase(1, 131'072) == 0);  // the last unit, a short one
    CHECK(slots.read(1, slot_octets - 5, read.data(), 5) == 0);
    CHECK(read != image);
    CHECK(slots.erase(1, slot_octets) != 0);
    CHECK(std::filesystem::file_size(folder.path / "slot1") == slot_octets);
}

TEST_CASE("file slots: windows of any size come back as they were written, across erase units") {
    Folder folder;
    ont::FileSlots slots;
    REQUIRE(slots.open(folder.path, slot_octets) == 0);
    Bytes image(slot_octets);
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i * 7 % 251);
    const std::size_t sizes[] = {992, 1, 31, 65'536, 70'000, 7936};
    std::uint32_t at = 0;
    for (std::size_t i = 0; at < slot_octets; ++i) {
        const std::size_t size = std::min(sizes[i % std::size(sizes)], std::size_t{slot_octets - at});
        REQUIRE(slots.write(0, at, image.data() + at, size) == 0);
        at += static_cast<std::uint32_t>(size);
        // Also before it has reached the file.
        Bytes last(size);
        if (i % 3 == 0) CHECK(slots.read(0, at - static_cast<std::uint32_t>(size), last.data(), size) == 0);
        if (i % 3 == 0) CHECK(std::equal(last.begin(), last.end(), image.begin() + at - static_cast<long>(size)));
    }
    CHECK(slots.sync(0) == 0);
    Bytes read(slot_octets);
    CHECK(slots.read(0, 0, read.data(), read.size()) == 0);
    CHECK(read == image);
}

TEST_CASE("file slots: what was given up in mid-unit never comes back into the next download") {
    Folder folder;
    ont::FileSlots slots;
    REQUIRE(slots.open(folder.path, slot_octets) == 0);
    const Bytes given_up(100, 'x'), next(100, 'y');
    REQUIRE(slots.write(1, 66'000, given_up.data(), 100) == 0);
    for (const std::uint32_t unit : {0u, 65'536u, 131'072u}) REQUIRE(slots.erase(1, unit) == 0);
    REQUIRE(slots.write(1, 0, next.data(), 100) == 0);
    REQUIRE(slots.sync(1) == 0);
    Bytes read(100);
    CHECK(slots.read(1, 66'000, read.data(), 100) == 0);
    CHECK(read != given_up);
    CHECK(slots.read(1, 0, read.data(), 100) == 0);
    CHECK(read == next);
}

TEST_CASE("file slots: made without taking room, erased by giving it back") {
    Folder folder;
    ont::FileSlots slots;
    constexpr std::uint32_t large = 512 * 1024 * 1024;
    REQUIRE(slots.open(folder.path, large) == 0);
    const auto blocks = [&] {
        struct stat state {};
        REQUIRE(::stat((folder.path / "slot1").c_str(), &state) == 0);
        CHECK(state.st_size == large);
        return state.st_blocks;
    };
    CHECK(blocks() < 1024);  // of 512 octets each; a file system may need some of its own
    const Bytes unit(ont::FileSlots::unit_octets, 'x');
    REQUIRE(slots.write(1, 3 * ont::FileSlots::unit_octets, unit.data(), unit.size()) == 0);
    REQUIRE(slots.sync(1) == 0);
    const auto filled = blocks();
    REQUIRE(slots.erase(1, 3 * ont::FileSlots::unit_octets) == 0);
    CHECK(blocks() <= filled);
}

TEST_CASE("file slots: one folder serves one process, and slots of one size") {
    Folder folder;
    {
        ont::FileSlots slots, second;
        REQUIRE(slots.open(folder.path, slot_octets) == 0);
        CHECK(second.open(folder.path, slot_octets) == ont::FileSlots::in_use);
        CHECK(record(slots).empty());
    }
    {
        ont::FileSlots larger;
        CHECK(larger.open(folder.path, slot_octets + 1) == ont::FileSlots::other_size);
        CHECK(larger.found_octets() == slot_octets);
    }
    ont::FileSlots slots;
    CHECK(slots.open(folder.path, slot_octets) == 0);
}

TEST_CASE("file slots: two damaged copies are an error, and not a new ONT's") {
    Folder folder;
    const Bytes first{1, 2, 3};
    {
        ont::FileSlots slots;
        REQUIRE(slots.open(folder.path, slot_octets) == 0);
        REQUIRE(slots.record_write(first.data(), first.size()) == 0);
    }
    std::array<std::uint8_t, ONT_RECORD_OCTETS_MAX> room;
    std::size_t size = 0;
    std::ofstream{folder.path / "record0", std::ios::trunc} << "junk";
    {
        ont::FileSlots slots;  // the other one was never written: a first store that was cut short
        REQUIRE(slots.open(folder.path, slot_octets) == 0);
        CHECK(slots.record_read(room.data(), room.size(), &size) == 0);
        CHECK(size == 0);
    }
    std::ofstream{folder.path / "record1", std::ios::trunc} << "junk";
    ont::FileSlots slots;
    REQUIRE(slots.open(folder.path, slot_octets) == 0);
    CHECK(slots.record_read(room.data(), room.size(), &size) != 0);
}

TEST_CASE("file slots: a record damaged or cut anywhere leaves the one before") {
    Folder folder;
    const Bytes first{1, 2, 3}, second{4, 5, 6, 7};
    {
        ont::FileSlots slots;
        REQUIRE(slots.open(folder.path, slot_octets) == 0);
        REQUIRE(slots.record_write(first.data(), first.size()) == 0);
        REQUIRE(slots.record_write(second.data(), second.size()) == 0);
        CHECK(record(slots) == second);
    }
    // The first store went to copy 0, the second to copy 1.
    const auto newest = folder.path / "record1";
    Bytes good(static_cast<std::size_t>(std::filesystem::file_size(newest)));
    std::ifstream{newest, std::ios::binary}.read(reinterpret_cast<char*>(good.data()),
                                                 static_cast<std::streamsize>(good.size()));
    for (std::size_t i = 0; i < good.size(); ++i)
        for (const bool cut : {true, false}) {
            CAPTURE(i);
            CAPTURE(cut);
            Bytes bad = good;
            if (cut)
                bad.resize(i);
            else
                bad[i] ^= 0xFF;
            std::ofstream{newest, std::ios::binary | std::ios::trunc}.write(reinterpret_cast<const char*>(bad.data()),
                                                                            static_cast<std::streamsize>(bad.size()));
            ont::FileSlots slots;
            REQUIRE(slots.open(folder.path, slot_octets) == 0);
            CHECK(record(slots) == first);
            if (i == 0) {
                REQUIRE(slots.record_write(second.data(), second.size()) == 0);
                CHECK(record(slots) == second);
            }
        }
}

TEST_CASE("file slots: many stores in turn, each the newest") {
    Folder folder;
    for (std::uint8_t i = 0; i < 20; ++i) {
        ont::FileSlots slots;
        REQUIRE(slots.open(folder.path, slot_octets) == 0);
        const Bytes octets(i + std::size_t{1}, i);
        REQUIRE(slots.record_write(octets.data(), octets.size()) == 0);
        CHECK(record(slots) == octets);
    }
}

TEST_CASE("file slots: a folder that is not there is named by its errno") {
    ont::FileSlots slots;
    CHECK(slots.open("/nowhere/at/all", slot_octets) == ENOENT);
}
