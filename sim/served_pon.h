// SPDX-License-Identifier: Apache-2.0
// The simulated PON without an OLT: its fibre, its ONTs, their losses, delays and restarts, for somebody else's OLT at
// the other end of a link. Shaped like the engine, and hosted by the same loop ("omcast simulate --serve"):
//
//     for (;;) {
//         pon.advance(now());
//         while (auto frame = pon.transmit()) link.send(frame->from, frame->octets);
//         if (auto frame = link.wait_until(pon.deadline())) pon.receive(frame->address, frame->octets, now());
//     }
//
// There is no host that sets ONTs up: they hear the shared port whenever they run, deaf ones aside. Nor does anybody
// say who is a member of a group: every acknowledgement of an ONT counts, and one whose OLT leaves it in mid-download
// beside the sections of others is held to what it acknowledges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "olt/time.h"
#include "sim/checker.h"
#include "sim/plant.h"
#include "sim/simulation.h"

namespace sim {

struct ServedOnt : OntTruth {
    olt::Address onu;
    olt::SerialNumber serial;
    std::uint64_t heard = 0;                  ///< downstream frames handed to the handler
    std::uint64_t lost = 0;                   ///< on the fibre
    std::uint64_t queue_drops = 0;            ///< by its full queues
    std::uint64_t sent = 0;                   ///< upstream frames ...
    std::uint64_t sent_lost = 0;              ///< ... of which the fibre lost these
    std::uint32_t restarts = 0;               ///< power cuts included
    std::uint32_t downloads = 0;              ///< that End found good
    std::uint64_t wrong_octets_accepted = 0;  ///< as far as the image is known
};

struct ServedReport : Findings {
    std::vector<ServedOnt> onts;  ///< by PON, then ONU-ID
    Nanoseconds time = 0;
    std::uint64_t unreadable = 0;  ///< frames from the OLT that were too short, too long, or to nobody
    std::uint64_t overflowed = 0;  ///< upstream frames that nobody fetched
};

/// How it goes, for a live view.
struct ServedStatus {
    std::uint32_t running = 0, downloading = 0;
    std::uint32_t downloads = 0, activations = 0, commits = 0, restarts = 0;  ///< so far, over all ONTs
    std::uint64_t octets_done = 0, octets_total = 0;  ///< of the download that is furthest behind
};

struct ServedObservers {
    std::function<void(const FrameSeen&)> frame;  ///< every frame as the OLT sent it, or will get it
    /// What the handler of an ONT says; `kind` is an enum ont_event of ont.h.
    std::function<void(Nanoseconds now, const olt::Address& onu, int kind, std::uint32_t value)> ont;
};

class ServedPon final : private PlantWatcher {
public:
    static constexpr std::size_t waiting_max = 65'536;  ///< upstream frames that the host has not fetched yet

    /// `image` without octets: nobody knows what the OLT will bring; then `options.make_md5` gives ONTs an image hash.
    /// Of the options those of the campaign and of the OLT play no part.
    ServedPon(const Options& options, const olt::Image& image, const ServedObservers& observers = {});

    /// Takes a frame that the OLT sends at `now`, to an ONT's OMCC or to the shared port.
    void receive(const olt::Address& to, std::span<const std::uint8_t> frame, olt::Instant now);
    /// Lets happen what is due at `now`, which never goes back.
    void advance(olt::Instant now);

    struct Upstream {
        olt::Address from;
        std::span<const std::uint8_t> octets;  ///< valid until the next call of transmit()
        olt::Instant due;                      ///< when it reached the OLT's end of the fibre
    };
    /// The next upstream frame that is due as of the last advance().
    std::optional<Upstream> transmit();
    /// When advance() has something to do; `olt::never`: only a frame can move anything.
    olt::Instant deadline() const noexcept;

    ServedStatus status() const;
    /// As of now. To be asked for at the end: what was found is handed over.
    ServedReport report(olt::Instant now);

private:
    struct Waiting {
        olt::Address from;
        Nanoseconds due = 0;
        std::vector<std::uint8_t> octets;
    };
    struct Download {
        bool running = false;
        std::uint32_t octets = 0, accepted = 0;
        std::uint32_t good = 0;  ///< so far
    };

    void frame_arrives(OntNode& from, std::span<const std::uint8_t> frame, Nanoseconds now) override;
    void ont_went_down(OntNode& ont, Nanoseconds now) override;
    void ont_came_up(OntNode& ont, Nanoseconds now) override;
    void ont_tells(OntNode& ont, Nanoseconds now, int kind, std::uint32_t value) override;

    Options options_;
    olt::Image image_;  ///< what the OLT brings, as far as that is known ...
    olt::Image truth_;  ///< ... and what it installs
    ServedObservers observers_;
    Findings findings_;
    Checker checker_;
    Plant plant_;
    Nanoseconds now_ = 0;
    std::deque<Waiting> waiting_;
    std::vector<std::uint8_t> sending_;             ///< what transmit() gave out last
    std::vector<std::vector<std::uint8_t>> spare_;  ///< octets of frames that were fetched, to be used again
    std::vector<Download> downloads_;               ///< by ONT
    std::uint32_t activations_ = 0, commits_ = 0;
    std::uint64_t unreadable_ = 0, overflowed_ = 0;
};

}  // namespace sim
