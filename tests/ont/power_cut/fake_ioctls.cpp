// SPDX-License-Identifier: Apache-2.0
// The requests that block devices, raw flash and UBI volumes understand.
#include <linux/fs.h>
#include <mtd/mtd-user.h>
#include <mtd/ubi-user.h>

#include <cerrno>

#include "tests/ont/power_cut/fake_kernel.h"

namespace power_cut {
namespace {

int fails(int error) {
    errno = error;
    return -1;
}

}  // namespace

int FakeKernel::ioctl(int file, unsigned long request, void* argument) {
    Node* node = opened(file);
    if (power_.dark()) return fails(EIO);
    if (node == nullptr) return fails(EBADF);
    if (node->kind == Kind::flash) return flash_ioctl(*node, request, argument);
    if (node->kind == Kind::volume) return volume_ioctl(file, *node, request, argument);
    if (node->kind != Kind::block) return fails(ENOTTY);
    if (request == BLKGETSIZE64) {
        *static_cast<std::uint64_t*>(argument) = node->media.size();
        return 0;
    }
    if (request == BLKSSZGET || request == BLKPBSZGET) {
        *static_cast<int*>(argument) = static_cast<int>(sector_octets);
        return 0;
    }
    return fails(ENOTTY);
}

int FakeKernel::flash_ioctl(Node& node, unsigned long request, void* argument) {
    Flash& flash = node.flash;
    if (request == MEMGETINFO) {
        mtd_info_user info{};
        info.type = flash.page_octets() == 1 ? MTD_NORFLASH : MTD_NANDFLASH;
        info.flags = flash.page_octets() == 1 ? MTD_CAP_NORFLASH : MTD_CAP_NANDFLASH;
        info.size = static_cast<std::uint32_t>(flash.size());
        info.erasesize = flash.erase_octets();
        info.writesize = flash.page_octets();
        *static_cast<mtd_info_user*>(argument) = info;
        return 0;
    }
    if (request == MEMGETBADBLOCK || request == MEMSETBADBLOCK) {
        if (flash.page_octets() == 1) return fails(EOPNOTSUPP);
        const auto block = static_cast<std::size_t>(*static_cast<__kernel_loff_t*>(argument)) / flash.erase_octets();
        if (block >= flash.size() / flash.erase_octets()) return fails(EINVAL);
        if (request == MEMGETBADBLOCK) return flash.bad(block) ? 1 : 0;
        const Fate now = fate("mark bad", node, block * flash.erase_octets(), 0);
        if (now == Fate::done || now == Fate::last) flash.mark_bad(block);
        return now == Fate::done ? 0 : fails(EIO);
    }
    if (request == MEMERASE || request == MEMERASE64) {
        std::uint64_t offset = 0, octets = 0;
        if (request == MEMERASE) {
            const auto& erase = *static_cast<const erase_info_user*>(argument);
            offset = erase.start;
            octets = erase.length;
        } else {
            const auto& erase = *static_cast<const erase_info_user64*>(argument);
            offset = erase.start;
            octets = erase.length;
        }
        if (!flash.may_erase(offset, octets, mistakes_)) return fails(EIO);
        const Fate now = fate("erase", node, offset, octets);
        flash.erase(now, offset, octets, power_.dice);
        return now == Fate::done ? 0 : fails(EIO);
    }
    if (request == MEMUNLOCK || request == MEMLOCK) return fails(EOPNOTSUPP);
    return fails(ENOTTY);
}

int FakeKernel::volume_ioctl(int file, Node& node, unsigned long request, void* argument) {
    Volume& volume = node.volume;
    if (request == UBI_IOCEBCH) {
        const auto& change = *static_cast<const ubi_leb_change_req*>(argument);
        // The kernel changes a block only of a volume that nobody else has open.
        if (users(file) > 1) return fails(EBUSY);
        if (change.lnum < 0 || change.bytes <= 0) return fails(EINVAL);
        const auto octets = static_cast<std::uint32_t>(change.bytes);
        return volume.begin_change(static_cast<std::uint32_t>(change.lnum), octets) ? 0 : fails(EBUSY);
    }
    if (request == UBI_IOCEBER || request == UBI_IOCEBUNMAP || request == UBI_IOCEBISMAP) {
        if (request != UBI_IOCEBISMAP && users(file) > 1) return fails(EBUSY);
        const std::int32_t number = *static_cast<const std::int32_t*>(argument);
        if (number < 0 || static_cast<std::size_t>(number) >= volume.blocks()) return fails(EINVAL);
        const auto block = static_cast<std::uint32_t>(number);
        if (request == UBI_IOCEBISMAP) return volume.mapped(block) ? 1 : 0;
        const std::uint64_t offset = std::uint64_t{block} * volume.block_octets();
        const Fate now = fate(request == UBI_IOCEBER ? "erase" : "unmap", node, offset, volume.block_octets());
        if (request == UBI_IOCEBER)
            volume.erase(now, block, power_.dice);
        else
            volume.unmap(now, block);
        return now == Fate::done ? 0 : fails(EIO);
    }
    if (request == UBI_IOCVOLUP)
        mistakes_.emplace_back("a whole UBI volume was updated: a cut leaves nothing readable");
    return fails(ENOTTY);
}

}  // namespace power_cut
