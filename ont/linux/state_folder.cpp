// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/state_folder.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "omci/wire.h"

namespace ont {
namespace {

struct HeadNames {
    const char* head;
    const char* next;  ///< what is written until it is whole
};

constexpr HeadNames head_names[ONT_IMAGES] = {{"head0", "head0.new"}, {"head1", "head1.new"}};

}  // namespace

int StateFolder::open(const Kernel& kernel, const std::string& folder) {
    kernel_ = &kernel;
    directory_ = File{kernel, AT_FDCWD, folder.c_str(), O_RDONLY | O_DIRECTORY};
    if (!directory_) return errno;
    // A file system that cannot lock a folder is no reason to refuse it: the slots have locks of their own.
    if (kernel.flock(kernel.context, directory_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return in_use;
    if (const int error = record_.open(kernel, directory_.get()); error != 0) return error;
    if (const int error = counter_.open(kernel, directory_.get()); error != 0) return error;
    return sync();
}

/// The files' names are as durable as what they hold.
int StateFolder::sync() const { return kernel_->fsync(kernel_->context, directory_.get()) == 0 ? 0 : errno; }

int StateFolder::record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) {
    return record_.read(octets, room, size);
}

int StateFolder::record_write(const std::uint8_t* octets, std::size_t size) { return record_.write(octets, size); }

int StateFolder::counter_read(std::uint32_t* value) {
    std::uint8_t octets[4];
    std::size_t size = 0;
    if (counter_.read(octets, sizeof octets, &size) != 0) return -1;
    if (size != 0 && size != sizeof octets) {
        errno = EBADMSG;
        return -1;
    }
    *value = size == 0 ? 0 : omci::load_be<std::uint32_t>(octets);
    return 0;
}

int StateFolder::counter_write(std::uint32_t value) {
    std::uint8_t octets[4];
    omci::store_be(octets, value);
    return counter_.write(octets, sizeof octets);
}

int StateFolder::head_write(std::uint8_t image, const std::uint8_t* head, std::size_t octets) const {
    if (image >= ONT_IMAGES) {
        errno = EINVAL;
        return -1;
    }
    const auto [name, next] = head_names[image];
    {
        const File file{*kernel_, directory_.get(), next, O_WRONLY | O_CREAT | O_TRUNC};
        if (!file || write_all(*kernel_, file.get(), 0, head, octets) != 0 ||
            kernel_->fsync(kernel_->context, file.get()) != 0)
            return -1;
    }
    if (kernel_->rename(kernel_->context, directory_.get(), next, name) != 0) return -1;
    return kernel_->fsync(kernel_->context, directory_.get());
}

int StateFolder::head_read(std::uint8_t image, std::uint8_t* head, std::size_t room, std::size_t* size) const {
    *size = 0;
    if (image >= ONT_IMAGES) {
        errno = EINVAL;
        return -1;
    }
    const File file{*kernel_, directory_.get(), head_names[image].head, O_RDONLY};
    if (!file) return errno == ENOENT ? 0 : -1;
    struct stat state {};
    if (kernel_->fstat(kernel_->context, file.get(), &state) != 0) return -1;
    const auto octets = static_cast<std::uint64_t>(state.st_size);
    if (octets > room) {
        errno = EMSGSIZE;
        return -1;
    }
    const ssize_t done = read_all(*kernel_, file.get(), 0, head, static_cast<std::size_t>(octets));
    if (done < 0) return -1;
    *size = static_cast<std::size_t>(done);
    return 0;
}

}  // namespace ont
