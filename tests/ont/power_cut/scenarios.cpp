// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/scenarios.h"

namespace power_cut {
namespace {

// Words of the scenarios.

void nothing(Play&) {}

void activates(Play& p, std::uint8_t slot) {
    p.done(p.olt.activate(slot), "Activate");
    p.restarts();
}

void activates_other(Play& p) { activates(p, p.idle()); }

void commits(Play& p, std::uint8_t slot) { p.done(p.olt.commit(slot), "Commit"); }

void reboots(Play& p) {
    p.done(p.olt.reboot(), "Reboot");
    p.restarts();
}

/// Start and the first windows.
void begins_download(Play& p, std::uint8_t image, unsigned windows) {
    p.done(p.olt.start(p.idle(), image), "Start");
    p.board.work();
    p.done(p.olt.send(p.idle(), image, windows), "a window");
}

void has_next(Play& p) {
    p.come_up();
    p.downloads(next);
}

void has_broken(Play& p) {
    p.come_up();
    p.downloads(broken);
}

/// The next reset brings the trial.
void tries_next(Play& p) {
    has_next(p);
    activates_other(p);
}

// What is cut.

void full(Play& p) {
    p.come_up();
    p.downloads(next);
    activates_other(p);
    p.come_up();
    commits(p, p.ledger.running());
    p.come_up();
}

void activate(Play& p) {
    p.come_up();
    activates_other(p);
    p.come_up();
}

void commit(Play& p) {
    p.done(p.olt.commit(p.ledger.running()), "Commit");
    p.come_up();
}

void commit_unseen(Play& p) {
    p.come_up();
    commits(p, p.idle());
    reboots(p);
    p.come_up();
}

void abort_download(Play& p) {
    p.come_up();
    begins_download(p, next, 1);
    if (p.olt.abort(p.idle()) != 1) throw Violation{"an abort is not answered with 1"};
    p.board.work();
    begins_download(p, last, 1);
    if (p.olt.abort(p.idle()) != 1) throw Violation{"an abort is not answered with 1"};
}

void half_written(Play& p) {
    p.come_up();
    begins_download(p, broken, 1);
    p.reset();
}

void over_half_written(Play& p) {
    p.come_up();
    p.downloads(next);
}

void rollback(Play& p) {
    p.come_up();
    activates_other(p);
    p.come_up();  // resets until the old image is back
    p.come_up();
}

void end_trial(Play& p) {
    reboots(p);
    p.come_up();
}

void back_to_committed(Play& p) {
    activates(p, p.idle());
    p.come_up();
}

/// A customer who pulls the plug of a healthy ONT changes nothing.
void power_cycles(Play& p) {
    for (int resets = 0; resets < 6; ++resets) p.reset();
    p.come_up();
}

/// The trial becomes healthy, is not committed, and is tried again.
void activate_twice(Play& p) {
    p.come_up();
    activates_other(p);
    p.come_up();
    p.come_up();
    activates_other(p);
    p.come_up();
    commits(p, p.ledger.running());
}

/// A package with a bad signature, then a good one.
void refuses(Play& p) {
    p.come_up();
    p.refused(forbidden);
    p.downloads(next);
}

/// Half a package, then a reset: what lies in the slot is not lost.
void half_package(Play& p) {
    constexpr unsigned windows = 3;
    p.come_up();
    begins_download(p, next, windows);
    p.board.work();
    p.reset();
}

void resumes(Play& p) {
    p.come_up();
    p.downloads(next);
}

void framed(Play& p) {
    p.come_up();
    p.downloads(last);
    activates_other(p);
    p.come_up();
    commits(p, p.ledger.running());
    p.come_up();
}

// clang-format off
constexpr std::array table{
    //                        two    begins
    //                 packages images up    prepare       play               goal
    Scenario{"full",          false, true,  false, nothing,      full,              next, "download, Activate, Commit"},
    Scenario{"first",         false, false, false, nothing,      full,              next, "over an empty slot"},
    Scenario{"activate",      false, false, false, has_next,     activate,          next, "Activate of a valid image"},
    Scenario{"commit",        false, false, true,  tries_next,   commit,            next, "Commit of a healthy trial"},
    Scenario{"commit-unseen", false, false, false, has_next,     commit_unseen,     next, "Commit without Activate"},
    Scenario{"commit-broken", false, false, false, has_broken,   commit_unseen,     last, "of what never is healthy"},
    Scenario{"abort",         false, true,  false, nothing,      abort_download,    next, "two aborted downloads"},
    Scenario{"half-written",  false, true,  false, half_written, over_half_written, next, "over half a download"},
    Scenario{"rollback",      false, false, false, has_broken,   rollback,          last, "a trial never is healthy"},
    Scenario{"end-trial",     false, false, true,  tries_next,   end_trial,         next, "Reboot without Commit"},
    Scenario{"back",          false, false, true,  tries_next,   back_to_committed, last, "Activate of the committed"},
    Scenario{"power-cycles",  false, false, false, nothing,      power_cycles,      next, "resets before healthy"},
    Scenario{"twice",         false, false, false, has_next,     activate_twice,    next, "a second trial"},
    Scenario{"package",       true,  true,  false, nothing,      full,              next, "a signed package, counter"},
    Scenario{"framed",        true,  true,  false, nothing,      framed,            last, "its payload in frames"},
    Scenario{"refused",       true,  true,  false, nothing,      refuses,           next, "one with a bad signature"},
    Scenario{"resume",        true,  false, false, half_package, resumes,           next, "the same package again"},
    Scenario{"over-package",  true,  false, false, half_package, framed,            last, "another one over its half"},
    Scenario{"counter",       true,  false, true,  tries_next,   commit,            next, "rises at Commit"},
    Scenario{"counter-later", true,  false, false, has_next,     commit_unseen,     next, "and at healthy"},
    Scenario{"counter-stays", true,  false, false, has_broken,   rollback,          last, "and not for a trial"},
};
// clang-format on

}  // namespace

std::span<const Scenario> scenarios() { return table; }

}  // namespace power_cut
