// SPDX-License-Identifier: Apache-2.0
// Slots as two partitions of a block device: eMMC, a disk. Written without erasing, so that what a broken download left
// is still there for the next one; sync() waits for the medium and drops what the system kept of the slot in memory, so
// that reading back reads the medium. A partition that is mounted is never opened for writing.
#pragma once

#include "ont/linux/device_slots.h"

namespace ont {

class BlockDeviceSlots final : public DeviceSlots {
public:
    explicit BlockDeviceSlots(const Kernel& kernel = linux_kernel());

    /// Empty, or a sentence that says what is wrong with which device. To be called once.
    std::string open(const std::string& device0, const std::string& device1) { return open_both(device0, device1); }

    std::uint32_t octets(std::uint8_t image) const override { return octets_[image]; }
    std::uint32_t erase_unit(std::uint8_t) const override { return 0; }

private:
    std::string describe(std::uint8_t image) override;
    int erase_unit_at(std::uint8_t, std::uint32_t) override { return 0; }
    int write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) override;
    int read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) override;
    int sync_all(std::uint8_t image) override;

    std::array<std::uint32_t, ONT_IMAGES> octets_{};
};

}  // namespace ont
