// SPDX-License-Identifier: Apache-2.0
// The front door of the OLT-side engine: everything an OLT vendor's daemon calls. The engine has no socket, thread,
// clock or dice; its host calls it, and sleeps until deadline() in between:
//
//     while (!engine.idle()) {
//         while (auto frame = engine.transmit(now())) link.send(frame->to, frame->octets);
//         while (auto event = engine.poll_event()) act_on(*event);
//         if (auto frame = link.wait_until(engine.deadline())) engine.receive(frame->from, frame->octets, now());
//         engine.advance(now());
//     }
//
// One engine drives up to 16 PONs of 128 ONTs; one campaign brings one image to any of them. `now` never goes back.
// Not thread-safe: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "olt/address.h"
#include "olt/events.h"
#include "olt/image.h"
#include "olt/policy.h"
#include "olt/time.h"
#include "omci/ids.h"
#include "omci/software_download.h"
#include "omci/software_image.h"

namespace olt {

/// Transaction identifiers the host lends: a closed range of at least 256, without 0 and without the priority bit. Two
/// members of a group never have the same one to answer for longer than a window, so a small range would run out.
struct TransactionRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
};

struct EngineOptions {
    Policy policy;
    std::uint64_t rate_bits_per_second = 10'000'000;  ///< per PON, on the wire, GEM headers counted
    std::uint16_t first_transaction = 1;              ///< random, or an ONT may replay an answer to an earlier run
    TransactionRange commands{0x0001, 0x3FFF};
    TransactionRange sections{0x4000, 0x7FFF};
    bool high_priority = false;  ///< send commands with the priority bit (baseline only)
    bool seal_frames = true;     ///< end frames with the G-PON CRC-32; false: the link adds the MIC (XG(S)-PON: CMAC)
};

enum class Mode : std::uint8_t {
    lockstep,  ///< groups on the shared port; unicast for those that cannot join
    unicast,   ///< every ONT on its own OMCC, all in parallel within the rate
};

enum class Close : std::uint8_t {
    unicast,  ///< the last section of a window on each OMCC: for ONTs of unknown kind
    shared,   ///< the last section on the shared port; everyone answers on its own OMCC
};

/// Which message set the transfer uses; ONTs whose OMCC version does not know extended messages get baseline.
enum class SetChoice : std::uint8_t { baseline, extended };

struct Campaign {
    Image image;  ///< what to bring; its octets must outlive the campaign
    Mode mode = Mode::lockstep;
    Close close = Close::unicast;
    SetChoice set = SetChoice::baseline;
    std::uint16_t window_sections = 32;                 ///< offered in Start, 1..256
    omci::CallPolicy calls = omci::CallPolicy::always;  ///< flags of Activate
    bool activate = true;
    bool commit = true;                 ///< false: the old image is back at the next reboot
    std::vector<SerialNumber> targets;  ///< empty: every ONT that is or comes up
};

/// How a PON's link treats frames.
enum class LinkKind : std::uint8_t {
    gpon,    ///< the check is a CRC that is right for everybody: the shared port can be used
    xg_pon,  ///< the check is keyed per ONU: no frame can be shared
};

/// What a frame on the wire was sent for, for the accounts.
enum class Purpose : std::uint8_t { shared_section, repair_section, unicast_section, control };

/// One frame to be sent. `octets` is valid until the next call of transmit().
struct Transmission {
    Address to;
    std::span<const std::uint8_t> octets;
    Purpose purpose{};
};

/// Octets on the wire, GEM headers counted, over all PONs.
struct Accounts {
    std::uint64_t shared_octets = 0;   ///< sections on the shared port, shared closes included
    std::uint64_t repair_octets = 0;   ///< sections sent again to one member, unicast closes included
    std::uint64_t unicast_octets = 0;  ///< sections of interleaved unicast
    std::uint64_t control_octets = 0;  ///< all else
    std::uint64_t frames = 0;
    std::uint64_t upstream_octets = 0;
    Instant first_section = never;  ///< never: none was sent
    Instant last_end = Instant{};   ///< the latest final answer to an End software download

    std::uint64_t downstream_octets() const noexcept {
        return shared_octets + repair_octets + unicast_octets + control_octets;
    }
};

class Engine {
public:
    explicit Engine(const EngineOptions& options);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // --- what the host knows ---

    /// An ONU was ranged and its OMCC is ours to use. One that was up already counts as restarted; one that was up on
    /// another PON leaves the running campaign (Reason::moved); an ONU-ID that another had is taken from it.
    /// False where `onu` is out of range or the PON is full.
    bool onu_up(Address onu, const SerialNumber& serial, LinkKind link, Instant now);
    /// The ONU went away. Its download, if one was running, counts as lost.
    void onu_down(Address onu, Instant now);
    /// The ONU hears the shared port now (answer to WantShared, anew after each restart or MIB reset).
    void shared_ready(Address onu, Instant now);
    /// The OMCC belongs to the engine, or to the host alone until it is granted again. Granted at onu_up.
    void omcc_granted(Address onu, Instant now);
    void omcc_revoked(Address onu, Instant now);
    /// The link of a PON takes frames, or takes none until it is ready again. Ready at first.
    void link_ready(std::uint8_t pon, Instant now);
    void link_busy(std::uint8_t pon, Instant now);
    /// Record `number` and all before it are stored.
    void stored(std::uint64_t number, Instant now);

    // --- what the host wants ---

    /// Begins a campaign. False where one is running, the image is empty, the window is out of range, or the host lends
    /// too few transaction identifiers.
    bool start(const Campaign& campaign, Instant now);
    /// Stops it: every download under way is ended with size 0; ONTs that activated the image are left as they are.
    void stop(Instant now);

    // --- the loop ---

    /// Takes one OMCI frame from an ONU's OMCC, without GEM or Ethernet header. A bad MIC drops it.
    void receive(Address from, std::span<const std::uint8_t> octets, Instant now);
    /// Lets timeouts happen that are due at `now`.
    void advance(Instant now);
    /// The next frame that may go out at `now`, or none: then ask again at deadline().
    std::optional<Transmission> transmit(Instant now);
    std::optional<Event> poll_event();
    /// When advance() or transmit() has something to do at the earliest; `never` where only a frame or the host can
    /// move the engine on.
    Instant deadline() const;
    /// True where no campaign is running.
    bool idle() const;

    const Accounts& accounts() const;

    /// One line per ONT, for progress views.
    struct OntStatus {
        Address onu;
        SerialNumber serial;
        Stage stage{};
        std::uint32_t octets_done = 0;  ///< of the image, accepted by the ONT
        bool repairing = false;         ///< a window is being sent to it again
    };
    std::vector<OntStatus> status() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace olt
