// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/play.h"

#include <string>

namespace power_cut {
namespace {

constexpr int resets_max = 12;  ///< more than two images have tries
constexpr int rounds_max = 8;   ///< steps of an upgrade, from any state

}  // namespace

void Play::reset(bool power_was_out) {
    ledger.boot_begins(power_was_out);
    olt.forget();
    if (!board.boot(ledger)) throw Dark{};
}

void Play::come_up(bool power_was_out) {
    for (int resets = 0; resets < resets_max; ++resets) {
        reset(power_was_out && resets == 0);
        if (!board.setup.library->image[ledger.running_image()].works) continue;
        if (!board.healthy(ledger)) throw Dark{};
        olt.look();
        return;
    }
    throw Violation{"no image that works comes up"};
}

void Play::restarts() {
    board.work();
    if (board.power.dark()) throw Dark{};
    if (!board.restarting()) throw Violation{"the ONT does not restart"};
}

void Play::done(int answer, const char* what) const {
    if (answer != 0) throw Violation{std::string{what} + " is answered with " + std::to_string(answer)};
}

void Play::downloads(std::uint8_t image) {
    for (unsigned failures = 0;; ++failures) {
        const int answer = olt.download(idle(), image);
        if (answer == 0 || failures == board.setup.backend->failures_max) return done(answer, "a download");
    }
}

void Play::refused(std::uint8_t image) {
    constexpr int parameter_error = 3;
    const int answer = olt.download(idle(), image);
    if (answer != parameter_error)
        throw Violation{"a package that must be refused is answered with " + std::to_string(answer)};
    olt.look();
}

void Play::finish(std::uint8_t goal, bool power_was_out) {
    const omci::Version wanted = board.setup.library->image[goal].version();
    come_up(power_was_out);
    for (int rounds = 0; rounds < rounds_max; ++rounds) {
        const auto images = olt.look();
        const std::uint8_t running = ledger.running();
        if (ledger.running_image() == goal && images[running].committed) {
            // Once more from cold: it stays.
            come_up();
            if (ledger.running_image() != goal) throw Violation{"what was committed does not boot"};
            if (board.setup.library->packages) refused(older);
            return;
        }
        if (ledger.running_image() == goal) {
            done(olt.commit(running), "Commit");
        } else if (!images[running].committed && images[idle()].version != wanted) {
            done(olt.commit(running), "Commit");
        } else if (images[idle()].valid && images[idle()].version == wanted) {
            // It may be committed, and given up because the power went out in each of its first boots.
            done(olt.activate(idle()), "Activate");
            restarts();
            come_up();
        } else {
            downloads(goal);
        }
    }
    throw Violation{"the update cannot be finished"};
}

}  // namespace power_cut
