// SPDX-License-Identifier: Apache-2.0
// What all parts of one engine share while a campaign runs: options, the image cut into sections, identifiers, the
// accounts, and the way out for events. Passed by reference, owned by the engine.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "olt/engine.h"
#include "olt/pacer.h"
#include "olt/transactions.h"

namespace olt {

struct Context {
    explicit Context(const EngineOptions& o)
        : options{o},
          commands{o.commands.first, o.commands.last, o.first_transaction, o.high_priority},
          section_ids{o.sections.first, o.sections.last, o.first_transaction, o.high_priority} {}

    EngineOptions options;
    Campaign campaign;
    Sections baseline;
    Sections extended;
    TransactionIds commands;
    TransactionIds section_ids;
    Accounts accounts;
    std::deque<Event> events;
    std::uint64_t last_record = 0;
    bool stopping = false;
    bool changed = false;  ///< a session's stage, a PON's phase or the list of missing targets, since the last settling

    const Policy& policy() const noexcept { return options.policy; }

    const Sections& sections(omci::MessageSet set) const noexcept {
        return set == omci::MessageSet::extended ? extended : baseline;
    }

    omci::TrailerChoice trailer() const noexcept {
        omci::TrailerChoice choice;
        choice.trailer = options.seal_frames ? omci::Trailer::mic : omci::Trailer::length;
        return choice;
    }

    /// An extended frame has no length trailer: without a MIC it simply ends.
    omci::TrailerChoice trailer(omci::MessageSet set) const noexcept {
        omci::TrailerChoice choice = trailer();
        if (set == omci::MessageSet::extended && !options.seal_frames) choice.trailer = omci::Trailer::none;
        return choice;
    }

    /// With the GEM header, and with the MIC that the link adds where frames leave here without one.
    std::size_t on_wire(std::size_t frame_octets) const noexcept {
        return wire_octets(frame_octets) + (options.seal_frames ? 0 : omci::mic_octets);
    }

    void account(const Transmission& frame, Instant now) noexcept {
        const std::uint64_t octets = on_wire(frame.octets.size());
        ++accounts.frames;
        switch (frame.purpose) {
        case Purpose::shared_section: accounts.shared_octets += octets; break;
        case Purpose::repair_section: accounts.repair_octets += octets; break;
        case Purpose::unicast_section: accounts.unicast_octets += octets; break;
        case Purpose::control: accounts.control_octets += octets; return;
        }
        accounts.first_section = std::min(accounts.first_section, now);
    }

    template <typename T>
    void report(T&& event) {
        events.emplace_back(std::forward<T>(event));
    }
};

}  // namespace olt
