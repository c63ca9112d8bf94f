// SPDX-License-Identifier: Apache-2.0
#include "tools/conform.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <random>

#include "tools/conform/options.h"
#include "tools/conform/report.h"
#include "tools/image_file.h"
#include "tools/link/loop.h"
#include "tools/report/json_text.h"
#include "tools/report/output_file.h"

namespace tools {
namespace {

/// Opened before the run begins, so that what cannot be written is known at once.
struct Outputs {
    std::optional<OutputFile> json, junit, profile;

    explicit Outputs(const conform::Options& options) {
        if (!options.json.empty() && !options.json_on_stdout()) json.emplace(options.json);
        if (!options.junit.empty()) junit.emplace(options.junit);
        if (!options.profile_out.empty()) profile.emplace(options.profile_out);
    }
};

int run(conform::Options options) {
    if (!options.image.empty()) options.settings.image = load_image(options.image).octets;
    Outputs outputs{options};
    Loop loop;
    Link link{loop, options.link, LinkEnd::olt, options.onu_id, 1};
    // Random, or an ONT may replay an answer that it gave to an earlier run.
    Conversation talk{link, static_cast<std::uint16_t>(std::random_device{}())};
    conform::Bench bench{talk, {link.pon(), options.onu_id}, options.settings, options.link.check != CheckKind::none};
    bench.look_around();

    const conform::RunFacts facts{options.link.text, options.onu_id, options.selection.destructive};
    const bool for_people = !options.quiet && !options.json_on_stdout();
    if (for_people) fmt::print("{}{}", headline(bench, facts), conform::table_head());
    std::fflush(stdout);
    const conform::Outcome outcome = run_cases(bench, options.selection, [&](const conform::Result& result) {
        if (!for_people) return;
        fmt::print("{}", conform::table_row(result));
        std::fflush(stdout);
    });
    if (for_people) fmt::print("{}", conform::summary(outcome));

    const std::string as_json = options.json.empty() ? "" : report_json_text(outcome, bench, facts);
    if (outputs.json) outputs.json->finish(as_json);
    if (options.json_on_stdout()) fmt::print("{}", as_json);
    if (outputs.junit) outputs.junit->finish(junit_text(outcome, bench, facts));
    if (outputs.profile) outputs.profile->finish(json_text(profile_json(learnt_profile(bench))));
    if (outcome.good()) return 0;
    std::fflush(stdout);
    fmt::print(stderr, "omcast: {}\n", shortfall(outcome, facts));
    return 1;
}

}  // namespace

int conform_command(int argc, char** argv) {
    const conform::Options options = conform::parse_options(argc, argv);
    if (options.help) {
        fmt::print("{}", conform::help_text());
    } else if (options.list) {
        fmt::print("{}", conform::list_text());
    } else {
        return run(options);
    }
    return 0;
}

}  // namespace tools
