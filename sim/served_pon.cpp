// SPDX-License-Identifier: Apache-2.0
// The PON behind a link.
#include "sim/served_pon.h"

#include <algorithm>
#include <utility>

#include "omci/frame.h"

namespace sim {

namespace {

/// Real time goes on while frames pile up: little at a time is late by little.
constexpr std::size_t batch_frames = 64;
constexpr std::size_t spare_max = 1024;
constexpr std::size_t frame_min_octets = 8;  ///< a header: what is shorter has nobody to go to
constexpr std::uint32_t stored_and_good = 0;

Nanoseconds nanoseconds(olt::Instant time) { return time.time_since_epoch().count(); }
olt::Instant instant(Nanoseconds time) { return olt::Instant{olt::Duration{time}}; }

}  // namespace

ServedPon::ServedPon(const Options& options, const olt::Image& image, const ServedObservers& observers)
    : options_{options},
      image_{image},
      truth_{installed_image(options, image)},
      observers_{observers},
      checker_{truth_, options.commit, findings_},
      plant_{options_, truth_, image_, checker_, *this, batch_frames},
      downloads_(plant_.nodes().size()) {
    checker_.everyone_counts();
    if (options_.packages.guards()) checker_.hashes_guard(options.packages.trust_anchor);
    if (options_.shared_port)
        for (const auto& node : plant_.nodes()) node->hear_shared_port();
}

void ServedPon::receive(const olt::Address& to, std::span<const std::uint8_t> frame, olt::Instant now) {
    advance(now);
    const bool somebody = to.pon < options_.pons && (to.is_shared() || to.onu_id < options_.onts);
    if (!somebody || frame.size() < frame_min_octets || frame.size() > omci::frame_max_octets) {
        ++unreadable_;
        return;
    }
    if (observers_.frame) observers_.frame({now_, true, to, frame});
    plant_.send(now_, to, frame);
}

void ServedPon::advance(olt::Instant now) {
    const Nanoseconds until = std::max(now_, nanoseconds(now));
    // Each ONT goes on to `until` at once, and puts off what background work is left then: this comes to an end.
    while (plant_.next() <= until && plant_.next() != forever) {
        now_ = std::max(now_, plant_.next());
        (void)plant_.happen(now_, until);
    }
    now_ = until;
}

std::optional<ServedPon::Upstream> ServedPon::transmit() {
    if (waiting_.empty()) return std::nullopt;
    Waiting& first = waiting_.front();
    if (spare_.size() < spare_max) spare_.push_back(std::move(sending_));
    sending_ = std::move(first.octets);
    const Upstream frame{first.from, sending_, instant(first.due)};
    waiting_.pop_front();
    return frame;
}

olt::Instant ServedPon::deadline() const noexcept {
    return plant_.next() == forever ? olt::never : instant(plant_.next());
}

void ServedPon::frame_arrives(OntNode& from, std::span<const std::uint8_t> frame, Nanoseconds now) {
    if (waiting_.size() >= waiting_max) {
        ++overflowed_;
        return;
    }
    Waiting& waiting = waiting_.emplace_back();
    if (!spare_.empty()) {
        waiting.octets = std::move(spare_.back());
        spare_.pop_back();
    }
    waiting.from = from.options().onu;
    waiting.due = now;
    waiting.octets.assign(frame.begin(), frame.end());
    if (observers_.frame) observers_.frame({now, false, waiting.from, waiting.octets});
}

void ServedPon::ont_went_down(OntNode& ont, Nanoseconds) { downloads_[ont.options().number].running = false; }

void ServedPon::ont_came_up(OntNode& ont, Nanoseconds) {
    if (options_.shared_port) ont.hear_shared_port();
}

void ServedPon::ont_tells(OntNode& ont, Nanoseconds now, int kind, std::uint32_t value) {
    Download& download = downloads_[ont.options().number];
    switch (kind) {
    case ONT_EVENT_DOWNLOAD_STARTED:
        download.running = true;
        download.octets = value;
        download.accepted = 0;
        break;
    case ONT_EVENT_WINDOW_ACCEPTED: download.accepted = value; break;
    case ONT_EVENT_DOWNLOAD_ENDED:
        download.running = false;
        download.good += value == stored_and_good;
        break;
    case ONT_EVENT_ACTIVATE: ++activations_; break;
    case ONT_EVENT_COMMIT: ++commits_; break;
    default: break;
    }
    if (observers_.ont) observers_.ont(now, ont.options().onu, kind, value);
}

ServedStatus ServedPon::status() const {
    ServedStatus status;
    status.activations = activations_;
    status.commits = commits_;
    for (std::size_t number = 0; number < downloads_.size(); ++number) {
        const OntNode& node = *plant_.nodes()[number];
        const Download& download = downloads_[number];
        status.running += node.running();
        status.restarts += node.boots() - 1;
        status.downloads += download.good;
        if (!download.running) continue;
        // Behind is who has the least share of its image, whatever the others' images are.
        if (status.downloading == 0 || std::uint64_t{download.accepted} * status.octets_total <
                                           status.octets_done * std::uint64_t{download.octets}) {
            status.octets_done = download.accepted;
            status.octets_total = download.octets;
        }
        ++status.downloading;
    }
    return status;
}

ServedReport ServedPon::report(olt::Instant now) {
    advance(now);
    ServedReport report;
    report.time = now_;
    report.unreadable = unreadable_;
    report.overflowed = overflowed_;
    for (const auto& node : plant_.nodes()) {
        node->advance(now_);
        ServedOnt ont;
        static_cast<OntTruth&>(ont) = node->truth();
        const std::size_t number = node->options().number;
        ont.onu = node->options().onu;
        ont.serial = node->options().device.serial;
        ont.heard = node->deliveries();
        ont.lost = node->lost();
        ont.queue_drops = node->drops();
        ont.sent = node->sent_up();
        ont.sent_lost = node->lost_up();
        ont.restarts = node->boots() - 1;
        ont.downloads = downloads_[number].good;
        ont.wrong_octets_accepted = checker_.wrong_octets(number);
        report.onts.push_back(ont);
    }
    static_cast<Findings&>(report) = std::exchange(findings_, {});
    return report;
}

}  // namespace sim
