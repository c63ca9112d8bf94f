// SPDX-License-Identifier: Apache-2.0
// What must hold, by what the OLT said and heard and by which images came up: the judge of the sweep. It does not know
// whether, where or how the power was cut; a command that was not answered may have been done or not.
//
// The OLT (olt.h) tells it of every command before it is sent and of every answer; the run tells it of every boot.
#pragma once

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "omci/software_image.h"
#include "tests/ont/power_cut/images.h"

namespace power_cut {

/// Something that must never be.
struct Violation : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What a boot dialect promises of trials.
struct Promise {
    unsigned tries = 3;           ///< boots of a trial that never becomes healthy
    bool cut_ends_trial = false;  ///< the boot loader forgets a trial with the power
    bool falls_back = true;       ///< from a committed image that was never healthy
};

enum class Known : std::uint8_t { no, maybe, yes };

class Ledger {
public:
    Ledger(const Library& library, Promise promise) : library_{&library}, promise_{promise} {}

    // Commands: before they are sent, and when they were answered with 0. Any other answer means that nothing was done.
    void start_sent(std::uint8_t slot);
    void started(std::uint8_t slot);
    void end_sent(std::uint8_t slot, std::uint8_t image);
    void ended(std::uint8_t slot);
    void end_refused(std::uint8_t slot) { slot_[slot].valid = Known::no; }
    void activate_sent(std::uint8_t slot);
    void activated(std::uint8_t slot);
    void commit_sent(std::uint8_t slot);
    void committed(std::uint8_t slot);
    void reboot_sent() {
        if (trial_ == Known::yes) trial_ = Known::maybe;
    }
    void rebooted() { trial_ = Known::no; }

    // Boots: one was begun; its image came up. `slot_octets` is what really lies in the slot that boots.
    void boot_begins(bool power_was_out);
    void booted(std::uint8_t slot, const Pieces& slot_octets);
    void healthy_begins();
    void healthy();

    /// The ONT shows its two images.
    void shown(const std::array<omci::SoftwareImage, 2>& shown, const std::array<Pieces, 2>& slots);
    /// The security counter's store, once an image is up.
    void counter(std::uint32_t value);

    std::uint8_t running() const { return running_; }
    /// The image that came up with the last boot.
    std::uint8_t running_image() const { return running_image_; }
    void factory(std::uint8_t slot, bool two_images);

private:
    struct Slot {
        Known valid = Known::no;
        std::uint32_t images = 0;  ///< what it may hold if it is valid: a bit each
        Known proven = Known::no;  ///< was healthy once
        unsigned unhealthy = 0;    ///< boots that were begun since it last got its tries
        unsigned came_up = 0;      ///< of these, those that came up
    };

    [[noreturn]] void fail(const std::string& what) const;
    std::uint8_t other(std::uint8_t slot) const { return slot ^ 1u; }
    bool may_be_committed(std::uint8_t slot) const { return ((committed_ >> slot) & 1u) != 0; }
    bool surely_committed(std::uint8_t slot) const { return committed_ == (1u << slot); }
    void judge_boot(std::uint8_t slot) const;
    std::uint8_t whole_image(std::uint8_t slot, const Pieces& octets) const;
    void raise_counter(std::uint8_t slot);

    const Library* library_;
    Promise promise_;
    std::array<Slot, 2> slot_;
    std::uint8_t committed_ = 1;  ///< slots that may be the committed one: a bit each
    bool fresh_commit_ = false;   ///< the Commit that was sent is of the other image
    Known trial_ = Known::no;     ///< of the slot below
    std::uint8_t trial_slot_ = 0;
    bool power_was_out_ = false;  ///< since the last answer to Activate or Commit
    std::uint8_t running_ = 0;
    std::uint8_t running_image_ = 0;
    std::uint32_t counter_floor_ = 0;    ///< was read, or must have been stored
    std::uint32_t counter_ceiling_ = 0;  ///< of images that somebody tried to commit
};

}  // namespace power_cut
