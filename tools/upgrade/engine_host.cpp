// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade/engine_host.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace tools {
namespace {

constexpr olt::Duration look_interval = std::chrono::milliseconds{50};
/// Between two looks at what came in: answers must not wait behind a window that a fast rate lets out at once.
constexpr unsigned frames_per_round = 256;

olt::EngineOptions completed(olt::EngineOptions options) {
    options.seal_frames = false;  // the link ends every frame as --check says, and judges those that come
    return options;
}

}  // namespace

EngineHost::EngineHost(Link& link, olt::EngineOptions options) : link_{link}, engine_{completed(std::move(options))} {}

bool EngineHost::up(std::uint16_t onu_id, const olt::SerialNumber& serial) {
    const olt::LinkKind kind = link_.keyed() ? olt::LinkKind::xg_pon : olt::LinkKind::gpon;
    return engine_.onu_up({link_.pon(), onu_id}, serial, kind, link_.now());
}

bool EngineHost::run(const olt::Campaign& campaign, const Watch& watch) {
    if (!engine_.start(campaign, link_.now())) return false;
    olt::Instant look_at = link_.now();
    while (!engine_.idle()) {
        send_due();
        tell(watch);
        if (engine_.idle()) break;
        if (const olt::Instant now = link_.now(); now >= look_at) {
            if (watch.look) watch.look(now);
            look_at = now + look_interval;
        }
        receive_until(std::min(engine_.deadline(), look_at));
        heed_interrupts();
        engine_.advance(link_.now());
    }
    tell(watch);
    receive_until(link_.now());  // the link sends what it was given in its waits
    return true;
}

void EngineHost::send_due() {
    for (unsigned i = 0; i < frames_per_round; ++i) {
        const olt::Instant now = link_.now();
        const auto frame = engine_.transmit(now);
        if (!frame) return;
        if (frame->purpose != olt::Purpose::control) {
            ++counts_.sections;
            counts_.first_section = std::min(counts_.first_section, now);
            counts_.last_section = now;
        }
        link_.send(frame->to, frame->octets);
    }
}

/// Sleeps for the first frame only: all that came with it is taken before anything else is decided.
void EngineHost::receive_until(olt::Instant deadline) {
    for (unsigned i = 0; i < frames_per_round; ++i) {
        const auto arrival = link_.wait_until(deadline);
        if (!arrival) return;
        engine_.receive(arrival->address, arrival->octets, link_.now());
        deadline = olt::Instant{};
    }
}

void EngineHost::tell(const Watch& watch) {
    while (const auto event = engine_.poll_event()) {
        act_on(*event);
        if (watch.event) watch.event(*event);
    }
}

void EngineHost::act_on(const olt::Event& event) {
    if (const auto* want = std::get_if<olt::WantShared>(&event)) {
        if (link_.has_shared_port()) engine_.shared_ready(want->onu, link_.now());
    } else if (const auto* record = std::get_if<olt::Record>(&event)) {
        engine_.stored(record->number, link_.now());
    } else if (std::holds_alternative<olt::ForeignFrame>(event)) {
        ++counts_.foreign;
    }
}

void EngineHost::heed_interrupts() {
    const unsigned interrupts = link_.loop().interrupts();
    if (interrupts > 1) throw std::runtime_error{"interrupted"};
    if (interrupts == 0 || stopped_) return;
    stopped_ = true;
    engine_.stop(link_.now());
}

}  // namespace tools
