// SPDX-License-Identifier: Apache-2.0
// The system's own kernel under slots that are files, with faults on demand and a count of what was asked: and with
// files that pass for block devices, since who builds this may not make any.
#pragma once

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "ont/linux/kernel.h"

namespace tests {

struct HookedKernel {
    std::string failing;  ///< the name of a call that fails
    int error = EIO;
    int after = 0;               ///< such calls that go well before
    bool block_devices = false;  ///< regular files say that they are block devices
    std::vector<std::string> calls;
    ont::Kernel kernel;

    HookedKernel();
    HookedKernel(const HookedKernel&) = delete;
    HookedKernel& operator=(const HookedKernel&) = delete;

    static HookedKernel& hooks(void* context) { return *static_cast<HookedKernel*>(context); }
    bool fails(const char* call) {
        calls.emplace_back(call);
        if (failing != call || after-- > 0) return false;
        errno = error;
        return true;
    }
    long count(const char* call) const { return std::count(calls.begin(), calls.end(), call); }
};

inline HookedKernel::HookedKernel() {
    static const ont::Kernel& real = ont::linux_kernel();
    kernel = real;
    kernel.context = this;
    kernel.open = [](void* c, int directory, const char* path, int flags, mode_t mode) {
        // A file may not be opened as exclusively as a device.
        return hooks(c).fails("open") ? -1 : real.open(nullptr, directory, path, flags & ~O_EXCL, mode);
    };
    kernel.pread = [](void* c, int file, void* octets, std::size_t count, std::uint64_t offset) {
        return hooks(c).fails("pread") ? -1 : real.pread(nullptr, file, octets, count, offset);
    };
    kernel.pwrite = [](void* c, int file, const void* octets, std::size_t count, std::uint64_t offset) {
        return hooks(c).fails("pwrite") ? -1 : real.pwrite(nullptr, file, octets, count, offset);
    };
    kernel.fsync = [](void* c, int file) { return hooks(c).fails("fsync") ? -1 : real.fsync(nullptr, file); };
    kernel.fdatasync = [](void* c, int file) {
        return hooks(c).fails("fdatasync") ? -1 : real.fdatasync(nullptr, file);
    };
    kernel.fallocate = [](void* c, int file, int mode, std::uint64_t offset, std::uint64_t octets) {
        return hooks(c).fails("fallocate") ? -1 : real.fallocate(nullptr, file, mode, offset, octets);
    };
    kernel.rename = [](void* c, int directory, const char* from, const char* to) {
        return hooks(c).fails("rename") ? -1 : real.rename(nullptr, directory, from, to);
    };
    kernel.flock = [](void* c, int file, int operation) {
        return hooks(c).fails("flock") ? -1 : real.flock(nullptr, file, operation);
    };
    kernel.fstat = [](void* c, int file, struct stat* state) {
        const int result = real.fstat(nullptr, file, state);
        if (result == 0 && hooks(c).block_devices && S_ISREG(state->st_mode)) {
            state->st_mode = (state->st_mode & ~static_cast<mode_t>(S_IFMT)) | S_IFBLK;
            state->st_rdev = static_cast<decltype(state->st_rdev)>(makedev(240, static_cast<unsigned>(state->st_ino)));
        }
        return result;
    };
    kernel.ioctl = [](void* c, int file, unsigned long request, void* argument) {
        if (hooks(c).fails(request == BLKFLSBUF ? "BLKFLSBUF" : "ioctl")) return -1;
        if (request == BLKFLSBUF) return 0;
        struct stat state {};
        if (request != BLKGETSIZE64 || real.fstat(nullptr, file, &state) != 0)
            return real.ioctl(nullptr, file, request, argument);
        *static_cast<std::uint64_t*>(argument) = static_cast<std::uint64_t>(state.st_size);
        return 0;
    };
}

}  // namespace tests
