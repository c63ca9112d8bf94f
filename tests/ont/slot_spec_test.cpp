// SPDX-License-Identifier: Apache-2.0
// Slots from a line of text, and slots that overlap: refused by name before anything is opened for writing.
#include "ont/linux/slot_spec.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "ont/linux/overlap.h"
#include "tests/ont/slots_devices.h"
#include "tests/ont/slots_hooks.h"
#include "tests/temporary_folder.h"

namespace {

using ont::SlotSpec;
using Kind = ont::SlotSpec::Kind;

std::string opened_by(const ont::Kernel& kernel, const std::string& text, const std::string& state,
                      std::uint32_t octets, ont::OpenedSlots& opened) {
    SlotSpec spec;
    const std::string wrong = ont::parse_slot_spec(text, spec);
    return wrong.empty() ? ont::open_slots(kernel, spec, {state, octets}, opened) : wrong;
}

/// A disk or a partition as sysfs shows it.
void partition(tests::FakeDevices& devices, const char* path, const char* place, const char* start, const char* size) {
    devices.block(path, 4096);
    devices.links[devices.sysfs(path)] = place;
    if (start != nullptr) devices.files[devices.sysfs(path) + "/start"] = start;
    devices.files[devices.sysfs(path) + "/size"] = size;
}

}  // namespace

TEST_CASE("slot spec: a folder, or a kind and two places") {
    struct Row {
        const char* text;
        SlotSpec spec;
    };
    const Row table[] = {
        {"slots", {Kind::folder, "slots", ""}},
        {"/var/lib/a:b", {Kind::folder, "/var/lib/a:b", ""}},
        {"./ubi:old", {Kind::folder, "./ubi:old", ""}},
        {"a,b", {Kind::folder, "a,b", ""}},
        {"file:a,b", {Kind::file, "a", "b"}},
        {"block:/dev/sda1,/dev/sda2", {Kind::block, "/dev/sda1", "/dev/sda2"}},
        {"mtd:/dev/mtd4,/dev/mtd5", {Kind::mtd, "/dev/mtd4", "/dev/mtd5"}},
        {"ubi:/dev/ubi0_1,/dev/ubi0_2", {Kind::ubi, "/dev/ubi0_1", "/dev/ubi0_2"}},
        {"file:a:1,b:2", {Kind::file, "a:1", "b:2"}},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        SlotSpec spec{Kind::ubi, "x", "y"};
        CHECK(ont::parse_slot_spec(row.text, spec) == "");
        CHECK(spec == row.spec);
    }
}

TEST_CASE("slot spec: what is none is refused in a sentence") {
    struct Row {
        const char* text;
        const char* sentence;
    };
    const Row table[] = {
        {"", "no folder and no devices are named"},
        {"nand:/dev/mtd1,/dev/mtd2",
         "\"nand\" is no kind of slots: file, block, mtd or ubi; a folder of that name is ./nand:/dev/mtd1,/dev/mtd2"},
        {"MTD:a,b", "\"MTD\" is no kind of slots: file, block, mtd or ubi; a folder of that name is ./MTD:a,b"},
        {":a,b", "\"\" is no kind of slots: file, block, mtd or ubi; a folder of that name is ./:a,b"},
        {"mtd:/dev/mtd4",
         "\"mtd:/dev/mtd4\" does not name two places with a comma between, as in mtd:/dev/mtd4,/dev/mtd5"},
        {"ubi:", "\"ubi:\" does not name two places with a comma between, as in ubi:/dev/ubi0_1,/dev/ubi0_2"},
        {"file:a,", "\"file:a,\" does not name two places with a comma between, as in file:A,B"},
        {"file:,b", "\"file:,b\" does not name two places with a comma between, as in file:A,B"},
        {"block:a,b,c",
         "\"block:a,b,c\" does not name two places with a comma between, as in "
         "block:/dev/mmcblk0p2,/dev/mmcblk0p3"},
        {"file:a,a", "both slots would be a"},
    };
    for (const Row& row : table) {
        CAPTURE(row.text);
        SlotSpec spec;
        CHECK(ont::parse_slot_spec(row.text, spec) == row.sentence);
    }
}

TEST_CASE("slot spec: files open, keep what they are given, and say what is wrong") {
    tests::TemporaryFolder folder;
    const ont::Kernel& kernel = ont::linux_kernel();
    const std::string state = folder.file("state"), a = folder.file("a"), b = folder.file("b");
    std::filesystem::create_directory(state);
    const std::string files = "file:" + a + "," + b;
    {
        ont::OpenedSlots opened, second;
        REQUIRE(opened_by(kernel, files, state, 70'000, opened) == "");
        CHECK(opened.slots->octets(1) == 70'000);
        CHECK(opened.slots->name(1) == b);
        const tests::Bytes octets = tests::pattern(500);
        CHECK(opened.slots->write(1, 0, octets.data(), 500) == 0);
        CHECK(opened.slots->sync(1) == 0);
        CHECK(opened.records->record_write(octets.data(), 50) == 0);
        CHECK(opened_by(kernel, files, state, 70'000, second) == a + " and " + b + ": in use by another process");
        CHECK(second.slots == nullptr);
        // The same files beside another folder are as much in use.
        std::filesystem::create_directory(folder.file("other"));
        CHECK(opened_by(kernel, files, folder.file("other"), 70'000, second) ==
              a + " and " + b + ": in use by another process");
    }
    CHECK(tests::read_text(b).substr(0, 500) == [] {
        const tests::Bytes octets = tests::pattern(500);
        return std::string(octets.begin(), octets.end());
    }());
    ont::OpenedSlots opened;
    {
        // Each name is as durable as the file: the state folder twice, and the folders of both files.
        tests::HookedKernel hooks;
        CHECK(opened_by(hooks.kernel, files, state, 70'000, opened) == "");
        CHECK(hooks.count("fsync") == 4);
        opened = {};
    }
    CHECK(opened_by(kernel, files, state, 70'001, opened) ==
          a + " and " + b + ": slots of 70000 octets are there, and 70001 are wanted");
    CHECK(opened_by(kernel, files, "", 70'000, opened) ==
          a + " and " + b + ": a folder for the boot record is wanted beside them");
    CHECK(opened_by(kernel, files, state, 0, opened) == a + ": slots of no octets hold no image");
    CHECK(opened_by(kernel, folder.file("none"), "", 70'000, opened) ==
          folder.file("none") + ": cannot be opened: No such file or directory");
    std::filesystem::create_hard_link(a, folder.file("c"));
    CHECK(opened_by(kernel, "file:" + a + "," + folder.file("c"), state, 70'000, opened) ==
          "the slots overlap: " + folder.file("c") + " is the same file as " + a);
    std::filesystem::create_symlink(b, folder.file("d"));
    CHECK(opened_by(kernel, "file:" + b + "," + folder.file("d"), state, 70'000, opened) ==
          "the slots overlap: " + folder.file("d") + " is the same file as " + b);
    CHECK(opened_by(kernel, state, "", 70'000, opened) == "");
    CHECK(std::filesystem::exists(state + "/slot1"));
}

TEST_CASE("slot spec: devices open with a state folder or without one") {
    tests::TemporaryFolder folder;
    tests::FakeDevices devices;
    devices.nand("/dev/mtd4", 8);
    devices.nor("/dev/mtd5", 4);
    devices.ubi("/dev/ubi0_1", 8);
    devices.ubi("/dev/ubi0_2", 8);
    devices.block("/dev/sda1", 8192);
    devices.block("/dev/sda2", 4096);
    for (const char* text : {"mtd:/dev/mtd4,/dev/mtd5", "ubi:/dev/ubi0_1,/dev/ubi0_2", "block:/dev/sda1,/dev/sda2"}) {
        CAPTURE(text);
        ont::OpenedSlots opened;
        CHECK(opened_by(devices.kernel(), text, "", 0, opened) == "");
        REQUIRE(opened.slots != nullptr);
        CHECK(opened.slots->octets(1) > 0);
        CHECK(opened.records == nullptr);
        CHECK_FALSE(opened.slots->keeps_heads());
    }
    tests::HookedKernel hooks;
    hooks.block_devices = true;
    const std::string a = folder.write("sda1", "xxxx"), b = folder.write("sda2", "yyyyyy");
    ont::OpenedSlots opened;
    CHECK(opened_by(hooks.kernel, "block:" + a + "," + b, folder.file(""), 0, opened) == "");
    REQUIRE(opened.records != nullptr);
    CHECK(opened.records->counter_write(3) == 0);
    CHECK(opened.slots->keeps_heads());
    CHECK(opened.slots->head_write(0, tests::pattern(10).data(), 10) == 0);
    ont::OpenedSlots second;
    CHECK(opened_by(hooks.kernel, "block:" + a + "," + b, folder.file(""), 0, second) ==
          folder.file("") + ": in use by another process");
    CHECK(opened_by(hooks.kernel, "block:" + a + "," + b, folder.file("no"), 0, second) ==
          folder.file("no") + ": cannot be used: No such file or directory");
}

TEST_CASE("slot spec: two slots that share an octet are refused, whatever their names are") {
    using tests::FakeDevices;
    struct Row {
        const char* what;
        const char* text;
        void (*arrange)(FakeDevices&);
        const char* said;
    };
    const Row table[] = {
        {"a link to the same partition", "block:/dev/sda1,/dev/disk/by-label/b",
         [](FakeDevices& d) {
             d.block("/dev/sda1", 4096);
             d.link("/dev/sda1", "/dev/disk/by-label/b");
         },
         "the slots overlap: /dev/disk/by-label/b is the same device as /dev/sda1"},
        {"a second node of the same MTD device, read-only", "mtd:/dev/mtd4,/dev/mtd4ro",
         [](FakeDevices& d) {
             const dev_t number = d.nand("/dev/mtd4", 4).number;
             d.nand("/dev/mtd4ro", 4).number = number + 1;
         },
         "the slots overlap: /dev/mtd4ro is the same device as /dev/mtd4"},
        {"a second node of the same volume", "ubi:/dev/ubi0_1,/dev/ubi0_2",
         [](FakeDevices& d) {
             const dev_t number = d.ubi("/dev/ubi0_1", 4).number;
             d.ubi("/dev/ubi0_2", 4).number = number;
         },
         "the slots overlap: /dev/ubi0_2 is the same device as /dev/ubi0_1"},
        {"a partition and its disk", "block:/dev/sda1,/dev/sda",
         [](FakeDevices& d) {
             partition(d, "/dev/sda", "../../devices/x/block/sda", nullptr, "4096\n");
             partition(d, "/dev/sda1", "../../devices/x/block/sda/sda1", "8\n", "16\n");
         },
         "the slots overlap: /dev/sda is a part of, or contains, /dev/sda1"},
        {"partitions with a range in common", "block:/dev/sda1,/dev/sda2",
         [](FakeDevices& d) {
             partition(d, "/dev/sda1", "../../devices/x/block/sda/sda1", "8\n", "16\n");
             partition(d, "/dev/sda2", "../../devices/x/block/sda/sda2", "23\n", "16\n");
         },
         "the slots overlap: /dev/sda2 shares octets with /dev/sda1"},
        {"partitions side by side", "block:/dev/sda1,/dev/sda2",
         [](FakeDevices& d) {
             partition(d, "/dev/sda1", "../../devices/x/block/sda/sda1", "8\n", "16\n");
             partition(d, "/dev/sda2", "../../devices/x/block/sda/sda2", "24\n", "16\n");
         },
         ""},
        {"the same range of two disks", "block:/dev/sda1,/dev/sdb1",
         [](FakeDevices& d) {
             partition(d, "/dev/sda1", "../../devices/x/block/sda/sda1", "8\n", "16\n");
             partition(d, "/dev/sdb1", "../../devices/x/block/sdb/sdb1", "8\n", "16\n");
         },
         ""},
        {"two disks of names that begin alike", "block:/dev/sda,/dev/sdaa",
         [](FakeDevices& d) {
             partition(d, "/dev/sda", "../../devices/x/block/sda", nullptr, "4096\n");
             partition(d, "/dev/sdaa", "../../devices/x/block/sdaa", nullptr, "4096\n");
         },
         ""},
        {"two disks of names that begin alike, the other way round", "block:/dev/sdaa,/dev/sda",
         [](FakeDevices& d) {
             partition(d, "/dev/sda", "../../devices/x/block/sda", nullptr, "4096\n");
             partition(d, "/dev/sdaa", "../../devices/x/block/sdaa", nullptr, "4096\n");
         },
         ""},
        {"an MTD partition within another", "mtd:/dev/mtd4,/dev/mtd5",
         [](FakeDevices& d) {
             d.nand("/dev/mtd4", 4);
             d.nand("/dev/mtd5", 4);
             d.links[d.sysfs("/dev/mtd4")] = "../../devices/spi/mtd/mtd4";
             d.links[d.sysfs("/dev/mtd5")] = "../../devices/spi/mtd/mtd4/mtd5";
         },
         "the slots overlap: /dev/mtd5 is a part of, or contains, /dev/mtd4"},
        {"the same place of two chips of one controller", "mtd:/dev/mtd4,/dev/mtd5",
         [](FakeDevices& d) {
             for (const char* path : {"/dev/mtd4", "/dev/mtd5"}) {
                 d.nand(path, 4);
                 d.links[d.sysfs(path)] = std::string{"../../devices/spi/mtd"} + (path + 4);
                 d.files[d.sysfs(path) + "/offset"] = "0\n";
                 d.files[d.sysfs(path) + "/size"] = "16384\n";
             }
         },
         ""},
        {"MTD partitions with a range in common", "mtd:/dev/mtd4,/dev/mtd5",
         [](FakeDevices& d) {
             for (const char* path : {"/dev/mtd4", "/dev/mtd5"}) {
                 d.nand(path, 4);
                 d.links[d.sysfs(path)] = std::string{"../../devices/spi/mtd/mtd0"} + (path + 4);
                 d.files[d.sysfs(path) + "/offset"] = path[8] == '4' ? "0\n" : "16383\n";
                 d.files[d.sysfs(path) + "/size"] = "16384\n";
             }
         },
         "the slots overlap: /dev/mtd5 shares octets with /dev/mtd4"},
    };
    for (const Row& row : table) {
        CAPTURE(row.what);
        FakeDevices devices;
        row.arrange(devices);
        ont::OpenedSlots opened;
        CHECK(opened_by(devices.kernel(), row.text, "", 0, opened) == row.said);
        CHECK((opened.slots != nullptr) == (row.said[0] == 0));
    }
}
