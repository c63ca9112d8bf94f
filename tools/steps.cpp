// SPDX-License-Identifier: Apache-2.0
#include "tools/steps.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <random>
#include <stdexcept>

#include "tools/conversation.h"
#include "tools/link/link.h"
#include "tools/report/json_text.h"
#include "tools/report/output_file.h"
#include "tools/upgrade/step_options.h"
#include "tools/upgrade/step_report.h"
#include "tools/upgrade/steps.h"
#include "tools/upgrade/survey.h"

namespace tools {
namespace {

int step_command(Step step, int argc, char** argv) {
    const StepOptions options = parse_step_options(step, argc, argv);
    if (options.help) {
        std::fputs(step_help(step).c_str(), stdout);
        return 0;
    }
    const OntSet& set = options.set;
    std::optional<OutputFile> json;
    if (!set.json.empty() && !set.json_on_stdout()) json.emplace(set.json);

    Loop loop;
    Link link{loop, set.link, LinkEnd::olt, set.first(), set.count()};
    Conversation conversation{link, static_cast<std::uint16_t>(std::random_device{}())};
    const Patience patience = patience_of(set.answer_time);
    std::vector<OntSeen> onts = identify(conversation, set.onu_ids, patience);
    if (!any_answers(onts)) throw std::runtime_error{nobody_answers(onts, set.link.text)};
    read_images(conversation, onts, patience);

    std::string table, as_json, sentence;
    if (step == Step::status) {
        table = status_table(onts);
        as_json = json_text(status_json(onts));
        sentence = status_shortfall(onts);
    } else {
        const std::vector<StepEnd> ends = take_step(conversation, options, std::move(onts));
        table = step_table(ends);
        as_json = json_text(step_json(step, ends));
        sentence = step_shortfall(step, ends);
    }
    if (set.json_on_stdout()) std::fputs(as_json.c_str(), stdout);
    if (set.for_people()) std::fputs(table.c_str(), stdout);
    if (json || !sentence.empty()) std::fflush(stdout);
    if (json) json->finish(as_json);  // behind the table: where it fails, people have seen how the ONTs ended
    if (sentence.empty()) return 0;
    std::fprintf(stderr, "omcast: %s\n", sentence.c_str());
    return 1;
}

}  // namespace

int status_command(int argc, char** argv) { return step_command(Step::status, argc, argv); }
int activate_command(int argc, char** argv) { return step_command(Step::activate, argc, argv); }
int commit_command(int argc, char** argv) { return step_command(Step::commit, argc, argv); }
int abort_command(int argc, char** argv) { return step_command(Step::abort, argc, argv); }

}  // namespace tools
