// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/mtd_slots.h"

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace ont {
namespace {

bool is_nand(const mtd_info_user& info) { return info.type == MTD_NANDFLASH || info.type == MTD_MLCNANDFLASH; }

int no_room() {
    errno = ENOMEM;
    return -1;
}

}  // namespace

MtdSlots::MtdSlots(const Kernel& kernel) : DeviceSlots{kernel, O_RDWR} {}

std::string MtdSlots::describe(std::uint8_t image) {
    Chip& chip = chips_[image];
    mtd_info_user& info = chip.info;
    if (!S_ISCHR(state(image).st_mode)) return "is no MTD character device, such as /dev/mtd0";
    if (ioctl(image, MEMGETINFO, &info) != 0)
        return std::string{"is no MTD device, or does not answer: "} + std::strerror(errno);
    if (info.type == MTD_ABSENT || info.type == MTD_ROM || info.erasesize == 0 || info.writesize == 0 ||
        info.erasesize % info.writesize != 0)
        return "is no flash that can be erased and written";
    if ((info.flags & MTD_WRITEABLE) == 0) return "is read-only (its MTD flags)";
    const std::uint32_t blocks = info.size / info.erasesize;
    for (std::uint32_t i = 0; i < blocks; ++i) {
        auto at = static_cast<__kernel_loff_t>(std::uint64_t{i} * info.erasesize);
        const int bad = ioctl(image, MEMGETBADBLOCK, &at);
        if (bad < 0 && errno != EOPNOTSUPP)
            return "does not tell whether block " + std::to_string(i) + " is bad: " + std::strerror(errno);
        if (bad <= 0) chip.blocks.push_back({.number = i & 0x3FFF'FFFFu, .blank = 0, .bad = 0});
    }
    chip.uses.assign(chip.blocks.size(), Use::unknown);
    return "";
}

std::uint32_t MtdSlots::octets(std::uint8_t image) const {
    return static_cast<std::uint32_t>(chips_[image].blocks.size()) * chips_[image].info.erasesize;
}

/// Where the octet at `offset` of the slot lies on the device.
std::uint64_t MtdSlots::place(std::uint8_t image, std::uint32_t offset) const {
    const Chip& chip = chips_[image];
    const std::uint32_t unit = chip.info.erasesize;
    return std::uint64_t{chip.blocks[offset / unit].number} * unit + offset % unit;
}

/// Some NOR is locked when power comes up.
int MtdSlots::unlock(std::uint8_t image) {
    Chip& chip = chips_[image];
    if (writer(image) < 0) return -1;
    if (chip.unlocked || (chip.info.flags & MTD_POWERUP_LOCK) == 0) return 0;
    erase_info_user all{.start = 0, .length = chip.info.size};
    if (ioctl(image, MEMUNLOCK, &all) != 0 && errno != EOPNOTSUPP) return -1;
    chip.unlocked = true;
    return 0;
}

int MtdSlots::erase_unit_at(std::uint8_t image, std::uint32_t offset) {
    Chip& chip = chips_[image];
    const std::size_t unit = offset / chip.info.erasesize;
    if (page_.image == image && page_.offset >= offset) page_.size = 0;
    std::fill(chip.uses.begin() + static_cast<std::ptrdiff_t>(unit), chip.uses.end(), Use::unknown);
    if (make_blank(image, unit) != 0) return -1;
    chip.uses[unit] = Use::erased;
    return 0;
}

/// Erases the block of `unit`, or the next one that can be.
int MtdSlots::make_blank(std::uint8_t image, std::size_t unit) {
    Chip& chip = chips_[image];
    if (unlock(image) != 0) return -1;
    while (unit < chip.blocks.size()) {
        Block& block = chip.blocks[unit];
        if (block.blank) return 0;
        erase_info_user erase{.start = block.number * chip.info.erasesize, .length = chip.info.erasesize};
        // Twice: it costs little, and a mark is for ever.
        if (!block.bad &&
            (ioctl(image, MEMERASE, &erase) == 0 || (errno == EIO && ioctl(image, MEMERASE, &erase) == 0))) {
            block.blank = 1;
            return 0;
        }
        if (!block.bad && mark_bad(image, unit) != 0) return -1;
        drop(image, unit);
    }
    errno = ENOSPC;
    return -1;
}

/// After a failure with EIO; others say nothing of the block. A block that cannot be marked stays in its place: the
/// boot loader would read it.
int MtdSlots::mark_bad(std::uint8_t image, std::size_t unit) {
    Chip& chip = chips_[image];
    if (errno != EIO || !is_nand(chip.info)) return -1;
    if (chip.marks >= marks_max(chip)) return -1;
    auto at = static_cast<__kernel_loff_t>(std::uint64_t{chip.blocks[unit].number} * chip.info.erasesize);
    if (ioctl(image, MEMSETBADBLOCK, &at) != 0) return -1;
    chip.blocks[unit].bad = 1;
    ++chip.marks;
    return 0;
}

/// Flash wears out block by block. Where all fail it is the controller, or a pin that protects the chip, and marking
/// them would take the slot away for good.
std::size_t MtdSlots::marks_max(const Chip& chip) { return std::max<std::size_t>(4, chip.blocks.size() / 50); }

/// The slot goes on without the block of `unit`.
void MtdSlots::drop(std::uint8_t image, std::size_t unit) {
    Chip& chip = chips_[image];
    chip.blocks.erase(chip.blocks.begin() + static_cast<std::ptrdiff_t>(unit));
    chip.uses.pop_back();
}

int MtdSlots::write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) {
    if (unlock(image) != 0) return -1;
    const std::uint32_t page = chips_[image].info.writesize;
    const std::uint32_t unit = chips_[image].info.erasesize;
    if (page_.size > 0 && (page_.image != image || page_.offset + page_.size != offset) && write_page() != 0) return -1;
    while (count > 0) {
        std::uint32_t size = 0;
        if (page_.size == 0 && count >= page && offset % page == 0) {
            const std::size_t pages = std::min<std::size_t>(count, unit - offset % unit) / page;
            size = static_cast<std::uint32_t>(pages * page);
            if (program(image, offset, octets, size) != 0) return -1;
        } else {
            // A page is written once: what begins within one has been filled up by a sync() before it.
            if (page_.size == 0 && offset % page != 0) {
                errno = EINVAL;
                return -1;
            }
            if (!page_.room)
                page_.room.reset(new (std::nothrow)
                                     std::uint8_t[std::max(chips_[0].info.writesize, chips_[1].info.writesize)]);
            if (!page_.room) return no_room();
            if (page_.size == 0) {
                page_.image = image;
                page_.offset = offset;
            }
            size = static_cast<std::uint32_t>(std::min<std::size_t>(count, page - page_.size));
            std::memcpy(page_.room.get() + page_.size, octets, size);
            page_.size += size;
            if (page_.size == page && write_page() != 0) return -1;
        }
        octets += size;
        offset += size;
        count -= size;
    }
    return 0;
}

int MtdSlots::write_page() {
    const std::uint32_t size = std::exchange(page_.size, 0);
    if (size == 0) return 0;
    const std::uint32_t page = chips_[page_.image].info.writesize;
    std::memset(page_.room.get() + size, 0xFF, page - size);
    return program(page_.image, page_.offset, page_.room.get(), page);
}

/// Whole pages within one unit.
int MtdSlots::program(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) {
    Chip& chip = chips_[image];
    const std::size_t unit = offset / chip.info.erasesize;
    while (unit < chip.blocks.size()) {
        chip.blocks[unit].blank = 0;
        chip.uses[unit] = Use::used;
        if (write_all(kernel(), reader(image), place(image, offset), octets, count) == 0) return 0;
        if (move_on(image, unit, offset % chip.info.erasesize) != 0) return -1;
    }
    errno = ENOSPC;
    return -1;
}

/// The block of `unit` failed while it was written: its first `written` octets go to the next block that can be erased
/// and written, and the block is the slot's no longer.
int MtdSlots::move_on(std::uint8_t image, std::size_t unit, std::uint32_t written) {
    Chip& chip = chips_[image];
    const std::uint32_t offset = static_cast<std::uint32_t>(unit) * chip.info.erasesize;
    if (errno != EIO) return -1;
    // Read first: a block may be erased in order to be marked.
    const std::unique_ptr<std::uint8_t[]> saved{new (std::nothrow) std::uint8_t[written + std::size_t{1}]};
    if (!saved) return no_room();
    const bool whole =
        read_all(kernel(), reader(image), place(image, offset), saved.get(), written) == static_cast<ssize_t>(written);
    const auto behind = chip.uses.begin() + static_cast<std::ptrdiff_t>(unit) + 1;
    const bool last = std::find(behind, chip.uses.end(), Use::used) == chip.uses.end();
    errno = EIO;
    if (mark_bad(image, unit) != 0) return -1;
    if (!whole || !last) {
        errno = EIO;
        return -1;
    }
    drop(image, unit);
    for (;;) {
        // Who was told that a unit is erased is told the truth: the units have moved up by a block.
        for (std::size_t i = unit; i < chip.blocks.size(); ++i)
            if ((i == unit || chip.uses[i] == Use::erased) && make_blank(image, i) != 0) return -1;
        if (unit >= chip.blocks.size()) {
            errno = ENOSPC;
            return -1;
        }
        chip.uses[unit] = Use::used;
        if (written == 0) return 0;
        chip.blocks[unit].blank = 0;
        if (write_all(kernel(), reader(image), place(image, offset), saved.get(), written) == 0) return 0;
        if (mark_bad(image, unit) != 0) return -1;
        drop(image, unit);
    }
}

int MtdSlots::read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) {
    Chip& chip = chips_[image];
    const std::uint32_t unit = chip.info.erasesize;
    for (std::size_t at = 0; at < count;) {
        const std::uint32_t from = offset + static_cast<std::uint32_t>(at);
        const std::size_t size = std::min<std::size_t>(count - at, unit - from % unit);
        if (chip.uses[from / unit] == Use::unknown) chip.uses[from / unit] = Use::used;
        const ssize_t done = read_all(kernel(), reader(image), place(image, from), octets + at, size);
        if (done >= 0 && done != static_cast<ssize_t>(size)) errno = EIO;
        if (done != static_cast<ssize_t>(size)) return -1;
        at += size;
    }
    // What is collected is not on the device yet.
    const Page& page = page_;
    if (page.size == 0 || page.image != image) return 0;
    const std::uint64_t begin = std::max<std::uint64_t>(offset, page.offset);
    const std::uint64_t end = std::min<std::uint64_t>(offset + std::uint64_t{count}, page.offset + page.size);
    if (begin < end)
        std::memcpy(octets + (begin - offset), page.room.get() + (begin - page.offset),
                    static_cast<std::size_t>(end - begin));
    return 0;
}

/// Writing and erasing MTD is done when the call returns.
int MtdSlots::sync_all(std::uint8_t) {
    if (write_page() != 0) return -1;
    page_.room.reset();
    return 0;
}

}  // namespace ont
