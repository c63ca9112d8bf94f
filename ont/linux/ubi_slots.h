// SPDX-License-Identifier: Apache-2.0
// Slots as two dynamic UBI volumes. A logical erase block (LEB) is collected in memory and changed as a whole, in the
// kernel's one atomic step: after a power cut it holds the old octets or the new ones, never half. The other way to
// write a volume, its update, leaves one that was interrupted unreadable, and is not used.
//
// Erasing unmaps a LEB, at the price of the erasure that it would need anyway. It is not durable: after a power cut the
// old octets may be back, and harm nobody who erases before he writes.
//
// The kernel changes a LEB only of a volume that nobody else has open. A volume without a table of its own is no
// trouble for the boot loader: "ubi read" of U-Boot gives the image from octet 0.
#pragma once

#include <memory>

#include "ont/linux/device_slots.h"

namespace ont {

class UbiSlots final : public DeviceSlots {
public:
    explicit UbiSlots(const Kernel& kernel = linux_kernel());

    /// Empty, or a sentence that says what is wrong with which volume. To be called once. Sizes are read from sysfs.
    std::string open(const std::string& volume0, const std::string& volume1) { return open_both(volume0, volume1); }

    std::uint32_t octets(std::uint8_t image) const override;
    std::uint32_t erase_unit(std::uint8_t image) const override { return volumes_[image].leb_octets; }

private:
    struct Volume {
        std::uint32_t leb_octets = 0;
        std::uint32_t lebs = 0;
    };
    /// A LEB as it shall be.
    struct Leb {
        std::unique_ptr<std::uint8_t[]> room;
        bool changed = false;  ///< and not on the volume yet
        std::uint8_t image = 0;
        std::uint32_t number = 0;
    };

    std::string describe(std::uint8_t image) override;
    int erase_unit_at(std::uint8_t image, std::uint32_t offset) override;
    int write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) override;
    int read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) override;
    int sync_all(std::uint8_t image) override;

    int read_volume(std::uint8_t image, std::uint64_t offset, std::uint8_t* octets, std::size_t count) const;
    int begin_leb(std::uint8_t image, std::uint32_t number);
    int change_leb();

    std::array<Volume, ONT_IMAGES> volumes_;
    Leb leb_;
};

}  // namespace ont
