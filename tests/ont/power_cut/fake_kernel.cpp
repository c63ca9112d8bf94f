// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/fake_kernel.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

namespace power_cut {
namespace {

constexpr int first_descriptor = 1000;  ///< far from those of the process that runs the test

int fails(int error) {
    errno = error;
    return -1;
}

/// What the caller of an operation hears.
bool heard(Fate fate) { return fate == Fate::done; }

std::span<const std::uint8_t> octets_of(const void* octets, std::size_t count) {
    return {static_cast<const std::uint8_t*>(octets), count};
}

}  // namespace

FakeKernel::FakeKernel(Storage& storage, Power& power, Mistakes& mistakes)
    : storage_{storage}, power_{power}, mistakes_{mistakes} {
    fill_in();
}

void FakeKernel::fill_in() {
    kernel_.context = this;
    kernel_.open = [](void* c, int at, const char* path, int flags, mode_t) { return self(c).open(at, path, flags); };
    kernel_.close = [](void* c, int file) { return self(c).close(file); };
    kernel_.pread = [](void* c, int file, void* octets, std::size_t count, std::uint64_t offset) {
        return self(c).pread(file, octets, count, offset);
    };
    kernel_.pwrite = [](void* c, int file, const void* octets, std::size_t count, std::uint64_t offset) {
        return self(c).pwrite(file, octets, count, offset);
    };
    kernel_.fsync = [](void* c, int file) { return self(c).sync(file, "fsync"); };
    kernel_.fdatasync = [](void* c, int file) { return self(c).sync(file, "datasync"); };
    kernel_.ftruncate = [](void* c, int file, std::uint64_t octets) { return self(c).truncate(file, octets); };
    kernel_.fallocate = [](void* c, int file, int, std::uint64_t offset, std::uint64_t octets) {
        return self(c).punch_hole(file, offset, octets);
    };
    // Promises nothing, so nothing is modelled of it.
    kernel_.sync_file_range = [](void* c, int, std::uint64_t, std::uint64_t, unsigned) {
        return self(c).power_.dark() ? fails(EIO) : 0;
    };
    kernel_.ioctl = [](void* c, int file, unsigned long request, void* argument) {
        return self(c).ioctl(file, request, argument);
    };
    kernel_.fstat = [](void* c, int file, struct stat* state) { return self(c).status(file, state); };
    kernel_.flock = [](void* c, int, int) { return self(c).power_.dark() ? fails(EIO) : 0; };
    kernel_.rename = [](void* c, int at, const char* from, const char* to) {
        FakeKernel& k = self(c);
        const std::string old_path = k.path_of(at, from);
        const int number = k.storage_.find(old_path);
        if (number < 0) return fails(ENOENT);
        const Fate fate = k.fate("rename", k.storage_.node(number), 0, 0);
        k.storage_.rename(fate, old_path, k.path_of(at, to));
        return heard(fate) ? 0 : fails(EIO);
    };
    kernel_.unlink = [](void* c, int at, const char* path) {
        FakeKernel& k = self(c);
        const int number = k.storage_.find(k.path_of(at, path));
        if (number < 0) return fails(ENOENT);
        const Fate fate = k.fate("unlink", k.storage_.node(number), 0, 0);
        k.storage_.unlink(fate, k.path_of(at, path));
        return heard(fate) ? 0 : fails(EIO);
    };
    kernel_.readlink = [](void* c, const char* path, char* out, std::size_t room) -> ssize_t {
        const Node* node = self(c).storage_.node_of(path);
        if (node == nullptr) return fails(ENOENT);
        const std::size_t count = std::min(room, node->text.size());
        std::memcpy(out, node->text.data(), count);
        return static_cast<ssize_t>(count);
    };
}

Node* FakeKernel::opened(int file) {
    const auto at = static_cast<std::size_t>(file - first_descriptor);
    if (file < first_descriptor || at >= open_.size() || open_[at].node < 0) return nullptr;
    return &storage_.node(open_[at].node);
}

int FakeKernel::close(int file) {
    Node* node = opened(file);
    if (node == nullptr) return fails(EBADF);
    if (node->kind == Kind::volume) node->volume.abandon();
    open_[static_cast<std::size_t>(file - first_descriptor)].node = -1;
    return 0;
}

/// How often the file behind `file` is open.
std::size_t FakeKernel::users(int file) const {
    const int node = open_[static_cast<std::size_t>(file - first_descriptor)].node;
    return static_cast<std::size_t>(
        std::count_if(open_.begin(), open_.end(), [&](const Open& open) { return open.node == node; }));
}

Fate FakeKernel::fate(const char* what, const Node& node, std::uint64_t offset, std::uint64_t octets) {
    return power_.operation(what, node.path.c_str(), offset, octets);
}

std::string FakeKernel::path_of(int directory, const char* path) {
    const Node* folder = path[0] == '/' ? nullptr : opened(directory);
    if (one_copy && std::strcmp(path, "record1") == 0) path = "record0";
    return folder == nullptr ? path : folder->path + "/" + path;
}

int FakeKernel::open(int directory, const char* path, int flags) {
    if (power_.dark()) return fails(EIO);
    const std::string whole = path_of(directory, path);
    int number = storage_.find(whole);
    if (number < 0 && (flags & O_CREAT) == 0) return fails(ENOENT);
    if (number >= 0 && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return fails(EEXIST);
    if (number < 0) {
        const Fate fate = power_.operation("create", whole.c_str(), 0, 0);
        number = storage_.create(fate, whole);
        if (!heard(fate)) return fails(EIO);
    } else if ((flags & O_TRUNC) != 0 && storage_.node(number).media.size() > 0) {
        const Fate cut = fate("truncate", storage_.node(number), 0, 0);
        storage_.node(number).media.resize(cut, 0);
        if (!heard(cut)) return fails(EIO);
    }
    open_.push_back({number, flags});
    return first_descriptor + static_cast<int>(open_.size()) - 1;
}

ssize_t FakeKernel::pread(int file, void* octets, std::size_t count, std::uint64_t offset) {
    const Node* node = opened(file);
    if (power_.dark()) return fails(EIO);
    if (node == nullptr) return fails(EBADF);
    const std::size_t size = node->kind == Kind::flash    ? node->flash.size()
                             : node->kind == Kind::volume ? node->volume.size()
                             : node->kind == Kind::text   ? node->text.size()
                                                          : node->media.size();
    if (offset >= size || count == 0) return 0;
    count = std::min(count, size - static_cast<std::size_t>(offset));
    const std::span out{static_cast<std::uint8_t*>(octets), count};
    switch (node->kind) {
    case Kind::flash:
        if (!node->flash.read(offset, out)) return fails(EBADMSG);
        break;
    case Kind::volume: node->volume.read(offset, out); break;
    case Kind::text: std::memcpy(octets, node->text.data() + offset, count); break;
    case Kind::folder: return fails(EISDIR);
    default: std::memcpy(octets, node->media.now().data() + offset, count);
    }
    return static_cast<ssize_t>(count);
}

ssize_t FakeKernel::pwrite(int file, const void* octets, std::size_t count, std::uint64_t offset) {
    Node* node = opened(file);
    if (power_.dark()) return fails(EIO);
    if (node == nullptr) return fails(EBADF);
    const int flags = open_[static_cast<std::size_t>(file - first_descriptor)].flags;
    if ((flags & O_ACCMODE) == O_RDONLY) {
        mistakes_.emplace_back("a file was written that was opened for reading");
        return fails(EBADF);
    }
    const auto from = octets_of(octets, count);
    if (node->kind == Kind::flash && !node->flash.may_program(offset, count, mistakes_)) return fails(EIO);
    if (node->kind == Kind::volume && !node->volume.changing()) return fails(EPERM);
    if (node->kind == Kind::block) {
        if (offset >= node->media.size()) return fails(ENOSPC);
        count = std::min(count, node->media.size() - static_cast<std::size_t>(offset));
    }
    const Fate now = fate("write", *node, offset, count);
    if (node->kind == Kind::flash && now == Fate::done && node->flash.worn(offset, count)) {
        node->flash.fail_to_program(offset, power_.dice);
        return fails(EIO);
    }
    switch (node->kind) {
    case Kind::flash: node->flash.program(now, offset, from, power_.dice); break;
    case Kind::volume: node->volume.change(now, from, power_.dice); break;
    case Kind::file:
    case Kind::block:
        node->media.write(now, offset, from.first(count), power_.dice);
        if ((flags & (O_SYNC | O_DSYNC)) != 0 && (now == Fate::done || now == Fate::last))
            node->media.sync(Fate::done, power_.dice);
        break;
    default: return fails(EINVAL);
    }
    return heard(now) ? static_cast<ssize_t>(count) : fails(EIO);
}

int FakeKernel::sync(int file, const char* what) {
    Node* node = opened(file);
    if (power_.dark()) return fails(EIO);
    if (node == nullptr) return fails(EBADF);
    if (unsynced_record && node->path.find("/record") != std::string::npos) return 0;
    const Fate now = fate(what, *node, 0, 0);
    if (node->kind == Kind::folder) storage_.sync_folder(now, power_.dice);
    if (node->kind == Kind::file || node->kind == Kind::block) node->media.sync(now, power_.dice);
    return heard(now) ? 0 : fails(EIO);
}

int FakeKernel::truncate(int file, std::uint64_t octets) {
    Node* node = opened(file);
    if (power_.dark()) return fails(EIO);
    if (node == nullptr || node->kind != Kind::file) return fails(EINVAL);
    const Fate now = fate("truncate", *node, octets, 0);
    node->media.resize(now, octets);
    return heard(now) ? 0 : fails(EIO);
}

/// Octets in a hole read as zeros.
int FakeKernel::punch_hole(int file, std::uint64_t offset, std::uint64_t octets) {
    Node* node = opened(file);
    if (power_.dark()) return fails(EIO);
    if (node == nullptr || (node->kind != Kind::file && node->kind != Kind::block)) return fails(EINVAL);
    const std::size_t size = node->media.size();
    if (offset >= size) return 0;
    const Fate now = fate("punch", *node, offset, octets);
    const Bytes zeros(std::min<std::size_t>(octets, size - offset));
    node->media.write(now, offset, zeros, power_.dice);
    return heard(now) ? 0 : fails(EIO);
}

int FakeKernel::status(int file, struct stat* state) {
    const Node* node = opened(file);
    if (power_.dark()) return fails(EIO);
    if (node == nullptr) return fails(EBADF);
    *state = {};
    const auto number = static_cast<unsigned>(open_[static_cast<std::size_t>(file - first_descriptor)].node);
    state->st_dev = makedev(8, 1);
    state->st_ino = number;
    const mode_t type = node->kind == Kind::folder   ? S_IFDIR
                        : node->kind == Kind::block  ? S_IFBLK
                        : node->kind == Kind::flash  ? S_IFCHR
                        : node->kind == Kind::volume ? S_IFCHR
                                                     : S_IFREG;
    state->st_mode = type | 0644u;
    if (type == S_IFBLK) state->st_rdev = makedev(179, number);
    if (type == S_IFCHR) state->st_rdev = node->kind == Kind::flash ? makedev(90, 2 * number) : makedev(240, number);
    if (type == S_IFREG) state->st_size = static_cast<off_t>(node->media.size());
    return 0;
}

}  // namespace power_cut
