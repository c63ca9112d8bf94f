// SPDX-License-Identifier: Apache-2.0
#include "tools/conform/runner.h"

#include <fmt/format.h>

#include <exception>

namespace tools::conform {
namespace {

constexpr Case left_as_found{"left-as-found",
                             "G.988 I.3.1",
                             Level::mandatory,
                             false,
                             Scope::baseline,
                             nullptr,
                             "the old image active and committed, and no image of ours that an OLT could activate"};

/// Why a case that was selected does not run; empty where it does.
std::string obstacle(Bench& bench, const Selection& selection, const Case& one, Variant variant) {
    if (one.destructive && !selection.destructive) return "runs with --destructive only";
    if (set_of(variant) == omci::MessageSet::extended && !bench.found().extended())
        return bench.found().omcc_version ? fmt::format("OMCC version 0x{:02x}: the ONT understands baseline only",
                                                        *bench.found().omcc_version)
                                          : "the ONT tells no OMCC version, so it understands baseline only";
    return "";
}

class Runner {
public:
    Runner(Bench& bench, const Selection& selection, const std::function<void(const Result&)>& told)
        : bench_{bench}, selection_{selection}, told_{told} {}

    Outcome run() {
        for (const Variant variant : variants) {
            const bool baseline = set_of(variant) == omci::MessageSet::baseline;
            if (!(baseline ? selection_.baseline : selection_.extended)) continue;
            for (const Case& one : cases()) {
                const bool chosen = selection_.names.empty() || selection_.names.contains(one.name);
                if (chosen && runs_in(one, variant)) turn(one, variant);
            }
        }
        restore();
        return std::move(outcome_);
    }

private:
    void tell(Result result) {
        told_(result);
        outcome_.results.push_back(std::move(result));
    }

    void turn(const Case& one, Variant variant) {
        const olt::Instant began = bench_.now();
        Result result{&one, variant, Verdict::not_applicable, obstacle(bench_, selection_, one, variant), {}};
        if (!outcome_.ended_early.empty()) {
            result.note = "not run: " + outcome_.ended_early;
        } else if (result.note.empty()) {
            bench_.use(variant);
            try {
                perform(one, result);
            } catch (const Interrupted&) {
                end_early(result, "interrupted");
                take_interrupt();
            } catch (const std::exception& error) {
                end_early(result, error.what());
            }
        }
        result.took = bench_.now() - began;
        tell(std::move(result));
    }

    void perform(const Case& one, Result& result) {
        try {
            result.note = one.run(bench_);
            result.verdict = Verdict::pass;
        } catch (const Failure& failure) {
            result.verdict = Verdict::fail;
            result.note = failure.what();
        } catch (const NotApplicable& reason) {
            result.note = reason.what();
        }
        if (bench_.tidy()) return;
        result.verdict = Verdict::fail;
        result.note += "; the ONT fell silent for a while";
    }

    /// The first Ctrl-C leaves time to put the ONT in order.
    void take_interrupt() {
        if (bench_.talk().link().loop().interrupts() == 1) bench_.talk().go_on_after_interrupt();
    }

    /// What a case has shown so far stands; that it was cut short stands behind it.
    void end_early(Result& result, const std::string& why) {
        outcome_.ended_early = why;
        result.note += (result.note.empty() ? "cut short: " : "; cut short: ") + why;
    }

    void restore() {
        const olt::Instant began = bench_.now();
        Result result{&left_as_found, Variant::baseline, Verdict::fail, "", {}};
        try {
            result.note = bench_.restore();
            result.verdict = Verdict::pass;
        } catch (const Interrupted&) {
            if (outcome_.ended_early.empty() && bench_.talk().link().loop().interrupts() == 1) {
                outcome_.ended_early = "interrupted";
                take_interrupt();
                return restore();
            }
            const bool twice = bench_.talk().link().loop().interrupts() > 1;
            std::string& why = outcome_.ended_early;
            why = twice ? "interrupted twice" : why + ", then interrupted";  // once: an ONT that was gone already
            result.note =
                fmt::format("expected the ONT as it was found, came {} interrupt: how it is left is not known",
                            twice ? "a second" : "an");
        } catch (const std::exception& error) {
            result.note = error.what();
        }
        result.took = bench_.now() - began;
        tell(std::move(result));
    }

    Bench& bench_;
    const Selection& selection_;
    const std::function<void(const Result&)>& told_;
    Outcome outcome_;
};

}  // namespace

bool Outcome::good() const {
    for (const Result& result : results)
        if (result.verdict == Verdict::fail && result.one->level == Level::mandatory) return false;
    return ended_early.empty();
}

Outcome run_cases(Bench& bench, const Selection& selection, const std::function<void(const Result&)>& told) {
    return Runner{bench, selection, told}.run();
}

}  // namespace tools::conform
