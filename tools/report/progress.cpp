// SPDX-License-Identifier: Apache-2.0
#include "tools/report/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "tools/units.h"

namespace tools {
namespace {

constexpr olt::Duration rate_span_min =
    std::chrono::milliseconds{100};  // less virtual time than this measures a burst, not a rate
constexpr std::size_t bar_min = 10, bar_max = 30;

/// The ONT furthest behind may wait for its turn, or be dead; while a transfer runs, that is what there is to see.
olt::Stage phase_of(const olt::Overview& onts) { return onts.transferring > 0 ? olt::Stage::transferring : onts.stage; }

std::string bar(unsigned percent, std::size_t width) {
    const std::size_t inner = width - 2;
    const std::size_t filled = std::min(inner, inner * percent / 100);
    std::string out(width, ' ');
    std::fill_n(out.begin() + 1, filled, '=');
    out.front() = '[';
    out.back() = ']';
    return out;
}

}  // namespace

bool is_live(std::FILE* file) {
    const char* kind = std::getenv("TERM");
    return isatty(fileno(file)) == 1 && kind != nullptr && *kind != '\0' && std::string_view{kind} != "dumb";
}

std::size_t columns_of(std::FILE* file) {
    winsize size{};
    if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

void LiveLine::draw(const std::string& line, WallTime now) {
    const std::string text =
        fmt::format("\r{}\x1b[K", line.substr(0, columns_of(file_) - 1));  // a full line would wrap
    std::fputs(text.c_str(), file_);  // a terminal that went away is no reason to throw in the middle of a campaign
    std::fflush(file_);
    drawn_ = true;
    last_ = now;
}

void LiveLine::clear() {
    if (!drawn_) return;
    std::fputs("\r\x1b[K", file_);
    std::fflush(file_);
    drawn_ = false;
}

std::string live_text(const ProgressLine& line, std::size_t columns) {
    std::string out = line.phase;
    if (line.percent) out += fmt::format(" {} %", *line.percent);
    std::string rest;
    bool full = false;
    const auto add = [&](const std::string& part) {
        full = full || out.size() + rest.size() + 2 + part.size() > columns;
        if (!full) rest += "  " + part;
    };
    add(line.counts);
    if (line.left) {
        const auto left = static_cast<unsigned long long>(std::chrono::ceil<std::chrono::seconds>(*line.left).count());
        add(left < 60 ? fmt::format("{} s left", left) : fmt::format("{} min {} s left", left / 60, left % 60));
    }
    if (line.bits_per_second) add(rate_text(*line.bits_per_second));
    if (line.percent && out.size() + rest.size() + 2 + bar_min <= columns)
        out += "  " + bar(*line.percent, std::min(bar_max, columns - out.size() - rest.size() - 2));
    return (out + rest).substr(0, columns);
}

ProgressLine CampaignView::describe(const CampaignMoment& moment, WallTime now) {
    ProgressLine line;
    const olt::Stage phase = phase_of(moment.onts);
    line.phase = olt::text(phase);
    const bool measured = moment.octets_total != 0 && phase == olt::Stage::transferring;
    const auto percent =
        measured
            ? static_cast<unsigned>(std::min(moment.onts.octets_done, moment.octets_total) * 100 / moment.octets_total)
            : 0;
    // A second group begins anew at 0 %, and so does the estimate.
    if (stage_ != phase || percent < percent_began_) {
        phase_began_ = now;
        percent_began_ = percent;
        tenth_ = percent / 10;
    }
    stage_ = phase;
    if (measured) {
        line.percent = percent;
        if (percent > percent_began_)
            line.left = std::chrono::nanoseconds{now - phase_began_} * (100 - percent) / (percent - percent_began_);
    }

    const olt::Duration span = moment.time - measured_time_;
    if (span >= rate_span_min && moment.downstream_octets >= measured_octets_) {
        const std::uint64_t octets = moment.downstream_octets - measured_octets_;
        bits_per_second_ = octets * 8'000 / (static_cast<std::uint64_t>(span / std::chrono::milliseconds{1}));
        measured_time_ = moment.time;
        measured_octets_ = moment.downstream_octets;
    }
    if (measured) line.bits_per_second = bits_per_second_;
    line.counts =
        fmt::format("{} repairing, {} done of {}, {} failed", moment.onts.repairing, moment.done, onts_, moment.failed);
    return line;
}

void CampaignView::show(const CampaignMoment& moment, WallTime now) {
    if (view_ == View::none || (view_ == View::live && !live_.due(now))) return;
    const std::optional<olt::Stage> before = stage_;
    const unsigned tenth_before = tenth_;
    const ProgressLine line = describe(moment, now);
    if (view_ == View::live) return live_.draw(live_text(line, columns_of(file_) - 1), now);

    if (line.percent) tenth_ = *line.percent / 10;
    if (before == stage_ && tenth_ == tenth_before) return;
    std::string text = fmt::format("{:>11}  {:<13}", time_text(moment.time.count()), line.phase);
    text += line.percent ? fmt::format("{:>4} %", *line.percent) : "      ";
    text += fmt::format("  {:>15}", line.bits_per_second ? rate_text(*line.bits_per_second) : "");
    text += fmt::format("  {}\n", line.counts);
    std::fputs(text.c_str(), file_);
    std::fflush(file_);
}

}  // namespace tools
