// SPDX-License-Identifier: Apache-2.0
// Slots in UBI volumes. No machine that builds this has any: the kernel underneath is a fake that answers the ioctls
// as UBI does (slots_devices.h).
#include "ont/linux/ubi_slots.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <mtd/ubi-user.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

#include "tests/ont/slots_devices.h"

namespace {

using tests::Bytes;
using tests::FakeDevice;
using tests::pattern;

constexpr std::uint32_t leb = 3968, lebs = 9;  // no power of two, as with UBI on NAND

struct Lab {
    tests::FakeDevices devices;
    FakeDevice& subject;
    ont::UbiSlots slots{devices.kernel()};

    Lab() : subject{(devices.ubi("/dev/ubi0_1", lebs, leb), devices.ubi("/dev/ubi0_2", lebs + 3, leb))} {}
    std::string open() { return slots.open("/dev/ubi0_1", "/dev/ubi0_2"); }

    int install(const Bytes& image) {
        for (std::uint32_t at = 0; at < image.size(); at += leb)
            if (slots.erase(1, at) != 0) return -1;
        const std::size_t sizes[] = {31, 992, 7936, 1, leb, 5000};
        std::size_t at = 0;
        for (std::size_t i = 0; at < image.size(); ++i) {
            const std::size_t size = std::min(sizes[i % std::size(sizes)], image.size() - at);
            if (slots.write(1, static_cast<std::uint32_t>(at), image.data() + at, size) != 0) return -1;
            at += size;
        }
        return slots.sync(1);
    }
    Bytes read(std::uint32_t at, std::size_t size) {
        Bytes octets(size);
        CHECK(slots.read(1, at, octets.data(), size) == 0);
        return octets;
    }
    std::string attribute(const char* name) const { return devices.sysfs("/dev/ubi0_2") + "/" + name; }
};

}  // namespace

TEST_CASE("ubi slots: an image is there after it was written, and when it is opened anew") {
    Lab lab;
    REQUIRE(lab.open() == "");
    CHECK(lab.slots.octets(0) == lebs * leb);
    CHECK(lab.slots.octets(1) == (lebs + 3) * leb);
    CHECK(lab.slots.erase_unit(1) == leb);
    const Bytes image = pattern((lebs + 3) * leb - 100);
    REQUIRE(lab.install(image) == 0);
    CHECK(lab.read(0, image.size()) == image);
    CHECK(lab.subject.changes == lebs + 3);  // each block once
    ont::UbiSlots again{lab.devices.kernel()};
    REQUIRE(again.open("/dev/ubi0_1", "/dev/ubi0_2") == "");
    Bytes read(image.size());
    CHECK(again.read(1, 0, read.data(), read.size()) == 0);
    CHECK(read == image);
    CHECK(lab.devices.mistakes.empty());
    CHECK(again.write(1, (lebs + 3) * leb, image.data(), 1) != 0);
}

TEST_CASE("ubi slots: a block whose change is cut short anywhere holds the old octets or the new ones") {
    const Bytes old = pattern(2 * leb, 3), next = pattern(2 * leb, 4);
    unsigned kept = 0;
    for (std::uint32_t budget = 0; budget <= 2 * leb; budget += 61) {
        CAPTURE(budget);
        Lab lab;
        REQUIRE(lab.open() == "");
        REQUIRE(lab.install(old) == 0);
        lab.subject.write_budget = budget;
        // Without an erase: it is the change alone that must be atomic.
        const bool written = lab.slots.write(1, 0, next.data(), next.size()) == 0 && lab.slots.sync(1) == 0;
        CHECK_FALSE(written);  // 2 * leb is no multiple of 61
        lab.subject.write_budget = ~std::uint64_t{0};
        const Bytes now = lab.read(0, 2 * leb);
        for (std::uint32_t at = 0; at < 2 * leb; at += leb) {
            const bool is_old = std::equal(now.begin() + at, now.begin() + at + leb, old.begin() + at);
            const bool is_next = std::equal(now.begin() + at, now.begin() + at + leb, next.begin() + at);
            CHECK((is_old || is_next));
            kept += is_old ? 1 : 0;
        }
        // And the next one comes through.
        REQUIRE(lab.install(next) == 0);
        CHECK(lab.read(0, 2 * leb) == next);
        CHECK(lab.devices.mistakes.empty());
    }
    CHECK(kept > 2);
}

TEST_CASE("ubi slots: erased blocks are unmapped, and what was collected of them is gone") {
    Lab lab;
    REQUIRE(lab.open() == "");
    REQUIRE(lab.install(pattern(3 * leb)) == 0);
    const Bytes given_up = pattern(100, 8);
    REQUIRE(lab.slots.erase(1, leb) == 0);
    CHECK(lab.subject.lebs[1].empty());
    REQUIRE(lab.slots.write(1, leb, given_up.data(), given_up.size()) == 0);
    CHECK(lab.read(leb, 100) == given_up);
    CHECK(lab.read(leb + 50, leb) != Bytes(leb, 0xFF));
    REQUIRE(lab.slots.erase(1, leb) == 0);
    REQUIRE(lab.slots.sync(1) == 0);
    CHECK(lab.read(leb, 100) == Bytes(100, 0xFF));
    CHECK(lab.slots.erase(1, leb + 1) != 0);
}

TEST_CASE("ubi slots: octets go on where a sync left off, and leave what stands around them") {
    Lab lab;
    REQUIRE(lab.open() == "");
    Bytes image = pattern(2 * leb);
    REQUIRE(lab.install(image) == 0);
    const Bytes first = pattern(1000, 2), second = pattern(500, 9);
    REQUIRE(lab.slots.write(1, 100, first.data(), first.size()) == 0);
    REQUIRE(lab.slots.sync(1) == 0);
    REQUIRE(lab.slots.write(1, 1100, second.data(), second.size()) == 0);
    std::copy(first.begin(), first.end(), image.begin() + 100);
    std::copy(second.begin(), second.end(), image.begin() + 1100);
    CHECK(lab.read(0, 2 * leb) == image);
    REQUIRE(lab.slots.sync(1) == 0);
    CHECK(lab.read(0, 2 * leb) == image);
    CHECK(lab.subject.changes == 4);
}

TEST_CASE("ubi slots: a volume that somebody else has open is not changed, and that is said") {
    Lab lab;
    REQUIRE(lab.open() == "");
    lab.subject.open_elsewhere = true;
    const Bytes octets = pattern(leb);
    CHECK(lab.slots.write(1, 0, octets.data(), octets.size()) != 0);
    CHECK(lab.slots.complaint() == "/dev/ubi0_2: writing at 0: Device or resource busy");
}

TEST_CASE("ubi slots: the running volume is never opened for writing, and no volume is ever updated") {
    Lab lab;
    REQUIRE(lab.open() == "");
    lab.slots.set_running(0);
    const Bytes octets = pattern(leb);
    CHECK(lab.slots.erase(0, 0) != 0);
    CHECK(lab.slots.write(0, 0, octets.data(), octets.size()) != 0);
    REQUIRE(lab.install(octets) == 0);
    for (const int flags : lab.devices.at("/dev/ubi0_1").opened_with) CHECK((flags & O_ACCMODE) == O_RDONLY);
    for (const unsigned long request : lab.devices.requests) CHECK(request != UBI_IOCVOLUP);
}

TEST_CASE("ubi slots: what is no volume for images is refused by name") {
    const auto complaint = [](auto spoil) {
        Lab lab;
        spoil(lab);
        return lab.open();
    };
    CHECK(complaint([](Lab& lab) { lab.devices.files[lab.attribute("type")] = "static\n"; }) ==
          "/dev/ubi0_2: is a static volume: its blocks cannot be changed one by one");
    CHECK(complaint([](Lab& lab) { lab.devices.files[lab.attribute("upd_marker")] = "1\n"; }) ==
          "/dev/ubi0_2: was left half written by a volume update: write it anew with ubiupdatevol");
    for (const char* bad : {"", "0\n", "-4\n", "12x\n", "99999999999999999999\n"})
        for (const char* name : {"usable_eb_size", "reserved_ebs"}) {
            CAPTURE(bad);
            CHECK(complaint([&](Lab& lab) {
                      lab.devices.files[lab.attribute(name)] = bad;
                  }).starts_with("/dev/ubi0_2: is no UBI volume, or /sys/dev/char/250:"));
        }
    CHECK(complaint([](Lab& lab) { lab.subject.mode = S_IFREG; }) ==
          "/dev/ubi0_2: is no UBI volume, such as /dev/ubi0_0");
    CHECK(complaint([](Lab& lab) { lab.subject.open_error = EACCES; }) ==
          "/dev/ubi0_2: cannot be opened: Permission denied");
}
