// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/slots_devices.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <mtd/ubi-user.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tests {
namespace {

FakeDevices& self(void* context) { return *static_cast<FakeDevices*>(context); }

int fails(int error) {
    errno = error;
    return -1;
}

}  // namespace

Bytes pattern(std::size_t size, unsigned seed) {
    Bytes octets(size);
    for (std::size_t i = 0; i < size; ++i)
        octets[i] = static_cast<std::uint8_t>((i * 31 + i / 256 * 7 + seed * 101) % 251);
    return octets;
}

Bytes FakeDevice::skipping_bad() const {
    Bytes read;
    for (std::uint32_t i = 0; i < octets.size() / info.erasesize; ++i) {
        const auto begin = octets.begin() + static_cast<long>(i) * info.erasesize;
        if (!bad.contains(i)) read.insert(read.end(), begin, begin + info.erasesize);
    }
    return read;
}

FakeDevices::FakeDevices() {
    kernel_ = ont::linux_kernel();
    kernel_.context = this;
    kernel_.open = [](void* c, int, const char* path, int flags, mode_t) { return self(c).open(path, flags); };
    kernel_.close = [](void* c, int file) {
        const auto found = self(c).open_.find(file);
        if (found == self(c).open_.end()) return fails(EBADF);
        if (found->second.device && found->second.writable) found->second.device->changing.reset();
        self(c).open_.erase(found);
        return 0;
    };
    kernel_.pread = [](void* c, int file, void* octets, std::size_t count, std::uint64_t offset) {
        return self(c).pread(file, static_cast<std::uint8_t*>(octets), count, offset);
    };
    kernel_.pwrite = [](void* c, int file, const void* octets, std::size_t count, std::uint64_t offset) {
        return self(c).pwrite(file, static_cast<const std::uint8_t*>(octets), count, offset);
    };
    kernel_.ioctl = [](void* c, int file, unsigned long request, void* argument) {
        return self(c).ioctl(file, request, argument);
    };
    kernel_.fdatasync = [](void* c, int file) {
        // Character devices of MTD know no sync.
        return self(c).open_.at(file).device->is_mtd() ? fails(EINVAL) : 0;
    };
    kernel_.fsync = kernel_.fdatasync;
    kernel_.sync_file_range = [](void*, int, std::uint64_t, std::uint64_t, unsigned) { return 0; };
    kernel_.fstat = [](void* c, int file, struct stat* state) {
        const FakeDevice& device = *self(c).open_.at(file).device;
        *state = {};
        state->st_mode = device.mode | 0600;
        state->st_rdev = static_cast<decltype(state->st_rdev)>(device.number);
        state->st_dev = 5;
        state->st_ino = 1000 + device.number;
        return 0;
    };
    kernel_.flock = [](void* c, int file, int) {
        return self(c).open_.at(file).device->locked_elsewhere ? fails(EWOULDBLOCK) : 0;
    };
    kernel_.readlink = [](void* c, const char* path, char* out, std::size_t room) -> ssize_t {
        const auto found = self(c).links.find(path);
        if (found == self(c).links.end()) return fails(ENOENT);
        const std::size_t size = std::min(room, found->second.size());
        std::memcpy(out, found->second.data(), size);
        return static_cast<ssize_t>(size);
    };
}

FakeDevice& FakeDevices::add(const std::string& path, mode_t mode, dev_t number) {
    auto device = std::make_shared<FakeDevice>();
    device->mode = mode;
    device->number = number;
    nodes_[path] = device;
    return *device;
}

FakeDevice& FakeDevices::nand(const std::string& path, std::uint32_t blocks, std::uint32_t erase, std::uint32_t page) {
    FakeDevice& device = add(path, S_IFCHR, makedev(90, 2 * next_minor_++));
    device.info.type = MTD_NANDFLASH;
    device.info.flags = MTD_CAP_NANDFLASH;
    device.info.size = blocks * erase;
    device.info.erasesize = erase;
    device.info.writesize = page;
    device.octets = pattern(device.info.size, 99);
    return device;
}

FakeDevice& FakeDevices::nor(const std::string& path, std::uint32_t blocks, std::uint32_t erase) {
    FakeDevice& device = nand(path, blocks, erase, 1);
    device.info.type = MTD_NORFLASH;
    device.info.flags = MTD_CAP_NORFLASH;
    return device;
}

FakeDevice& FakeDevices::ubi(const std::string& path, std::uint32_t lebs, std::uint32_t leb) {
    FakeDevice& device = add(path, S_IFCHR, makedev(250, 1 + next_minor_++));
    device.leb_octets = leb;
    device.lebs.resize(lebs);
    files[sysfs(path) + "/usable_eb_size"] = std::to_string(leb) + "\n";
    files[sysfs(path) + "/reserved_ebs"] = std::to_string(lebs) + "\n";
    files[sysfs(path) + "/type"] = "dynamic\n";
    files[sysfs(path) + "/upd_marker"] = "0\n";
    return device;
}

FakeDevice& FakeDevices::block(const std::string& path, std::uint32_t octets) {
    FakeDevice& device = add(path, S_IFBLK, makedev(179, next_minor_++));
    device.octets.assign(octets, 0);
    return device;
}

std::string FakeDevices::sysfs(const std::string& path) const {
    const FakeDevice& device = *nodes_.at(path);
    return std::string{S_ISBLK(device.mode) ? "/sys/dev/block/" : "/sys/dev/char/"} +
           std::to_string(major(device.number)) + ":" + std::to_string(minor(device.number));
}

int FakeDevices::open(const std::string& path, int flags) {
    Open entry;
    entry.writable = (flags & O_ACCMODE) != O_RDONLY;
    if (const auto node = nodes_.find(path); node != nodes_.end()) {
        entry.device = node->second;
        if (entry.device->open_error != 0) return fails(entry.device->open_error);
        entry.device->opened_with.push_back(flags);
    } else if (const auto file = files.find(path); file != files.end()) {
        entry.text = file->second;
    } else {
        return fails(ENOENT);
    }
    open_[next_file_] = entry;
    return next_file_++;
}

ssize_t FakeDevices::pread(int file, std::uint8_t* octets, std::size_t count, std::uint64_t offset) {
    const Open& entry = open_.at(file);
    const auto give = [&](const auto& from) {
        if (offset >= from.size()) return ssize_t{0};
        const auto begin = static_cast<std::size_t>(offset);
        const std::size_t size = std::min(count, from.size() - begin);
        std::memcpy(octets, from.data() + begin, size);
        return static_cast<ssize_t>(size);
    };
    if (!entry.device) return give(entry.text);
    if (!entry.device->is_ubi()) return give(entry.device->octets);
    Bytes volume;
    for (const Bytes& leb : entry.device->lebs) {
        volume.insert(volume.end(), leb.begin(), leb.end());
        volume.insert(volume.end(), entry.device->leb_octets - leb.size(), 0xFF);
    }
    return give(volume);
}

ssize_t FakeDevices::pwrite(int file, const std::uint8_t* octets, std::size_t count, std::uint64_t offset) {
    const Open& entry = open_.at(file);
    if (!entry.writable) return fails(EBADF);
    FakeDevice& device = *entry.device;
    if (device.error != 0) return fails(device.error);
    if (device.is_mtd()) return write_mtd(device, octets, count, offset);
    if (device.is_ubi()) return write_ubi(device, octets, count);
    if (offset >= device.octets.size()) return fails(ENOSPC);
    const auto begin = static_cast<std::size_t>(offset);
    const std::size_t size = std::min(count, device.octets.size() - begin);
    std::memcpy(device.octets.data() + begin, octets, size);
    return static_cast<ssize_t>(size);
}

ssize_t FakeDevices::write_mtd(FakeDevice& device, const std::uint8_t* octets, std::size_t count,
                               std::uint64_t offset) {
    const mtd_info_user& info = device.info;
    if (device.locked) return fails(EROFS);
    if (offset + count > device.octets.size()) return fails(ENOSPC);
    if (offset % info.writesize != 0 || count % info.writesize != 0) return fails(EINVAL);
    for (std::size_t i = 0; i < count; i += info.writesize) {
        const auto at = static_cast<std::size_t>(offset) + i;
        if (device.bad.contains(static_cast<std::uint32_t>(at / info.erasesize))) return fails(EIO);
        const auto fault = device.write_fails.lower_bound(at);
        if (fault != device.write_fails.end() && *fault < at + info.writesize) {
            device.octets[at] = 0x5A;  // a page that was begun
            return fails(EIO);
        }
        for (std::uint32_t j = 0; j < info.writesize; ++j) {
            std::uint8_t& cell = device.octets[at + j];
            if (info.type == MTD_NANDFLASH && cell != 0xFF) mistake("a page is written that is not blank");
            if ((octets[i + j] & ~cell) != 0) mistake("an octet is written that is not erased");
            cell &= octets[i + j];
        }
    }
    return static_cast<ssize_t>(count);
}

ssize_t FakeDevices::write_ubi(FakeDevice& device, const std::uint8_t* octets, std::size_t count) {
    if (!device.changing) return fails(EPERM);  // direct writing is not switched on
    if (device.received.size() + count > device.expected) return fails(EINVAL);
    if (count > device.write_budget) {
        device.write_budget = 0;
        return fails(EIO);
    }
    device.write_budget -= count;
    device.received.insert(device.received.end(), octets, octets + count);
    if (device.received.size() == device.expected) {
        device.lebs[*device.changing] = device.received;
        device.changing.reset();
        ++device.changes;
    }
    return static_cast<ssize_t>(count);
}

int FakeDevices::ioctl(int file, unsigned long request, void* argument) {
    requests.push_back(request);
    const Open& entry = open_.at(file);
    FakeDevice& device = *entry.device;
    const bool changes = request == MEMERASE || request == MEMSETBADBLOCK || request == MEMUNLOCK ||
                         request == UBI_IOCEBCH || request == UBI_IOCEBUNMAP;
    if (changes && !entry.writable) return fails(EPERM);
    if (device.is_mtd()) return mtd_ioctl(device, request, argument);
    if (device.is_ubi()) return ubi_ioctl(device, request, argument);
    if (!S_ISBLK(device.mode)) return fails(ENOTTY);
    if (request == BLKFLSBUF) return 0;
    if (request != BLKGETSIZE64) return fails(ENOTTY);
    *static_cast<std::uint64_t*>(argument) = device.octets.size();
    return 0;
}

int FakeDevices::mtd_ioctl(FakeDevice& device, unsigned long request, void* argument) {
    const mtd_info_user& info = device.info;
    const auto block_of = [&](std::uint64_t at) { return static_cast<std::uint32_t>(at / info.erasesize); };
    const bool nand = info.type == MTD_NANDFLASH;
    if (request == MEMGETINFO) {
        *static_cast<mtd_info_user*>(argument) = info;
        return 0;
    }
    if (request == MEMUNLOCK) {
        device.locked = false;
        return 0;
    }
    if (request == MEMERASE) {
        const auto& erase = *static_cast<const erase_info_user*>(argument);
        const std::uint32_t block = block_of(erase.start);
        if (device.error != 0) return fails(device.error);
        if (device.locked) return fails(EROFS);
        if (erase.start % info.erasesize != 0 || erase.length != info.erasesize || erase.start >= info.size)
            return fails(EINVAL);
        ++device.erasures;
        const bool broken = device.erase_fails.contains(block) || device.erase_fails_once.erase(block) > 0 ||
                            device.bad.contains(block);
        if (device.bad.contains(block)) mistake("a block is erased that is marked bad");
        std::fill_n(device.octets.begin() + static_cast<long>(erase.start), info.erasesize / (broken ? 2 : 1),
                    std::uint8_t{0xFF});
        return broken ? fails(EIO) : 0;
    }
    if (!nand) return fails(EOPNOTSUPP);
    const auto at = static_cast<std::uint64_t>(*static_cast<const __kernel_loff_t*>(argument));
    if (request == MEMGETBADBLOCK) return device.bad.contains(block_of(at)) ? 1 : 0;
    if (request != MEMSETBADBLOCK) return fails(ENOTTY);
    if (device.mark_fails) return fails(EIO);
    // The kernel erases a block before it marks it.
    std::fill_n(device.octets.begin() + static_cast<long>(at), info.erasesize, std::uint8_t{0});
    device.bad.insert(block_of(at));
    return 0;
}

int FakeDevices::ubi_ioctl(FakeDevice& device, unsigned long request, void* argument) {
    if (request == UBI_IOCVOLUP) mistake("a volume update, which a power cut leaves unreadable");
    if (request == UBI_IOCEBUNMAP) {
        const auto number = static_cast<std::uint32_t>(*static_cast<const std::int32_t*>(argument));
        if (number >= device.lebs.size()) return fails(EINVAL);
        device.lebs[number].clear();
        return 0;
    }
    if (request != UBI_IOCEBCH) return fails(ENOTTY);
    const auto& change = *static_cast<const ubi_leb_change_req*>(argument);
    const auto number = static_cast<std::uint32_t>(change.lnum);
    const bool open_twice = std::count_if(open_.begin(), open_.end(),
                                          [&](const auto& entry) { return entry.second.device.get() == &device; }) > 1;
    if (device.open_elsewhere || open_twice || device.changing) return fails(EBUSY);
    if (number >= device.lebs.size() || change.bytes <= 0 ||
        static_cast<std::uint32_t>(change.bytes) > device.leb_octets)
        return fails(EINVAL);
    device.changing = number;
    device.expected = static_cast<std::uint32_t>(change.bytes);
    device.received.clear();
    return 0;
}

}  // namespace tests
