// SPDX-License-Identifier: Apache-2.0
// A kernel with MTD, UBI and block devices in memory, under the slot backends in their tests: no machine that builds
// this has such devices. It answers as the kernel's drivers do, including what NAND refuses, and notes in `mistakes`
// what flash would not survive. It cuts no power; the sweep over power cuts has a kernel of its own.
#pragma once

#include <mtd/mtd-user.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ont/linux/kernel.h"

namespace tests {

using Bytes = std::vector<std::uint8_t>;

/// Of one device node.
struct FakeDevice {
    dev_t number = 0;
    mode_t mode = S_IFCHR;
    std::vector<int> opened_with;  ///< flags of each open()
    bool locked_elsewhere = false;
    int open_error = 0;
    Bytes octets;  ///< of MTD and block devices

    // MTD.
    mtd_info_user info{};
    std::set<std::uint32_t> bad;          ///< blocks that are marked
    std::set<std::uint32_t> erase_fails;  ///< blocks that fail with EIO
    std::set<std::uint32_t> erase_fails_once;
    std::set<std::uint64_t> write_fails;  ///< octets at which a write fails with EIO, once their page is touched
    bool mark_fails = false;
    bool locked = false;  ///< as NOR is when power comes up
    int error = 0;        ///< of every erase and write, where it is not 0
    unsigned erasures = 0;

    // UBI. A LEB is empty where it is unmapped.
    std::vector<Bytes> lebs;
    std::uint32_t leb_octets = 0;
    std::optional<std::uint32_t> changing;  ///< LEB that is being changed
    std::uint32_t expected = 0;             ///< octets of it
    Bytes received;
    std::uint64_t write_budget = ~std::uint64_t{0};  ///< octets until writing fails with EIO
    bool open_elsewhere = false;
    unsigned changes = 0;

    bool is_mtd() const { return info.erasesize != 0; }
    bool is_ubi() const { return leb_octets != 0; }
    /// What a boot loader reads that skips bad blocks, as "nand read" does.
    Bytes skipping_bad() const;
};

class FakeDevices {
public:
    FakeDevices();
    FakeDevices(const FakeDevices&) = delete;
    FakeDevices& operator=(const FakeDevices&) = delete;

    const ont::Kernel& kernel() const { return kernel_; }

    FakeDevice& nand(const std::string& path, std::uint32_t blocks, std::uint32_t erase = 4096,
                     std::uint32_t page = 512);
    FakeDevice& nor(const std::string& path, std::uint32_t blocks, std::uint32_t erase = 4096);
    FakeDevice& ubi(const std::string& path, std::uint32_t lebs, std::uint32_t leb = 3968);
    FakeDevice& block(const std::string& path, std::uint32_t octets);
    FakeDevice& at(const std::string& path) { return *nodes_.at(path); }
    /// The same device under another name.
    void link(const std::string& from, const std::string& to) { nodes_[to] = nodes_.at(from); }

    /// The folder of sysfs that describes the device at `path`.
    std::string sysfs(const std::string& path) const;

    std::map<std::string, std::string> files;  ///< of sysfs: path, text
    std::map<std::string, std::string> links;  ///< of sysfs: path, where it points
    std::vector<std::string> mistakes;
    std::vector<unsigned long> requests;  ///< of ioctl(), in order

private:
    struct Open {
        std::shared_ptr<FakeDevice> device;
        std::string text;  ///< of a file of sysfs
        bool writable = false;
    };

    FakeDevice& add(const std::string& path, mode_t mode, dev_t number);
    int open(const std::string& path, int flags);
    ssize_t pread(int file, std::uint8_t* octets, std::size_t count, std::uint64_t offset);
    ssize_t pwrite(int file, const std::uint8_t* octets, std::size_t count, std::uint64_t offset);
    ssize_t write_mtd(FakeDevice& device, const std::uint8_t* octets, std::size_t count, std::uint64_t offset);
    ssize_t write_ubi(FakeDevice& device, const std::uint8_t* octets, std::size_t count);
    int ioctl(int file, unsigned long request, void* argument);
    int mtd_ioctl(FakeDevice& device, unsigned long request, void* argument);
    int ubi_ioctl(FakeDevice& device, unsigned long request, void* argument);
    void mistake(const std::string& what) { mistakes.push_back(what); }

    ont::Kernel kernel_;
    std::map<std::string, std::shared_ptr<FakeDevice>> nodes_;
    std::map<int, Open> open_;
    int next_file_ = 100;
    unsigned next_minor_ = 0;
};

/// Octets that tell where they stand.
Bytes pattern(std::size_t size, unsigned seed = 1);

}  // namespace tests
