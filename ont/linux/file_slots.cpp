// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/file_slots.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

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

FileSlots& self(void* context) { return *static_cast<FileSlots*>(context); }

}  // namespace

struct FileSlots::Copy {
    bool good = false;
    std::uint32_t generation = 0;
    std::uint32_t size = 0;
    std::array<std::uint8_t, ONT_RECORD_OCTETS_MAX> octets{};
};

FileSlots::~FileSlots() {
    for (const int file : {slots_[0], slots_[1], records_[0], records_[1]})
        if (file >= 0) ::close(file);
}

int FileSlots::open(const std::string& folder, std::uint32_t slot_octets) {
    slot_octets_ = slot_octets;
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return errno;
    const auto fail = [&] {
        const int error = errno;
        ::close(directory);
        return error;
    };
    for (std::size_t i = 0; i < 2; ++i) {
        const std::string number = std::to_string(i);
        slots_[i] = ::openat(directory, ("slot" + number).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        records_[i] = ::openat(directory, ("record" + number).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (slots_[i] < 0 || records_[i] < 0) return fail();
        struct stat state {};
        if (::fstat(slots_[i], &state) != 0) return fail();
        if (static_cast<std::uint64_t>(state.st_size) >= slot_octets) continue;
        for (std::uint32_t at = 0; at < slot_octets; at += std::min(erase_unit, slot_octets - at))
            if (erase(static_cast<std::uint8_t>(i), at) != 0) return fail();
        if (::fsync(slots_[i]) != 0) return fail();
    }
    if (::fsync(directory) != 0) return fail();  // the files' names are as durable as what they hold
    ::close(directory);
    return 0;
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
    std::array<std::uint8_t, 4096> blank;
    blank.fill(0xFF);
    if (image > 1 || offset >= slot_octets_) return -1;
    const std::uint32_t end = offset + std::min(erase_unit, slot_octets_ - offset);
    while (offset < end) {
        const std::uint32_t size = std::min(static_cast<std::uint32_t>(blank.size()), end - offset);
        if (write_all(slots_[image], offset, blank.data(), size) != 0) return -1;
        offset += size;
    }
    return 0;
}

int FileSlots::write(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) {
    if (image > 1 || offset > slot_octets_ || count > slot_octets_ - offset) return -1;
    return write_all(slots_[image], offset, octets, count);
}

int FileSlots::read(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) const {
    if (image > 1 || offset > slot_octets_ || count > slot_octets_ - offset) return -1;
    return read_all(slots_[image], offset, octets, count) == static_cast<ssize_t>(count) ? 0 : -1;
}

int FileSlots::sync(std::uint8_t image) { return image > 1 ? -1 : ::fdatasync(slots_[image]); }

FileSlots::Copy FileSlots::read_copy(std::size_t which) const {
    Copy copy;
    std::array<std::uint8_t, copy_octets_max> octets;
    const ssize_t read = read_all(records_[which], 0, octets.data(), octets.size());
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
    if (!a.good && !b.good) return 0;
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
    const int file = records_[a_newest ? 1 : 0];
    if (write_all(file, 0, out.data(), end + 4) != 0) return -1;
    return ::fdatasync(file);
}

}  // namespace ont
