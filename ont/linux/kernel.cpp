// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/kernel.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace ont {

const Kernel& linux_kernel() {
    static constexpr Kernel kernel{
        .open = [](void*, int directory, const char* path, int flags,
                   mode_t mode) { return ::openat(directory, path, flags, mode); },
        .close = [](void*, int file) { return ::close(file); },
        .pread = [](void*, int file, void* octets, std::size_t count,
                    std::uint64_t offset) { return ::pread(file, octets, count, static_cast<off_t>(offset)); },
        .pwrite = [](void*, int file, const void* octets, std::size_t count,
                     std::uint64_t offset) { return ::pwrite(file, octets, count, static_cast<off_t>(offset)); },
        .fsync = [](void*, int file) { return ::fsync(file); },
        .fdatasync = [](void*, int file) { return ::fdatasync(file); },
        .ftruncate = [](void*, int file,
                        std::uint64_t octets) { return ::ftruncate(file, static_cast<off_t>(octets)); },
        .fallocate =
            [](void*, int file, int mode, std::uint64_t offset, std::uint64_t octets) {
                return ::fallocate(file, mode, static_cast<off_t>(offset), static_cast<off_t>(octets));
            },
        .sync_file_range =
            [](void*, int file, std::uint64_t offset, std::uint64_t octets, unsigned flags) {
                return ::sync_file_range(file, static_cast<off_t>(offset), static_cast<off_t>(octets), flags);
            },
        .ioctl = [](void*, int file, unsigned long request,
                    void* argument) { return ::ioctl(file, request, argument); },
        .fstat = [](void*, int file, struct stat* state) { return ::fstat(file, state); },
        .flock = [](void*, int file, int operation) { return ::flock(file, operation); },
        .rename = [](void*, int directory, const char* from,
                     const char* to) { return ::renameat(directory, from, directory, to); },
        .unlink = [](void*, int directory, const char* path) { return ::unlinkat(directory, path, 0); },
        .readlink = [](void*, const char* path, char* out, std::size_t room) { return ::readlink(path, out, room); },
    };
    return kernel;
}

int write_all(const Kernel& kernel, int file, std::uint64_t offset, const std::uint8_t* octets, std::size_t count) {
    while (count > 0) {
        const ssize_t done = kernel.pwrite(kernel.context, file, octets, count, offset);
        if (done < 0 && errno == EINTR) continue;
        if (done == 0) errno = EIO;
        if (done <= 0) return -1;
        octets += done;
        offset += static_cast<std::uint64_t>(done);
        count -= static_cast<std::size_t>(done);
    }
    return 0;
}

ssize_t read_all(const Kernel& kernel, int file, std::uint64_t offset, std::uint8_t* octets, std::size_t count) {
    std::size_t size = 0;
    while (size < count) {
        const ssize_t done = kernel.pread(kernel.context, file, octets + size, count - size, offset + size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return -1;
        if (done == 0) break;
        size += static_cast<std::size_t>(done);
    }
    return static_cast<ssize_t>(size);
}

std::string read_line(const Kernel& kernel, const char* path) {
    const File file{kernel, AT_FDCWD, path, O_RDONLY};
    std::uint8_t text[256];
    const ssize_t size = file ? read_all(kernel, file.get(), 0, text, sizeof text) : -1;
    std::string line{text, text + (size > 0 ? size : 0)};
    return line.substr(0, line.find('\n'));
}

File::File(const Kernel& kernel, int directory, const char* path, int flags, mode_t mode)
    : kernel_{&kernel}, descriptor_{kernel.open(kernel.context, directory, path, flags | O_CLOEXEC, mode)} {}

void File::close() {
    if (descriptor_ < 0) return;
    // Whoever tidies up behind a failure still wants to know its cause.
    const int cause = errno;
    kernel_->close(kernel_->context, std::exchange(descriptor_, -1));
    errno = cause;
}

}  // namespace ont
