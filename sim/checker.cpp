// SPDX-License-Identifier: Apache-2.0
// What must hold in every run.
#include "sim/checker.h"

#include <utility>

namespace sim {

namespace {

/// With these reasons the ONT never got as far as Activate.
bool before_activation(olt::Reason reason) {
    switch (reason) {
    case olt::Reason::no_idle_image:
    case olt::Reason::start_refused:
    case olt::Reason::image_refused:
    case olt::Reason::windows_refused:
    case olt::Reason::repeat_needed:
    case olt::Reason::image_crc:
    case olt::Reason::not_valid:
    case olt::Reason::canary_failed: return true;
    default: return false;
    }
}

}  // namespace

void Checker::add(olt::Address onu, const olt::SerialNumber& serial, const OntDevice& device) {
    Ont ont;
    ont.onu = onu;
    ont.serial = serial;
    ont.device = &device;
    for (std::uint8_t image = 0; image < ONT_IMAGES; ++image) ont.valid[image] = device.state(image).valid;
    onts_.push_back(ont);
}

void Checker::window_acknowledged(Nanoseconds now, std::size_t number, std::uint32_t octets) {
    if (hashes_guard_) return;
    Ont& ont = onts_[number];
    // A bystander takes sections that are not meant for it; what it acknowledges counts for nobody.
    if (!counts(ont)) return;
    const Slot& slot = ont.device->slot(static_cast<std::uint8_t>(1 - ont.device->running_image()));
    const std::uint32_t wrong = slot.wrong(octets);
    if (wrong <= ont.counted) return;
    accepted_wrong(ont, wrong - ont.counted);
    ont.counted = wrong;
    violation(now, ont.onu,
              "acknowledged " + std::to_string(octets) + " octets, " + std::to_string(wrong) + " of them wrong");
}

void Checker::state_changed(Nanoseconds now, std::size_t number) {
    shows(now, number, {onts_[number].device->state(0), onts_[number].device->state(1)});
}

void Checker::shows(Nanoseconds now, std::size_t number, const std::array<OntDevice::ImageState, ONT_IMAGES>& images) {
    Ont& ont = onts_[number];
    unsigned active = 0, committed = 0;
    for (std::uint8_t image = 0; image < ONT_IMAGES; ++image) {
        const OntDevice::ImageState& state = images[image];
        const Slot& slot = ont.device->slot(image);
        if (state.valid && !ont.valid[image] && slot.knows_truth() && !slot.holds_truth()) {
            accepted_wrong(ont, slot.wrong(truth_.size()));
            violation(now, ont.onu, "calls image " + std::to_string(image) + " valid, which is not the one sent");
        }
        ont.valid[image] = state.valid;
        active += state.active;
        committed += state.committed;
        if (state.active && image != ont.device->running_image())
            violation(now, ont.onu, "shows an image as active that does not run");
        if ((state.active || state.committed) && !state.valid)
            violation(now, ont.onu, "shows an image as active or committed that is not valid");
    }
    if (active != 1) violation(now, ont.onu, "shows " + std::to_string(active) + " active images");
    if (committed != 1) violation(now, ont.onu, "shows " + std::to_string(committed) + " committed images");
}

void Checker::boot_changed(Nanoseconds now, std::size_t number) {
    if (const char* what = onts_[number].device->would_not_boot()) violation(now, onts_[number].onu, what);
}

void Checker::wrote_wrong(Nanoseconds now, std::size_t number, std::uint32_t octets) {
    Ont& ont = onts_[number];
    if (!anchored_ && !counts(ont)) return;
    accepted_wrong(ont, octets);
    violation(now, ont.onu, "wrote " + std::to_string(octets) + " wrong octets that a hash had let through");
}

void Checker::breach(Nanoseconds now, std::size_t number, const std::string& what) {
    violation(now, onts_[number].onu, what);
}

void Checker::accepted_wrong(Ont& ont, std::uint32_t octets) {
    ont.wrong += octets;
    report_.wrong_octets_accepted += octets;
}

void Checker::event(Nanoseconds now, const olt::Event& event) {
    if (const auto* member = std::get_if<olt::Membership>(&event)) {
        if (Ont* ont = find(member->serial)) ont->member = member->joined;
    } else if (const auto* stage = std::get_if<olt::StageChanged>(&event)) {
        if (Ont* ont = find(stage->serial)) ont->stage = stage->stage;
    } else if (const auto* ont_done = std::get_if<olt::OntDone>(&event)) {
        done(now, *ont_done);
    } else if (std::holds_alternative<olt::CampaignDone>(event)) {
        if (++campaigns_done_ > 1) violation(now, {}, "the campaign ended twice");
    }
}

void Checker::done(Nanoseconds now, const olt::OntDone& done) {
    Ont* ont = find(done.serial);
    if (!ont) return violation(now, done.onu, "an outcome for an ONT that nobody knows");
    if (ont->outcome) return violation(now, ont->onu, "a second outcome for one ONT");
    ont->outcome = done;
    ont->member = false;
    if (campaigns_done_ > 0) violation(now, ont->onu, "an outcome after the end of the campaign");
    if (done.result == olt::Result::upgraded) return check_upgraded(now, *ont, done);
    if (!ont->runs) return;
    const bool as_before = (done.result == olt::Result::refused || done.result == olt::Result::failed ||
                            done.result == olt::Result::held) &&
                           before_activation(done.reason);
    // Not "what it ran": a power cut undoes what another campaign activated and never committed.
    const bool runs_old = ont->device->slot(ont->device->running_image()).holds_factory_image();
    if (as_before && !runs_old) violation(now, ont->onu, "was reported as never activated, but runs the new image");
    if (done.result == olt::Result::fell_back && !runs_old)
        violation(now, ont->onu, "was reported as fallen back, but runs the new image");
}

void Checker::check_upgraded(Nanoseconds now, const Ont& ont, const olt::OntDone& done) {
    if (done.image >= ONT_IMAGES) return violation(now, ont.onu, "upgraded an image that is not there");
    if (!ont.device->slot(done.image).holds_truth())
        violation(now, ont.onu, "was reported as upgraded, but the slot does not hold the image");
    // An ONT that lost power since it was read tells nothing of itself but what it will boot.
    if (!ont.runs) return;
    const OntDevice::ImageState state = ont.device->state(done.image);
    if (!state.valid || !state.active || (commit_ && !state.committed))
        violation(now, ont.onu, "was reported as upgraded, but does not run it for good");
}

void Checker::over(Nanoseconds now, const char* why_it_hung) {
    if (why_it_hung)
        violation(now, {}, why_it_hung);
    else if (campaigns_done_ == 0)
        violation(now, {}, "the engine is idle, but the campaign never ended");
    for (const Ont& ont : onts_)
        if (!ont.outcome) violation(now, ont.onu, "never got an outcome");
}

Checker::Ont* Checker::find(const olt::SerialNumber& serial) {
    for (Ont& ont : onts_)
        if (ont.serial == serial) return &ont;
    return nullptr;
}

void Checker::violation(Nanoseconds now, olt::Address onu, std::string what) {
    if (report_.violations.size() < violations_max) report_.violations.push_back({now, onu, std::move(what)});
}

}  // namespace sim
