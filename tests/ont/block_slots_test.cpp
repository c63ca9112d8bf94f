// SPDX-License-Identifier: Apache-2.0
// Slots in partitions of a block device. Files pass for them here (slots_hooks.h): who builds this may make no device.
#include "ont/linux/block_slots.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

#include "ont/linux/state_folder.h"
#include "tests/ont/slots_devices.h"
#include "tests/ont/slots_hooks.h"
#include "tests/temporary_folder.h"

namespace {

using tests::Bytes;
using tests::pattern;

constexpr std::uint32_t small = 512 * 1024, large = 1024 * 1024;

struct Lab {
    tests::TemporaryFolder folder;
    tests::HookedKernel hooks;
    std::string first, second;
    ont::BlockDeviceSlots slots{hooks.kernel};

    Lab()
        : first{folder.write("sdx1", std::string(small, 'a'))}, second{folder.write("sdx2", std::string(large, 'b'))} {
        hooks.block_devices = true;
    }
    std::string open() { return slots.open(first, second); }
};

}  // namespace

TEST_CASE("block slots: an image is on the device, written without erasing") {
    Lab lab;
    REQUIRE(lab.open() == "");
    CHECK(lab.slots.octets(0) == small);
    CHECK(lab.slots.octets(1) == large);
    CHECK(lab.slots.erase_unit(1) == 0);
    CHECK(lab.slots.erase(1, 0) == 0);
    const Bytes image = pattern(large - 5);
    for (std::uint32_t at = 0; at < image.size();) {
        const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(7936, image.size() - at));
        REQUIRE(lab.slots.write(1, at, image.data() + at, size) == 0);
        at += size;
    }
    CHECK(lab.hooks.count("fdatasync") == 0);
    REQUIRE(lab.slots.sync(1) == 0);
    CHECK(lab.hooks.count("fdatasync") == 1);
    CHECK(lab.hooks.count("BLKFLSBUF") == 1);  // what is read back now comes from the device
    Bytes read(image.size());
    CHECK(lab.slots.read(1, 0, read.data(), read.size()) == 0);
    CHECK(read == image);
    CHECK(tests::read_text(lab.second).substr(0, image.size()) == std::string(image.begin(), image.end()));
    CHECK(tests::read_text(lab.first) == std::string(small, 'a'));
    CHECK(lab.slots.write(1, large - 5, image.data(), 6) != 0);
    CHECK(lab.slots.write(0, small, image.data(), 1) != 0);
    CHECK(std::filesystem::file_size(lab.second) == large);
}

TEST_CASE("block slots: what fails is said with the device, the place and the cause") {
    Lab lab;
    REQUIRE(lab.open() == "");
    const Bytes octets(512, 1);
    REQUIRE(lab.slots.write(1, 0, octets.data(), 512) == 0);
    CHECK(lab.slots.complaint().empty());
    lab.hooks.failing = "pwrite";
    lab.hooks.error = ENOSPC;
    CHECK(lab.slots.write(1, 512, octets.data(), 512) != 0);
    CHECK(lab.slots.complaint() == lab.second + ": writing at 512: No space left on device");
    lab.hooks.failing = "fdatasync";
    lab.hooks.error = EIO;
    CHECK(lab.slots.sync(1) != 0);
    CHECK(lab.slots.complaint() == lab.second + ": syncing at 0: Input/output error");
    lab.hooks.failing = "pread";
    Bytes read(512);
    CHECK(lab.slots.read(1, 1024, read.data(), 512) != 0);
    CHECK(lab.slots.complaint() == lab.second + ": reading at 1024: Input/output error");
    // Without the right to drop what the system keeps in memory the slot is as good.
    lab.hooks.failing = "BLKFLSBUF";
    lab.hooks.error = EACCES;
    CHECK(lab.slots.sync(1) == 0);
}

TEST_CASE("block slots: the running slot is not written, a mounted one is not opened to be written") {
    tests::FakeDevices devices;
    devices.block("/dev/sdx1", small);
    devices.block("/dev/sdx2", small);
    ont::BlockDeviceSlots slots{devices.kernel()};
    REQUIRE(slots.open("/dev/sdx1", "/dev/sdx2") == "");
    slots.set_running(1);
    const Bytes octets(512, 1);
    CHECK(slots.write(1, 0, octets.data(), 512) != 0);
    CHECK(slots.complaint() == "/dev/sdx2: writing at 0: Read-only file system");
    CHECK(slots.write(0, 0, octets.data(), 512) == 0);
    for (const int flags : devices.at("/dev/sdx2").opened_with) CHECK((flags & O_ACCMODE) == O_RDONLY);
    CHECK((devices.at("/dev/sdx1").opened_with.back() & O_EXCL) != 0);
}

TEST_CASE("block slots: heads are kept in the state folder, where there is one") {
    Lab lab;
    REQUIRE(lab.open() == "");
    const Bytes head = pattern(5000);
    std::size_t size = 99;
    Bytes read(8192);
    CHECK_FALSE(lab.slots.keeps_heads());
    CHECK(lab.slots.head_write(1, head.data(), head.size()) != 0);
    CHECK(lab.slots.head_read(1, read.data(), read.size(), &size) == 0);
    CHECK(size == 0);
    std::filesystem::create_directory(lab.folder.file("state"));
    ont::StateFolder state;
    REQUIRE(state.open(lab.hooks.kernel, lab.folder.file("state")) == 0);
    lab.slots.keep_heads_in(state);
    CHECK(lab.slots.head_write(1, head.data(), head.size()) == 0);
    CHECK(lab.slots.head_read(1, read.data(), read.size(), &size) == 0);
    CHECK(Bytes(read.begin(), read.begin() + static_cast<long>(size)) == head);
}

TEST_CASE("block slots: what is no device for images is refused by name") {
    {
        Lab lab;
        lab.hooks.block_devices = false;
        CHECK(lab.open() == lab.first + ": is no block device");
    }
    {
        Lab lab;
        std::filesystem::remove(lab.second);
        CHECK(lab.open() == lab.second + ": cannot be opened: No such file or directory");
    }
    {
        Lab lab;
        std::filesystem::resize_file(lab.second, 0);
        CHECK(lab.open() == lab.second + ": has no room for an image");
    }
    {
        Lab lab;
        lab.hooks.failing = "ioctl";
        CHECK(lab.open() == lab.first + ": tells no size: Input/output error");
    }
    {
        Lab lab;
        REQUIRE(lab.open() == "");
        ont::BlockDeviceSlots second{lab.hooks.kernel};
        CHECK(second.open(lab.first, lab.second) == lab.first + ": in use by another process");
        // Also once the device was opened anew, to be written.
        const Bytes octets(512, 1);
        REQUIRE(lab.slots.write(0, 0, octets.data(), 512) == 0);
        REQUIRE(lab.slots.write(1, 0, octets.data(), 512) == 0);
        ont::BlockDeviceSlots third{lab.hooks.kernel};
        CHECK(third.open(lab.first, lab.second) == lab.first + ": in use by another process");
        ont::BlockDeviceSlots swapped{lab.hooks.kernel};
        CHECK(swapped.open(lab.second, lab.first) == lab.second + ": in use by another process");
    }
}
