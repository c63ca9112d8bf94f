// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/overlap.h"

#include <sys/sysmacros.h>

#include <charconv>
#include <string_view>

namespace ont {
namespace {

constexpr unsigned mtd_major = 90;

bool is_device(const struct stat& state) { return S_ISBLK(state.st_mode) || S_ISCHR(state.st_mode); }

/// One number for the two nodes that the kernel gives each MTD device: even to write, odd to read only.
dev_t device_number(const struct stat& state) {
    if (S_ISCHR(state.st_mode) && major(state.st_rdev) == mtd_major)
        return makedev(mtd_major, minor(state.st_rdev) & ~1u);
    return state.st_rdev;
}

/// Where sysfs keeps the device: ".../block/sda/sda1" for a partition of .../block/sda.
std::string place(const Kernel& kernel, const struct stat& device) {
    char path[512];
    const ssize_t size = kernel.readlink(kernel.context, sysfs_folder(device).c_str(), path, sizeof path);
    return size > 0 && static_cast<std::size_t>(size) < sizeof path
               ? std::string{path, path + static_cast<std::size_t>(size)}
               : std::string{};
}

struct Range {
    std::int64_t begin = -1, size = -1;
    bool known() const { return begin >= 0 && size >= 0; }
};

/// Within its parent: a partition of a disk says start and size in sectors, one of MTD offset and size in octets.
Range range(const Kernel& kernel, const struct stat& device) {
    return {sysfs_number(kernel, device, S_ISBLK(device.st_mode) ? "start" : "offset"),
            sysfs_number(kernel, device, "size")};
}

std::string_view parent(std::string_view path) { return path.substr(0, path.rfind('/')); }

/// The folder "block" or "mtd" holds devices side by side, which share nothing; any other parent is a device itself.
bool parent_is_device(std::string_view path) {
    const std::string_view folder = parent(path);
    const std::string_view name = folder.substr(folder.rfind('/') + 1);
    return name != "block" && name != "mtd" && name != "ubi";
}

}  // namespace

std::string sysfs_folder(const struct stat& device) {
    const dev_t number = device_number(device);
    return std::string{S_ISBLK(device.st_mode) ? "/sys/dev/block/" : "/sys/dev/char/"} + std::to_string(major(number)) +
           ':' + std::to_string(minor(number));
}

std::int64_t sysfs_number(const Kernel& kernel, const struct stat& device, const char* file) {
    const std::string text = read_line(kernel, (sysfs_folder(device) + '/' + file).c_str());
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : -1;
}

std::string overlap(const Kernel& kernel, const struct stat& a, const struct stat& b) {
    if (a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        return is_device(a) ? "is the same device as" : "is the same file as";
    if (!is_device(a) || !is_device(b) || S_ISBLK(a.st_mode) != S_ISBLK(b.st_mode)) return "";
    if (device_number(a) == device_number(b)) return "is the same device as";
    const std::string at_a = place(kernel, a), at_b = place(kernel, b);
    if (at_a.empty() || at_b.empty()) return "";
    if (at_a.starts_with(at_b + '/') || at_b.starts_with(at_a + '/')) return "is a part of, or contains,";
    if (parent(at_a) != parent(at_b) || !parent_is_device(at_a)) return "";
    const Range x = range(kernel, a), y = range(kernel, b);
    if (!x.known() || !y.known()) return "";
    return x.begin < y.begin + y.size && y.begin < x.begin + x.size ? "shares octets with" : "";
}

}  // namespace ont
