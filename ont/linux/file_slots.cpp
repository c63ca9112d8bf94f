// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/file_slots.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "omci/crc32.h"
#include "omci/wire.h"

namespace ont {
namespace {

constexpr std::uint32_t magic = 0x4F42'5231u;  // "OBR1"
constexpr std::size_t header_octets = 12;
constexpr std::size_t copy_octets_max = header_octets + ONT_RECORD_OCTETS_MAX + 4;

/// pwrite() and pread() until all is done; a signal or a short count is no failure.
int write_all(int file, std::uint64_t offset, const std::uint8_t* octets, std::size_t count) {
    while (count > 0) {
        const ssize_t done = ::pwrite(file, octets, count, static_cast<off_t>(offset));
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return -1;
        octets += done;
        offset += static_cast<std::uint64_t>(done);
        count -= static_cast<std::size_t>(done);
    }
    return 0;
}

/// Octets read, fewer at the end of the file; or -1.
ssize_t read_all(int file, std::uint64_t offset, std::uint8_t* octets, std::size_t count) {
    std::size_t size = 0;
    while (size < count) {
        const ssize_t done = ::pread(file, octets + size, count - size, static_cast<off_t>(offset + size));
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return -1;
        if (done == 0) break;
        size += static_cast<std::size_t>(done);
    }
    return static_cast<ssize_t>(size);
}

/// A copy of the boot record, open only while it is read or written: many ONTs in a process share its descriptors.
struct Record {
    Record(int directory, std::size_t which, int flags)
        : descriptor{::openat(directory, which == 0 ? "record0" : "record1", flags | O_CLOEXEC, 0644)} {}
    Record(const Record&) = delete;
    Record& operator=(const Record&) = delete;
    ~Record() {
        if (descriptor >= 0) ::close(descriptor);
    }

    int descriptor;
};

FileSlots& self(void* context) { return *static_cast<FileSlots*>(context); }

}  // namespace

struct FileSlots::Copy {
    bool unknown = false;  ///< cannot be opened, by lack of descriptors for example: it may be the newest
    bool good = false;
    bool present = false;  ///< something lies there
    std::uint32_t generation = 0;
    std::uint32_t size = 0;
    std::array<std::uint8_t, ONT_RECORD_OCTETS_MAX> octets{};
};

FileSlots::~FileSlots() {
    for (const int file : {slots_[0], slots_[1], directory_})
        if (file >= 0) ::close(file);
}

int FileSlots::open(const std::string& folder, std::uint32_t slot_octets) {
    slot_octets_ = slot_octets;
    directory_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory_ < 0) return errno;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        if (const int error = open_slot(directory_, i); error != 0) return error;
        if (const Record record{directory_, i, O_RDWR | O_CREAT}; record.descriptor < 0) return errno;
    }
    // The files' names are as durable as what they hold.
    return ::fsync(directory_) == 0 ? 0 : errno;
}

int FileSlots::open_slot(int directory, std::size_t which) {
    const std::string name = "slot" + std::to_string(which);
    const int file = ::openat(directory, name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) return errno;
    slots_[which] = file;
    // The first slot is the folder's lock; the kernel takes it off a process that dies.
    if (which == 0 && ::flock(file, LOCK_EX | LOCK_NB) != 0) return errno == EWOULDBLOCK ? in_use : errno;
    struct stat state {};
    if (::fstat(file, &state) != 0) return errno;
    found_octets_ = static_cast<std::uint64_t>(state.st_size);
    if (found_octets_ == slot_octets_) return 0;
    if (found_octets_ != 0) return other_size;
    // A size that a power cut takes back is given again.
    return ::ftruncate(file, slot_octets_) == 0 ? 0 : errno;
}

void FileSlots::lend(ont_platform& platform) {
    platform.context = this;
    platform.slot_octets = [](void* context, std::uint8_t) { return self(context).slot_octets(); };
    platform.slot_erase_unit = [](void*, std::uint8_t) { return erase_unit; };
    platform.slot_erase = [](void* context, std::uint8_t image, std::uint32_t offset) {
        return self(context).erase(image, offset);
    };
    platform.slot_write = [](void* context, std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets,
                             std::size_t count) { return self(context).write(image, offset, octets, count); };
    platform.slot_read = [](void* context, std::uint8_t image, std::uint32_t offset, std::uint8_t* octets,
                            std::size_t count) { return self(context).read(image, offset, octets, count); };
    platform.slot_sync = [](void* context, std::uint8_t image) { return self(context).sync(image); };
    platform.record_read = [](void* context, std::uint8_t* octets, std::size_t room, std::size_t* size) {
        return self(context).record_read(octets, room, size);
    };
    platform.record_write = [](void* context, const std::uint8_t* octets, std::size_t size) {
        return self(context).record_write(octets, size);
    };
}

int FileSlots::erase(std::uint8_t image, std::uint32_t offset) {
    if (image > 1 || offset >= slot_octets_) return -1;
    const std::uint32_t end = offset + std::min(erase_unit, slot_octets_ - offset);
    // What was collected for this unit belongs to a download that was given up.
    if (collected_.image == image && collected_.offset >= offset && collected_.offset < end) collected_.size = 0;
    if (::fallocate(slots_[image], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, end - offset) == 0) return 0;
    return errno == EOPNOTSUPP || errno == ENOSYS ? fill_erased(image, offset, end) : -1;
}

/// Erasing where the file system knows no holes.
int FileSlots::fill_erased(std::uint8_t image, std::uint32_t offset, std::uint32_t end) {
    std::array<std::uint8_t, 4096> blank;
    blank.fill(0xFF);
    while (offset < end) {
        const std::uint32_t size = std::min(static_cast<std::uint32_t>(blank.size()), end - offset);
        if (write_all(slots_[image], offset, blank.data(), size) != 0) return -1;
        offset += size;
    }
    return 0;
}

/// A window is a few hundred octets; a call of the kernel for each would cost more than all else that is done for it.
int FileSlots::write(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) {
    if (image > 1 || offset > slot_octets_ || count > slot_octets_ - offset) return -1;
    Collected& c = collected_;
    if (c.size > 0 && (c.image != image || c.offset + c.size != offset) && write_collected() != 0) return -1;
    if (!c.room) c.room.reset(new (std::nothrow) std::uint8_t[erase_unit]);
    if (!c.room) return write_all(slots_[image], offset, octets, count);
    while (count > 0) {
        if (c.size == 0) {
            c.image = image;
            c.offset = offset;
        }
        const std::uint32_t left = erase_unit - offset % erase_unit;
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
    const int file = slots_[c.image];
    if (write_all(file, c.offset, c.room.get(), size) != 0) return -1;
    // The disk may begin. That it cannot, on some file systems, is no failure: sync() decides.
    (void)::sync_file_range(file, c.offset, size, SYNC_FILE_RANGE_WRITE);
    return 0;
}

int FileSlots::read(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) {
    if (image > 1 || offset > slot_octets_ || count > slot_octets_ - offset) return -1;
    if (collected_.image == image && write_collected() != 0) return -1;
    return read_all(slots_[image], offset, octets, count) == static_cast<ssize_t>(count) ? 0 : -1;
}

int FileSlots::sync(std::uint8_t image) {
    if (image > 1 || write_collected() != 0) return -1;
    collected_.room.reset();
    return ::fdatasync(slots_[image]);
}

FileSlots::Copy FileSlots::read_copy(std::size_t which) const {
    Copy copy;
    std::array<std::uint8_t, copy_octets_max> octets;
    const Record file{directory_, which, O_RDONLY};
    copy.unknown = file.descriptor < 0;
    if (copy.unknown) return copy;
    const ssize_t read = read_all(file.descriptor, 0, octets.data(), octets.size());
    copy.present = read > 0;
    if (read < static_cast<ssize_t>(header_octets + 4)) return copy;
    copy.generation = omci::load_be<std::uint32_t>(octets.data() + 4);
    copy.size = omci::load_be<std::uint32_t>(octets.data() + 8);
    if (omci::load_be<std::uint32_t>(octets.data()) != magic || copy.size > copy.octets.size()) return copy;
    const std::size_t end = header_octets + copy.size;
    if (static_cast<std::size_t>(read) < end + 4) return copy;
    copy.good = omci::load_be<std::uint32_t>(octets.data() + end) == omci::crc32(omci::Octets{octets}.first(end));
    std::copy_n(octets.begin() + header_octets, copy.size, copy.octets.begin());
    return copy;
}

int FileSlots::record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) const {
    const Copy a = read_copy(0);
    const Copy b = read_copy(1);
    *size = 0;
    if (a.unknown || b.unknown) return -1;
    // One that is cut short is a first store that the power went out in. Two of them are no new ONT's.
    if (!a.good && !b.good) {
        errno = EBADMSG;
        return a.present && b.present ? -1 : 0;
    }
    const Copy& newest = a.good && (!b.good || a.generation > b.generation) ? a : b;
    if (newest.size > room) return -1;
    std::memcpy(octets, newest.octets.data(), newest.size);
    *size = newest.size;
    return 0;
}

int FileSlots::record_write(const std::uint8_t* octets, std::size_t size) {
    if (size > ONT_RECORD_OCTETS_MAX) return -1;
    const Copy a = read_copy(0);
    const Copy b = read_copy(1);
    if (a.unknown || b.unknown) return -1;
    // The newest good copy stays as it is; the other one is overwritten.
    const bool a_newest = a.good && (!b.good || a.generation > b.generation);
    const std::uint32_t generation = a_newest ? a.generation : b.good ? b.generation : 0;
    std::array<std::uint8_t, copy_octets_max> out;
    omci::store_be(out.data(), magic);
    omci::store_be(out.data() + 4, generation + 1);
    omci::store_be(out.data() + 8, static_cast<std::uint32_t>(size));
    std::memcpy(out.data() + header_octets, octets, size);
    const std::size_t end = header_octets + size;
    omci::store_be(out.data() + end, omci::crc32(omci::Octets{out}.first(end)));
    const Record file{directory_, a_newest ? std::size_t{1} : std::size_t{0}, O_WRONLY};
    if (file.descriptor < 0 || write_all(file.descriptor, 0, out.data(), end + 4) != 0) return -1;
    return ::fdatasync(file.descriptor);
}

}  // namespace ont
