// SPDX-License-Identifier: Apache-2.0
// How a campaign goes, while it goes: on a terminal one line redrawn in place, elsewhere a plain line for each new
// phase and each tenth of it. Told about every step, by the simulator or on a real link, says only what is worth
// saying.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "olt/overview.h"

namespace tools {

/// Real time of a view, as a steady clock tells it; an argument, so that tests need not wait.
using WallTime = std::chrono::steady_clock::time_point;

/// True where `file` is a terminal that can redraw a line.
bool is_live(std::FILE* file);

/// Columns of the terminal behind `file`; 80 where it does not say.
std::size_t columns_of(std::FILE* file);

/// Says where a line of its own is on a terminal: redrawn at most ten times a second, cut to the width, cleared at the
/// end.
class LiveLine {
public:
    explicit LiveLine(std::FILE* file) : file_{file} {}
    ~LiveLine() { clear(); }
    LiveLine(const LiveLine&) = delete;
    LiveLine& operator=(const LiveLine&) = delete;

    bool due(WallTime now) const { return !drawn_ || now - last_ >= std::chrono::milliseconds{100}; }
    void draw(const std::string& line, WallTime now);
    void clear();

private:
    std::FILE* file_;
    bool drawn_ = false;
    WallTime last_{};
};

/// What a line of progress says; pure, for both views.
struct ProgressLine {
    std::string phase;
    std::optional<unsigned> percent;                 ///< where the phase has an end that can be seen coming
    std::optional<std::uint64_t> bits_per_second{};  ///< on the wire, of virtual time
    std::optional<std::chrono::nanoseconds> left{};  ///< real time until the end of the phase
    std::string counts;                              ///< "3 repairing, 0 done of 128, 1 failed"
};

/// In at most `columns` columns; what matters least is left out first.
std::string live_text(const ProgressLine& line, std::size_t columns);

/// A campaign at one moment.
struct CampaignMoment {
    olt::Duration time{};  ///< from its beginning; virtual in a simulation
    olt::Overview onts;
    std::uint64_t octets_total = 0;  ///< of the image
    std::uint64_t downstream_octets = 0;
    std::uint32_t done = 0, failed = 0;
};

class CampaignView {
public:
    enum class View : std::uint8_t { none, lines, live };

    CampaignView(View view, std::FILE* file, std::uint32_t onts) : view_{view}, file_{file}, live_{file}, onts_{onts} {}

    void show(const CampaignMoment& moment, WallTime now);
    void clear() { live_.clear(); }

private:
    ProgressLine describe(const CampaignMoment& moment, WallTime now);

    View view_;
    std::FILE* file_;
    LiveLine live_;
    std::uint32_t onts_;
    // Of the phase.
    std::optional<olt::Stage> stage_;
    WallTime phase_began_{};
    unsigned percent_began_ = 0;
    unsigned tenth_ = 0;
    // Of the last measurement of the rate.
    olt::Duration measured_time_{};
    std::uint64_t measured_octets_ = 0;
    std::optional<std::uint64_t> bits_per_second_;
};

}  // namespace tools
