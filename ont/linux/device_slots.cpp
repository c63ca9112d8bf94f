// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/device_slots.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "ont/linux/overlap.h"

namespace ont {

bool DeviceSlots::lock(const File& file) const {
    return kernel_.flock(kernel_.context, file.get(), LOCK_EX | LOCK_NB) == 0;
}

std::string DeviceSlots::open_both(const std::string& device0, const std::string& device1) {
    devices_[0].path = device0;
    devices_[1].path = device1;
    for (Device& device : devices_) {
        device.file = File{kernel_, AT_FDCWD, device.path.c_str(), O_RDONLY};
        if (!device.file) return device.path + ": cannot be opened: " + std::strerror(errno);
        if (kernel_.fstat(kernel_.context, device.file.get(), &device.state) != 0)
            return device.path + ": cannot be looked at: " + std::strerror(errno);
    }
    if (const std::string how = overlap(kernel_, devices_[0].state, devices_[1].state); !how.empty())
        return "the slots overlap: " + device1 + " " + how + " " + device0;
    for (std::uint8_t image = 0; image < ONT_IMAGES; ++image) {
        const Device& device = devices_[image];
        if (!lock(device.file))
            return device.path + (errno == EWOULDBLOCK ? std::string{": in use by another process"}
                                                       : std::string{": cannot be locked: "} + std::strerror(errno));
        if (const std::string wrong = describe(image); !wrong.empty()) return device.path + ": " + wrong;
        if (octets(image) == 0) return device.path + ": has no room for an image";
    }
    return "";
}

int DeviceSlots::writer(std::uint8_t image) {
    Device& device = devices_[image];
    if (device.writable) return device.file.get();
    // The other slot stays locked meanwhile, and whoever uses slots locks both.
    File next{kernel_, AT_FDCWD, device.path.c_str(), writing_};
    if (!next) return -1;
    device.file = std::move(next);
    next.close();
    if (!lock(device.file)) return -1;
    device.writable = true;
    return device.file.get();
}

void DeviceSlots::reopen(std::uint8_t image) {
    const int cause = errno;
    Device& device = devices_[image];
    device.file.close();
    device.file = File{kernel_, AT_FDCWD, device.path.c_str(), O_RDONLY};
    device.writable = false;
    if (device.file) (void)lock(device.file);
    errno = cause;
}

int DeviceSlots::head_write(std::uint8_t image, const std::uint8_t* head, std::size_t octets) {
    return heads_ ? heads_->head_write(image, head, octets) : Slots::head_write(image, head, octets);
}

int DeviceSlots::head_read(std::uint8_t image, std::uint8_t* head, std::size_t room, std::size_t* size) {
    return heads_ ? heads_->head_read(image, head, room, size) : Slots::head_read(image, head, room, size);
}

}  // namespace ont
