// SPDX-License-Identifier: Apache-2.0
// What an upgrade on a real link came to: gathered from the engine's events while it runs, and told as a table, as JSON
// and as one sentence. The members that "simulate --json" has too have the same names and meanings there; the truth
// inside an ONT is what it answered.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "olt/engine.h"
#include "tools/link/link.h"
#include "tools/report/campaign.h"
#include "tools/upgrade/engine_host.h"
#include "tools/upgrade/survey.h"

namespace tools {

/// What this process took.
struct ProcessCost {
    std::int64_t cpu_ns = 0;          ///< user and system
    std::uint64_t memory_octets = 0;  ///< resident, at its peak
};
ProcessCost cost_so_far();

class UpgradeReport {
public:
    /// `onts` were found, in trouble or not; `stored_is_enough` where nothing is to be activated.
    UpgradeReport(std::span<const OntSeen> onts, std::uint64_t image_octets, omci::MessageSet set,
                  bool stored_is_enough);

    void take(const olt::Event& event);
    std::uint32_t done() const noexcept { return done_; }
    std::uint32_t failed() const noexcept { return failed_; }
    std::size_t onts() const noexcept { return campaign_.onts.size(); }

    /// The campaign is over.
    void finish(const EngineHost& host, const LinkCounts& link, olt::Duration took);

    std::string table() const;
    boost::json::object json() const;
    /// Which ONTs do not run the image and why; empty where all do.
    std::string shortfall() const { return tools::shortfall(campaign_); }

private:
    std::uint64_t sections_per_second() const noexcept;

    CampaignReport campaign_;
    std::map<olt::SerialNumber, std::size_t> by_serial_;
    bool stored_is_enough_;
    std::uint32_t done_ = 0, failed_ = 0;
    HostCounts host_;
    LinkCounts link_;
    bool stopped_ = false;
    olt::Duration took_{};
    olt::Duration sending_{};   ///< first section to last section
    olt::Duration transfer_{};  ///< first section to last End answer: storing and checking is part of it
    ProcessCost cost_;
};

}  // namespace tools
