// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/hunt.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "tools/report/progress.h"
#include "tools/simulate/crash_note.h"
#include "tools/simulate/interrupts.h"

namespace tools {
namespace {

constexpr std::uint64_t ahead_max = 1024;  ///< seeds that may be done before one that still runs
constexpr std::size_t violations_shown = 5;
constexpr std::size_t seeds_named = 10;
constexpr auto tick_interval = std::chrono::milliseconds{100};

SeedOutcome outcome_of(std::uint64_t seed, const RunSeed& run) {
    SeedOutcome outcome;
    outcome.seed = seed;
    try {
        const CrashNote note{seed};
        sim::Report report = run(seed);
        outcome.violations = std::move(report.violations);
        outcome.wrong_octets_accepted = report.wrong_octets_accepted;
        outcome.digest = report.digest;
        for (const sim::OntReport& ont : report.onts)
            if (const auto at = static_cast<std::size_t>(ont.outcome.result); at < results_count) ++outcome.onts[at];
    } catch (const std::exception& error) {
        outcome.error = error.what();
    }
    return outcome;
}

/// What the threads share. Counts seeds from the first one, so that the last seed of all can be hunted too.
class Board {
public:
    Board(const Range<std::uint64_t>& seeds, const RunSeed& run) : seeds_{seeds}, run_{run} {}

    void work() {
        std::unique_lock lock{mutex_};
        for (;;) {
            room_.wait(lock, [&] { return over() || taken_ - told_ < ahead_max; });
            if (over()) return;
            const std::uint64_t index = taken_++;
            all_taken_ = index == seeds_.last - seeds_.first;
            lock.unlock();
            SeedOutcome outcome = outcome_of(seeds_.first + index, run_);
            lock.lock();
            ready_.emplace(index, std::move(outcome));
            news_.notify_one();
        }
    }

    void tell(const SeedDone& done, const HuntTick& tick) {
        const std::uint64_t last = seeds_.last - seeds_.first;
        std::unique_lock lock{mutex_};
        while (!stopped_) {
            news_.wait_for(lock, tick_interval, [&] { return ready_.contains(told_); });
            auto next = ready_.extract(told_);
            lock.unlock();
            bool go_on = tick();
            if (next) go_on = done(next.mapped()) && go_on;
            lock.lock();
            if (!go_on || (next && told_ == last)) break;
            if (next) ++told_;
            room_.notify_all();
        }
        stop(lock);
    }

    void stop() {
        std::unique_lock lock{mutex_};
        stop(lock);
    }

private:
    bool over() const { return stopped_ || all_taken_; }
    void stop(std::unique_lock<std::mutex>&) {
        stopped_ = true;
        room_.notify_all();
    }

    Range<std::uint64_t> seeds_;
    const RunSeed& run_;
    std::mutex mutex_;
    std::condition_variable room_, news_;
    std::uint64_t taken_ = 0, told_ = 0;
    bool all_taken_ = false, stopped_ = false;
    std::map<std::uint64_t, SeedOutcome> ready_;
};

/// What is printed of a hunt, and its totals.
class HuntPrinter {
public:
    explicit HuntPrinter(const SimulateOptions& options)
        : seeds_{*options.hunt}, quiet_{options.quiet}, live_{stdout}, is_live_{!quiet_ && is_live(stdout)} {}

    bool seed_done(const SeedOutcome& outcome) {
        ++told_;
        digest_ = (digest_ ^ outcome.digest) * 0x100000001B3;  // FNV's step: the order matters
        for (std::size_t i = 0; i < results_count; ++i) onts_[i] += outcome.onts[i];
        if (outcome.failed()) {
            if (failures_.size() < seeds_named) failures_.push_back(outcome.seed);
            ++failed_;
            live_.clear();
            std::fputs(describe_failure(outcome).c_str(), stdout);
            std::fflush(stdout);
        }
        const double share = static_cast<double>(told_) / (static_cast<double>(seeds_.last - seeds_.first) + 1);
        const auto percent = static_cast<unsigned>(share * 100);
        if (!quiet_ && !is_live_ && percent / 10 > tenth_) {
            tenth_ = percent / 10;
            fmt::print("{:>3} %  {} seeds, {} failed, {}\n", tenth_ * 10, grouped(told_), grouped(failed_),
                       time_text(elapsed().count()));
            std::fflush(stdout);
        }
        percent_ = percent;
        return true;
    }

    bool tick() {
        const WallTime now = std::chrono::steady_clock::now();
        if (is_live_ && live_.due(now)) {
            ProgressLine line{"hunting", percent_, {}, {}, {}};
            line.counts = fmt::format("{} seeds, {} failed", grouped(told_), grouped(failed_));
            if (percent_ > 0) line.left = elapsed() * (100 - percent_) / percent_;
            live_.draw(live_text(line, columns_of(stdout) - 1), now);
        }
        Interrupts::check();
        return !Interrupts::stop_asked();
    }

    int finish() {
        live_.clear();
        const bool complete = told_ != 0 && told_ - 1 == seeds_.last - seeds_.first;
        if (!quiet_) {
            std::string onts;
            for (std::size_t i = 0; i < results_count; ++i)
                if (onts_[i] > 0)
                    onts += fmt::format("{}{} {}", onts.empty() ? "" : ", ", grouped(onts_[i]),
                                        olt::text(static_cast<olt::Result>(i)));
            fmt::print("ONTs: {}; digest {:016x}\n", onts.empty() ? "none" : onts, digest_);
            fmt::print("{} seed{}{}, {} failure{}, {}\n", grouped(told_), told_ == 1 ? "" : "s",
                       complete ? "" : " (stopped)", grouped(failed_), failed_ == 1 ? "" : "s",
                       time_text(elapsed().count()));
        }
        if (failed_ > 0) fmt::print(stderr, "omcast: {} of {} seeds failed: {}\n", failed_, told_, named());
        if (!complete) fmt::print(stderr, "omcast: the hunt was stopped before seed {}\n", seeds_.first + told_);
        return failed_ > 0 || !complete ? 1 : 0;
    }

private:
    std::chrono::nanoseconds elapsed() const { return std::chrono::steady_clock::now() - began_; }

    std::string named() const {
        std::string out;
        for (const std::uint64_t seed : failures_) out += (out.empty() ? "" : ", ") + std::to_string(seed);
        return failed_ > failures_.size() ? out + ", ..." : out;
    }

    Range<std::uint64_t> seeds_;
    bool quiet_;
    LiveLine live_;
    bool is_live_;
    WallTime began_ = std::chrono::steady_clock::now();
    std::uint64_t told_ = 0, failed_ = 0;
    std::uint64_t digest_ = 0;
    std::array<std::uint64_t, results_count> onts_{};
    std::vector<std::uint64_t> failures_;
    unsigned percent_ = 0, tenth_ = 0;
};

}  // namespace

void hunt(const Range<std::uint64_t>& seeds, unsigned threads, const RunSeed& run, const SeedDone& done,
          const HuntTick& tick) {
    Board board{seeds, run};
    std::vector<std::jthread> workers;
    struct StopFirst {  // whatever tick() throws, the threads must see the end before they are joined
        Board& board;
        ~StopFirst() { board.stop(); }
    } const stop_first{board};
    for (unsigned i = 0; i < std::max(1u, threads); ++i) workers.emplace_back([&board] { board.work(); });
    board.tell(done, tick);
}

std::string describe_failure(const SeedOutcome& outcome) {
    std::string out = fmt::format("seed {} failed; again: omcast simulate --hunt --seeds {}-{} --pcap seed-{}.pcap\n",
                                  outcome.seed, outcome.seed, outcome.seed, outcome.seed);
    if (!outcome.error.empty()) out += fmt::format("  the run ended early: {}\n", outcome.error);
    if (outcome.wrong_octets_accepted > 0)
        out += fmt::format("  {} wrong octets were accepted\n", grouped(outcome.wrong_octets_accepted));
    for (std::size_t i = 0; i < outcome.violations.size(); ++i) {
        if (i == violations_shown) return out + fmt::format("  ... and {} more\n", outcome.violations.size() - i);
        const sim::Violation& violation = outcome.violations[i];
        const std::string who = violation.onu.is_shared() ? "all" : fmt::format("{}", violation.onu.onu_id);
        out +=
            fmt::format("  at {}, ONT {}/{}: {}\n", time_text(violation.time), violation.onu.pon, who, violation.what);
    }
    return out;
}

int hunt_command(const SimulateOptions& options) {
    const Interrupts interrupts;
    const CrashReporter crash_reporter;
    HuntPrinter printer{options};
    hunt(
        *options.hunt, std::thread::hardware_concurrency(), sim::hunt_one,
        [&](const SeedOutcome& outcome) { return printer.seed_done(outcome); }, [&] { return printer.tick(); });
    return printer.finish();
}

}  // namespace tools
