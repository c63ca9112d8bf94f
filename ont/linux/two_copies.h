// SPDX-License-Identifier: Apache-2.0
// A few octets in two files, stored in turn: after a power cut at any instant the old octets or the new ones are read.
// The state folder (state_folder.h) keeps the boot record and the security counter so.
//
//     a file:  magic(4) generation(4) size(4) octets(size) CRC-32 of all before(4), big-endian
//
// The copy with the higher generation and a right CRC counts. A store overwrites the other one and syncs it. Where a
// store failed, nobody knows what of it reached the disk: then the next one goes to the same copy. Nor does anybody
// know it of a process that was killed in mid-store: what is there is synced before it is built upon.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ont/linux/kernel.h"
#include "ont/ont.h"

namespace ont {

class TwoCopies {
public:
    static constexpr std::size_t octets_max = ONT_RECORD_OCTETS_MAX;

    /// Nothing is opened yet. Names are kept as pointers: literals.
    TwoCopies(std::uint32_t magic, const char* first, const char* second) : magic_{magic}, names_{first, second} {}

    /// The files are in `directory`, which stays open for as long as this object is used, and are made where they are
    /// missing. 0 or an errno. The folder is not synced.
    int open(const Kernel& kernel, int directory);

    /// Sets *size to 0 where nothing was ever stored. -1 with errno: EBADMSG where both copies are damaged, EMSGSIZE
    /// where `room` is too small.
    int read(std::uint8_t* octets, std::size_t room, std::size_t* size) const;
    int write(const std::uint8_t* octets, std::size_t size);

private:
    struct Copy;
    Copy read_copy(std::size_t which) const;
    int settle(std::size_t which) const;

    static constexpr std::size_t nobody = 2;

    std::uint32_t magic_;
    std::array<const char*, 2> names_;
    const Kernel* kernel_ = nullptr;
    int directory_ = -1;
    std::size_t doubtful_ = nobody;  ///< the copy whose last store failed
    mutable bool settled_ = false;   ///< the newest copy was synced since this object was opened
};

}  // namespace ont
