// SPDX-License-Identifier: Apache-2.0
// One run, from power-on to the last outcome.
#include "sim/run.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include "olt/overview.h"

namespace sim {

namespace {

constexpr std::uint64_t rounds_between_looks = 2048;  ///< at the real clock, which only paces progress views
constexpr std::int64_t progress_interval_ms = 50;

std::int64_t real_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Run::Run(const Options& options, const olt::Image& image, const Observers& observers, std::size_t batch_frames)
    : options_{options},
      image_{image},
      observers_{observers},
      checker_{image, options.commit, report_},
      olt_{options_, image_, observers_, checker_, *this} {
    assert(options.pons >= 1 && options.pons <= olt::pons_max);
    assert(options.onts >= 1 && options.onts <= olt::onts_per_pon_max);
    assert(image.size() > 0);
    OntSurroundings& surroundings = *this;
    for (std::uint8_t pon = 0; pon < options.pons; ++pon) {
        fibres_.push_back(std::make_unique<Fibre>(options.line_bits_per_second, batch_frames));
        for (std::uint16_t onu_id = 0; onu_id < options.onts; ++onu_id) {
            const NodeOptions node = node_options(options_, {pon, onu_id}, nodes_.size());
            nodes_.push_back(
                std::make_unique<OntNode>(node, image_, fibres_[pon]->shared_tape(), checker_, surroundings));
            fibres_[pon]->connect(*nodes_.back());
        }
    }
}

Report Run::run() {
    std::vector<olt::SerialNumber> targets;
    for (const auto& node : nodes_) {
        targets.push_back(node->options().device.serial);
        touched(*node);
    }
    olt_.begin(targets);
    const char* hung = nullptr;
    bool told = true;
    for (;;) {
        if (told || olt_.deadline() <= now_) olt_.settle(now_);
        if (olt_.engine().idle()) break;
        const Nanoseconds next = std::max(std::min(agenda_.next(), olt_.deadline()), now_);
        if (olt_.spins())
            hung = "the engine works without end at one instant";
        else if (next == forever)
            hung = "nothing will ever happen again, and the campaign has not ended";
        else if (next > options_.time_max)
            hung = "the campaign has not ended in the time it was given";
        if (hung) break;
        now_ = next;
        told = agenda_.next() <= now_ && happen(agenda_.take());
        if (observers_.progress && ++rounds_ % rounds_between_looks == 0 && !keep_going()) {
            olt_.stop(now_);
            told = true;
        }
    }
    if (observers_.progress) observers_.progress(progress());
    checker_.over(now_, hung);
    complete_report();
    return std::move(report_);
}

bool Run::happen(const Agenda::Entry& entry) {
    switch (entry.kind) {
    case Happening::ont: {
        OntNode& node = *nodes_[entry.slot];
        if (node.scheduled != entry.time) return false;  // it was asked to come earlier, and has been
        node.scheduled = forever;
        node.advance(now_);
        touched(node);
        return false;
    }
    case Happening::arrival: {
        Upstream& frame = upstream_[entry.slot];
        if (!frame.from->cut_between(frame.made, frame.departs))
            olt_.arrives(frame.from->options().onu, frame.octets, now_);
        upstream_free_.push_back(entry.slot);
        return false;
    }
    case Happening::received: olt_.received(static_cast<std::uint8_t>(entry.slot), now_); return true;
    case Happening::host: std::exchange(plans_[entry.slot], {})(now_); return true;
    }
    return true;
}

void Run::ont_sends(OntNode& node, Nanoseconds departs, Nanoseconds arrives, std::span<const std::uint8_t> frame) {
    // Only urgent frames are answered; whoever answers another one speaks from the past.
    if (arrives < now_) return checker_.breach(now_, node.options().number, "answered what wanted no answer");
    if (upstream_free_.empty()) {
        upstream_free_.push_back(static_cast<std::uint32_t>(upstream_.size()));
        upstream_.emplace_back();
    }
    const std::uint32_t slot = upstream_free_.back();
    upstream_free_.pop_back();
    upstream_[slot].from = &node;
    upstream_[slot].made = now_;
    upstream_[slot].departs = departs;
    upstream_[slot].octets.assign(frame.begin(), frame.end());
    agenda_.add({arrives, Happening::arrival, slot, std::uint64_t{node.options().number} << 40 | ++upstream_count_});
}

void Run::olt_sends(Nanoseconds now, const olt::Address& to, std::span<const std::uint8_t> frame) {
    if (to.pon >= fibres_.size()) return;
    Fibre& fibre = *fibres_[to.pon];
    if (!fibre.send(now, to, frame)) return;
    if (to.is_shared())
        for (OntNode* node : fibre.nodes()) touched(*node);
    else if (to.onu_id < fibre.nodes().size())
        touched(*fibre.nodes()[to.onu_id]);
}

void Run::olt_will_have_served(Nanoseconds when, std::uint8_t pon) {
    agenda_.add({when, Happening::received, pon, pon});
}

void Run::plan(Nanoseconds when, std::function<void(Nanoseconds now)> what) {
    if (when == forever) return;
    plans_.push_back(std::move(what));
    agenda_.add({when, Happening::host, static_cast<std::uint32_t>(plans_.size() - 1), plans_.size()});
}

OntNode* Run::ont(const olt::Address& onu, Nanoseconds now) {
    if (onu.pon >= options_.pons || onu.onu_id >= options_.onts) return nullptr;
    OntNode& node = *nodes_[std::size_t{onu.pon} * options_.onts + onu.onu_id];
    node.advance(now);
    return &node;
}

void Run::touched(OntNode& node) {
    const Nanoseconds wake = node.wake_at();
    if (wake >= node.scheduled) return;
    node.scheduled = wake;
    const std::size_t number = node.options().number;
    agenda_.add({wake, Happening::ont, static_cast<std::uint32_t>(number), number});
}

bool Run::keep_going() {
    const std::int64_t now_ms = real_ms();
    if (stopped_ || now_ms - shown_at_ms_ < progress_interval_ms) return true;
    shown_at_ms_ = now_ms;
    stopped_ = !observers_.progress(progress());
    return !stopped_;
}

Progress Run::progress() const {
    const olt::Overview seen = olt::overview(olt_.engine().status(), image_.size());
    Progress progress;
    progress.time = now_;
    progress.octets_total = image_.size();
    progress.octets_done = seen.octets_done;
    progress.downstream_octets = olt_.engine().accounts().downstream_octets();
    progress.transferring = seen.transferring;
    progress.repairing = seen.repairing;
    progress.staged = seen.staged;
    progress.rebooting = seen.rebooting;
    progress.stage = seen.stage;
    for (std::size_t number = 0; number < nodes_.size(); ++number) {
        const auto& outcome = checker_.outcome(number);
        if (!outcome) continue;
        const bool good = outcome->result == olt::Result::upgraded || outcome->result == olt::Result::up_to_date;
        ++(good ? progress.done : progress.failed);
    }
    return progress;
}

void Run::complete_report() {
    report_.virtual_time = now_;
    report_.accounts = olt_.engine().accounts();
    if (report_.accounts.first_section != olt::never && report_.accounts.last_end > report_.accounts.first_section)
        report_.transfer_time = (report_.accounts.last_end - report_.accounts.first_section).count();
    report_.olt_drops = olt_.drops();
    report_.digest = olt_.digest();
    for (const olt::GroupFormed& formed : olt_.groups()) report_.groups.push_back({formed, 0, 0});
    for (const auto& node : nodes_) {
        node->advance(now_);
        report_.deliveries += node->deliveries();
        report_.queue_drops += node->drops();
        OntReport ont;
        const auto& outcome = checker_.outcome(node->options().number);
        ont.reported = outcome.has_value();
        ont.outcome.result = olt::Result::lost;
        ont.outcome.onu = node->options().onu;
        ont.outcome.serial = node->options().device.serial;
        if (outcome) ont.outcome = *outcome;
        for (std::uint8_t image = 0; image < ONT_IMAGES; ++image) {
            const OntDevice::ImageState state = node->device().state(image);
            ont.valid[image] = state.valid;
            ont.version[image] = state.version;
            if (state.active) ont.active_image = image;
            if (state.committed) ont.committed_image = image;
        }
        ont.runs = node->running();
        report_.onts.push_back(ont);
        for (GroupReport& group : report_.groups)
            if (ont.reported && group.formed.group > 0 && group.formed.pon == ont.outcome.onu.pon &&
                group.formed.group == ont.outcome.group)
                ++(ont.outcome.result == olt::Result::upgraded ? group.upgraded : group.others);
    }
}

Report simulate(const Options& options, const olt::Image& image, const Observers& observers) {
    return Run{options, image, observers}.run();
}

}  // namespace sim
