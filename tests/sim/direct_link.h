// SPDX-License-Identifier: Apache-2.0
// The real engine and real handlers on devices in memory, with nothing between them: a link without delay, whose only
// faults are those that a test puts into `wire`. For exchanges that shall go frame by frame as the test says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "olt/engine.h"
#include "tests/ont/lab.h"

namespace sim_test {

using tests::Bytes;

/// A Lab with room for images and windows of a few hundred KiB, whose images are all called "new".
inline std::unique_ptr<tests::Lab> roomy_lab(std::uint8_t seal_frames = 1) {
    constexpr std::uint32_t slot_octets = 512 * 1024;
    constexpr std::size_t window_octets = 64 * omci::extended_section_max_octets;
    auto lab = std::make_unique<tests::Lab>();
    lab->device.slot_octets = slot_octets;
    for (std::size_t image = 0; image < ONT_IMAGES; ++image) {
        lab->device.slot[image].assign(slot_octets, 0xA5);
        lab->device.erased[image].assign(slot_octets, false);
    }
    lab->window.resize(window_octets);
    lab->options.seal_frames = seal_frames;
    lab->platform.image_version = [](void*, std::uint8_t, std::uint32_t, std::uint8_t version[14]) {
        std::memcpy(version, "new", 4);
        return 0;
    };
    REQUIRE(lab->power_on() == 0);
    REQUIRE(lab->healthy() == 0);
    return lab;
}

/// What comes after a reset that the ONT was told or that the mains made.
inline void restart(tests::Lab& lab) {
    REQUIRE(lab.power_on() == 0);
    REQUIRE(lab.healthy() == 0);
}

inline std::size_t events_of(const tests::Lab& lab, int kind) {
    std::size_t count = 0;
    for (const auto& event : lab.device.events) count += event.first == kind;
    return count;
}

class DirectLink {
public:
    struct Sent {
        olt::Address to;
        olt::Purpose purpose{};
        Bytes octets;
    };

    explicit DirectLink(std::size_t onts, const olt::EngineOptions& options = {},
                        olt::LinkKind kind = olt::LinkKind::gpon)
        : engine{options}, kind_{kind} {
        for (std::size_t id = 0; id < onts; ++id) {
            labs.push_back(roomy_lab(options.seal_frames ? 1 : 0));
            engine.onu_up(address(id), serial(id), kind, now);
        }
    }

    /// Runs a campaign to its end.
    void run(const olt::Campaign& campaign) {
        REQUIRE(engine.start(campaign, now));
        drain_events();
        while (!engine.idle()) {
            while (const auto frame = engine.transmit(now)) {
                sent.push_back({frame->to, frame->purpose, Bytes(frame->octets.begin(), frame->octets.end())});
                Bytes octets = sent.back().octets;
                if (!wire || wire(sent.back(), octets)) deliver(frame->to, octets);
                drain_events();
            }
            if (engine.idle()) break;
            const olt::Instant next = engine.deadline();
            REQUIRE(next != olt::never);
            now = std::max(now, next);
            engine.advance(now);
            drain_events();
        }
    }

    olt::Engine engine;
    olt::Instant now{};
    std::vector<std::unique_ptr<tests::Lab>> labs;
    std::vector<Sent> sent;
    std::vector<Bytes> received;
    std::vector<olt::OntDone> outcomes;
    std::size_t wants_shared = 0;
    /// May change the octets on their way; false loses them for everybody.
    std::function<bool(const Sent&, Bytes& octets)> wire;

private:
    static olt::Address address(std::size_t id) { return {0, static_cast<std::uint16_t>(id)}; }
    static olt::SerialNumber serial(std::size_t id) {
        return {{'O', 'M', 'C', 'A', 0, 0, 0, static_cast<std::uint8_t>(id + 1)}};
    }

    void deliver(olt::Address to, const Bytes& octets) {
        for (std::size_t id = 0; id < labs.size(); ++id) {
            if (!to.is_shared() && to != address(id)) continue;
            tests::Lab& lab = *labs[id];
            const std::size_t before = lab.device.sent.size();
            const int reboots = lab.device.reboots;
            lab.hand_in(octets, to.is_shared() ? ONT_FROM_SHARED_PORT : ONT_FROM_OMCC);
            ont_step(&lab.handler, lab.now);
            for (std::size_t i = before; i < lab.device.sent.size(); ++i) {
                received.push_back(lab.device.sent[i]);
                engine.receive(address(id), lab.device.sent[i], now);
            }
            if (lab.device.reboots == reboots) continue;
            engine.onu_down(address(id), now);
            restart(lab);
            engine.onu_up(address(id), serial(id), kind_, now);
        }
    }

    void drain_events() {
        while (const auto event = engine.poll_event()) {
            if (const auto* want = std::get_if<olt::WantShared>(&*event)) {
                ++wants_shared;
                engine.shared_ready(want->onu, now);
            }
            if (const auto* record = std::get_if<olt::Record>(&*event)) engine.stored(record->number, now);
            if (const auto* done = std::get_if<olt::OntDone>(&*event)) outcomes.push_back(*done);
        }
    }

    olt::LinkKind kind_;
};

}  // namespace sim_test
