// SPDX-License-Identifier: Apache-2.0
// The engine and its host.
#include "sim/olt_node.h"

#include <algorithm>
#include <utility>

#include "omci/wire.h"
#include "sim/random.h"
#include "sim/tape.h"

namespace sim {

namespace {

constexpr Nanoseconds loss_noticed_after = 10'000'000;  ///< from an ONT's silence to the host's onu_down
constexpr Nanoseconds ranging_time = 50'000'000;        ///< from a running ONT to the host's onu_up
constexpr Nanoseconds shared_set_up_time = 2'000'000;   ///< to put an ONT on the shared port
constexpr Nanoseconds storing_time = 1'000'000;         ///< to store a record
constexpr unsigned rounds_max = 100'000;                ///< of engine calls at one instant: more is a spin

olt::Instant instant(Nanoseconds time) { return olt::Instant{olt::Duration{time}}; }

olt::EngineOptions engine_options(const Options& options) {
    olt::EngineOptions engine;
    engine.policy = options.policy;
    engine.rate_bits_per_second = options.rate_bits_per_second;
    engine.first_transaction = Random{options.seed, 0x2000}.between<std::uint16_t>(1, 0x3FFF);
    return engine;
}

}  // namespace

OltNode::OltNode(const Options& options, const olt::Image& image, const Observers& observers, Checker& checker,
                 Plant& plant, OltSurroundings& surroundings)
    : options_{options},
      image_{image},
      observers_{observers},
      checker_{checker},
      plant_{plant},
      surroundings_{surroundings},
      engine_{engine_options(options)},
      queues_(options.pons) {}

void OltNode::begin() {
    olt::Campaign campaign;
    campaign.image = image_;
    campaign.mode = options_.mode;
    campaign.close = options_.close;
    campaign.set = options_.set;
    campaign.window_sections = options_.window_sections;
    campaign.commit = options_.commit;
    for (const auto& node : plant_.nodes()) {
        OntNode& ont = *plant_.ont(node->options().onu, 0);
        campaign.targets.push_back(ont.options().device.serial);
        plan_revocations(ont);
        if (ont.running()) up(ont, 0);
    }
    if (!engine_.start(campaign, instant(0))) checker_.over(0, "the engine refused to start");
    if (options_.stop_at) surroundings_.plan(*options_.stop_at, [this](Nanoseconds now) { stop(now); });
    if (options_.olt_silent_from) plan_silence();
}

void OltNode::plan_silence() {
    const auto at = [this](Nanoseconds when, bool silent) {
        surroundings_.plan(when, [this, silent](Nanoseconds now) {
            for (std::uint8_t pon = 0; pon < options_.pons; ++pon) {
                queues_[pon].silent = silent;
                if (silent)
                    engine_.link_busy(pon, instant(now));
                else
                    engine_.link_ready(pon, instant(now));
            }
        });
    };
    at(*options_.olt_silent_from, true);
    at(options_.olt_silent_until.value_or(forever), false);
}

void OltNode::plan_revocations(OntNode& ont) {
    for (const NodeOptions::Span& revoked : ont.options().revoked) {
        revokes_ = true;
        const auto change = [this, &ont](Nanoseconds now) {
            if (ont.revoked(now))
                engine_.omcc_revoked(ont.options().onu, instant(now));
            else
                engine_.omcc_granted(ont.options().onu, instant(now));
        };
        surroundings_.plan(revoked.from, change);
        surroundings_.plan(revoked.until, change);
    }
}

void OltNode::stop(Nanoseconds now) { engine_.stop(instant(now)); }

void OltNode::up(OntNode& ont, Nanoseconds now) {
    if (!engine_.onu_up(ont.options().onu, ont.options().device.serial, olt::LinkKind::gpon, instant(now)))
        checker_.breach(now, ont.options().number, "the engine refused an ONT that came up");
    if (ont.revoked(now)) engine_.omcc_revoked(ont.options().onu, instant(now));  // coming up granted it
}

void OltNode::went_down(OntNode& ont, Nanoseconds now) {
    surroundings_.plan(now + loss_noticed_after,
                       [this, &ont](Nanoseconds then) { engine_.onu_down(ont.options().onu, instant(then)); });
}

void OltNode::came_up(OntNode& ont, Nanoseconds now) {
    surroundings_.plan(now + ranging_time, [this, &ont, boots = ont.boots()](Nanoseconds then) {
        if (plant_.ont(ont.options().onu, then)->running() && ont.boots() == boots) up(ont, then);
    });
}

void OltNode::arrives(const olt::Address& from, std::span<const std::uint8_t> frame, Nanoseconds now) {
    Queue& queue = queues_[from.pon];
    if (queue.frames.size() >= options_.olt_queue_frames) {
        ++drops_;
        return;
    }
    Received received;
    if (!spare_.empty()) {
        received.octets = std::move(spare_.back());
        spare_.pop_back();
    }
    received.from = from;
    received.octets.assign(frame.begin(), frame.end());
    queue.free_at = received.served_at = std::max(queue.free_at, now) + options_.olt_service;
    surroundings_.olt_will_have_served(received.served_at, from.pon);
    queue.frames.push_back(std::move(received));
}

void OltNode::received(std::uint8_t pon, Nanoseconds now) {
    Received received = std::move(queues_[pon].frames.front());
    queues_[pon].frames.pop_front();
    seen(now, false, received.from, received.octets);
    engine_.receive(received.from, received.octets, instant(now));
    spare_.push_back(std::move(received.octets));
}

void OltNode::settle(Nanoseconds now) {
    for (unsigned round = 0; round < rounds_max; ++round) {
        while (const auto frame = engine_.transmit(instant(now))) {
            if (queues_[frame->to.pon].silent)
                checker_.breach(now, 0, "the engine sent on a link that takes no frames");
            if (const OntNode* ont = revokes_ ? plant_.ont(frame->to, now) : nullptr; ont && ont->revoked(now))
                checker_.breach(now, ont->options().number, "the engine sent on an OMCC that is not its own");
            seen(now, true, frame->to, frame->octets);
            plant_.send(now, frame->to, frame->octets);
            if (++round >= rounds_max) break;
        }
        while (const auto event = engine_.poll_event()) act_on(*event, now);
        due_ = engine_.deadline();
        if (due_ > instant(now) || engine_.idle()) return;
        engine_.advance(instant(now));
    }
    spins_ = true;
}

void OltNode::act_on(const olt::Event& event, Nanoseconds now) {
    checker_.event(now, event);
    if (observers_.event) observers_.event(now, event);
    if (const auto* want = std::get_if<olt::WantShared>(&event)) {
        OntNode* ont = plant_.ont(want->onu, now);
        if (!ont || !options_.shared_port) return;
        surroundings_.plan(now + shared_set_up_time, [this, ont, boots = ont->boots()](Nanoseconds then) {
            if (!plant_.ont(ont->options().onu, then)->running() || ont->boots() != boots) return;
            ont->hear_shared_port();
            plant_.touched(*ont);
            engine_.shared_ready(ont->options().onu, instant(then));
        });
    } else if (const auto* record = std::get_if<olt::Record>(&event)) {
        surroundings_.plan(now + storing_time, [this, number = record->number](Nanoseconds then) {
            engine_.stored(number, instant(then));
        });
    } else if (const auto* group = std::get_if<olt::GroupFormed>(&event)) {
        groups_.push_back(*group);
    }
}

/// Every frame counts in the digest: when, which way, from or to whom, and all its octets.
void OltNode::seen(Nanoseconds now, bool downstream, const olt::Address& address, std::span<const std::uint8_t> frame) {
    const auto mix = [this](std::uint64_t word) {
        digest_ = (digest_ ^ word) * 0xD6E8'FEB8'6659'FD93u;
        digest_ ^= digest_ >> 32;
    };
    mix(static_cast<std::uint64_t>(now));
    mix(static_cast<std::uint64_t>(downstream) << 32 | static_cast<std::uint64_t>(address.pon) << 16 | address.onu_id);
    std::size_t at = 0;
    for (; at + 8 <= frame.size(); at += 8) mix(omci::load_be<std::uint64_t>(frame.data() + at));
    for (; at < frame.size(); ++at) mix(frame[at]);
    if (observers_.frame) observers_.frame({now, downstream, address, frame});
}

}  // namespace sim
