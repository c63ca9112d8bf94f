// SPDX-License-Identifier: Apache-2.0
#include "tools/image_file.h"

#include <openssl/evp.h>

#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>

#include "omci/crc32.h"
#include "omci/image_version.h"

namespace tools {
namespace {

constexpr std::uint64_t image_octets_max = std::numeric_limits<std::uint32_t>::max();  // the field in Start and End
constexpr std::size_t read_octets = 1 << 20;

[[noreturn]] void fail(const std::string& path, const std::string& cause) {
    throw std::runtime_error{"image " + path + ": " + cause};
}

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

std::vector<std::uint8_t> load_octets(const std::string& path) {
    const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "rb")};
    if (!file) fail(path, std::strerror(errno));
    struct stat status {};
    if (fstat(fileno(file.get()), &status) != 0) fail(path, std::strerror(errno));
    if (S_ISDIR(status.st_mode)) fail(path, "is a directory");
    const std::uint64_t announced = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
    if (announced > image_octets_max) fail(path, "larger than 4294967295 octets, which is all that Start can announce");

    std::vector<std::uint8_t> octets;
    octets.reserve(announced + read_octets);  // the last read, which finds the end, asks for room as well
    for (;;) {
        const std::size_t before = octets.size();
        octets.resize(before + read_octets);
        const std::size_t count = std::fread(octets.data() + before, 1, read_octets, file.get());
        octets.resize(before + count);
        if (std::ferror(file.get())) fail(path, std::strerror(errno));
        if (octets.size() > image_octets_max)
            fail(path, "larger than 4294967295 octets, which is all that Start can announce");
        if (count == 0) break;
    }
    if (octets.empty()) fail(path, "is empty");
    return octets;
}

std::vector<std::uint8_t> digest(const char* algorithm, omci::Octets octets) {
    std::vector<std::uint8_t> out(EVP_MAX_MD_SIZE);
    std::size_t size = 0;
    if (EVP_Q_digest(nullptr, algorithm, nullptr, octets.data(), octets.size(), out.data(), &size) != 1)
        throw std::runtime_error{std::string{"OpenSSL provides no "} + algorithm};
    out.resize(size);
    return out;
}

omci::Octets ImageFile::installed() const {
    if (!package) return octets;
    return package->manifest.payload == omci::Payload::raw ? package->payload : omci::Octets{unpacked};
}

void describe_image(ImageFile& image) {
    image.crc = omci::crc32(image.octets);
    const std::vector<std::uint8_t> md5 = digest("MD5", image.installed());
    std::copy_n(md5.begin(), image.md5.size(), image.md5.begin());
    image.version = image.package ? omci::make_version(image.package->manifest.version)
                                  : omci::image_version(omci::Octets{image.octets}, image.md5);
}

ImageFile load_image(const std::string& path) {
    ImageFile image;
    image.octets = load_octets(path);
    if (begins_as_package(image.octets, path)) {
        image.package = read_package(image.octets, path);
        check_lists(*image.package, path);
        image.unpacked = unpack(*image.package, path);
    }
    describe_image(image);
    return image;
}

}  // namespace tools
