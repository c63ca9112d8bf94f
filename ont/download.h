// SPDX-License-Identifier: Apache-2.0
// One running download: from an accepted Start to the End that is answered 0 or 1.
//
//     Start -> receiving --last octet written--> reading --all read back--> proven --End--> over
//                 |                                 | CRC-32, MD5 and block hashes of what lies in the slot
//                 |- plain image: the slot is erased ahead, windows are judged at the close, written behind its answer
//                 `- package: head -> judged -> payload (package_head.h, package_slot.h, package_payload.h)
//
// The first octets tell which it is. Where packages are taken or plain images must not be, nothing is erased before.
//
// Commands are answered at once, with 6 while the work behind them is not done; step() does it, one bounded piece at a
// time. Once End was asked, the download also ends by itself, and keeps the answer for the next End (`settled`).
// What the slot holds counts as an image only when the CRC of what was read back from it is the one that End names.
// An image that is refused by name (omci/refusal.h) gets 3 at every close and 1 at its End.
#pragma once

#include <cstdint>
#include <span>

#include "omci/crc32.h"
#include "omci/refusal.h"
#include "omci/software_download.h"
#include "ont/host.h"
#include "ont/package_head.h"
#include "ont/package_payload.h"
#include "ont/package_slot.h"
#include "ont/window.h"

namespace ont {

/// How a download ended: value of ONT_EVENT_DOWNLOAD_ENDED.
enum class Ended : std::uint8_t { stored, refused, aborted, replaced };

class Download {
public:
    /// Between Start and its end as the image bank's table means it (S2).
    bool running() const noexcept { return phase_ != Phase::none && phase_ != Phase::settled; }

    /// What it does now. `none`: nothing, or it was refused.
    omci::UpdatePhase update_phase() const noexcept;
    /// How far that is: percent of the octets accepted or read back; 0 while a head is judged.
    std::uint8_t percent() const noexcept;
    /// Why the image was refused and in which phase, told once. `none`: it was not, or that was told.
    omci::Refusal take_refusal(omci::UpdatePhase& phase) noexcept;
    /// The image that was downloaded last, and whether it got so far that it could be activated.
    std::uint8_t image() const noexcept { return image_; }
    bool installed() const noexcept { return installed_; }

    /// An accepted Start: the slot's old contents are of no more use as an image. `stream_octets` is the size that
    /// Start announces, `sections` the agreed window.
    void start(const Host& host, std::uint8_t image, std::uint32_t stream_octets, omci::MessageSet set,
               std::size_t sections) noexcept;

    /// A Download section for `image`. Costs one copy.
    void section(std::uint8_t image, omci::MessageSet set, const omci::SectionRequest& section) noexcept {
        if (phase_ != Phase::receiving || image != image_ || set != set_) return window_.spoil();
        window_.put(section.section_number, section.data);
    }

    /// The section just taken in was the last of its window: judges it. After `success` write_window() is owed.
    omci::ResultCode close(const Host& host, std::uint8_t last) noexcept;

    /// Writes the accepted window to the slot; to be called once its answer is on the way.
    void write_window(const Host& host) noexcept;

    /// Forgets what was collected since the last close.
    void forget_window() noexcept { window_.clear(); }

    /// End for `image`: 0, 1 or 6. A size of 0 aborts.
    omci::ResultCode end(const Host& host, std::uint8_t image, const omci::EndRequest& request) noexcept;

    /// The OLT went on to use the image: the answer kept for a next End is not wanted any more.
    void forget_answer() noexcept {
        if (phase_ == Phase::settled) phase_ = Phase::none;
    }

    /// Does one piece of work. Returns true while there is more.
    bool step(const Host& host) noexcept;

private:
    enum class Phase : std::uint8_t {
        none,
        receiving,  ///< sections arrive
        reading,    ///< all is written; the slot is read back
        proven,     ///< CRC, hash and version of what lies in the slot are known
        settled,    ///< over, but the End that asked was answered 6: `answer_` is for the next one
    };
    enum class Kind : std::uint8_t { unknown, plain, package };

    /// A constant no where the build leaves packages out: all that only they need goes with it.
    bool is_package() const noexcept { return build::packages && kind_ == Kind::package; }
    bool usable() const noexcept { return !failed_ && refusal_ == omci::Refusal::none; }
    std::uint32_t expected() const noexcept;
    bool too_much() const noexcept;
    omci::Refusal recognize(const Host& host) noexcept;
    bool take(const Host& host) noexcept;
    std::uint32_t payload_at(std::uint32_t stream_at) const noexcept {
        return stream_at > head_.octets() ? stream_at - head_.octets() : 0;
    }
    void write_raw(const Host& host, std::uint32_t end) noexcept;
    void erase_next(const Host& host) noexcept;
    bool package_step(const Host& host) noexcept;
    void read_next(const Host& host) noexcept;
    void find_version(const Host& host) noexcept;
    std::uint32_t stream_crc(const Host& host) const noexcept;
    omci::ResultCode finish(const Host& host) noexcept;
    omci::ResultCode over(const Host& host, Ended how) noexcept;
    void refuse(const Host& host, omci::Refusal why, std::uint32_t offset = 0) noexcept;
    void fail(const Host& host, std::uint32_t offset) noexcept { refuse(host, omci::Refusal::storage_failed, offset); }

    Phase phase_ = Phase::none;
    Kind kind_ = Kind::unknown;
    omci::MessageSet set_ = omci::MessageSet::baseline;
    std::uint8_t image_ = 0;
    bool failed_ = false;  ///< the storage failed: every close and End is answered 1
    bool end_asked_ = false;
    bool kept_ = false;           ///< the window was answered 6 with work left that will take more of it
    std::uint8_t kept_last_ = 0;  ///< its last section
    bool refusal_told_ = false;
    bool installed_ = false;
    omci::UpdatePhase refused_in_{};
    omci::Refusal refusal_{};
    omci::ResultCode answer_{};
    omci::ImageCrc wanted_crc_{};
    std::uint32_t stream_octets_ = 0;  ///< that Start announced
    std::uint32_t image_octets_ = 0;   ///< of the image as it is installed; a plain one travels as it is
    std::uint32_t accepted_ = 0;       ///< octets of the stream acknowledged, and written but for `writing_`
    std::uint32_t writing_ = 0;        ///< octets of the acknowledged window that write_window() owes
    std::uint32_t taken_ = 0;          ///< octets of the stream that went into head or frame buffer
    std::uint32_t erased_ = 0;
    std::uint32_t read_ = 0;
    omci::Crc32 crc_;
    omci::Version version_{};
    omci::ImageHash hash_{};
    PackageHead head_;
    PackageSlot slot_;
    PackagePayload payload_;
    Window window_;
};

}  // namespace ont
