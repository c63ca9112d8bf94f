// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade/step_options.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "tools/command_line.h"

namespace tools {
namespace {

using namespace std::chrono_literals;

/// What stands in the help of a step.
struct Described {
    const char* job;
    const char* image;  ///< what --image says; null: it has no such option
    const char* wait;   ///< the same of --wait
    olt::Duration usual_wait;
};

const Described& description_of(Step step) {
    static const std::array<Described, 4> all{
        Described{
            "Reads both Software image instances of every ONT: version, what is active, committed and valid, and\n"
            "product code and hash where the ONT has these attributes. Nothing is changed. Exits with 1 where an\n"
            "ONT cannot be read.",
            nullptr,
            nullptr,
            {}},
        Described{
            "Activates an image of every ONT, waits until it runs it, and shows each ONT before and after. An ONT\n"
            "that runs the image already is left alone. Activate is never sent twice: where its answer is lost the\n"
            "ONT is looked at instead. Exits with 1 where an ONT does not run the image.",
            "the image to run (default: the idle one, where it is valid and the active one is committed)",
            "how long after Activate an ONT may take to run the image (default 6min)", 6min},
        Described{
            "Commits an image of every ONT, and shows each ONT before and after. Exits with 1 where an ONT did not.",
            "the image to commit (default: the active one)",
            "how long an ONT may go on answering \"device busy\" (default 30s)", 30s},
        Described{
            "Ends what is being downloaded to every ONT (End software download with size 0), and shows each ONT\n"
            "before and after. An ONT without a download answers the same, and loses nothing. Exits with 1 where an\n"
            "ONT did not answer.",
            "the image that the download is for (default: the idle one)",
            "how long an ONT may go on answering \"device busy\" (default 30s)", 30s},
    };
    return all[static_cast<std::size_t>(step)];
}

// clang-format off
po::options_description described_options(Step step) {
    const Described& described = description_of(step);
    const auto text = text_value;
    po::options_description job{"The step", help_columns};
    if (described.image) job.add_options()("image", text("0|1"), described.image);
    if (described.wait) job.add_options()("wait", text("TIME"), described.wait);
    if (step == Step::activate)
        job.add_options()
            ("flags", text("0|1|2"), "0: always (default); 1: only if no call is up; 2: only if no emergency call is "
                                       "up");
    po::options_description all{help_columns};
    if (!job.options().empty()) all.add(job);
    all.add(link_description()).add(output_description());
    return all;
}
// clang-format on

}  // namespace

const char* text(Step step) noexcept {
    switch (step) {
    case Step::status: return "status";
    case Step::activate: return "activate";
    case Step::commit: return "commit";
    case Step::abort: return "abort";
    }
    return "unknown";
}

StepOptions parse_step_options(Step step, int argc, const char* const* argv) {
    const CommandLine parsed{argc, argv, described_options(step)};
    StepOptions options;
    options.step = step;
    if (parsed.has("help")) {
        options.help = true;
        return options;
    }
    options.set = read_ont_set(parsed);
    if (parsed.has("image")) parsed.choice("image", std::array{"0", "1"}, options.image.emplace());
    parsed.choice("flags", std::array{"0", "1", "2"}, options.calls);
    if (description_of(step).wait) options.wait = read_wait(parsed, "wait", description_of(step).usual_wait);
    return options;
}

std::string step_help(Step step) {
    return fmt::format(
        "usage: omcast {} --link LINK --onts IDS [OPTION...]\n\n{}\n"
        "Exits with 2 if called wrongly.\n{}\n"
        "Waits: for each question --answer-time{}.\n\n{}",
        text(step), description_of(step).job, described_text(described_options(step)),
        description_of(step).wait ? ", and --wait" : "", link_help());
}

}  // namespace tools
