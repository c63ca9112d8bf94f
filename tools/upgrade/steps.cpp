// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "omci/software_download.h"
#include "tools/units.h"

namespace tools {
namespace {

using namespace std::chrono_literals;

constexpr olt::Duration busy_pause = 500ms;   // between two commands to an ONT that is busy
constexpr olt::Duration poll_pause_max = 2s;  // between two looks at an ONT that restarts
constexpr olt::Duration poll_answer_max = 1s;
constexpr unsigned poll_share = 20;  // so often at least within --wait

/// Decides which image is concerned, and whether there is anything to do.
void choose(StepEnd& end, const StepOptions& options) {
    const OntSeen& ont = end.before;
    if (!ont.trouble.empty()) {
        end.outcome = ont.trouble;
        return;
    }
    end.image = options.image ? options.image : options.step == Step::commit ? ont.active() : ont.idle();
    if (!end.image) {
        end.outcome = "which of its images is active cannot be told: name one with --image";
        return;
    }
    const std::optional<ImageSeen>& image = ont.images[*end.image];
    const std::optional<std::uint8_t> runs = ont.active();
    // Said twice by mistake it would take back what it did the first time.
    const bool on_trial = runs && !ont.images[*runs]->state.committed;
    if (options.step == Step::activate && !options.image && on_trial) {
        end.outcome = fmt::format("image {} is active and not committed: name the one to activate with --image", *runs);
        end.image.reset();
    } else if (!image) {
        end.outcome = fmt::format("image {} cannot be read", *end.image);
    } else if (options.step == Step::abort && image->state.active) {
        end.outcome = fmt::format("image {} is active: nothing is downloaded to it", *end.image);
    } else if (options.step == Step::activate && image->state.active) {
        end.outcome = "active already";
        end.done = true;
    } else if (options.step == Step::commit && image->state.committed) {
        end.outcome = "committed already";
        end.done = true;
    } else if (options.step != Step::abort && !image->state.valid) {
        end.outcome = fmt::format("image {} is not valid", *end.image);
    }
}

Conversation::Question command_to(Conversation& conversation, const StepEnd& end, const StepOptions& options) {
    const omci::MeInstance instance = omci::image_instance(*end.image);
    const auto say = [&](const auto& message) {
        return conversation.question(end.before.onu, std::remove_cvref_t<decltype(message)>::action,
                                     omci::MessageSet::baseline, omci::MeClass::software_image, instance, message);
    };
    if (options.step == Step::activate) return say(omci::ActivateRequest{options.calls});
    if (options.step == Step::commit) return say(omci::CommitRequest{});
    return say(omci::EndRequest{omci::ImageCrc{0xFFFF'FFFF}, 0, omci::TargetList::one(instance)});
}

/// The result octet stands first in each of these answers.
std::optional<omci::ResultCode> result_of(const std::optional<Heard>& answer) {
    if (!answer) return std::nullopt;
    const omci::Frame frame = answer->frame();
    if (frame.truncated || frame.contents.empty()) return std::nullopt;
    return omci::ResultCode{frame.contents.front()};
}

using Ends = std::vector<StepEnd*>;

/// Says the command to all of `who` at once, and again to those that are busy, under a new identifier each time: an ONT
/// repeats its answer to one that it knows. Hands on what each of them answered in the end.
void command_all(Conversation& conversation, Ends who, const StepOptions& options, const Patience& patience,
                 const std::function<void(StepEnd&, std::optional<omci::ResultCode>)>& take) {
    const olt::Instant until = conversation.link().now() + options.wait;
    for (;;) {
        std::vector<Conversation::Question> questions;
        for (const StepEnd* end : who) questions.push_back(command_to(conversation, *end, options));
        const auto answers = conversation.ask_all(questions, patience);
        const olt::Instant now = conversation.link().now();
        const bool ask_again = options.step != Step::activate && now + busy_pause < until;
        Ends busy;
        for (std::size_t i = 0; i < who.size(); ++i) {
            const auto result = result_of(answers[i]);
            if (result == omci::ResultCode::device_busy && ask_again)
                busy.push_back(who[i]);
            else
                take(*who[i], result);
        }
        if (busy.empty()) return;
        who = busy;
        conversation.rest_until(now + busy_pause);
    }
}

std::vector<bool> marks(const std::vector<OntSeen>& onts, const Ends& ends, const std::vector<StepEnd>& all) {
    std::vector<bool> out(onts.size(), false);
    for (const StepEnd* end : ends) out[static_cast<std::size_t>(end - all.data())] = true;
    return out;
}

/// Looks at those that were told to restart until they run the image, or the time is over.
void await_restart(Conversation& conversation, Ends pending, std::vector<StepEnd>& all, const StepOptions& options) {
    const olt::Instant until = conversation.link().now() + options.wait;
    const olt::Duration pause = std::min<olt::Duration>(poll_pause_max, options.wait / poll_share);
    const Patience patience{std::min<olt::Duration>(poll_answer_max, options.wait / 4), 1};
    std::vector<OntSeen> seen;
    for (const StepEnd& end : all) seen.push_back(end.before);
    std::vector<bool> spoke(all.size(), false);
    while (!pending.empty() && conversation.link().now() < until) {
        conversation.rest_until(std::min(until, conversation.link().now() + pause));
        spoke = read_states(conversation, seen, marks(seen, pending, all), patience);
        std::erase_if(pending, [&](StepEnd* end) {
            const auto i = static_cast<std::size_t>(end - all.data());
            end->done = spoke[i] && seen[i].active() == end->image;
            if (end->done) end->outcome = "active";
            return end->done;
        });
    }
    for (StepEnd* end : pending) {
        const bool answers = spoke[static_cast<std::size_t>(end - all.data())];
        end->outcome = answers
                           ? fmt::format("does not run image {} after {}", *end->image, time_text(options.wait.count()))
                           : fmt::format("did not come back within {}", time_text(options.wait.count()));
    }
}

/// What the command's answer means; for Activate only those that refused are at their end with it.
void judge(StepEnd& end, std::optional<omci::ResultCode> result, Step step, Ends& restarting) {
    using omci::ResultCode;
    if (step == Step::activate && (!result || *result == ResultCode::success)) return restarting.push_back(&end);
    if (!result) {
        end.outcome = "does not answer";
        return;
    }
    // After End with size 0 an ONT is where it should be whether it had a download (1) or none (0).
    end.done = *result == ResultCode::success || (step == Step::abort && *result == ResultCode::processing_error);
    if (end.done)
        end.outcome = step == Step::commit ? "committed" : fmt::format("ended, answer {}", text_of(*result));
    else if (step == Step::activate && *result == ResultCode::device_busy)
        end.outcome = "refused, device busy: a call is up";
    else
        end.outcome = fmt::format("refused: answer {}", text_of(*result));
}

}  // namespace

std::vector<StepEnd> take_step(Conversation& conversation, const StepOptions& options, std::vector<OntSeen> onts) {
    std::vector<StepEnd> ends;
    for (OntSeen& ont : onts) ends.push_back({std::move(ont), {}, {}, false, ""});
    Ends who;
    for (StepEnd& end : ends) {
        choose(end, options);
        if (end.outcome.empty()) who.push_back(&end);
    }

    Ends restarting;
    // A lost answer to Activate must not make it be sent again: the ONT may be restarting by then.
    Patience patience = patience_of(options.set.answer_time);
    if (options.step == Step::activate) patience = {options.set.answer_time, 1};
    if (!who.empty())
        command_all(conversation, who, options, patience,
                    [&](StepEnd& end, auto result) { judge(end, result, options.step, restarting); });
    if (!restarting.empty()) await_restart(conversation, restarting, ends, options);

    std::vector<OntSeen> after;
    for (StepEnd& end : ends) after.push_back(end.before);
    const std::vector<bool> read =
        read_states(conversation, after, marks(after, who, ends), patience_of(options.set.answer_time));
    for (std::size_t i = 0; i < ends.size(); ++i) {
        StepEnd& end = ends[i];
        const bool was_told = std::find(who.begin(), who.end(), &end) != who.end();
        end.after = std::move(after[i]);
        if (was_told && !read[i]) end.after.images = {};
        if (options.step != Step::commit || !was_told) continue;
        // What an answer said, or that it was lost, is worth less than what the ONT shows.
        const bool committed = read[i] && end.after.images[*end.image]->state.committed;
        if (!committed && end.done) end.outcome = "answers success, but is not committed";
        if (committed) end.outcome = "committed";
        end.done = committed;
    }
    return ends;
}

}  // namespace tools
