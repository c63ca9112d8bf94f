// SPDX-License-Identifier: Apache-2.0
// What must hold in every run, whatever went wrong in it. The checker knows the true image and looks into every ONT; it
// does not know which faults were on. What does not hold becomes a Violation of the report.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "olt/engine.h"
#include "sim/ont_device.h"
#include "sim/simulation.h"

namespace sim {

class Checker {
public:
    /// Violations that are told in words; there may be more.
    static constexpr std::size_t violations_max = 100;

    /// `truth` without octets: nobody knows what the OLT sends. What ONTs run and boot is checked all the same.
    Checker(const olt::Image& truth, bool commit, Findings& report) : truth_{truth}, commit_{commit}, report_{report} {}
    /// The image is a package: an acknowledgement says nothing, since hashes judge what comes into the slot.
    /// Without an anchor that is so for members only: a bystander that missed the head of the package takes the rest
    /// for a plain image, and End tells it better.
    void hashes_guard(bool anchored) {
        hashes_guard_ = true;
        anchored_ = anchored;
    }
    /// Every acknowledgement counts: for worlds whose OLT does not tell who is a member.
    void everyone_counts() { everyone_counts_ = true; }

    /// ONTs are numbered in the order they are added. The device must be booted, and outlive the checker.
    void add(olt::Address onu, const olt::SerialNumber& serial, const OntDevice& device);

    // --- what happens in an ONT ---

    void download_started(std::size_t ont) { onts_[ont].counted = 0; }
    /// The ONT answered a window with 0 and counts `octets` of the image as received (H1, H2, H3).
    void window_acknowledged(Nanoseconds now, std::size_t ont, std::uint32_t octets);
    /// It executed something, did background work, or booted.
    void state_changed(Nanoseconds now, std::size_t ont);
    void shows(Nanoseconds now, std::size_t ont, const std::array<OntDevice::ImageState, ONT_IMAGES>& images);
    /// Its next boot may have changed: pull the plug now, and what would run?
    void boot_changed(Nanoseconds now, std::size_t ont);
    void breach(Nanoseconds now, std::size_t ont, const std::string& what);
    /// It wrote so many octets that are not the image's, and had proven them.
    void wrote_wrong(Nanoseconds now, std::size_t ont, std::uint32_t octets);
    void runs(std::size_t ont, bool runs) { onts_[ont].runs = runs; }

    // --- what the engine says ---

    void event(Nanoseconds now, const olt::Event& event);
    /// The run is over, by CampaignDone or because nothing will ever happen or time is up.
    void over(Nanoseconds now, const char* why_it_hung);

    bool campaign_done() const noexcept { return campaigns_done_ > 0; }
    const std::optional<olt::OntDone>& outcome(std::size_t ont) const { return onts_[ont].outcome; }
    std::uint64_t wrong_octets(std::size_t ont) const { return onts_[ont].wrong; }

private:
    struct Ont {
        olt::Address onu;
        olt::SerialNumber serial;
        const OntDevice* device = nullptr;
        bool runs = true;
        bool member = false;
        olt::Stage stage{};
        bool valid[2] = {};
        std::uint32_t counted = 0;  ///< wrong octets of the running download that are counted already
        std::uint64_t wrong = 0;    ///< its share of wrong_octets_accepted
        std::optional<olt::OntDone> outcome;
    };

    Ont* find(const olt::SerialNumber& serial);
    bool counts(const Ont& ont) const noexcept {
        return everyone_counts_ || ont.member || ont.stage == olt::Stage::transferring;
    }
    void accepted_wrong(Ont& ont, std::uint32_t octets);
    void done(Nanoseconds now, const olt::OntDone& done);
    void check_upgraded(Nanoseconds now, const Ont& ont, const olt::OntDone& done);
    void violation(Nanoseconds now, olt::Address onu, std::string what);

    olt::Image truth_;
    bool commit_;
    bool everyone_counts_ = false;
    bool hashes_guard_ = false, anchored_ = false;
    Findings& report_;
    std::vector<Ont> onts_;
    unsigned campaigns_done_ = 0;
};

}  // namespace sim
