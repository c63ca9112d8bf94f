// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/two_copies.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "omci/crc32.h"
#include "omci/wire.h"

namespace ont {
namespace {

constexpr std::size_t header_octets = 12;
constexpr std::size_t copy_octets_max = header_octets + TwoCopies::octets_max + 4;

}  // namespace

struct TwoCopies::Copy {
    bool unknown = false;  ///< cannot be opened, by lack of descriptors for example: it may be the newest
    bool good = false;
    bool present = false;  ///< something lies there
    std::uint32_t generation = 0;
    std::uint32_t size = 0;
    std::array<std::uint8_t, octets_max> octets{};
};

int TwoCopies::open(const Kernel& kernel, int directory) {
    kernel_ = &kernel;
    directory_ = directory;
    // Open only while they are read or written: many ONTs in a process share its descriptors.
    for (const char* name : names_)
        if (const File file{kernel, directory, name, O_RDWR | O_CREAT}; !file) return errno;
    return 0;
}

TwoCopies::Copy TwoCopies::read_copy(std::size_t which) const {
    Copy copy;
    std::array<std::uint8_t, copy_octets_max> octets;
    const File file{*kernel_, directory_, names_[which], O_RDONLY};
    copy.unknown = !file;
    if (copy.unknown) return copy;
    const ssize_t read = read_all(*kernel_, file.get(), 0, octets.data(), octets.size());
    // Octets that cannot be read are as damaged as others: a cut store may leave a sector so.
    copy.present = read != 0;
    if (read < static_cast<ssize_t>(header_octets + 4)) return copy;
    copy.generation = omci::load_be<std::uint32_t>(octets.data() + 4);
    copy.size = omci::load_be<std::uint32_t>(octets.data() + 8);
    if (omci::load_be<std::uint32_t>(octets.data()) != magic_ || copy.size > copy.octets.size()) return copy;
    const std::size_t end = header_octets + copy.size;
    if (static_cast<std::size_t>(read) < end + 4) return copy;
    copy.good = omci::load_be<std::uint32_t>(octets.data() + end) == omci::crc32(omci::Octets{octets}.first(end));
    std::copy_n(octets.begin() + header_octets, copy.size, copy.octets.begin());
    return copy;
}

/// A killed process may leave a copy in the system's memory alone, which reads as if it were on the disk.
int TwoCopies::settle(std::size_t which) const {
    if (settled_) return 0;
    const File file{*kernel_, directory_, names_[which], O_RDONLY};
    settled_ = file && kernel_->fdatasync(kernel_->context, file.get()) == 0;
    return settled_ ? 0 : -1;
}

int TwoCopies::read(std::uint8_t* octets, std::size_t room, std::size_t* size) const {
    const Copy a = read_copy(0);
    const Copy b = read_copy(1);
    *size = 0;
    if (a.unknown || b.unknown) return -1;
    // One that is cut short is a first store that the power went out in. Two of them are no new ONT's.
    if (!a.good && !b.good) {
        errno = EBADMSG;
        return a.present && b.present ? -1 : 0;
    }
    const bool a_newest = a.good && (!b.good || a.generation > b.generation);
    // A disk that takes nothing any more is no reason not to read: a store will fail there.
    (void)settle(a_newest ? 0 : 1);
    const Copy& newest = a_newest ? a : b;
    if (newest.size > room) {
        errno = EMSGSIZE;
        return -1;
    }
    std::copy_n(newest.octets.begin(), newest.size, octets);
    *size = newest.size;
    return 0;
}

int TwoCopies::write(const std::uint8_t* octets, std::size_t size) {
    if (size > octets_max) {
        errno = EMSGSIZE;
        return -1;
    }
    const Copy a = read_copy(0);
    const Copy b = read_copy(1);
    if (a.unknown || b.unknown) return -1;
    // The newest good copy stays as it is; the other one is overwritten.
    const bool a_newest = a.good && (!b.good || a.generation > b.generation);
    const std::uint32_t generation = std::max(a.good ? a.generation : 0, b.good ? b.generation : 0);
    const std::size_t which = doubtful_ != nobody ? doubtful_ : a_newest ? std::size_t{1} : std::size_t{0};
    if ((a.good || b.good) && doubtful_ == nobody && settle(a_newest ? 0 : 1) != 0) return -1;
    std::array<std::uint8_t, copy_octets_max> out;
    omci::store_be(out.data(), magic_);
    omci::store_be(out.data() + 4, generation + 1);
    omci::store_be(out.data() + 8, static_cast<std::uint32_t>(size));
    std::copy_n(octets, size, out.begin() + header_octets);
    const std::size_t end = header_octets + size;
    omci::store_be(out.data() + end, omci::crc32(omci::Octets{out}.first(end)));
    const File file{*kernel_, directory_, names_[which], O_WRONLY};
    if (!file) return -1;
    doubtful_ = which;
    if (write_all(*kernel_, file.get(), 0, out.data(), end + 4) != 0) return -1;
    if (kernel_->fdatasync(kernel_->context, file.get()) != 0) return -1;
    doubtful_ = nobody;
    settled_ = true;
    return 0;
}

}  // namespace ont
