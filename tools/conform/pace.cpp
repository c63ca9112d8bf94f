// SPDX-License-Identifier: Apache-2.0
// Probes of how fast an ONT is and of the shared port: what G.988 leaves open and an OLT has to know.
#include <fmt/format.h>

#include <algorithm>

#include "tools/conform/cases.h"
#include "tools/conform/downloader.h"
#include "tools/units.h"

namespace tools::conform {
namespace {

using namespace std::chrono_literals;
using omci::Action;
using omci::MeClass;
using omci::ResultCode;

constexpr omci::GetRequest get_state{omci::AttributeMask{omci::software_image::state}};
constexpr unsigned gets = 60;
constexpr unsigned closes = 30;
constexpr unsigned window_asked = 64;
constexpr std::size_t ramp_octets_max = 256 * 1024;  ///< of one step: no slot is smaller
constexpr unsigned tries = 2;                        ///< of one step: a lone lost frame is no limit
constexpr unsigned guard_windows = 5;
constexpr unsigned guard_refused_max = 1;
constexpr olt::Duration guard_step = 100us;  ///< finer than this a guard time is not told

struct Times {
    std::vector<olt::Duration> all;

    std::string text() {
        std::sort(all.begin(), all.end());
        const auto at = [this](std::size_t percent) { return all[(all.size() - 1) * percent / 100]; };
        const auto in_us = [](olt::Duration time) {
            return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
        };
        return fmt::format("median {} us, 95 % {} us, most {} us", in_us(at(50)), in_us(at(95)), in_us(all.back()));
    }
};

olt::Duration timed(Bench& bench, const Conversation::Question& question, const char* what) {
    for (unsigned attempt = 0; attempt < bench.settings().attempts; ++attempt) {
        const olt::Instant began = bench.now();
        if (const auto answer = bench.ask(question)) return answer->at - began;
    }
    throw Failure{fmt::format("{}: expected an answer within {}, came none", what,
                              time_text(bench.settings().answer_time.count()))};
}

/// Sections per second at which a download of `image` came through in windows; none: too many were refused. A lone
/// one is what any fibre loses now and then.
std::optional<std::uint64_t> step(Bench& bench, const std::vector<std::uint8_t>& image, std::uint32_t rate) {
    Downloader download{bench, image};
    download.start(window_asked);
    const std::size_t windows = (download.sections_left() + download.window() - 1) / download.window();
    const std::size_t refused_max = std::max<std::size_t>(1, windows / 4);
    olt::Duration busy{};
    std::uint64_t sections = 0;
    for (std::size_t refused = 0; !download.complete();) {
        Window window;
        window.sections = std::min<std::size_t>(download.window(), download.sections_left());
        window.pace = rate;
        const olt::Instant began = bench.now();
        const auto close = download.send_sections(window);
        busy += bench.now() - began;
        sections += window.sections - 1;
        if (download.try_close(close) == ResultCode::success)
            download.accept(window);
        else if (++refused > refused_max)
            return std::nullopt;
    }
    if (busy <= olt::Duration::zero() || sections == 0) return rate;
    return sections * 1'000'000'000u / static_cast<std::uint64_t>(busy.count());
}

bool hears_shared(Bench& bench) {
    if (!bench.talk().link().has_shared_port()) throw NotApplicable{"the link has no shared port"};
    if (bench.talk().link().keyed()) throw NotApplicable{"the check is keyed per ONU: nothing can be shared"};
    if (!bench.learnt().hears_shared) {
        auto probe = bench.question(Action::get, MeClass::software_image, bench.target(), get_state);
        probe.to = olt::Address::shared(bench.onu().pon);
        bench.learnt().hears_shared = bench.ask(probe, Insist::yes).has_value();
    }
    return *bench.learnt().hears_shared;
}

void must_hear(Bench& bench) {
    if (!hears_shared(bench)) throw NotApplicable{"the ONT does not hear the shared port"};
}

/// True where windows on the shared port were complete when a close on the OMCC came `guard` behind them; one of them
/// may have lost a section otherwise.
bool guarded(Bench& bench, olt::Duration guard) {
    const auto image = drawn_octets(window_asked * payload_of(bench.variant()));
    Downloader download{bench, image};
    Window window;
    window.shared = true;
    window.guard = guard;
    window.pace = bench.learnt().sections_per_second[bench.place()].value_or(bench.settings().pace);
    unsigned refused = 0;
    for (unsigned i = 0; i < guard_windows && refused <= guard_refused_max; ++i) {
        download.start(window_asked);
        if (download.try_close(download.send_sections(window)) == ResultCode::success) continue;
        ++refused;
        bench.rest(bench.settings().guard_max);  // until what came too late is out of the ONT's queue
    }
    return refused <= guard_refused_max;
}

}  // namespace

std::string answer_times(Bench& bench) {
    Times get_times, close_times;
    for (unsigned i = 0; i < gets; ++i)
        get_times.all.push_back(
            timed(bench, bench.question(Action::get, MeClass::software_image, bench.target(), get_state), "Get"));
    const auto image = drawn_octets(4 * closes * payload_of(bench.variant()));
    Downloader download{bench, image};
    download.start(4);
    for (unsigned i = 0; i < closes && !download.complete(); ++i) {
        const auto close = download.send_sections({});
        bench.rest(1ms);  // what is timed is the answer, not the queue before it
        close_times.all.push_back(timed(bench, close, "close"));
        download.accept({});
    }
    return fmt::format("Get: {}; close: {}", get_times.text(), close_times.text());
}

std::string section_rate(Bench& bench) {
    const Settings& settings = bench.settings();
    std::uint64_t good = 0;
    std::uint32_t rate = settings.pace;
    bool dropped = false;
    for (;; rate = std::min(settings.rate_max, rate * 2)) {
        const std::size_t most = ramp_octets_max / payload_of(bench.variant());
        const auto sections = std::min<std::size_t>(most, std::max<std::size_t>(rate / 4, 2 * window_asked));
        const auto image = drawn_octets(sections * payload_of(bench.variant()));
        std::optional<std::uint64_t> reached;
        for (unsigned i = 0; i < tries && !reached; ++i) reached = step(bench, image, rate);
        if (!reached) {
            dropped = true;
            break;
        }
        good = std::max(good, std::min<std::uint64_t>(*reached, rate));
        if (rate >= settings.rate_max) break;
    }
    if (good == 0)
        throw Failure{fmt::format("a download at {} sections per second: expected every window accepted, came drops",
                                  settings.pace)};
    bench.learnt().sections_per_second[bench.place()] = static_cast<std::uint32_t>(good);
    if (dropped) return fmt::format("{} a second; at {} some are dropped", good, rate);
    return fmt::format("at least {} a second", good);
}

std::string shared_port(Bench& bench) { return hears_shared(bench) ? "heard" : "not heard"; }

std::string shared_close(Bench& bench) {
    must_hear(bench);
    const auto image = drawn_octets(16 * payload_of(bench.variant()));
    Downloader download{bench, image};
    download.start(16);
    Window window;
    window.shared = window.shared_close = true;
    const auto result = download.try_close(download.send_sections(window));
    bench.learnt().shared_close = result == ResultCode::success;
    if (!result) throw Failure{"close on the shared port: expected an answer on the OMCC, came none"};
    if (*result != ResultCode::success)
        throw Failure{fmt::format("close on the shared port: expected result 0, came result {}", value(*result))};
    return "answered on the OMCC";
}

std::string close_guard(Bench& bench) {
    must_hear(bench);
    const olt::Duration most = bench.settings().guard_max;
    olt::Duration enough{}, short_of{};
    if (!guarded(bench, olt::Duration::zero())) {
        if (!guarded(bench, most))
            throw Failure{
                fmt::format("a close {} behind sections on the shared port: expected the window accepted, "
                            "came a refusal",
                            time_text(most.count()))};
        for (enough = most; enough - short_of > std::max<olt::Duration>(guard_step, enough / 8);) {
            const olt::Duration middle = short_of + (enough - short_of) / 2;
            (guarded(bench, middle) ? enough : short_of) = middle;
        }
    }
    const auto in_us = std::chrono::duration_cast<std::chrono::microseconds>(enough).count();
    bench.learnt().close_guard_us = static_cast<std::uint32_t>(in_us);
    return fmt::format("{} us behind the shared port", in_us);
}

}  // namespace tools::conform
