// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/slots.h"

#include <cerrno>
#include <cstring>

namespace ont {

void Slots::lend(ont_platform& platform) {
    platform.context = this;
    lend_slots<Slots>(platform);
}

int Slots::failed(const char* doing, std::uint8_t image, std::uint32_t offset) {
    failure_ = {doing, image, offset, errno};
    return -1;
}

bool Slots::outside(std::uint8_t image, std::uint32_t offset, std::size_t count) const {
    if (image < ONT_IMAGES && offset <= octets(image) && count <= octets(image) - offset) return false;
    errno = image < ONT_IMAGES ? ENOSPC : EINVAL;
    return true;
}

int Slots::erase(std::uint8_t image, std::uint32_t offset) {
    constexpr auto doing = "erasing";
    if (outside(image, offset, 1)) return failed(doing, image, offset);
    const std::uint32_t unit = erase_unit(image);
    if (unit != 0 && offset % unit != 0)
        errno = EINVAL;
    else if (image == running_)
        errno = EROFS;
    else if (unit == 0 || erase_unit_at(image, offset) == 0)
        return 0;
    return failed(doing, image, offset);
}

int Slots::write(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) {
    constexpr auto doing = "writing";
    if (outside(image, offset, count)) return failed(doing, image, offset);
    if (image == running_)
        errno = EROFS;
    else if (write_at(image, offset, octets, count) == 0)
        return 0;
    return failed(doing, image, offset);
}

int Slots::read(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) {
    constexpr auto doing = "reading";
    if (outside(image, offset, count) || read_at(image, offset, octets, count) != 0)
        return failed(doing, image, offset);
    return 0;
}

int Slots::sync(std::uint8_t image) {
    if (outside(image, 0, 0) || sync_all(image) != 0) return failed("syncing", image, 0);
    return 0;
}

int Slots::head_write(std::uint8_t, const std::uint8_t*, std::size_t) {
    errno = ENOTSUP;
    return -1;
}

int Slots::head_read(std::uint8_t, std::uint8_t*, std::size_t, std::size_t* size) {
    *size = 0;
    return 0;
}

std::string Slots::complaint() const {
    if (failure_.doing == nullptr) return "";
    const std::string where = failure_.image < ONT_IMAGES ? name(failure_.image) : "no slot";
    return where + ": " + failure_.doing + " at " + std::to_string(failure_.offset) + ": " +
           std::strerror(failure_.cause);
}

}  // namespace ont
