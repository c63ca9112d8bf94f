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
      truth_{installed_image(options, image)},
      observers_{observers},
      checker_{truth_, options.commit, report_},
      plant_{options_, truth_, image_, checker_, *this, batch_frames},
      olt_{options_, image_, observers_, checker_, plant_, *this} {
    assert(image.size() > 0);
    if (options.packages.guards()) checker_.hashes_guard(options.packages.trust_anchor);
}

Report Run::run() {
    olt_.begin();
    const char* hung = nullptr;
    bool told = true;
    for (;;) {
        if (told || olt_.deadline() <= now_) olt_.settle(now_);
        if (olt_.engine().idle()) break;
        const Nanoseconds next = std::max(std::min(plant_.next(), olt_.deadline()), now_);
        if (olt_.spins())
            hung = "the engine works without end at one instant";
        else if (next == forever)
            hung = "nothing will ever happen again, and the campaign has not ended";
        else if (next > options_.time_max)
            hung = "the campaign has not ended in the time it was given";
        if (hung) break;
        now_ = next;
        told = plant_.next() <= now_ && happen();
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

bool Run::happen() {
    const auto entry = plant_.happen(now_, now_);
    if (!entry) return false;
    if (entry->kind == Happening::received)
        olt_.received(static_cast<std::uint8_t>(entry->slot), now_);
    else
        std::exchange(plans_[entry->slot], {})(now_);
    return true;
}

void Run::olt_will_have_served(Nanoseconds when, std::uint8_t pon) {
    plant_.agenda().add({when, Happening::received, pon, pon});
}

void Run::plan(Nanoseconds when, std::function<void(Nanoseconds now)> what) {
    if (when == forever) return;
    plans_.push_back(std::move(what));
    plant_.agenda().add({when, Happening::host, static_cast<std::uint32_t>(plans_.size() - 1), plans_.size()});
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
    for (std::size_t number = 0; number < plant_.nodes().size(); ++number) {
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
    for (const auto& node : plant_.nodes()) {
        node->advance(now_);
        report_.deliveries += node->deliveries();
        report_.queue_drops += node->drops();
        OntReport ont;
        static_cast<OntTruth&>(ont) = node->truth();
        const OntDevice& device = node->device();
        ont.last_download = device.last_download();
        ont.all_downloads = device.all_downloads();
        ont.downloads = device.downloads();
        ont.security_counter = device.security_counter();
        const auto& outcome = checker_.outcome(node->options().number);
        ont.reported = outcome.has_value();
        ont.outcome.result = olt::Result::lost;
        ont.outcome.onu = node->options().onu;
        ont.outcome.serial = node->options().device.serial;
        if (outcome) ont.outcome = *outcome;
        report_.onts.push_back(ont);
        for (GroupReport& group : report_.groups)
            if (ont.reported && group.formed.group > 0 && group.formed.pon == ont.outcome.onu.pon &&
                group.formed.group == ont.outcome.group)
                ++(ont.outcome.result == olt::Result::upgraded ? group.upgraded : group.others);
    }
}

olt::Image installed_image(const Options& options, const olt::Image& image) {
    if (!options.packages.guards()) return image;
    olt::Image installed = image;
    installed.octets = options.packages.installed;
    installed.crc = {};
    return installed;
}

Report simulate(const Options& options, const olt::Image& image, const Observers& observers) {
    return Run{options, image, observers}.run();
}

}  // namespace sim
