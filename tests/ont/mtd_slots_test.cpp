// SPDX-License-Identifier: Apache-2.0
// Slots in MTD partitions. No machine that builds this has any: the kernel underneath is a fake that answers the ioctls
// as the drivers do (slots_devices.h). What counts is what a boot loader reads that skips bad blocks.
#include "ont/linux/mtd_slots.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

#include "tests/ont/slots_devices.h"

namespace {

using tests::Bytes;
using tests::FakeDevice;
using tests::pattern;

constexpr std::uint32_t unit = 4096, page = 512, blocks = 12;

/// Slot 1, the standby one, is the subject.
struct Lab {
    tests::FakeDevices devices;
    FakeDevice& subject;
    ont::MtdSlots slots{devices.kernel()};

    explicit Lab(bool nand = true, std::set<std::uint32_t> bad = {})
        : subject{(add(nand, "/dev/mtd4"), add(nand, "/dev/mtd5"))} {
        subject.bad = std::move(bad);
    }
    FakeDevice& add(bool nand, const std::string& path) {
        return nand ? devices.nand(path, blocks, unit, page) : devices.nor(path, blocks, unit);
    }
    void open() { REQUIRE(slots.open("/dev/mtd4", "/dev/mtd5") == ""); }

    int erase_all(std::uint32_t octets) {
        for (std::uint32_t at = 0; at < octets; at += unit)
            if (slots.erase(1, at) != 0) return -1;
        return 0;
    }
    /// In windows that end nowhere in particular, from the octet `from` on.
    int write(const Bytes& image, std::uint32_t from = 0) {
        const std::size_t sizes[] = {31, 992, 7936, 1, 512, 5000};
        std::size_t at = from;
        for (std::size_t i = 0; at < image.size(); ++i) {
            const std::size_t size = std::min(sizes[i % std::size(sizes)], image.size() - at);
            if (slots.write(1, static_cast<std::uint32_t>(at), image.data() + at, size) != 0) return -1;
            at += size;
        }
        return slots.sync(1);
    }
    int install(const Bytes& image) {
        return erase_all(static_cast<std::uint32_t>(image.size())) != 0 ? -1 : write(image);
    }

    /// The slot, a new one that opens the same devices, and a boot loader read the image.
    void check_holds(const Bytes& image) {
        CHECK(devices.mistakes.empty());
        Bytes read(image.size());
        CHECK(slots.read(1, 0, read.data(), read.size()) == 0);
        CHECK(read == image);
        ont::MtdSlots again{devices.kernel()};
        REQUIRE(again.open("/dev/mtd4", "/dev/mtd5") == "");
        CHECK(again.octets(1) == slots.octets(1));
        std::fill(read.begin(), read.end(), std::uint8_t{0});
        CHECK(again.read(1, 0, read.data(), read.size()) == 0);
        CHECK(read == image);
        Bytes loaded = subject.skipping_bad();
        REQUIRE(loaded.size() >= image.size());
        loaded.resize(image.size());
        CHECK(loaded == image);
    }
};

}  // namespace

TEST_CASE("mtd slots: an image goes around bad blocks wherever they are") {
    const std::set<std::uint32_t> table[] = {{}, {0}, {5}, {blocks - 1}, {0, 1, 2}, {0, 4, 5, 9, 11}};
    for (const auto& bad : table) {
        CAPTURE(bad.size());
        Lab lab{true, bad};
        lab.open();
        const auto room = (blocks - static_cast<std::uint32_t>(bad.size())) * unit;
        CHECK(lab.slots.octets(1) == room);
        CHECK(lab.slots.octets(0) == blocks * unit);
        CHECK(lab.slots.erase_unit(1) == unit);
        const Bytes image = pattern(room);
        REQUIRE(lab.install(image) == 0);
        lab.check_holds(image);
        CHECK(lab.subject.bad == bad);
        CHECK(lab.slots.write(1, room, image.data(), 1) != 0);
        CHECK(lab.slots.erase(1, room) != 0);
    }
}

TEST_CASE("mtd slots: a block that cannot be erased is marked bad, and the next one takes its place") {
    for (const std::uint32_t broken : {0u, 3u, blocks - 1}) {
        CAPTURE(broken);
        Lab lab;
        lab.open();
        lab.subject.erase_fails = {broken};
        const Bytes image = pattern((blocks - 1) * unit - 100);
        REQUIRE(lab.install(image) == 0);
        CHECK(lab.subject.bad == (broken == blocks - 1 ? std::set<std::uint32_t>{} : std::set{broken}));
        lab.check_holds(image);
    }
}

TEST_CASE("mtd slots: a block that cannot be written is marked bad, and what was written of it is not lost") {
    // The first page of a block, one in the middle, the last; the first block, one in the middle, two in a row.
    const std::vector<std::set<std::uint64_t>> table = {
        {0},
        {5 * page},
        {unit - 1},
        {3 * unit},
        {3 * unit + 2 * page},
        {4 * unit - 1},
        {3 * unit + 600, 4 * unit + 10},
        {9 * unit + 3 * page},
    };
    for (const auto& faults : table) {
        CAPTURE(*faults.begin());
        Lab lab;
        lab.open();
        const Bytes image = pattern((blocks - 2) * unit - 100);
        REQUIRE(lab.erase_all(static_cast<std::uint32_t>(image.size())) == 0);
        lab.subject.write_fails = faults;
        REQUIRE(lab.write(image) == 0);
        CHECK(lab.subject.bad.size() == faults.size());
        CHECK(lab.slots.octets(1) == (blocks - faults.size()) * unit);
        lab.check_holds(image);
    }
}

TEST_CASE("mtd slots: erasing a little ahead of the writing, a block moves up as well") {
    Lab lab;
    lab.open();
    const Bytes image = pattern(6 * unit);
    lab.subject.write_fails = {2 * unit + page};
    REQUIRE(lab.slots.erase(1, 0) == 0);
    for (std::uint32_t at = 0; at < image.size(); at += unit) {
        if (at + unit < image.size()) REQUIRE(lab.slots.erase(1, at + unit) == 0);
        REQUIRE(lab.slots.write(1, at, image.data() + at, unit) == 0);
    }
    REQUIRE(lab.slots.sync(1) == 0);
    CHECK(lab.subject.bad == std::set<std::uint32_t>{2});
    lab.check_holds(image);
}

TEST_CASE("mtd slots: nothing moves up where octets behind the block are to be kept") {
    Lab lab;
    lab.open();
    const Bytes image = pattern(8 * unit);
    REQUIRE(lab.install(image) == 0);

    // The next download keeps unit 5, which it has read, and writes the units before it anew.
    Bytes kept(unit);
    for (const std::uint32_t at : {0u, unit}) REQUIRE(lab.slots.erase(1, at) == 0);
    REQUIRE(lab.slots.read(1, 5 * unit, kept.data(), unit) == 0);
    lab.subject.write_fails = {unit};
    REQUIRE(lab.slots.write(1, 0, image.data(), unit) == 0);
    CHECK(lab.slots.write(1, unit, image.data() + unit, unit) != 0);
    CHECK(lab.slots.complaint() == "/dev/mtd5: writing at 4096: Input/output error");
    CHECK(lab.subject.bad == std::set<std::uint32_t>{1});
    Bytes read(unit);
    CHECK(lab.slots.read(1, 5 * unit, read.data(), unit) == 0);
    CHECK(read == kept);

    // The one after it knows the block, whether the ONT was restarted meanwhile or not.
    lab.subject.write_fails.clear();
    errno = 0;
    REQUIRE(lab.install(image) == 0);
    lab.check_holds(image);
}

TEST_CASE("mtd slots: octets of the download before are not to be kept") {
    Lab lab;
    lab.open();
    REQUIRE(lab.install(pattern(8 * unit, 2)) == 0);
    const Bytes image = pattern(8 * unit, 3);
    lab.subject.write_fails = {3 * unit};
    for (std::uint32_t at = 0; at < image.size(); at += unit) {
        REQUIRE(lab.slots.erase(1, at) == 0);
        REQUIRE(lab.slots.write(1, at, image.data() + at, unit) == 0);
    }
    REQUIRE(lab.slots.sync(1) == 0);
    CHECK(lab.subject.bad == std::set<std::uint32_t>{3});
    lab.check_holds(image);
}

TEST_CASE("mtd slots: with faults anywhere, a download runs out of blocks or the boot loader reads the image") {
    unsigned succeeded = 0, moved = 0;
    for (std::uint32_t seed = 1; seed <= 1500; ++seed) {
        CAPTURE(seed);
        std::uint32_t state = seed * 2'654'435'761u;
        const auto draw = [&](std::uint32_t below) {
            state = state * 1'664'525u + 1'013'904'223u;
            return (state >> 8) % below;
        };
        Lab lab;
        for (std::uint32_t i = draw(3); i > 0; --i) lab.subject.bad.insert(draw(blocks));
        lab.open();
        for (std::uint32_t i = draw(3); i > 0; --i) lab.subject.erase_fails.insert(draw(blocks));
        for (std::uint32_t i = draw(4); i > 0; --i) lab.subject.write_fails.insert(draw(blocks * unit));
        const Bytes image = pattern(5 * unit + draw(3 * unit), seed);
        const auto size = static_cast<std::uint32_t>(image.size());
        // Erased ahead of the writing by as much as is drawn, written in pieces of any size.
        const auto download = [&] {
            std::uint32_t erased = 0;
            for (std::uint32_t at = 0; at < size;) {
                const std::uint32_t piece = std::min(size - at, 1 + draw(2 * unit));
                const std::uint32_t ahead = std::min(size, at + piece + draw(4) * unit);
                for (; erased < ahead; erased += unit)
                    if (lab.slots.erase(1, erased) != 0) return false;
                if (lab.slots.write(1, at, image.data() + at, piece) != 0) return false;
                at += piece;
            }
            return lab.slots.sync(1) == 0;
        };
        const std::size_t marked = lab.subject.bad.size();
        if (download()) {
            ++succeeded;
            moved += lab.subject.bad.size() > marked ? 1 : 0;
            lab.check_holds(image);
        } else {
            CHECK((lab.slots.complaint().ends_with("No space left on device") || lab.subject.bad.size() == marked + 4));
            CHECK(lab.devices.mistakes.empty());
        }
    }
    CHECK(succeeded > 1000);
    CHECK(moved > 300);
}

TEST_CASE("mtd slots: without blocks to spare a write fails, and says so") {
    Lab lab{true, {0, 3}};
    lab.open();
    const Bytes image = pattern((blocks - 2) * unit);
    REQUIRE(lab.erase_all(static_cast<std::uint32_t>(image.size())) == 0);
    lab.subject.write_fails = {7 * unit};
    CHECK(lab.write(image) != 0);
    CHECK(lab.slots.octets(1) == (blocks - 3) * unit);
    CHECK(lab.slots.complaint().find("No space left") != std::string::npos);
}

TEST_CASE("mtd slots: a block that cannot be marked is an error, for the boot loader would read it") {
    Lab lab;
    lab.open();
    lab.subject.erase_fails = {1};
    lab.subject.mark_fails = true;
    CHECK(lab.slots.erase(1, 0) == 0);
    CHECK(lab.slots.erase(1, unit) != 0);
    CHECK(lab.slots.octets(1) == blocks * unit);
}

TEST_CASE("mtd slots: where all blocks fail it is not the blocks: few are marked, and the slot is not lost") {
    for (const bool writing : {false, true}) {
        CAPTURE(writing);
        Lab lab;
        lab.open();
        if (writing) REQUIRE(lab.erase_all(blocks * unit) == 0);
        for (std::uint32_t block = 0; block < blocks; ++block) {
            if (!writing) lab.subject.erase_fails.insert(block);
            if (writing) lab.subject.write_fails.insert(block * unit);
        }
        for (int again = 0; again < 3; ++again)
            CHECK((writing ? lab.write(pattern(unit)) : lab.slots.erase(1, 0)) != 0);
        CHECK(lab.slots.complaint().ends_with("Input/output error"));
        CHECK(lab.subject.bad.size() == 4);
    }
    Lab lab;  // a fault that passes leaves no mark at all
    lab.open();
    lab.subject.erase_fails_once = {2};
    REQUIRE(lab.install(pattern(5 * unit)) == 0);
    CHECK(lab.subject.erase_fails_once.empty());
    CHECK(lab.subject.bad.empty());
}

TEST_CASE("mtd slots: what says nothing of a block marks none") {
    for (const int error : {EROFS, EACCES, ENODEV, EINTR + 1000}) {
        Lab lab;
        lab.open();
        REQUIRE(lab.slots.erase(1, 0) == 0);
        lab.subject.error = error;
        const Bytes octets(unit, 7);
        CHECK(lab.slots.write(1, 0, octets.data(), unit) != 0);
        CHECK(lab.slots.erase(1, unit) != 0);
        CHECK(lab.subject.bad.empty());
        CHECK(lab.slots.octets(1) == blocks * unit);
    }
}

TEST_CASE("mtd slots: the last page is filled up, and not written twice") {
    Lab lab;
    lab.open();
    REQUIRE(lab.slots.erase(1, 0) == 0);
    const Bytes octets = pattern(700);
    REQUIRE(lab.slots.write(1, 0, octets.data(), octets.size()) == 0);
    Bytes read(700);
    CHECK(lab.slots.read(1, 0, read.data(), read.size()) == 0);  // in part from memory
    CHECK(read == octets);
    CHECK(lab.subject.octets[600] == 0xFF);
    REQUIRE(lab.slots.sync(1) == 0);
    CHECK(lab.subject.octets[600] == octets[600]);
    CHECK(lab.subject.octets[700] == 0xFF);
    CHECK(lab.slots.write(1, 700, octets.data(), 10) != 0);
    CHECK(lab.slots.write(1, 2 * page, octets.data(), 10) == 0);
    CHECK(lab.devices.mistakes.empty());
}

TEST_CASE("mtd slots: what was given up in mid-page never comes back into the next download") {
    Lab lab;
    lab.open();
    const Bytes given_up = pattern(unit + 100, 5), image = pattern(2 * unit, 6);
    REQUIRE(lab.erase_all(2 * unit) == 0);
    REQUIRE(lab.slots.write(1, 0, given_up.data(), given_up.size()) == 0);
    REQUIRE(lab.install(image) == 0);
    lab.check_holds(image);
}

TEST_CASE("mtd slots: a block that is blank since this start is not erased again") {
    Lab lab;
    lab.open();
    REQUIRE(lab.erase_all(4 * unit) == 0);
    CHECK(lab.subject.erasures == 4);
    REQUIRE(lab.install(pattern(unit)) == 0);
    CHECK(lab.subject.erasures == 4);
    REQUIRE(lab.erase_all(4 * unit) == 0);
    CHECK(lab.subject.erasures == 5);
}

TEST_CASE("mtd slots: NOR takes any octets, is unlocked first, and has no bad blocks") {
    Lab lab{false};
    lab.subject.locked = true;
    lab.subject.info.flags |= MTD_POWERUP_LOCK;
    lab.open();
    CHECK(lab.subject.locked);  // nothing was written yet
    const Bytes image = pattern(blocks * unit - 77);
    REQUIRE(lab.install(image) == 0);
    lab.check_holds(image);
    CHECK(lab.slots.write(1, blocks * unit - 77, image.data(), 77) == 0);

    lab.subject.erase_fails = {2};
    CHECK(lab.slots.erase(1, 2 * unit) != 0);
    CHECK(lab.subject.bad.empty());
    CHECK(lab.slots.octets(1) == blocks * unit);
}

TEST_CASE("mtd slots: the running slot is never opened for writing") {
    Lab lab;
    lab.open();
    lab.slots.set_running(0);
    const Bytes octets(page, 1);
    CHECK(lab.slots.erase(0, 0) != 0);
    CHECK(errno == EROFS);
    CHECK(lab.slots.write(0, 0, octets.data(), page) != 0);
    Bytes read(page);
    CHECK(lab.slots.read(0, 0, read.data(), page) == 0);
    REQUIRE(lab.install(pattern(unit)) == 0);
    for (const int flags : lab.devices.at("/dev/mtd4").opened_with) CHECK((flags & O_ACCMODE) == O_RDONLY);
}

TEST_CASE("mtd slots: what is no flash for images is refused by name") {
    const auto complaint = [](auto spoil) {
        Lab lab;
        spoil(lab);
        const std::string said = lab.slots.open("/dev/mtd4", "/dev/mtd5");
        const auto& asked = lab.devices.requests;
        CHECK(std::count(asked.begin(), asked.end(), static_cast<unsigned long>(MEMERASE)) == 0);
        return said;
    };
    CHECK(complaint([](Lab& lab) { lab.subject.open_error = ENODEV; }) ==
          "/dev/mtd5: cannot be opened: No such device");
    CHECK(complaint([](Lab& lab) { lab.subject.info.type = MTD_ROM; }) ==
          "/dev/mtd5: is no flash that can be erased and written");
    CHECK(complaint([](Lab& lab) { lab.subject.info.writesize = 0; }) ==
          "/dev/mtd5: is no flash that can be erased and written");
    CHECK(complaint([](Lab& lab) { lab.subject.info.flags = 0; }) == "/dev/mtd5: is read-only (its MTD flags)");
    CHECK(complaint([](Lab& lab) { lab.subject.info.size = unit - 1; }) == "/dev/mtd5: has no room for an image");
    CHECK(complaint([](Lab& lab) { lab.subject.locked_elsewhere = true; }) == "/dev/mtd5: in use by another process");
    CHECK(complaint([](Lab& lab) { lab.subject.mode = S_IFREG; }) ==
          "/dev/mtd5: is no MTD character device, such as /dev/mtd0");
    CHECK(complaint([](Lab& lab) { lab.devices.block("/dev/mtd5", 4096).mode = S_IFCHR; }).find("is no MTD device") !=
          std::string::npos);
}
