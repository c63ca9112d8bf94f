// SPDX-License-Identifier: Apache-2.0
// What is remembered beside slots: the security counter, the heads of packages, and a record whose store failed.
#include <doctest/doctest.h>

#include <cerrno>

#include "ont/linux/file_slots.h"
#include "ont/linux/memory_slots.h"
#include "tests/ont/slots_devices.h"
#include "tests/ont/slots_hooks.h"
#include "tests/temporary_folder.h"

namespace {

using tests::Bytes;
using tests::pattern;

struct Lab {
    tests::TemporaryFolder folder;
    tests::HookedKernel hooks;
    std::string path = folder.file("");
};

std::uint32_t counter(ont::RecordStore& store) {
    std::uint32_t value = 99;
    CHECK(store.counter_read(&value) == 0);
    return value;
}

Bytes head(const ont::StateFolder& state, std::uint8_t image) {
    Bytes octets(10'000);
    std::size_t size = 99;
    CHECK(state.head_read(image, octets.data(), octets.size(), &size) == 0);
    octets.resize(size);
    return octets;
}

Bytes record(ont::RecordStore& store) {
    Bytes octets(ONT_RECORD_OCTETS_MAX);
    std::size_t size = 99;
    CHECK(store.record_read(octets.data(), octets.size(), &size) == 0);
    octets.resize(size);
    return octets;
}

}  // namespace

TEST_CASE("state folder: the counter is 0 at first, then what was stored, beside any record") {
    Lab lab;
    {
        ont::StateFolder state;
        REQUIRE(state.open(lab.hooks.kernel, lab.path) == 0);
        CHECK(counter(state) == 0);
        for (const std::uint32_t value : {1u, 7u, 0xFFFF'FFFFu}) {
            CHECK(state.counter_write(value) == 0);
            CHECK(counter(state) == value);
        }
        CHECK(record(state).empty());
        const Bytes octets = pattern(ONT_RECORD_OCTETS_MAX);
        CHECK(state.record_write(octets.data(), octets.size()) == 0);
        CHECK(state.record_write(octets.data(), octets.size() + 1) != 0);
        CHECK(record(state) == octets);
    }
    ont::StateFolder again;
    REQUIRE(again.open(lab.hooks.kernel, lab.path) == 0);
    CHECK(counter(again) == 0xFFFF'FFFF);
}

TEST_CASE("state folder: a counter whose newest copy is damaged is the one before; of two damaged ones none") {
    Lab lab;
    ont::StateFolder state;
    REQUIRE(state.open(lab.hooks.kernel, lab.path) == 0);
    REQUIRE(state.counter_write(5) == 0);
    REQUIRE(state.counter_write(6) == 0);
    lab.folder.write("counter1", "junk");
    CHECK(counter(state) == 5);
    lab.folder.write("counter0", "junk");
    std::uint32_t value = 0;
    CHECK(state.counter_read(&value) != 0);
    CHECK(errno == EBADMSG);
    // A boot record in its place is none either.
    REQUIRE(state.record_write(pattern(4).data(), 4) == 0);
    lab.folder.write("counter0", tests::read_text(lab.folder.file("record0")));
    CHECK(state.counter_read(&value) != 0);
}

TEST_CASE("state folder: a store that failed goes to the same copy once more, so that the good one stays") {
    Lab lab;
    ont::StateFolder state;
    REQUIRE(state.open(lab.hooks.kernel, lab.path) == 0);
    const Bytes octets[] = {pattern(20, 1), pattern(20, 2), pattern(20, 3), pattern(20, 4)};
    const auto store = [&](std::size_t which) { return state.record_write(octets[which].data(), 20); };
    REQUIRE(store(0) == 0);  // to copy 0
    const std::string on_disk = tests::read_text(lab.folder.file("record0"));
    lab.hooks.failing = "fdatasync";
    CHECK(store(1) != 0);  // to copy 1, which is in memory now, and perhaps nowhere else
    CHECK(store(2) != 0);
    CHECK(tests::read_text(lab.folder.file("record0")) == on_disk);
    lab.hooks.failing = "";
    CHECK(store(2) == 0);
    CHECK(tests::read_text(lab.folder.file("record0")) == on_disk);
    CHECK(record(state) == octets[2]);
    CHECK(store(3) == 0);
    CHECK(tests::read_text(lab.folder.file("record0")) != on_disk);
    CHECK(record(state) == octets[3]);
}

TEST_CASE("state folder: what a killed process left in memory is on the disk before it is built upon") {
    Lab lab;
    {
        ont::StateFolder state;
        REQUIRE(state.open(lab.hooks.kernel, lab.path) == 0);
        REQUIRE(state.record_write(pattern(9).data(), 9) == 0);
        REQUIRE(state.record_write(pattern(8).data(), 8) == 0);
    }
    const auto both = [&] {
        return tests::read_text(lab.folder.file("record0")) + tests::read_text(lab.folder.file("record1"));
    };
    const std::string before = both();
    ont::StateFolder state;
    REQUIRE(state.open(lab.hooks.kernel, lab.path) == 0);
    // Where that is not possible a store leaves both copies alone, but they can be read.
    lab.hooks.failing = "fdatasync";
    CHECK(state.record_write(pattern(7).data(), 7) != 0);
    CHECK(both() == before);
    CHECK(record(state) == pattern(8));
    lab.hooks.failing = "";
    lab.hooks.calls.clear();
    CHECK(record(state) == pattern(8));
    CHECK(lab.hooks.count("fdatasync") == 1);
    CHECK(record(state) == pattern(8));
    CHECK(lab.hooks.count("fdatasync") == 1);
    CHECK(state.record_write(pattern(7).data(), 7) == 0);
    CHECK(lab.hooks.count("fdatasync") == 2);
}

TEST_CASE("state folder: a copy that cannot be read is a damaged one, and no copy that was never stored") {
    Lab lab;
    ont::StateFolder state;
    REQUIRE(state.open(lab.hooks.kernel, lab.path) == 0);
    REQUIRE(state.record_write(pattern(9).data(), 9) == 0);
    REQUIRE(state.record_write(pattern(8).data(), 8) == 0);
    lab.hooks.failing = "pread";
    std::size_t size = 0;
    Bytes room(ONT_RECORD_OCTETS_MAX);
    CHECK(state.record_read(room.data(), room.size(), &size) != 0);
    // Nor is one that cannot be opened: it may be the newest.
    lab.hooks.failing = "open";
    lab.hooks.error = EMFILE;
    lab.hooks.after = 1;
    CHECK(state.record_read(room.data(), room.size(), &size) != 0);
    CHECK(errno == EMFILE);
}

TEST_CASE("state folder: a head is the whole old one or the whole new one, wherever its storing fails") {
    for (const char* call : {"open", "pwrite", "fsync", "rename"}) {
        CAPTURE(call);
        Lab lab;
        ont::StateFolder state;
        REQUIRE(state.open(lab.hooks.kernel, lab.path) == 0);
        CHECK(head(state, 0).empty());
        const Bytes old = pattern(9000, 1), next = pattern(3000, 2);
        REQUIRE(state.head_write(0, old.data(), old.size()) == 0);
        CHECK(head(state, 0) == old);
        CHECK(head(state, 1).empty());
        lab.hooks.failing = call;
        CHECK(state.head_write(0, next.data(), next.size()) != 0);
        lab.hooks.failing = "";
        CHECK(head(state, 0) == old);
        lab.hooks.calls.clear();
        REQUIRE(state.head_write(0, next.data(), next.size()) == 0);
        CHECK(head(state, 0) == next);
        // Synced before it takes the name, and the name after.
        std::vector<std::string> order;
        for (const std::string& done : lab.hooks.calls)
            if (done != "open" && done != "pread") order.push_back(done);
        CHECK(order == std::vector<std::string>{"pwrite", "fsync", "rename", "fsync"});
    }
    Lab lab;
    ont::StateFolder state;
    REQUIRE(state.open(lab.hooks.kernel, lab.path) == 0);
    REQUIRE(state.head_write(1, pattern(100).data(), 100) == 0);
    Bytes room(99);
    std::size_t size = 1;
    CHECK(state.head_read(1, room.data(), room.size(), &size) != 0);
    CHECK(errno == EMSGSIZE);
    CHECK(size == 0);
    CHECK(state.head_write(2, room.data(), 1) != 0);
}

TEST_CASE("state folder: one process at a time") {
    Lab lab;
    ont::StateFolder state, second;
    REQUIRE(state.open(lab.hooks.kernel, lab.path) == 0);
    CHECK(second.open(lab.hooks.kernel, lab.path) == ont::StateFolder::in_use);
    ont::StateFolder nowhere;
    CHECK(nowhere.open(lab.hooks.kernel, "/nowhere/at/all") == ENOENT);
}

TEST_CASE("file slots: a full disk fails the write or the sync, and is named") {
    Lab lab;
    ont::FileSlots slots{lab.hooks.kernel};
    REQUIRE(slots.open(lab.path, 200'000) == 0);
    const Bytes octets = pattern(70'000);
    lab.hooks.failing = "pwrite";
    lab.hooks.error = ENOSPC;
    CHECK(slots.write(1, 0, octets.data(), octets.size()) != 0);  // a whole unit goes to the disk
    CHECK(slots.complaint() == slots.name(1) + ": writing at 0: No space left on device");
    CHECK(slots.write(1, 65'536, octets.data(), 100) == 0);
    CHECK(slots.sync(1) != 0);
    lab.hooks.failing = "fdatasync";
    CHECK(slots.sync(1) != 0);
    lab.hooks.failing = "fallocate";
    lab.hooks.error = EOPNOTSUPP;
    CHECK(slots.erase(1, 0) == 0);
    Bytes read(100);
    CHECK(slots.read(1, 65'000, read.data(), 100) == 0);
    CHECK(read == Bytes(100, 0xFF));
    lab.hooks.error = EIO;
    CHECK(slots.erase(1, 0) != 0);
}

TEST_CASE("file slots: all of their callbacks are lent, and slots and records of different make go together") {
    Lab lab;
    ont::FileSlots files;
    REQUIRE(files.open(lab.path, 200'000) == 0);
    ont::MemorySlots memory{100'000, 4096};
    ont::Storage storage{memory, files};
    ont_platform of_files{}, both{};
    files.lend(of_files);
    storage.lend(both);
    for (const ont_platform& p : {of_files, both}) {
        const Bytes octets = pattern(300);
        CHECK(p.slot_erase(p.context, 1, 0) == 0);
        CHECK(p.slot_write(p.context, 1, 0, octets.data(), 300) == 0);
        CHECK(p.slot_sync(p.context, 1) == 0);
        Bytes read(300);
        CHECK(p.slot_read(p.context, 1, 0, read.data(), 300) == 0);
        CHECK(read == octets);
        CHECK(p.head_write(p.context, 1, octets.data(), 300) == 0);
        CHECK(p.record_write(p.context, octets.data(), 100) == 0);
        CHECK(p.counter_write(p.context, 12) == 0);
        std::uint32_t value = 0;
        CHECK(p.counter_read(p.context, &value) == 0);
        CHECK(value == 12);
    }
    CHECK(both.slot_octets(both.context, 1) == 100'000);
    CHECK(of_files.slot_octets(of_files.context, 1) == 200'000);
    CHECK(both.slot_erase_unit(both.context, 0) == 4096);
    CHECK(of_files.slot_erase_unit(of_files.context, 0) == 65'536);
    CHECK(counter(files) == 12);
    CHECK(counter(memory) == 0);
    Bytes kept(300);
    std::size_t size = 0;
    CHECK(memory.head_read(1, kept.data(), 300, &size) == 0);
    CHECK(kept == pattern(300));
}
