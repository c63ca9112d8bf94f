// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/ledger.h"

#include <algorithm>

namespace power_cut {
namespace {

constexpr std::uint32_t bit(std::uint8_t number) { return 1u << number; }

void doubt(Known& known) {
    if (known == Known::yes) known = Known::maybe;
}

std::string slot_name(std::uint8_t slot) { return slot == 0 ? "slot 0" : "slot 1"; }

}  // namespace

void Ledger::fail(const std::string& what) const { throw Violation{what}; }

void Ledger::factory(std::uint8_t slot, bool two_images) {
    slot_ = {};
    slot_[slot] = {Known::yes, bit(power_cut::factory), Known::yes, 0, 0};
    if (two_images) slot_[other(slot)] = {Known::yes, bit(second), Known::no, 0, 0};
    committed_ = static_cast<std::uint8_t>(bit(slot));
    trial_ = Known::no;
    running_ = slot;
}

void Ledger::start_sent(std::uint8_t slot) { doubt(slot_[slot].valid); }

void Ledger::started(std::uint8_t slot) { slot_[slot] = {}; }

void Ledger::end_sent(std::uint8_t slot, std::uint8_t image) {
    slot_[slot].valid = Known::maybe;
    slot_[slot].images = bit(image);
}

void Ledger::ended(std::uint8_t slot) { slot_[slot].valid = Known::yes; }

void Ledger::activate_sent(std::uint8_t slot) {
    slot_[slot].came_up = 0;
    if (surely_committed(slot)) return doubt(trial_);
    trial_ = Known::maybe;
    trial_slot_ = slot;
}

void Ledger::activated(std::uint8_t slot) {
    power_was_out_ = false;
    slot_[slot].unhealthy = 0;
    if (surely_committed(slot)) trial_ = Known::no;
    if (surely_committed(other(slot))) trial_ = Known::yes;
}

void Ledger::commit_sent(std::uint8_t slot) {
    // What may be committed already gets no new tries.
    fresh_commit_ = surely_committed(other(slot));
    if (surely_committed(slot)) return;
    slot_[slot].came_up = 0;
    committed_ = static_cast<std::uint8_t>(committed_ | bit(slot));
    doubt(trial_);
    for (std::uint8_t image = 0; image < image_count; ++image)
        if ((slot_[slot].images & bit(image)) != 0)
            counter_ceiling_ = std::max(counter_ceiling_, library_->image[image].counter);
}

void Ledger::committed(std::uint8_t slot) {
    committed_ = static_cast<std::uint8_t>(bit(slot));
    if (fresh_commit_) {
        slot_[slot].unhealthy = 0;
        power_was_out_ = false;
        trial_ = Known::no;
    }
    if (trial_ == Known::maybe) trial_ = Known::no;
    raise_counter(slot);
}

/// The committed image was healthy: its counter is due.
void Ledger::raise_counter(std::uint8_t slot) {
    if (!surely_committed(slot) || slot_[slot].proven != Known::yes) return;
    for (std::uint8_t image = 0; image < image_count; ++image)
        if (slot_[slot].images == bit(image)) counter_floor_ = std::max(counter_floor_, library_->image[image].counter);
}

void Ledger::boot_begins(bool power_was_out) {
    power_was_out_ = power_was_out_ || power_was_out;
    for (Slot& slot : slot_) ++slot.unhealthy;
}

void Ledger::judge_boot(std::uint8_t slot) const {
    const auto tried = [&](std::uint8_t which) { return slot_[which].unhealthy > promise_.tries; };
    const bool forgotten = power_was_out_ && promise_.cut_ends_trial;
    if (trial_ == Known::yes && slot != trial_slot_ && !tried(trial_slot_) && !forgotten)
        fail("Activate was answered with 0, but " + slot_name(slot) + " booted");
    if (may_be_committed(slot)) return;
    if (trial_ != Known::no && slot == trial_slot_) {
        if (slot_[slot].came_up >= promise_.tries) fail("a trial goes on after its last try");
        return;
    }
    const std::uint8_t committed = other(slot);
    const bool gave_up =
        promise_.falls_back && slot_[committed].proven != Known::yes && (tried(committed) || forgotten);
    if (!gave_up) fail(slot_name(slot) + " booted, which is neither committed nor on trial");
    if (slot_[slot].valid == Known::no) fail("the ONT fell back to an image that is not valid");
}

/// The image that lies, whole, in a slot that is said to hold one.
std::uint8_t Ledger::whole_image(std::uint8_t slot, const Pieces& octets) const {
    const std::uint8_t image = library_->find(octets);
    if (image == image_count) fail(slot_name(slot) + " holds no whole image");
    const std::string name = library_->image[image].name;
    if (!library_->image[image].permitted) fail(slot_name(slot) + " holds an image that may not run: " + name);
    if ((slot_[slot].images & bit(image)) == 0) fail(slot_name(slot) + " holds an image that nobody sent: " + name);
    return image;
}

void Ledger::booted(std::uint8_t slot, const Pieces& slot_octets) {
    judge_boot(slot);
    running_image_ = whole_image(slot, slot_octets);
    running_ = slot;
    ++slot_[slot].came_up;
    // A trial that is not continued is over.
    if (trial_ != Known::no && slot != trial_slot_) trial_ = Known::no;
}

void Ledger::healthy_begins() {
    if (slot_[running_].proven == Known::no) slot_[running_].proven = Known::maybe;
    doubt(trial_);
}

void Ledger::healthy() {
    slot_[running_].proven = Known::yes;
    slot_[running_].unhealthy = slot_[running_].came_up = 0;
    trial_ = Known::no;
    raise_counter(running_);
}

void Ledger::shown(const std::array<omci::SoftwareImage, 2>& shown, const std::array<Pieces, 2>& slots) {
    if (shown[0].committed == shown[1].committed) fail("not exactly one image is shown as committed");
    if (!shown[running_].active || shown[other(running_)].active) fail("another image is shown as active than runs");
    const std::uint8_t committed = shown[0].committed ? 0 : 1;
    if (!may_be_committed(committed)) fail(slot_name(committed) + " is shown as committed");
    if (!shown[committed].valid) fail("the committed image is shown as not valid");
    committed_ = static_cast<std::uint8_t>(bit(committed));
    if (trial_slot_ == committed) trial_ = Known::no;
    for (std::uint8_t slot = 0; slot < 2; ++slot) {
        Slot& known = slot_[slot];
        const bool valid = shown[slot].valid;
        if (valid && known.valid == Known::no) fail(slot_name(slot) + " is shown as valid, and no End said so");
        if (!valid && known.valid == Known::yes) fail(slot_name(slot) + " was valid, and is not any more");
        known.valid = valid ? Known::yes : Known::no;
        if (!valid) continue;
        const std::uint8_t image = whole_image(slot, slots[slot]);
        known.images = bit(image);
        if (shown[slot].version != library_->image[image].version())
            fail(slot_name(slot) + " is shown with another version than the image in it has");
    }
    raise_counter(committed);
}

void Ledger::counter(std::uint32_t value) {
    if (value < counter_floor_)
        fail("the security counter is " + std::to_string(value) + " and must be at least " +
             std::to_string(counter_floor_));
    if (value > counter_ceiling_)
        fail("the security counter is " + std::to_string(value) + ", and no image with so much was committed");
    counter_floor_ = value;
}

}  // namespace power_cut
