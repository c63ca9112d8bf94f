// SPDX-License-Identifier: Apache-2.0
#include "tools/report/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace tools {

OutputFile::OutputFile(const std::string& path, const char* what) : path_{path}, what_{what} {
    struct stat status {};
    if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
        descriptor_ = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
        std::string name = path + ".XXXXXX";
        descriptor_ = mkstemp(name.data());
        if (descriptor_ >= 0) temporary_ = name;
    }
    if (descriptor_ < 0) fail();
    if (temporary_.empty()) return;
    const mode_t mask = umask(0);  // mkstemp is for secrets; a report is as open as any file
    umask(mask);
    if (fchmod(descriptor_, 0666 & ~mask) != 0) {
        const int cause = errno;
        unlink(temporary_.c_str());
        errno = cause;
        fail();
    }
}

OutputFile::~OutputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!temporary_.empty()) unlink(temporary_.c_str());
}

void OutputFile::finish(std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t count = ::write(descriptor_, octets.data(), octets.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail();
        octets.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::close(std::exchange(descriptor_, -1)) != 0) fail();
    if (temporary_.empty()) return;
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
    temporary_.clear();
}

void OutputFile::fail() const {
    throw std::runtime_error{std::string{what_} + " " + path_ + ": " + std::strerror(errno)};
}

bool same_file(const std::string& a, const std::string& b) {
    struct stat first {
    }, second{};
    if (stat(a.c_str(), &first) != 0 || stat(b.c_str(), &second) != 0) return a == b;
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace tools
