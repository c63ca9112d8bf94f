// SPDX-License-Identifier: Apache-2.0
// One running download: from an accepted Start to the End that is answered 0 or 1.
//
//     Start -> receiving --last octet written--> reading --all read back--> proven --End--> over
//                 |  erases ahead, one unit a step      | CRC-32 and MD5 of what lies in the slot
//                 `- windows: judged at the close, written behind its answer
//
// Commands are answered at once, with 6 while the work behind them is not done; step() does it, one bounded piece at a
// time. Once End was asked, the download also ends by itself, and keeps the answer for the next End (`settled`).
// What the slot holds counts as an image only when the CRC of what was read back from it is the one that End names.
#pragma once

#include <cstdint>
#include <span>

#include "omci/crc32.h"
#include "omci/software_download.h"
#include "ont/image_bank.h"
#include "ont/ont.h"
#include "ont/window.h"

namespace ont {

inline constexpr std::size_t read_back_octets_max = 65'536;  ///< read back and hashed in one step

class Download {
public:
    /// Between Start and its end as the image bank's table means it (S2).
    bool running() const noexcept { return phase_ != Phase::none && phase_ != Phase::settled; }

    /// An accepted Start: the slot's old contents are of no more use. `sections` is the agreed window.
    void start(const ont_platform& platform, std::uint8_t image, std::uint32_t image_octets, omci::MessageSet set,
               std::size_t sections, std::span<std::uint8_t> buffer) noexcept;

    /// A Download section for `image`. Costs one copy.
    void section(std::uint8_t image, omci::MessageSet set, const omci::SectionRequest& section) noexcept {
        if (phase_ != Phase::receiving || image != image_ || set != set_) return window_.spoil();
        window_.put(section.section_number, section.data);
    }

    /// The section just taken in was the last of its window: judges it. After `success` write_window() is owed.
    omci::ResultCode close(const ont_platform& platform, std::uint8_t last) noexcept;

    /// Writes the accepted window to the slot; to be called once its answer is on the way.
    void write_window(const ont_platform& platform) noexcept;

    /// Forgets what was collected since the last close.
    void forget_window() noexcept { window_.clear(); }

    /// End for `image`: 0, 1 or 6. A size of 0 aborts.
    omci::ResultCode end(const ont_platform& platform, ImageBank& bank, std::uint8_t image,
                         const omci::EndRequest& request) noexcept;

    /// The OLT went on to use the image: the answer kept for a next End is not wanted any more.
    void forget_answer() noexcept {
        if (phase_ == Phase::settled) phase_ = Phase::none;
    }

    /// Does one piece of work. Returns true while there is more.
    bool step(const ont_platform& platform, ImageBank& bank, std::span<std::uint8_t> buffer) noexcept;

private:
    enum class Phase : std::uint8_t {
        none,
        receiving,  ///< sections arrive, the slot is erased ahead of them
        reading,    ///< all is written; the slot is read back
        proven,     ///< CRC, hash and version of what lies in the slot are known
        settled,    ///< over, but the End that asked was answered 6: `answer_` is for the next one
    };

    std::uint32_t expected() const noexcept;
    void erase_next(const ont_platform& platform, const ImageBank& bank) noexcept;
    void read_next(const ont_platform& platform, std::span<std::uint8_t> buffer) noexcept;
    void find_version(const ont_platform& platform) noexcept;
    omci::ResultCode finish(const ont_platform& platform, ImageBank& bank) noexcept;
    omci::ResultCode refuse(const ont_platform& platform, std::uint32_t how) noexcept;
    void fail(const ont_platform& platform, std::uint32_t offset) noexcept;

    Phase phase_ = Phase::none;
    omci::MessageSet set_ = omci::MessageSet::baseline;
    std::uint8_t image_ = 0;
    bool failed_ = false;  ///< the storage failed: every close and End is answered 1
    bool end_asked_ = false;
    omci::ResultCode answer_{};
    omci::ImageCrc wanted_crc_{};
    std::uint32_t image_octets_ = 0;
    std::uint32_t accepted_ = 0;  ///< octets acknowledged, and written but for `writing_`
    std::uint32_t writing_ = 0;   ///< octets of the acknowledged window that write_window() owes
    std::uint32_t erased_ = 0;
    std::uint32_t read_ = 0;
    omci::Crc32 crc_;
    omci::Version version_{};
    omci::ImageHash hash_{};
    Window window_;
};

}  // namespace ont
