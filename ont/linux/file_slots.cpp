// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/file_slots.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace ont {

int FileSlots::open(const std::string& folder, std::uint32_t slot_octets) {
    names_ = {folder + "/slot0", folder + "/slot1"};
    if (const int error = state_.open(kernel_, folder); error != 0) return error;
    return open_slots(state_.directory(), "slot0", "slot1", slot_octets);
}

int FileSlots::open(const std::string& folder, const std::string& slot0, const std::string& slot1,
                    std::uint32_t slot_octets) {
    names_ = {slot0, slot1};
    if (const int error = state_.open(kernel_, folder); error != 0) return error;
    if (const int error = open_slots(AT_FDCWD, slot0.c_str(), slot1.c_str(), slot_octets); error != 0) return error;
    // The names of files in other folders are to be as durable as theirs in this one.
    for (const std::string& name : names_) {
        const std::size_t slash = name.rfind('/');
        const std::string parent = slash == name.npos ? "." : name.substr(0, slash + 1);
        const File directory{kernel_, AT_FDCWD, parent.c_str(), O_RDONLY | O_DIRECTORY};
        if (!directory || kernel_.fsync(kernel_.context, directory.get()) != 0) return errno;
    }
    return 0;
}

int FileSlots::open_slots(int directory, const char* slot0, const char* slot1, std::uint32_t slot_octets) {
    slot_octets_ = slot_octets;
    for (std::uint8_t image = 0; image < ONT_IMAGES; ++image) {
        slots_[image] = File{kernel_, directory, image == 0 ? slot0 : slot1, O_RDWR | O_CREAT};
        if (!slots_[image]) return errno;
    }
    struct stat state[ONT_IMAGES] = {};
    for (std::size_t i = 0; i < ONT_IMAGES; ++i)
        if (kernel_.fstat(kernel_.context, slots_[i].get(), &state[i]) != 0) return errno;
    if (state[0].st_dev == state[1].st_dev && state[0].st_ino == state[1].st_ino) return same_file;
    for (std::uint8_t image = 0; image < ONT_IMAGES; ++image) {
        // The kernel takes the lock off a process that dies.
        if (kernel_.flock(kernel_.context, slots_[image].get(), LOCK_EX | LOCK_NB) != 0)
            return errno == EWOULDBLOCK ? in_use : errno;
        if (const int error = give_size(image, static_cast<std::uint64_t>(state[image].st_size)); error != 0)
            return error;
    }
    return state_.sync();
}

int FileSlots::give_size(std::uint8_t image, std::uint64_t found) {
    found_octets_ = found;
    if (found == slot_octets_) return 0;
    if (found != 0) return other_size;
    // A size that a power cut takes back is given again.
    return kernel_.ftruncate(kernel_.context, slots_[image].get(), slot_octets_) == 0 ? 0 : errno;
}

void FileSlots::lend(ont_platform& platform) {
    platform.context = this;
    lend_slots<FileSlots>(platform);
    lend_records<FileSlots>(platform);
}

int FileSlots::erase_unit_at(std::uint8_t image, std::uint32_t offset) {
    const std::uint32_t end = offset + std::min(unit_octets, slot_octets_ - offset);
    // What was collected for this unit belongs to a download that was given up.
    if (collected_.image == image && collected_.offset >= offset && collected_.offset < end) collected_.size = 0;
    if (kernel_.fallocate(kernel_.context, slots_[image].get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
                          end - offset) == 0)
        return 0;
    return errno == EOPNOTSUPP || errno == ENOSYS ? fill_erased(image, offset, end) : -1;
}

/// Erasing where the file system knows no holes.
int FileSlots::fill_erased(std::uint8_t image, std::uint32_t offset, std::uint32_t end) {
    std::array<std::uint8_t, 4096> blank;
    blank.fill(0xFF);
    while (offset < end) {
        const std::uint32_t size = std::min(static_cast<std::uint32_t>(blank.size()), end - offset);
        if (write_all(kernel_, slots_[image].get(), offset, blank.data(), size) != 0) return -1;
        offset += size;
    }
    return 0;
}

/// A window is a few hundred octets; a call of the kernel for each would cost more than all else that is done for it.
int FileSlots::write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) {
    Collected& c = collected_;
    if (c.size > 0 && (c.image != image || c.offset + c.size != offset) && write_collected() != 0) return -1;
    if (!c.room) c.room.reset(new (std::nothrow) std::uint8_t[unit_octets]);
    if (!c.room) return write_all(kernel_, slots_[image].get(), offset, octets, count);
    while (count > 0) {
        if (c.size == 0) {
            c.image = image;
            c.offset = offset;
        }
        const std::uint32_t left = unit_octets - offset % unit_octets;
        const std::uint32_t size = count < left ? static_cast<std::uint32_t>(count) : left;
        std::memcpy(c.room.get() + c.size, octets, size);
        c.size += size;
        octets += size;
        offset += size;
        count -= size;
        if (size == left && write_collected() != 0) return -1;
    }
    return 0;
}

int FileSlots::write_collected() {
    Collected& c = collected_;
    const std::uint32_t size = std::exchange(c.size, 0);
    if (size == 0) return 0;
    const int file = slots_[c.image].get();
    if (write_all(kernel_, file, c.offset, c.room.get(), size) != 0) return -1;
    // The disk may begin. That it cannot, on some file systems, is no failure: sync() decides.
    (void)kernel_.sync_file_range(kernel_.context, file, c.offset, size, SYNC_FILE_RANGE_WRITE);
    return 0;
}

int FileSlots::read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) {
    if (collected_.image == image && write_collected() != 0) return -1;
    const ssize_t done = read_all(kernel_, slots_[image].get(), offset, octets, count);
    if (done >= 0 && done != static_cast<ssize_t>(count)) errno = EIO;
    return done == static_cast<ssize_t>(count) ? 0 : -1;
}

int FileSlots::sync_all(std::uint8_t image) {
    if (write_collected() != 0) return -1;
    collected_.room.reset();
    return kernel_.fdatasync(kernel_.context, slots_[image].get());
}

}  // namespace ont
