// SPDX-License-Identifier: Apache-2.0
// One upgrade of a simulated PON, watched: what became of the ONTs, how many messages each was sent, when the last one
// had its image, and whether ONTs of two groups were ever in a download at once. For tests of whole upgrades.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sim/simulation.h"
#include "tests/sim/bench_pon.h"

namespace sim_test {

inline constexpr std::uint64_t baseline_wire_octets = 53;  ///< a frame of 48 octets and its GEM header
inline constexpr std::uint32_t kib = 1024;
inline constexpr sim::Nanoseconds ms = 1'000'000;
inline constexpr sim::Nanoseconds seconds = 1'000'000'000;

constexpr std::uint64_t sections_of(std::uint64_t octets) { return (octets + 30) / 31; }
/// One pass of an image in baseline sections, on the wire.
constexpr std::uint64_t pass_of(std::uint64_t octets) { return baseline_wire_octets * sections_of(octets); }

class Upgrade {
public:
    Upgrade(const sim::Options& options, std::uint32_t image_octets)
        : image_{sim::draw_image(1, image_octets)}, truth_{image_of(image_)} {
        sim::Observers observers;
        observers.frame = [this](const sim::FrameSeen& frame) { see(frame); };
        observers.event = [this](sim::Nanoseconds now, const olt::Event& event) { see(now, event); };
        report = sim::simulate(options, truth_, observers);
        for (const auto& violation : report.violations) FAIL_CHECK(violation.onu.onu_id, ": ", violation.what);
        CHECK(report.wrong_octets_accepted == 0);
    }

    /// All ONTs but `others` run the image at the end, and have committed it.
    void check_upgraded_but(const std::set<std::size_t>& others) const {
        for (std::size_t i = 0; i < report.onts.size(); ++i) {
            if (others.contains(i)) continue;
            CAPTURE(i);
            const sim::OntReport& ont = report.onts[i];
            CHECK(ont.outcome.result == olt::Result::upgraded);
            CHECK(ont.runs);
            CHECK(ont.active_image == ont.outcome.image);
            CHECK(ont.committed_image == ont.outcome.image);
            CHECK(ont.valid[ont.active_image]);
            CHECK(omci::same_version(ont.version[ont.active_image], truth_.version));
        }
    }
    void check_all_upgraded() const { check_upgraded_but({}); }

    const olt::OntDone& outcome(std::size_t ont) const { return report.onts[ont].outcome; }
    sim::Nanoseconds first_section() const { return report.accounts.first_section.time_since_epoch().count(); }
    sim::Nanoseconds mid_transfer() const { return first_section() + report.transfer_time / 2; }

    /// From the first section to the moment when all but ONT `left_out` of the first PON were done with End.
    sim::Nanoseconds transfer_without(std::uint16_t left_out) const {
        sim::Nanoseconds last = 0;
        for (const auto& [onu_id, when] : end_answered_)
            if (onu_id != left_out) last = std::max(last, when);
        return last - first_section();
    }
    std::size_t most_commands() const {
        std::size_t most = 0;
        for (const auto& [onu, count] : commands) most = std::max(most, count);
        return most;
    }

    sim::Report report;
    std::map<std::pair<std::uint8_t, std::uint16_t>, std::size_t> commands;  ///< unicast downstream, sections left out
    std::size_t probes = 0;                                                  ///< on shared ports: what is no section
    bool groups_overlap = false;        ///< ONTs with different idle images were in S2 at once, on one PON
    std::vector<olt::Membership> left;  ///< who left its group before its image was complete, and why

private:
    void see(const sim::FrameSeen& seen) {
        const auto frame = omci::read_frame(seen.octets);
        REQUIRE(frame);
        const omci::Action action = frame->header.action;
        if (seen.downstream && action != omci::Action::download_section) {
            if (seen.address.is_shared())
                ++probes;
            else
                ++commands[{seen.address.pon, seen.address.onu_id}];
        }
        // A download runs from its Start on the way to the ONT until an answer to End is back that is not "busy".
        const auto onu = std::pair{seen.address.pon, seen.address.onu_id};
        if (seen.downstream && action == omci::Action::start_software_download) {
            in_download_[onu] = omci::value(frame->header.me_instance);
            for (const auto& [other, image] : in_download_)
                groups_overlap |= other.first == onu.first && image != in_download_[onu];
        }
        const bool busy = !frame->contents.empty() && frame->contents[0] == 6;
        if (!seen.downstream && action == omci::Action::end_software_download && !busy) in_download_.erase(onu);
    }

    void see(sim::Nanoseconds now, const olt::Event& event) {
        if (const auto* stage = std::get_if<olt::StageChanged>(&event);
            stage && stage->stage == olt::Stage::verifying && stage->onu.pon == 0)
            end_answered_[stage->onu.onu_id] = now;
        if (const auto* member = std::get_if<olt::Membership>(&event);
            member && !member->joined && member->reason != olt::Reason::none)
            left.push_back(*member);
    }

    std::vector<std::uint8_t> image_;
    olt::Image truth_;
    std::map<std::pair<std::uint8_t, std::uint16_t>, std::uint16_t> in_download_;  ///< to the image that is written
    std::map<std::uint16_t, sim::Nanoseconds> end_answered_;
};

}  // namespace sim_test
