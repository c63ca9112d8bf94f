// SPDX-License-Identifier: Apache-2.0
// One ONT on its fibre: the device, and around it time. Frames arrive after the fibre's delay, some are lost, the rest
// waits in two bounded queues (two ports are two queues), served one frame at a time in turn; answers wait for a grant.
//
// Nothing an ONT does concerns another ONT, and only urgent frames, background work and power let it speak. So it runs
// late: advance() brings it up to a time in one go, and wake_at() says when it must be asked at the latest. What comes
// out does not depend on how often it is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/checker.h"
#include "sim/ont_device.h"
#include "sim/random.h"
#include "sim/simulation.h"
#include "sim/tamper.h"
#include "sim/tape.h"

namespace sim {

class OntNode;

/// Where an ONT's frames and its comings and goings end up.
class OntSurroundings {
public:
    /// A frame that departs from the ONT then, and reaches the OLT if no power cut prevents it.
    virtual void ont_sends(OntNode& node, Nanoseconds departs, Nanoseconds arrives,
                           std::span<const std::uint8_t> frame) = 0;
    virtual void ont_went_down(OntNode& node, Nanoseconds now) = 0;
    virtual void ont_came_up(OntNode& node, Nanoseconds now) = 0;
    /// `kind` is an enum ont_event of ont.h.
    virtual void ont_tells(OntNode&, Nanoseconds, int /*kind*/, std::uint32_t /*value*/) {}

protected:
    ~OntSurroundings() = default;
};

/// One ONT's share of the options.
struct NodeOptions {
    std::size_t number = 0;  ///< over all PONs
    olt::Address onu;
    std::uint64_t seed = 0;
    Nanoseconds fibre_delay = 0;
    Probability loss = 0, upstream_loss = 0;
    std::uint16_t queue_frames = 64;
    Nanoseconds service = 15'000, answer_delay = 150'000;
    Nanoseconds grant_interval = 250'000, grant_offset = 0;
    Nanoseconds flash_write_per_octet = 10, flash_erase_unit = 1'000'000;
    Nanoseconds reboot_min = 0, reboot_max = 0;
    bool deaf_on_shared_port = false, new_image_fails_to_boot = false;
    Nanoseconds signature_time = 0, sha256_per_octet = 0, unpack_per_octet = 0;
    bool real_time = false;
    std::optional<std::uint32_t> tamper;  ///< as OntFault has it; ...
    TamperOptions tamper_with;            ///< ... and with what: filled in by whoever knows the stream
    struct Span {
        Nanoseconds from = 0, until = forever;
    };
    std::vector<Span> busy;     ///< answers "device busy"
    std::vector<Span> off;      ///< without power
    std::vector<Span> revoked;  ///< the host has the OMCC for itself
    DeviceOptions device;
};

/// The options of ONT `onu` of the world: its faults merged, its own draws drawn.
NodeOptions node_options(const Options& options, olt::Address onu, std::size_t number);

class OntNode final : private DeviceWatcher {
public:
    OntNode(const NodeOptions& options, const olt::Image& truth, const Tape& shared, Checker& checker,
            OntSurroundings& surroundings);

    /// Lets happen all that happens until `to`, which included.
    void advance(Nanoseconds to);
    /// No later than when the ONT next says something or goes down or up; forever where it is for others to speak.
    Nanoseconds wake_at() const;

    /// A frame on this ONT's OMCC.
    void sent(Nanoseconds when, std::span<const std::uint8_t> frame, bool urgent);
    /// The host sets the shared port up. Gone after a restart.
    void hear_shared_port() { hears_shared_ = running_ && !options_.deaf_on_shared_port; }
    /// The oldest frame of the shared tape that this ONT may still look at.
    std::uint64_t shared_needed() const noexcept;

    const NodeOptions& options() const noexcept { return options_; }
    OntDevice& device() noexcept { return device_; }
    bool running() const noexcept { return running_; }
    /// The host has its OMCC for itself.
    bool revoked(Nanoseconds now) const noexcept { return within(options_.revoked, now); }
    std::uint32_t boots() const noexcept { return boots_; }
    OntTruth truth() const;
    /// A frame that was made and departs then never left: the power was cut in between.
    bool cut_between(Nanoseconds made, Nanoseconds departs) const noexcept {
        return last_cut_ >= made && last_cut_ < departs;
    }
    std::uint64_t deliveries() const noexcept { return deliveries_; }
    std::uint64_t drops() const noexcept { return drops_; }  ///< by full queues
    std::uint64_t lost() const noexcept { return lost_; }    ///< on the fibre
    std::uint64_t sent_up() const noexcept { return sent_up_; }
    std::uint64_t lost_up() const noexcept { return lost_up_; }  ///< of those, on the fibre

    Nanoseconds scheduled = forever;  ///< the agenda's: when advance() is planned

private:
    /// One word, because it is read again at once: two fields that are read as one stall the reader.
    class Waiting {
    public:
        Waiting() = default;
        Waiting(std::uint64_t sequence, bool urgent) noexcept : word_{sequence << 1 | (urgent ? 1u : 0u)} {}
        std::uint64_t sequence() const noexcept { return word_ >> 1; }
        bool urgent() const noexcept { return (word_ & 1) != 0; }

    private:
        std::uint64_t word_ = 0;
    };
    /// Frames of one port that wait to be served: a ring of fixed size.
    struct Queue {
        std::vector<Waiting> ring;
        std::size_t head = 0, size = 0;
        bool empty() const noexcept { return size == 0; }
        bool full() const noexcept { return size == ring.size(); }
        std::size_t at(std::size_t i) const noexcept {
            return head + i < ring.size() ? head + i : head + i - ring.size();
        }
        void push(Waiting waiting) noexcept { ring[at(size++)] = waiting; }
        Waiting pop() noexcept {
            const Waiting first = ring[head];
            head = at(1);
            --size;
            return first;
        }
        void clear() noexcept { head = size = 0; }
    };

    void device_sends(std::span<const std::uint8_t> frame) override;
    void device_restarts() override;
    void device_event(int kind, std::uint32_t value) override;
    void device_boot_changes() override;
    void device_writes_wrong(std::uint32_t octets) override;
    void device_breach(const char* what) override;

    void look_at_tape(std::size_t port) noexcept;
    void arrive(std::size_t port);
    const Tape& tape(std::size_t port) const noexcept { return port == omcc ? own_tape_ : shared_tape_; }
    void serve_next();
    void serve();
    void execute(std::span<const std::uint8_t> frame, ont_origin origin, bool urgent);
    void step(Nanoseconds to);
    void power();
    void go_down();
    void try_to_boot();
    void plan_power();
    static bool within(const std::vector<NodeOptions::Span>& spans, Nanoseconds now) noexcept {
        for (const NodeOptions::Span& span : spans)
            if (now >= span.from && now < span.until) return true;
        return false;
    }
    bool answered_before(std::span<const std::uint8_t> frame) const noexcept;
    void answer_busy(std::span<const std::uint8_t> frame);
    void send(std::span<const std::uint8_t> frame, Nanoseconds ready);
    Nanoseconds flash_time();

    static constexpr std::size_t omcc = 0, shared_port = 1;  ///< the ports, and each one's tape and queue

    NodeOptions options_;
    Checker& checker_;
    OntSurroundings& surroundings_;
    OntDevice device_;
    Tape own_tape_;
    const Tape& shared_tape_;
    std::optional<Tamperer> tamperer_;
    Random air_, upstream_, life_;

    Nanoseconds now_ = 0;
    // Arrivals.
    std::uint64_t cursor_[2] = {};
    Nanoseconds next_arrival_[2] = {forever, forever};
    bool hears_shared_ = false;
    // The server.
    Queue queue_[2];
    std::size_t serving_port_ = omcc;  ///< the port served now, or last
    Waiting serving_;
    Nanoseconds served_at_ = forever;  ///< when the frame in service is done; forever: idle
    Nanoseconds free_at_ = 0;
    Nanoseconds flash_so_far_ = 0;           ///< flash time of the frame that is being executed
    std::optional<std::uint32_t> accepted_;  ///< octets that it acknowledged with 0
    std::optional<std::uint16_t> last_command_[2];
    // Background work, power.
    Nanoseconds step_at_ = forever;
    Nanoseconds flash_free_at_ = 0;
    Nanoseconds power_at_ = forever;  ///< the next of the three below
    Nanoseconds restart_at_ = forever, boot_at_ = forever;
    std::size_t next_power_ = 0;  ///< of the turns that options_.off makes, two each
    bool running_ = false, powered_ = false;
    std::uint32_t boots_ = 0, failed_boots_ = 0;
    Nanoseconds last_cut_ = -1;
    // Upstream.
    std::int64_t next_grant_ = 0;
    Nanoseconds last_departure_ = 0;

    std::uint64_t deliveries_ = 0, drops_ = 0, lost_ = 0, sent_up_ = 0, lost_up_ = 0;
};

}  // namespace sim
