// SPDX-License-Identifier: Apache-2.0
// The payload of a package on its way into the slot. What lies there already is passed over; all else is proven against
// the signed lists before it is written, where there is room to (package_slot.h reads the rest back).
//
//     raw:    window -> block buffer -> hash of the block -> slot         without a block buffer: window -> slot
//     framed: window -> frame buffer -> CRC and hash of the frame -> unpacked, block by block -> hash of it -> slot
#pragma once

#include <cstdint>
#include <optional>

#include "omci/crc32.h"
#include "omci/refusal.h"
#include "ont/host.h"
#include "ont/package_head.h"
#include "ont/package_slot.h"
#include "ont/window.h"

namespace ont {

class PackagePayload {
public:
    /// Takes octets of a raw payload, those at `at` of the image; their room is prepared.
    omci::Refusal take_raw(const Host& host, const PackageHead& head, PackageSlot& slot, std::uint32_t at,
                           omci::Octets octets) const noexcept;

    /// Takes octets of a framed payload: from `window`, at `from` there and at `at` of the payload, `count` at most and
    /// none behind the end of a frame. Returns how many. A whole frame then has to be worked upon, or was in the slot.
    std::uint32_t take_framed(const Host& host, const PackageHead& head, const PackageSlot& slot, const Window& window,
                              std::size_t from, std::uint32_t at, std::uint32_t count) noexcept;

    /// A whole frame waits: no octet can be taken before step() said that it is in the slot.
    bool working() const noexcept { return stage_ != Stage::gathering; }

    /// One piece of work on that frame. Nothing: there is more. `none`: it is in the slot.
    std::optional<omci::Refusal> step(const Host& host, const PackageHead& head, PackageSlot& slot) noexcept;

private:
    enum class Stage : std::uint8_t { gathering, hashing, unpacking };

    std::uint32_t image_end(const PackageHead& head) const noexcept;
    std::optional<omci::Refusal> hash_more(const Host& host, const PackageHead& head) noexcept;
    std::optional<omci::Refusal> unpack_more(const Host& host, const PackageHead& head, PackageSlot& slot) noexcept;
    void next_frame() noexcept;

    Stage stage_ = Stage::gathering;
    std::uint32_t frame_ = 0;     ///< the one that is gathered or worked upon
    std::uint32_t hashed_ = 0;    ///< octets of it
    std::uint32_t unpacked_ = 0;  ///< octets of the image that came out of frames
    omci::Crc32 crc_;
};

}  // namespace ont
