// SPDX-License-Identifier: Apache-2.0
// Do two devices, or two files, share octets? Asked before slots are used: two that overlap would let a download eat
// the image that runs. Called by DeviceSlots.
//
// The same file and the same device are known by their numbers, under whatever name and link. That one is a partition
// of the other, or that two partitions of one device share a range, is read from sysfs; where sysfs does not say it
// (MTD partitions whose parent device is not shown), nobody can know it here.
#pragma once

#include <string>

#include "ont/linux/kernel.h"

namespace ont {

/// How they overlap, to be said between their names: "is the same device as"; empty where they do not.
std::string overlap(const Kernel& kernel, const struct stat& a, const struct stat& b);

/// The folder of sysfs that describes a device: "/sys/dev/char/90:4".
std::string sysfs_folder(const struct stat& device);

/// The number in a file of that folder: -1 where there is none.
std::int64_t sysfs_number(const Kernel& kernel, const struct stat& device, const char* file);

}  // namespace ont
