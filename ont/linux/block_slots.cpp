// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/block_slots.h"

#include <fcntl.h>
#include <linux/fs.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

namespace ont {
namespace {

/// So many octets are given to the device at once: what sync() has to wait for is the last few, not the whole image.
constexpr std::uint32_t hand_over_octets = 256 * 1024;

}  // namespace

// O_EXCL on a block device: not while it is mounted, or part of something that is.
BlockDeviceSlots::BlockDeviceSlots(const Kernel& kernel) : DeviceSlots{kernel, O_RDWR | O_EXCL} {}

std::string BlockDeviceSlots::describe(std::uint8_t image) {
    if (!S_ISBLK(state(image).st_mode)) return "is no block device";
    std::uint64_t octets = 0;
    if (ioctl(image, BLKGETSIZE64, &octets) != 0) return std::string{"tells no size: "} + std::strerror(errno);
    octets_[image] =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(octets, std::numeric_limits<std::uint32_t>::max()));
    return "";
}

int BlockDeviceSlots::write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets,
                               std::size_t count) {
    const int file = writer(image);
    if (file < 0 || write_all(kernel(), file, offset, octets, count) != 0) return -1;
    const std::uint32_t begin = offset / hand_over_octets * hand_over_octets;
    const std::uint64_t end = (offset + std::uint64_t{count}) / hand_over_octets * hand_over_octets;
    // The device may begin. That it cannot is no failure: sync() decides.
    if (end > begin) (void)kernel().sync_file_range(kernel().context, file, begin, end - begin, SYNC_FILE_RANGE_WRITE);
    return 0;
}

int BlockDeviceSlots::read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) {
    const ssize_t done = read_all(kernel(), reader(image), offset, octets, count);
    if (done >= 0 && done != static_cast<ssize_t>(count)) errno = EIO;
    return done == static_cast<ssize_t>(count) ? 0 : -1;
}

int BlockDeviceSlots::sync_all(std::uint8_t image) {
    if (kernel().fdatasync(kernel().context, reader(image)) != 0) return -1;
    // Without the right to do so what is read back is what was meant to be written; no reason to fail.
    (void)ioctl(image, BLKFLSBUF, nullptr);
    return 0;
}

}  // namespace ont
