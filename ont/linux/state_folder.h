// SPDX-License-Identifier: Apache-2.0
// What a Linux ONT remembers besides its images, as files of one folder: on a small file system that may be written
// (UBIFS, ext4), or beside the slots where those are files too (file_slots.h).
//
//     record0 record1     two copies of the boot record, magic "OBR1" (two_copies.h)
//     counter0 counter1   two copies of the security counter, magic "OBC1"
//     head0 head1         the head of the package whose image lies in slot 0, in slot 1: any time the whole of one
#pragma once

#include <string>

#include "ont/linux/kernel.h"
#include "ont/linux/slots.h"
#include "ont/linux/two_copies.h"

namespace ont {

class StateFolder final : public RecordStore {
public:
    /// What open() says beside errnos: another process has this folder.
    static constexpr int in_use = -1;

    /// Opens the folder, which must exist, and makes what is missing in it. To be called once; the Kernel outlives
    /// this object. Takes one file descriptor. 0, the errno of what failed, or in_use.
    int open(const Kernel& kernel, const std::string& folder);
    /// The folder's descriptor, for who keeps files of its own there. sync() makes their names durable.
    int directory() const { return directory_.get(); }
    /// 0 or an errno.
    int sync() const;

    int record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) override;
    int record_write(const std::uint8_t* octets, std::size_t size) override;
    int counter_read(std::uint32_t* value) override;
    int counter_write(std::uint32_t value) override;

    /// As in Slots.
    int head_write(std::uint8_t image, const std::uint8_t* head, std::size_t octets) const;
    int head_read(std::uint8_t image, std::uint8_t* head, std::size_t room, std::size_t* size) const;

private:
    const Kernel* kernel_ = nullptr;
    File directory_;
    TwoCopies record_{0x4F42'5231u, "record0", "record1"};
    TwoCopies counter_{0x4F42'4331u, "counter0", "counter1"};
};

}  // namespace ont
