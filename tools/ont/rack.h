// SPDX-License-Identifier: Apache-2.0
// All the ONTs of one "omcast ont" process: which of them a frame is for, which of them has work to do, and when the
// next one is back from its restart. What comes from the shared port costs one call of each handler and nothing else:
// nobody looks at a clock or a timer for an ONT to which nothing happens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "olt/address.h"
#include "olt/time.h"
#include "omci/frame.h"
#include "tools/ont/daemon.h"

namespace tools {

class OntRack {
public:
    /// ONU-IDs `first` to `first + count - 1`, each in its folder onuN of `slots`, or a single one on the devices that
    /// `slots` names (slot_spec.h); their serial numbers count up.
    /// Throws as OntDaemon does.
    OntRack(const OntKind& kind, std::uint16_t first, std::uint16_t count, const std::string& slots,
            OntOutside& outside);

    void power_on(olt::Instant now);

    /// A frame that came in on an OMCC or on the shared port.
    void deliver(const olt::Address& address, omci::Octets frame, olt::Instant now);

    /// Some ONT has work to do: step() does a bounded piece of one ONT's, each in turn.
    bool has_work() const noexcept { return !work_.empty(); }
    void step(olt::Instant now);

    /// When advance() has something to do: an ONT is back from its restart.
    olt::Instant deadline() const noexcept { return deadline_; }
    void advance(olt::Instant now);

    OntDaemon& ont(std::size_t index) { return *onts_[index]; }
    std::size_t size() const noexcept { return onts_.size(); }

private:
    /// ONTs that have work, each at most once, in the order in which they get their turn.
    class Turns {
    public:
        explicit Turns(std::size_t count) : ring_(count), waits_(count) {}

        bool empty() const noexcept { return size_ == 0; }
        void add(std::size_t ont) noexcept;
        std::size_t take() noexcept;

    private:
        std::vector<std::uint16_t> ring_;
        std::vector<std::uint8_t> waits_;
        std::size_t head_ = 0, size_ = 0;
    };

    void find_deadline() noexcept;

    std::uint16_t first_;
    std::vector<std::unique_ptr<OntDaemon>> onts_;
    Turns work_;
    olt::Instant deadline_ = olt::never;
};

}  // namespace tools
