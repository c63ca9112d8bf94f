// SPDX-License-Identifier: Apache-2.0
// The host of an engine on a real link: the loop that olt/engine.h draws, with a clock, a link and Ctrl-C around it.
// What a headend would do about the engine's events, a lab tool does in the simplest way: an ONT is on the shared port
// as soon as that is wanted, and a record counts as stored at once, since a run that dies is simply run again and looks
// at every ONT first.
#pragma once

#include <cstdint>
#include <functional>

#include "olt/engine.h"
#include "tools/link/link.h"

namespace tools {

/// What the engine's own accounts do not tell.
struct HostCounts {
    std::uint64_t sections = 0;  ///< Download sections sent, closes and repairs included
    olt::Instant first_section = olt::never;
    olt::Instant last_section{};
    std::uint64_t foreign = 0;  ///< frames that answered nothing the engine asked: notifications, late answers
};

class EngineHost {
public:
    struct Watch {
        std::function<void(const olt::Event&)> event;  ///< each of them, after the host acted on it
        std::function<void(olt::Instant now)> look;    ///< about 20 times a second
    };

    /// `options` are completed with what the link asks for: it adds the checks.
    EngineHost(Link& link, olt::EngineOptions options);

    bool up(std::uint16_t onu_id, const olt::SerialNumber& serial);

    /// From `campaign` to its end. Ctrl-C stops it in good order; a second one throws std::runtime_error. False where
    /// the engine refuses to begin.
    bool run(const olt::Campaign& campaign, const Watch& watch);

    const olt::Engine& engine() const noexcept { return engine_; }
    const HostCounts& counts() const noexcept { return counts_; }
    bool stopped() const noexcept { return stopped_; }

private:
    void send_due();
    void receive_until(olt::Instant deadline);
    void tell(const Watch& watch);
    void act_on(const olt::Event& event);
    void heed_interrupts();

    Link& link_;
    olt::Engine engine_;
    HostCounts counts_;
    bool stopped_ = false;
};

}  // namespace tools
