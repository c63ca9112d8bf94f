// SPDX-License-Identifier: Apache-2.0
// The system calls of ont/linux/kernel.h over a Storage, one process's view: files that are open and where they point.
// Every call that changes something is one operation of the plug. After a cut all of them fail; a new FakeKernel is the
// kernel that comes up when the power is back.
#pragma once

#include <cstdint>
#include <vector>

#include "ont/linux/kernel.h"
#include "tests/ont/power_cut/storage.h"

namespace power_cut {

class FakeKernel {
public:
    FakeKernel(Storage& storage, Power& power, Mistakes& mistakes);
    FakeKernel(const FakeKernel&) = delete;
    FakeKernel& operator=(const FakeKernel&) = delete;

    const ont::Kernel& calls() const { return kernel_; }

    // Mutants: whoever opens the second copy of a record gets the first; syncs of records are not done.
    bool one_copy = false;
    bool unsynced_record = false;

private:
    struct Open {
        int node = -1;  ///< -1: closed
        int flags = 0;
    };

    static FakeKernel& self(void* context) { return *static_cast<FakeKernel*>(context); }
    void fill_in();
    Node* opened(int file);
    int close(int file);
    std::size_t users(int file) const;
    Fate fate(const char* what, const Node& node, std::uint64_t offset, std::uint64_t octets);
    std::string path_of(int directory, const char* path);
    int open(int directory, const char* path, int flags);
    ssize_t pread(int file, void* octets, std::size_t count, std::uint64_t offset);
    ssize_t pwrite(int file, const void* octets, std::size_t count, std::uint64_t offset);
    int sync(int file, const char* what);
    int truncate(int file, std::uint64_t octets);
    int punch_hole(int file, std::uint64_t offset, std::uint64_t octets);
    int ioctl(int file, unsigned long request, void* argument);
    int flash_ioctl(Node& node, unsigned long request, void* argument);
    int volume_ioctl(int file, Node& node, unsigned long request, void* argument);
    int status(int file, struct stat* state);

    Storage& storage_;
    Power& power_;
    Mistakes& mistakes_;
    std::vector<Open> open_;
    ont::Kernel kernel_;
};

}  // namespace power_cut
