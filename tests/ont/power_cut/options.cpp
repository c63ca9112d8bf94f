// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/options.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace power_cut {
namespace {

template <typename Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

bool read_mode(std::string_view text, CutMode& mode) {
    for (std::size_t i = 0; i < cut_mode_names.size(); ++i)
        if (text == cut_mode_names[i]) {
            mode = static_cast<CutMode>(i);
            return true;
        }
    return false;
}

/// "17:torn-prefix"
bool read_cut(std::string_view text, Cut& cut) {
    const std::size_t colon = text.find(':');
    return colon != text.npos && read_number(text.substr(0, colon), cut.operation) &&
           read_mode(text.substr(colon + 1), cut.mode);
}

}  // namespace

std::string read_options(int argc, char** argv, Options& options) {
    if (argc > 0) options.program = argv[0];
    Cut first;
    bool cut_given = false;
    std::vector<Cut> then;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--verbose")
            options.verbose = true;
        else if (name == "--brief")
            options.brief = true;
        else if (name == "--list")
            options.list = true;
        else if (name == "--help" || name == "-h")
            options.help = true;
        else {
            if (i + 1 == argc) return std::string{name} + " needs a value, or is no option; see --help";
            const std::string_view value = argv[++i];
            bool good = true;
            if (name == "--scenario")
                options.scenario = value;
            else if (name == "--backend")
                options.backend = value;
            else if (name == "--dialect")
                options.dialect = value;
            else if (name == "--mutant")
                options.mutant = value;
            else if (name == "--seed")
                good = read_number(value, options.seed);
            else if (name == "--runs")
                good = read_number(value, options.runs);
            else if (name == "--minutes")
                good = read_number(value, options.minutes);
            else if (name == "--mode")
                good = read_mode(value, first.mode);
            else if (name == "--cut")
                good = cut_given = read_number(value, first.operation);
            else if (name == "--then")
                good = read_cut(value, then.emplace_back());
            else
                return "there is no option " + std::string{name} + "; see --help";
            if (!good) return std::string{name} + ": " + std::string{value} + " is no such value";
        }
    }
    if (!then.empty() && !cut_given) return "--then needs a --cut before it";
    if (cut_given) options.cuts = then;
    if (cut_given) options.cuts.insert(options.cuts.begin(), first);
    return {};
}

void print_help() {
    std::puts(
        "usage: power_cut_sweep [OPTION VALUE]...\n"
        "Cuts the power at every storage operation of every scenario, on every storage, with every boot dialect.\n"
        "  --scenario, --backend, --dialect NAME   only this one (--list names them)\n"
        "  --cut N --mode MODE [--then N:MODE]...  one run: at operation N, then at operation N of each way back;\n"
        "                                          MODE is before, torn-prefix, torn-garbage or unsynced\n"
        "  --verbose                               tells each run, operation by operation\n"
        "  --seed N                                of what is drawn (1)\n"
        "  --runs N                                go on with further seeds until that many runs were interrupted\n"
        "  --minutes N                             and for so many minutes at least\n"
        "  --brief                                 packages with one boot dialect for each storage, not with all\n"
        "  --mutant NAME|all                       code that is wrong on purpose: success is to find it");
}

}  // namespace power_cut
