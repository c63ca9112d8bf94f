// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/run.h"

#include "tests/ont/power_cut/packages.h"
#include "tests/ont/power_cut/play.h"

namespace power_cut {
namespace {

const char* mode_name(CutMode mode) { return cut_mode_names[static_cast<std::size_t>(mode)]; }

/// Packages need slots of some blocks of 64 KiB, and units that do not divide them.
Geometry package_geometry() {
    Geometry geometry;
    geometry.slot_octets = 0x3'0000;
    geometry.memory_unit = 0x8000;
    geometry.nand_block = 0x4000;
    geometry.nand_page = 2048;
    geometry.nor_block = 0x1'0000;
    geometry.ubi_block = 0x7C00;
    geometry.window_octets = 0x8000;
    return geometry;
}

}  // namespace

std::string Case::command(const std::string& program) const {
    std::string out = program;
    const auto add = [&](const std::string& option, const std::string& value) { out += " " + option + " " + value; };
    add("--scenario", scenario->name);
    add("--backend", backend->name);
    add("--dialect", dialect->name);
    for (std::size_t i = 0; i < cuts.size(); ++i) {
        const std::string operation = std::to_string(cuts[i].operation);
        if (i == 0) {
            add("--cut", operation);
            add("--mode", mode_name(cuts[i].mode));
        } else {
            add("--then", operation + ":" + mode_name(cuts[i].mode));
        }
    }
    if (mutant != Mutant::none) add("--mutant", mutants[static_cast<std::size_t>(mutant)].name);
    add("--seed", std::to_string(seed));
    return out + " --verbose";
}

Setup Bench::setup(const Case& what) const {
    Setup out;
    out.backend = what.backend;
    out.dialect = what.dialect;
    out.library = what.scenario->packages ? &package_library() : &plain_library();
    if (what.scenario->packages) out.geometry = package_geometry();
    out.mutant = what.mutant;
    return out;
}

/// The device as it is before the scenario begins, made once for all runs of the same combination.
const Bench::Prepared& Bench::prepare(const Case& what) {
    const Key key{what.scenario, what.backend, what.dialect, what.mutant};
    if (prepared_ && prepared_for_ == key) return *prepared_;
    Saved empty;
    const Setup with = setup(what);
    with.backend->lay_out(empty.storage, with.geometry);
    if (with.dialect->lay_out != nullptr) with.dialect->lay_out(empty.environment);
    Board board{with, arena_, empty};
    board.leave_factory(what.scenario->two_images);
    Ledger ledger{*with.library, with.dialect->promise};
    ledger.factory(0, what.scenario->two_images);
    Play play{board, ledger};
    what.scenario->prepare(play);
    prepared_ = Prepared{{board.storage, board.environment.variables(), board.boot_once}, play.ledger};
    prepared_for_ = key;
    return *prepared_;
}

Result Bench::run(const Case& what, bool verbose) {
    Result result;
    try {
        const Prepared& prepared = prepare(what);
        Board board{setup(what), arena_, prepared.saved};
        if (verbose) board.power.log = stdout;
        Play play{board, prepared.ledger};
        if (what.scenario->leads) play.come_up();
        board.power.dice = Dice{what.seed};
        for (std::size_t part = 0; part <= what.cuts.size(); ++part) {
            const bool power_was_out = board.power.dark();
            if (power_was_out) {
                board.say("-- the power is back --");
                board.restore_power();
                ++result.cuts;
            }
            const bool last_part = part == what.cuts.size();
            board.power.arm(last_part ? std::nullopt : std::optional{what.cuts[part]});
            try {
                if (part == 0 && !last_part)
                    what.scenario->play(play);
                else
                    play.finish(what.scenario->goal, power_was_out);
            } catch (const Dark&) {}
            result.operations.push_back(board.power.operations());
            if (!board.mistakes.empty()) throw Violation{board.mistakes.front()};
        }
        result.digest = board.power.digest;
    } catch (const Violation& violation) {
        result.violation = violation.what();
    }
    return result;
}

}  // namespace power_cut
