// SPDX-License-Identifier: Apache-2.0
// An ONT's time line: arrivals, the server between two queues and the handler, background work.
#include "sim/ont_node.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sim {

namespace {

constexpr Nanoseconds read_per_octet = 1;       ///< reading flash back, in a step
constexpr Nanoseconds step_pause_min = 10'000;  ///< between two steps: other tasks have their turn
/// The same in real time, where 64 KiB in each is as fast as an ONT hashes, and leaves room for a hundred others.
constexpr Nanoseconds real_step_pause_min = 2'000'000;
constexpr std::size_t own_tape_frames_max = 64;  ///< heard frames of one's own tape that may pile up
constexpr Nanoseconds nanoseconds_per_ms = 1'000'000;

std::uint64_t in_ms(Nanoseconds time) { return static_cast<std::uint64_t>(time / nanoseconds_per_ms); }

}  // namespace

OntNode::OntNode(const NodeOptions& options, const olt::Image& truth, const Tape& shared, Checker& checker,
                 OntSurroundings& surroundings)
    : options_{options},
      checker_{checker},
      surroundings_{surroundings},
      device_{options.device, truth},
      shared_tape_{shared},
      air_{options.seed, 1},
      upstream_{options.seed, 2},
      life_{options.seed, 3} {
    if (options.tamper) tamperer_.emplace(options.tamper_with);
    for (Queue& queue : queue_) queue.ring.resize(std::max<std::size_t>(options.queue_frames, 1));
    [[maybe_unused]] const bool booted = device_.boot();
    assert(booted);
    checker_.add(options.onu, options.device.serial, device_);
    device_.watch(*this);
    ++boots_;
    powered_ = running_ = options_.off.empty() || options_.off.front().from > 0;
    if (!running_) next_power_ = 1;
    checker_.runs(options_.number, running_);
    plan_power();
    if (running_) device_.healthy();
}

void OntNode::advance(Nanoseconds to) {
    look_at_tape(omcc);
    look_at_tape(shared_port);
    for (;;) {
        const Nanoseconds arrival = std::min(next_arrival_[omcc], next_arrival_[shared_port]);
        const Nanoseconds at = std::min(std::min(power_at_, served_at_), std::min(arrival, step_at_));
        if (at > to) return;
        now_ = at;
        if (at == power_at_)
            power();
        else if (at == served_at_)
            serve();
        else if (at == arrival)
            arrive(next_arrival_[omcc] == at ? omcc : shared_port);
        else
            step(to);
    }
}

Nanoseconds OntNode::wake_at() const {
    Nanoseconds wake = std::min(power_at_, step_at_);
    if (!running_) return wake;
    if (served_at_ != forever) {
        if (serving_.urgent()) wake = std::min(wake, served_at_);
        for (const Queue& queue : queue_)
            for (std::size_t i = 0; i < queue.size; ++i)
                if (queue.ring[queue.at(i)].urgent()) {
                    wake = std::min(wake, served_at_ + static_cast<Nanoseconds>(i + 1) * options_.service);
                    break;
                }
    }
    for (const std::size_t port : {omcc, shared_port}) {
        if (port == shared_port && !hears_shared_) continue;
        const Nanoseconds sent = tape(port).next_urgent(cursor_[port]);
        if (sent != forever) wake = std::min(wake, sent + options_.fibre_delay + options_.service);
    }
    return wake;
}

void OntNode::sent(Nanoseconds when, std::span<const std::uint8_t> frame, bool urgent) {
    if (own_tape_.size() >= own_tape_frames_max) {
        std::uint64_t needed = cursor_[omcc];
        if (!queue_[omcc].empty()) needed = queue_[omcc].ring[queue_[omcc].head].sequence();
        if (served_at_ != forever && serving_port_ == omcc) needed = serving_.sequence();
        own_tape_.trim(needed);
    }
    own_tape_.append(when, frame, urgent);
}

std::uint64_t OntNode::shared_needed() const noexcept {
    if (served_at_ != forever && serving_port_ == shared_port) return serving_.sequence();
    const Queue& queue = queue_[shared_port];
    return queue.empty() ? cursor_[shared_port] : queue.ring[queue.head].sequence();
}

void OntNode::look_at_tape(std::size_t port) noexcept {
    const Tape& frames = tape(port);
    next_arrival_[port] =
        cursor_[port] == frames.end() ? forever : frames.frame(cursor_[port]).sent + options_.fibre_delay;
}

void OntNode::arrive(std::size_t port) {
    const std::uint64_t sequence = cursor_[port]++;
    const bool urgent = tape(port).frame(sequence).urgent;
    look_at_tape(port);
    if (!running_ || (port == shared_port && !hears_shared_)) return;
    if (options_.loss > 0 && air_.chance(options_.loss)) {
        ++lost_;
        return;
    }
    if (queue_[port].full()) {
        ++drops_;
        return;
    }
    queue_[port].push({sequence, urgent});
    if (served_at_ == forever) serve_next();
}

/// The ports take turns as long as both have something.
void OntNode::serve_next() {
    const std::size_t turn = 1 - serving_port_;
    serving_port_ = queue_[turn].empty() ? serving_port_ : turn;
    if (queue_[serving_port_].empty()) return;
    serving_ = queue_[serving_port_].pop();
    served_at_ = std::max(now_, free_at_) + options_.service;
}

void OntNode::serve() {
    auto frame = tape(serving_port_).octets(serving_.sequence());
    if (tamperer_) frame = tamperer_->pass(frame);
    ++deliveries_;
    flash_so_far_ = 0;
    execute(frame, serving_port_ == omcc ? ONT_FROM_OMCC : ONT_FROM_SHARED_PORT, serving_.urgent());
    free_at_ = now_ + flash_so_far_;
    served_at_ = forever;
    serve_next();
}

void OntNode::execute(std::span<const std::uint8_t> frame, ont_origin origin, bool urgent) {
    if (within(options_.busy, now_) && !answered_before(frame)) {
        if (urgent) answer_busy(frame);
        return;
    }
    accepted_.reset();
    device_.handle(frame, origin, in_ms(now_));
    flash_so_far_ += flash_time();
    if (accepted_) checker_.window_acknowledged(now_, options_.number, *accepted_);
    if (!urgent) return;
    last_command_[frame[0] >> 7] = static_cast<std::uint16_t>(frame[0] << 8 | frame[1]);
    checker_.state_changed(now_, options_.number);
    if (step_at_ == forever) step_at_ = std::max(now_ + flash_so_far_, flash_free_at_);
}

void OntNode::step(Nanoseconds to) {
    flash_so_far_ = 0;
    const bool more = device_.step(in_ms(now_));
    flash_so_far_ += flash_time();
    flash_free_at_ = now_ + std::max(flash_so_far_, step_pause_min);
    // A hundred ONTs that hash at once may need more than a second of ours for each of theirs. Then they hash slowly,
    // rather than answer late: one step each, and the word is with whoever drives us.
    if (options_.real_time) flash_free_at_ = std::max(flash_free_at_, to + real_step_pause_min);
    step_at_ = more && running_ ? flash_free_at_ : forever;
    checker_.state_changed(now_, options_.number);
}

/// What flash accesses, hashes and signatures since the last call took.
Nanoseconds OntNode::flash_time() {
    const DeviceWork work = device_.take_work();
    return static_cast<Nanoseconds>(work.written) * options_.flash_write_per_octet +
           static_cast<Nanoseconds>(work.read) * read_per_octet + work.units_erased * options_.flash_erase_unit +
           static_cast<Nanoseconds>(work.hashed) * options_.sha256_per_octet +
           static_cast<Nanoseconds>(work.unpacked) * options_.unpack_per_octet +
           work.verdicts * options_.signature_time;
}

void OntNode::device_sends(std::span<const std::uint8_t> frame) {
    flash_so_far_ += flash_time();
    send(frame, now_ + flash_so_far_ + options_.answer_delay);
}

/// An ONT speaks in its own place of each grant interval, one frame at a time.
void OntNode::send(std::span<const std::uint8_t> frame, Nanoseconds ready) {
    Nanoseconds departs = std::max(ready, last_departure_);
    if (options_.grant_interval > 0) {
        const Nanoseconds waits = std::max<Nanoseconds>(ready - options_.grant_offset, 0);
        const std::int64_t grant = (waits + options_.grant_interval - 1) / options_.grant_interval;
        next_grant_ = std::max(next_grant_, grant) + 1;
        departs = options_.grant_offset + (next_grant_ - 1) * options_.grant_interval;
    }
    last_departure_ = departs;
    ++sent_up_;
    if (options_.upstream_loss > 0 && upstream_.chance(options_.upstream_loss)) {
        ++lost_up_;
        return;
    }
    surroundings_.ont_sends(*this, departs, departs + options_.fibre_delay, frame);
}

void OntNode::device_event(int kind, std::uint32_t value) {
    if (kind == ONT_EVENT_DOWNLOAD_STARTED) checker_.download_started(options_.number);
    if (tamperer_ && kind == ONT_EVENT_DOWNLOAD_STARTED) tamperer_->download_started();
    if (tamperer_ && kind == ONT_EVENT_WINDOW_ACCEPTED) tamperer_->accepted(value);
    // The window is written behind its answer: what the slot holds is looked at when the handler is done.
    if (kind == ONT_EVENT_WINDOW_ACCEPTED) accepted_ = value;
    surroundings_.ont_tells(*this, now_, kind, value);
}

OntTruth OntNode::truth() const {
    OntTruth truth;
    for (std::uint8_t image = 0; image < ONT_IMAGES; ++image) {
        const OntDevice::ImageState state = device_.state(image);
        truth.valid[image] = state.valid;
        truth.version[image] = state.version;
        if (state.active) truth.active_image = image;
        if (state.committed) truth.committed_image = image;
    }
    truth.runs = running_;
    return truth;
}

void OntNode::device_boot_changes() { checker_.boot_changed(now_, options_.number); }

void OntNode::device_writes_wrong(std::uint32_t octets) { checker_.wrote_wrong(now_, options_.number, octets); }

void OntNode::device_breach(const char* what) { checker_.breach(now_, options_.number, what); }

}  // namespace sim
