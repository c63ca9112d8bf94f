// SPDX-License-Identifier: Apache-2.0
// The handful of system calls with which ont/linux/ reaches storage, as a struct of function pointers: everything that
// keeps images, records or counters takes a Kernel. linux_kernel() is the real one; tests put their own underneath that
// models a device, counts its operations and pulls the plug.
//
// Each call means what the system call of its name means: arguments, result, errno. `context` is the Kernel's own.
// Nobody here calls anything that is not in this struct, so what a fake sees is all there is to see.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace ont {

struct Kernel {
    void* context = nullptr;

    /// openat(2); `directory` is AT_FDCWD or a folder that was opened by this call. O_CLOEXEC is among the flags.
    int (*open)(void* context, int directory, const char* path, int flags, mode_t mode) = nullptr;
    int (*close)(void* context, int file) = nullptr;
    ssize_t (*pread)(void* context, int file, void* octets, std::size_t count, std::uint64_t offset) = nullptr;
    ssize_t (*pwrite)(void* context, int file, const void* octets, std::size_t count, std::uint64_t offset) = nullptr;
    int (*fsync)(void* context, int file) = nullptr;
    int (*fdatasync)(void* context, int file) = nullptr;
    int (*ftruncate)(void* context, int file, std::uint64_t octets) = nullptr;
    /// `mode` is FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE.
    int (*fallocate)(void* context, int file, int mode, std::uint64_t offset, std::uint64_t octets) = nullptr;
    int (*sync_file_range)(void* context, int file, std::uint64_t offset, std::uint64_t octets,
                           unsigned flags) = nullptr;
    /// `argument` points to what the request takes; requests are those of <mtd/mtd-user.h>, <mtd/ubi-user.h> and
    /// <linux/fs.h>.
    int (*ioctl)(void* context, int file, unsigned long request, void* argument) = nullptr;
    /// st_dev, st_ino and st_rdev tell files and devices apart.
    int (*fstat)(void* context, int file, struct stat* state) = nullptr;
    int (*flock)(void* context, int file, int operation) = nullptr;
    /// Within one folder.
    int (*rename)(void* context, int directory, const char* from, const char* to) = nullptr;
    int (*unlink)(void* context, int directory, const char* path) = nullptr;
    /// readlink(2), for what sysfs says of a device; `path` is absolute.
    ssize_t (*readlink)(void* context, const char* path, char* out, std::size_t room) = nullptr;
};

/// The system's own.
const Kernel& linux_kernel();

/// pwrite() until all is written; a signal or a short count is no failure. 0, or -1 with errno.
int write_all(const Kernel& kernel, int file, std::uint64_t offset, const std::uint8_t* octets, std::size_t count);

/// pread() until `count` octets are there or the file ends: octets read, or -1 with errno.
ssize_t read_all(const Kernel& kernel, int file, std::uint64_t offset, std::uint8_t* octets, std::size_t count);

/// What a small text file holds, a file of sysfs for example, without the newline; empty where it cannot be read.
std::string read_line(const Kernel& kernel, const char* path);

/// A file of a Kernel, closed with this object. The Kernel outlives it.
class File {
public:
    File() = default;
    File(const Kernel& kernel, int descriptor) : kernel_{&kernel}, descriptor_{descriptor} {}
    File(const Kernel& kernel, int directory, const char* path, int flags, mode_t mode = 0644);
    File(File&& other) noexcept : kernel_{other.kernel_}, descriptor_{std::exchange(other.descriptor_, -1)} {}
    File& operator=(File&& other) noexcept {
        std::swap(kernel_, other.kernel_);
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~File() { close(); }

    void close();
    int get() const { return descriptor_; }
    explicit operator bool() const { return descriptor_ >= 0; }

private:
    const Kernel* kernel_ = nullptr;
    int descriptor_ = -1;
};

}  // namespace ont
