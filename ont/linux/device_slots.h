// SPDX-License-Identifier: Apache-2.0
// What block devices, MTD and UBI have in common as slots: two device files, opened to read until the first octet is
// written, locked, and proven not to overlap. Their backends derive from it; heads of packages go to a state folder,
// since the octets of a partition all belong to the image, and boot loaders and factories write over them.
#pragma once

#include <array>
#include <string>

#include "ont/linux/kernel.h"
#include "ont/linux/slots.h"
#include "ont/linux/state_folder.h"

namespace ont {

class DeviceSlots : public Slots {
public:
    std::string name(std::uint8_t image) const override { return devices_[image].path; }

    /// Heads are kept there from now on; it outlives this object.
    void keep_heads_in(const StateFolder& folder) { heads_ = &folder; }
    bool keeps_heads() const override { return heads_ != nullptr; }
    int head_write(std::uint8_t image, const std::uint8_t* head, std::size_t octets) override;
    int head_read(std::uint8_t image, std::uint8_t* head, std::size_t room, std::size_t* size) override;

protected:
    /// `writing` are the flags with which a slot is opened once it is written.
    DeviceSlots(const Kernel& kernel, int writing) : kernel_{kernel}, writing_{writing} {}

    /// Opens and locks both; then `describe` is asked of each. Empty, or a sentence that names the device.
    std::string open_both(const std::string& device0, const std::string& device1);
    /// What the backend wants to know of a device that is open. Empty, or what is wrong with it.
    virtual std::string describe(std::uint8_t image) = 0;

    int reader(std::uint8_t image) const { return devices_[image].file.get(); }
    /// The same device, open for writing; -1 with errno. There is one descriptor for each at any time: UBI changes a
    /// block only of a volume that nobody else has open.
    int writer(std::uint8_t image);
    /// Closed and opened again by the next writer(): gives up what a device was told to expect and did not get.
    void reopen(std::uint8_t image);
    const struct stat& state(std::uint8_t image) const { return devices_[image].state; }
    const Kernel& kernel() const { return kernel_; }
    int ioctl(std::uint8_t image, unsigned long request, void* argument) const {
        return kernel_.ioctl(kernel_.context, reader(image), request, argument);
    }

private:
    struct Device {
        std::string path;
        File file;
        bool writable = false;
        struct stat state {};
    };

    bool lock(const File& file) const;

    const Kernel& kernel_;
    int writing_;
    std::array<Device, ONT_IMAGES> devices_;
    const StateFolder* heads_ = nullptr;
};

}  // namespace ont
