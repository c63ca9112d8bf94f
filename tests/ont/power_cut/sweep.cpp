// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/sweep.h"

#include <cstdio>

#include "tests/ont/power_cut/backends.h"

namespace power_cut {
namespace {

constexpr std::uint32_t second_cut_samples = 2;  ///< ways back, of each combination, that are cut at every operation
constexpr std::uint32_t brief_samples = 1;
constexpr std::uint32_t rows_of_cuts = 12;  ///< of each combination
constexpr std::uint32_t row_cuts_max = 6;

CutMode any_mode(Dice& dice) { return static_cast<CutMode>(dice.below(cut_modes)); }

template <typename Rows>
std::size_t index_of(const Rows& rows, const void* row) {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (&rows[i] == row) return i;
    return 0;
}

/// Packages cost more time than all else: where time is short, each storage has another boot dialect for each scenario.
bool its_turn(const Scenario& scenario, const BackendRow& backend, const DialectRow& dialect, std::uint64_t seed) {
    const std::size_t turn = index_of(scenarios(), &scenario) + index_of(backends(), &backend) + seed;
    return turn % dialects().size() == index_of(dialects(), &dialect);
}

template <typename Rows>
bool has(const Rows& rows, const std::string& name) {
    for (const auto& row : rows)
        if (name == row.name) return true;
    return name.empty();
}

template <typename Rows>
void print_rows(const char* title, const Rows& rows) {
    std::printf("%s:", title);
    for (const auto& row : rows) std::printf(" %s", row.name);
    std::printf("\n");
}

}  // namespace

Sweep::Sweep(const Options& options)
    : options_{options},
      counts_(scenarios().size(), std::vector<std::uint64_t>(backends().size())),
      dialect_counts_(dialects().size()) {}

std::string Sweep::missing() const {
    if (!has(scenarios(), options_.scenario)) return "there is no scenario " + options_.scenario + "; see --list";
    if (!has(backends(), options_.backend)) return "there is no backend " + options_.backend + "; see --list";
    if (!has(dialects(), options_.dialect)) return "there is no dialect " + options_.dialect + "; see --list";
    return {};
}

template <typename Do>
void Sweep::each_combination(Mutant mutant, std::uint64_t seed, Do act) {
    for (const Scenario& scenario : scenarios()) {
        if (!options_.scenario.empty() && options_.scenario != scenario.name) continue;
        for (const BackendRow& backend : backends()) {
            if (!options_.backend.empty() && options_.backend != backend.name) continue;
            for (const DialectRow& dialect : dialects()) {
                if (!options_.dialect.empty() && options_.dialect != dialect.name) continue;
                if (enough()) return;
                if (options_.brief && scenario.packages && !its_turn(scenario, backend, dialect, seed)) continue;
                Case base;
                base.scenario = &scenario;
                base.backend = &backend;
                base.dialect = &dialect;
                base.mutant = mutant;
                base.seed = seed;
                act(base);
            }
        }
    }
}

void Sweep::round(std::uint64_t seed) {
    each_combination(Mutant::none, seed, [this](const Case& base) { combination(base); });
}

bool Sweep::finds(Mutant mutant, std::uint64_t seed) {
    stop_at_first_ = quiet_ = true;
    violations_ = 0;
    first_found_.clear();
    each_combination(mutant, seed, [this](const Case& base) { combination(base); });
    return violations_ > 0;
}

Result Sweep::run(const Case& what) {
    Result result = bench_.run(what, options_.verbose);
    cuts_ += result.cuts;
    if (result.cuts == 0) ++whole_;
    if (result.cuts > 0) {
        ++interrupted_;
        ++counts_[index_of(scenarios(), what.scenario)][index_of(backends(), what.backend)];
        ++dialect_counts_[index_of(dialects(), what.dialect)];
    }
    if (result.violation.empty()) return result;
    if (violations_++ == 0) first_found_ = result.violation + "\n    " + what.command(options_.program);
    if (!quiet_)
        std::printf("VIOLATION: %s\n    %s\n", result.violation.c_str(), what.command(options_.program).c_str());
    return result;
}

void Sweep::combination(Case base) {
    Dice dice{base.seed * 1'000'003 + index_of(scenarios(), base.scenario) * 10'007 +
              index_of(backends(), base.backend) * 101 + index_of(dialects(), base.dialect)};
    base.cuts = {never};
    const Result whole = run(base);
    if (!whole.violation.empty()) return;
    // The same again is the same, octet for octet.
    if (bench_.run(base).digest != whole.digest) {
        ++violations_;
        std::printf("VIOLATION: two runs of one case differ\n    %s\n", base.command(options_.program).c_str());
    }
    const std::uint32_t operations = whole.operations.front();
    for (std::uint32_t operation = 0; operation < operations; ++operation)
        for (std::size_t mode = 0; mode < cut_modes; ++mode) {
            if (enough()) return;
            base.cuts = {{operation, static_cast<CutMode>(mode)}};
            run(base);
        }
    second_cuts(base, operations, dice);
    cuts_in_a_row(base, operations, dice);
}

void Sweep::second_cuts(const Case& base, std::uint32_t operations, Dice& dice) {
    const std::uint32_t samples = options_.brief ? brief_samples : second_cut_samples;
    for (std::uint32_t sample = 0; sample < samples && !enough(); ++sample) {
        Case twice = base;
        const Cut first{dice.below(operations), any_mode(dice)};
        twice.cuts = {first, never};
        const Result back = run(twice);
        for (std::uint32_t operation = 0; back.violation.empty() && operation < back.operations[1]; ++operation)
            for (std::size_t mode = 0; mode < cut_modes; ++mode) {
                if (enough()) return;
                twice.cuts = {first, {operation, static_cast<CutMode>(mode)}};
                run(twice);
            }
    }
}

void Sweep::cuts_in_a_row(const Case& base, std::uint32_t operations, Dice& dice) {
    for (std::uint32_t row = 0; row < rows_of_cuts && !enough(); ++row) {
        Case many = base;
        many.seed = base.seed * 1000 + row;
        many.cuts = {{dice.below(operations), any_mode(dice)}};
        const std::uint32_t more = 1 + dice.below(row_cuts_max - 1);
        for (std::uint32_t i = 0; i < more; ++i) many.cuts.push_back({dice.below(operations), any_mode(dice)});
        run(many);
    }
}

bool Sweep::play(const std::vector<Cut>& cuts) {
    Mutant mutant = Mutant::none;
    for (std::size_t i = 0; i < mutants.size(); ++i)
        if (options_.mutant == mutants[i].name) mutant = static_cast<Mutant>(i);
    each_combination(mutant, options_.seed, [&](Case base) {
        base.cuts = cuts;
        run(base);
    });
    return violations_ == 0;
}

void Sweep::print_counts() const {
    std::printf("\n%-16s", "interrupted runs");
    for (const BackendRow& backend : backends()) std::printf(" %9s", backend.name);
    std::printf(" %9s\n", "all");
    std::vector<std::uint64_t> sums(backends().size());
    for (std::size_t row = 0; row < counts_.size(); ++row) {
        std::uint64_t sum = 0;
        std::printf("%-16s", scenarios()[row].name);
        for (std::size_t i = 0; i < sums.size(); ++i) {
            std::printf(" %9llu", static_cast<unsigned long long>(counts_[row][i]));
            sums[i] += counts_[row][i];
            sum += counts_[row][i];
        }
        std::printf(" %9llu\n", static_cast<unsigned long long>(sum));
    }
    std::printf("%-16s", "all");
    for (const std::uint64_t sum : sums) std::printf(" %9llu", static_cast<unsigned long long>(sum));
    std::printf(" %9llu\n\nby boot dialect:", static_cast<unsigned long long>(interrupted_));
    for (std::size_t i = 0; i < dialect_counts_.size(); ++i)
        std::printf(" %s %llu", dialects()[i].name, static_cast<unsigned long long>(dialect_counts_[i]));
    std::printf("\n%llu interrupted runs, %llu power cuts, %llu runs without, %llu violations\n",
                static_cast<unsigned long long>(interrupted_), static_cast<unsigned long long>(cuts_),
                static_cast<unsigned long long>(whole_), static_cast<unsigned long long>(violations_));
}

void Sweep::print_names() const {
    for (const Scenario& scenario : scenarios()) std::printf("scenario %-16s %s\n", scenario.name, scenario.note);
    print_rows("backends", backends());
    print_rows("dialects", dialects());
    std::printf("modes:");
    for (const char* name : cut_mode_names) std::printf(" %s", name);
    std::printf("\nmutants:");
    for (const MutantRow& row : mutants) std::printf(" %s", row.name);
    std::printf("\n");
}

}  // namespace power_cut
