// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/ubi_slots.h"

#include <fcntl.h>
#include <mtd/ubi-user.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "ont/linux/overlap.h"

namespace ont {

UbiSlots::UbiSlots(const Kernel& kernel) : DeviceSlots{kernel, O_RDWR} {}

std::string UbiSlots::describe(std::uint8_t image) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    const struct stat& device = state(image);
    if (!S_ISCHR(device.st_mode)) return "is no UBI volume, such as /dev/ubi0_0";
    const std::string folder = sysfs_folder(device);
    const std::int64_t octets = sysfs_number(kernel(), device, "usable_eb_size");
    const std::int64_t count = sysfs_number(kernel(), device, "reserved_ebs");
    if (octets <= 0 || count <= 0 || octets > most || count > most)
        return "is no UBI volume, or " + folder + " does not tell its usable_eb_size and reserved_ebs";
    if (read_line(kernel(), (folder + "/type").c_str()) != "dynamic")
        return "is a static volume: its blocks cannot be changed one by one";
    if (sysfs_number(kernel(), device, "upd_marker") == 1)
        return "was left half written by a volume update: write it anew with ubiupdatevol";
    volumes_[image] = {static_cast<std::uint32_t>(octets), static_cast<std::uint32_t>(count)};
    return "";
}

std::uint32_t UbiSlots::octets(std::uint8_t image) const {
    const auto [leb_octets, lebs] = volumes_[image];
    if (leb_octets == 0) return 0;
    return leb_octets * std::min(lebs, std::numeric_limits<std::uint32_t>::max() / leb_octets);
}

int UbiSlots::erase_unit_at(std::uint8_t image, std::uint32_t offset) {
    const std::uint32_t number = offset / volumes_[image].leb_octets;
    if (leb_.image == image && leb_.number >= number) leb_.changed = false;
    if (writer(image) < 0) return -1;
    auto argument = static_cast<std::int32_t>(number);
    return ioctl(image, UBI_IOCEBUNMAP, &argument) == 0 ? 0 : -1;
}

int UbiSlots::write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) {
    const std::uint32_t unit = volumes_[image].leb_octets;
    while (count > 0) {
        if (begin_leb(image, offset / unit) != 0) return -1;
        const std::uint32_t within = offset % unit;
        const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(count, unit - within));
        std::memcpy(leb_.room.get() + within, octets, size);
        leb_.changed = true;
        octets += size;
        offset += size;
        count -= size;
        // What is written ascends: nothing more will come for this one.
        if (within + size == unit && change_leb() != 0) return -1;
    }
    return 0;
}

/// The LEB is in memory, as the volume holds it or as it is being collected.
int UbiSlots::begin_leb(std::uint8_t image, std::uint32_t number) {
    if (leb_.changed && leb_.image == image && leb_.number == number) return 0;
    if (change_leb() != 0) return -1;
    const std::uint32_t unit = volumes_[image].leb_octets;
    if (!leb_.room)
        leb_.room.reset(new (std::nothrow) std::uint8_t[std::max(volumes_[0].leb_octets, volumes_[1].leb_octets)]);
    if (!leb_.room) {
        errno = ENOMEM;
        return -1;
    }
    leb_.image = image;
    leb_.number = number;
    return read_volume(image, std::uint64_t{number} * unit, leb_.room.get(), unit);
}

int UbiSlots::change_leb() {
    if (!std::exchange(leb_.changed, false)) return 0;
    const std::uint32_t unit = volumes_[leb_.image].leb_octets;
    const int file = writer(leb_.image);
    if (file < 0) return -1;
    ubi_leb_change_req request{};
    request.lnum = static_cast<std::int32_t>(leb_.number);
    request.bytes = static_cast<std::int32_t>(unit);
    request.dtype = 3;  // unknown, for old kernels
    if (ioctl(leb_.image, UBI_IOCEBCH, &request) != 0) return -1;
    if (write_all(kernel(), file, std::uint64_t{leb_.number} * unit, leb_.room.get(), unit) == 0) return 0;
    reopen(leb_.image);  // the volume no longer waits for the rest
    return -1;
}

int UbiSlots::read_volume(std::uint8_t image, std::uint64_t offset, std::uint8_t* octets, std::size_t count) const {
    const ssize_t done = read_all(kernel(), reader(image), offset, octets, count);
    if (done >= 0 && done != static_cast<ssize_t>(count)) errno = EIO;
    return done == static_cast<ssize_t>(count) ? 0 : -1;
}

int UbiSlots::read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) {
    if (read_volume(image, offset, octets, count) != 0) return -1;
    if (!leb_.changed || leb_.image != image) return 0;
    const std::uint32_t unit = volumes_[image].leb_octets;
    const std::uint64_t leb_begin = std::uint64_t{leb_.number} * unit;
    const std::uint64_t begin = std::max<std::uint64_t>(offset, leb_begin);
    const std::uint64_t end = std::min<std::uint64_t>(offset + std::uint64_t{count}, leb_begin + unit);
    if (begin < end)
        std::memcpy(octets + (begin - offset), leb_.room.get() + (begin - leb_begin),
                    static_cast<std::size_t>(end - begin));
    return 0;
}

/// A LEB is on the flash when it is changed.
int UbiSlots::sync_all(std::uint8_t) {
    if (change_leb() != 0) return -1;
    leb_.room.reset();
    return 0;
}

}  // namespace ont
