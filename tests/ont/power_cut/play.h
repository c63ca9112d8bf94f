// SPDX-License-Identifier: Apache-2.0
// What happens to a device in a run: resets, the OLT's commands, and the way back to an upgrade that is done, from
// wherever a power cut left it. Scenarios (scenarios.h) are written in these words.
#pragma once

#include <cstdint>

#include "tests/ont/power_cut/board.h"
#include "tests/ont/power_cut/ledger.h"
#include "tests/ont/power_cut/olt.h"

namespace power_cut {

class Play {
public:
    Play(Board& with, Ledger start) : board{with}, ledger{std::move(start)} {}
    Play(const Play&) = delete;
    Play& operator=(const Play&) = delete;

    Board& board;
    Ledger ledger;
    Olt olt{board, ledger};

    /// A reset, and what boots then, be it healthy or not.
    void reset(bool power_was_out = false);
    /// Resets until an image comes up that works, as a watchdog would, and that one is healthy.
    void come_up(bool power_was_out = false);
    /// The ONT restarts by itself, as it answered that it would.
    void restarts();
    /// The answer must be 0.
    void done(int answer, const char* what) const;

    /// A download into the idle slot, again where flash may have failed.
    void downloads(std::uint8_t image);
    /// A package that must not be installed is not, and the OLT is told so.
    void refused(std::uint8_t image);

    std::uint8_t idle() const { return ledger.running() ^ 1u; }

    /// From wherever the device is, to `goal` running and committed: what an OLT does that looks before it acts.
    void finish(std::uint8_t goal, bool power_was_out);
};

}  // namespace power_cut
