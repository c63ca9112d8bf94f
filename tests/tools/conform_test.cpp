// SPDX-License-Identifier: Apache-2.0
// Conform against the handler that ships, which must pass, and against ONTs that do one thing wrong: then the case that
// is about it must fail, and no other.
#include <doctest/doctest.h>

#include <csignal>
#include <memory>
#include <set>
#include <string>

#include "tests/tools/conform_ont.h"
#include "tools/conform/report.h"
#include "tools/conform/runner.h"

using namespace std::chrono_literals;
using namespace tools::conform;
using tests::Bend;

namespace {

Settings quick() {
    Settings settings;
    settings.answer_time = 20ms;
    settings.store_time = 400ms;
    settings.reboot_wait = 2s;
    settings.gone_wait = 200ms;
    settings.guard_max = 4ms;
    settings.pace = 200'000;
    settings.rate_max = 200'000;
    return settings;
}

/// An ONT on the bench.
struct Stand {
    tools::Loop loop;
    tests::ConformOnt* ont;
    std::unique_ptr<tools::Link> link;
    tools::Conversation talk;
    Bench bench;
    Selection selection;

    explicit Stand(Bend bend = Bend::none, const tools::MemoryOntOptions& options = {}, Settings settings = quick(),
                   const std::string& check = "")
        : link{make_link(bend, options, check)}, talk{*link, 17}, bench{talk, {0, 5}, settings, check != "none"} {}

    std::unique_ptr<tools::Link> make_link(Bend bend, const tools::MemoryOntOptions& options,
                                           const std::string& check) {
        auto transport = std::make_unique<tests::ConformOnt>(bend, options);
        ont = transport.get();
        const auto place = tools::parse_link("udp:127.0.0.1:9,shared=127.0.0.1:10", check, "");
        return std::make_unique<tools::Link>(loop, place, tools::LinkEnd::olt, std::move(transport));
    }

    Outcome run(const std::function<void(const Result&)>& told = [](const Result&) {}) {
        bench.look_around();
        return run_cases(bench, selection, told);
    }
};

/// "section-missing" of the cases that failed, in whatever shape.
std::set<std::string> failed(const Outcome& outcome) {
    std::set<std::string> names;
    for (const Result& result : outcome.results)
        if (result.verdict == Verdict::fail) names.insert(result.one->name);
    return names;
}

std::string note_of(const Outcome& outcome, const std::string& name) {
    for (const Result& result : outcome.results)
        if (result.one->name == name) return result.note;
    return "";
}

/// For the message of a check that does not hold.
std::string failures(const Outcome& outcome) {
    std::string rows;
    for (const Result& result : outcome.results)
        if (result.verdict == Verdict::fail) rows += table_row(result);
    return rows;
}

using Names = std::set<std::string>;

Names failures_of(Bend bend, bool destructive = false) {
    Settings settings = quick();
    if (destructive) settings.image = drawn_octets(5'000);
    Stand stand{bend, {}, settings};
    stand.selection.destructive = destructive;
    return failed(stand.run());
}

}  // namespace

TEST_CASE("conform: the handler that ships passes every case, destructive ones too") {
    Settings settings = quick();
    settings.image = drawn_octets(30'000);
    Stand stand{Bend::none, {}, settings};
    stand.selection.destructive = true;
    std::string rows;
    const Outcome outcome = stand.run([&](const Result& result) { rows += table_row(result); });
    INFO(rows);
    CHECK(failed(outcome) == Names{});
    CHECK(outcome.good());
    for (const Result& result : outcome.results) {
        CAPTURE(table_row(result));
        CHECK(result.verdict == Verdict::pass);
    }
}

TEST_CASE("conform: small images of our own, with image 1 running") {
    tools::MemoryOntOptions options;
    options.active = options.committed = 1;
    options.other_valid = true;
    Stand stand{Bend::none, options};
    const Outcome outcome = stand.run();
    INFO(failures(outcome));
    CHECK(failed(outcome) == Names{});
    CHECK(note_of(outcome, "left-as-found").starts_with("image 1 valid, active, committed"));
    CHECK(note_of(outcome, "left-as-found").find("downloaded over") != std::string::npos);
    CHECK(note_of(outcome, "activate-commit") == "runs with --destructive only");
}

TEST_CASE("conform: what one ONT does wrong fails the case that is about it, and no other") {
    CHECK(failures_of(Bend::accepts_gap) == Names{"section-missing"});
    CHECK(failures_of(Bend::executes_repeats) == Names{"close-repeated"});
    CHECK(failures_of(Bend::passes_wrong_crc) == Names{"wrong-crc"});
    CHECK(failures_of(Bend::valid_after_abort) == Names{"abort"});
    CHECK(failures_of(Bend::silent_to_bad_class) == Names{"unknown-class"});
    CHECK(failures_of(Bend::ignores_check) == Names{"section-bad-check", "close-bad-check"});
    CHECK(failures_of(Bend::drops_repeats) == Names{"repeats"});
    CHECK(failures_of(Bend::answers_unasked) == Names{"no-reply-wanted"});
    CHECK(failures_of(Bend::keeps_new_image, true) == Names{"activate-no-commit"});
}

TEST_CASE("conform: an ONT that agrees to more than was offered fails every download") {
    Stand stand{Bend::grants_too_much};
    stand.selection.names = {"window-16", "unknown-class"};
    const Outcome outcome = stand.run();
    CHECK(failed(outcome) == Names{"window-16"});
    CHECK(note_of(outcome, "window-16").find("expected as many sections or fewer, came 32") != std::string::npos);
}

TEST_CASE("conform: an ONT that falls silent is waited for, and the rest goes on") {
    Stand stand{Bend::falls_silent};
    stand.selection.names = {"wrong-crc", "unknown-class"};
    stand.selection.extended = false;
    const Outcome outcome = stand.run();
    CHECK(failed(outcome) == Names{"wrong-crc"});
    CHECK(note_of(outcome, "wrong-crc").find("fell silent") != std::string::npos);
    CHECK(note_of(outcome, "unknown-class") == "answered with 4");
}

TEST_CASE("conform: an ONT that is gone ends the run, and what did not run is said") {
    Stand stand{Bend::dies_at_abort};
    stand.selection.names = {"abort", "unknown-class"};
    const Outcome outcome = stand.run();
    CHECK_FALSE(outcome.good());
    CHECK(outcome.ended_early == "ONU-ID 5 is gone: silent for 0.200 s");
    CHECK(failed(outcome) == Names{"abort", "left-as-found"});
    CHECK(note_of(outcome, "unknown-class").starts_with("not run: ONU-ID 5 is gone"));
}

TEST_CASE("conform: Ctrl-C in the middle of a download brings the ONT back, and says what did not run") {
    Stand stand;
    stand.selection.names = {"close-bad-check", "unknown-class"};
    stand.selection.extended = false;
    // Its first case waits for silence, so the signal finds it there.
    stand.bench.look_around();
    ::raise(SIGINT);
    const Outcome outcome = run_cases(stand.bench, stand.selection, [](const Result&) {});
    CHECK(outcome.ended_early == "interrupted");
    CHECK_FALSE(outcome.good());
    CHECK(note_of(outcome, "unknown-class") == "not run: interrupted");
    CHECK(note_of(outcome, "left-as-found").starts_with("image 0 valid, active, committed"));
    CHECK(failed(outcome) == Names{});
}

TEST_CASE("conform: what does not apply to an ONT or a link is said, and fails nothing") {
    tools::MemoryOntOptions options;
    options.omcc_version = 0xA0;
    options.window_sections_max = 2;
    options.hashes = false;
    Stand stand{Bend::none, options, quick(), "none"};
    stand.ont->set_deaf();
    const Outcome outcome = stand.run();
    INFO(failures(outcome));
    CHECK(failed(outcome) == Names{});
    CHECK(note_of(outcome, "section-missing") == "windows of 2 have no section that may be missing");
    CHECK(note_of(outcome, "section-bad-check") == "the link has no check (--check)");
    CHECK(note_of(outcome, "shared-port") == "not heard");
    CHECK(note_of(outcome, "close-guard") == "the ONT does not hear the shared port");
    CHECK(note_of(outcome, "biggest-window") == "2 of 256 offered");
    CHECK(note_of(outcome, "optional-attributes") == "product code: no, image hash: no");
    CHECK(outcome.results.back().verdict == Verdict::pass);
    const tools::Profile profile = learnt_profile(stand.bench);
    CHECK(profile.extended == false);
    CHECK(profile.window == 2);
    CHECK(profile.hears_shared == false);
    CHECK_FALSE(profile.close_guard_us);
}

TEST_CASE("conform: a link with short messages carries no sections of 1964 octets") {
    Stand stand;
    stand.ont->set_message_max(1500);
    stand.selection.names = {"window-16"};
    stand.selection.baseline = false;
    const Outcome outcome = stand.run();
    REQUIRE(outcome.results.size() == 3);
    CHECK(outcome.results[0].note == "the link carries messages of 1500 octets, this one has 1979");
    CHECK(outcome.results[1].verdict == Verdict::pass);
}

TEST_CASE("conform: an ONT whose images are both in use cannot be tested, and a silent one is named") {
    tools::MemoryOntOptions options;
    options.active = 1;
    Stand both{Bend::none, options};
    CHECK_THROWS_WITH(both.bench.look_around(), doctest::Contains("both images are in use (image 1 is active"));
    Stand silent;
    Bench other{silent.talk, {0, 6}, quick(), true};
    CHECK_THROWS_WITH(other.look_around(),
                      "ONU-ID 6: Get of image 0: expected an answer within 0.020 s, came none, asked 3 times");
}

TEST_CASE("conform: a close waits behind the shared port as long as it must, within a bound") {
    Settings settings = quick();
    settings.guard_max = 30ms;
    Stand slow{Bend::none, {}, settings};
    slow.bench.look_around();
    slow.bench.learnt().hears_shared = true;  // a Get would have to be waited for
    slow.ont->set_shared_lag(2ms);
    slow.selection.names = {"close-guard"};
    const Outcome outcome = run_cases(slow.bench, slow.selection, [](const Result&) {});
    INFO(failures(outcome));
    CHECK(failed(outcome) == Names{});
    CHECK(slow.bench.learnt().close_guard_us.value_or(~0u) <= 30'000);

    Stand slower;
    slower.bench.look_around();
    slower.bench.learnt().hears_shared = true;
    slower.ont->set_shared_lag(1h);
    slower.selection.names = {"close-guard"};
    const Outcome late = run_cases(slower.bench, slower.selection, [](const Result&) {});
    CHECK(failed(late) == Names{"close-guard"});
    CHECK(note_of(late, "close-guard") ==
          "a close 0.004 s behind sections on the shared port: expected the window "
          "accepted, came a refusal");
    CHECK(late.good());  // no clause wants it
}

TEST_CASE("conform: the profile holds what was learned") {
    Stand stand;
    const Outcome outcome = stand.run();
    CHECK(failed(outcome) == Names{});
    const tools::Profile profile = learnt_profile(stand.bench);
    CHECK(profile.extended == true);
    CHECK(profile.window == 256);
    CHECK(profile.repeats == true);
    CHECK(profile.hears_shared == true);
    CHECK(profile.close == olt::Close::shared);
    CHECK(profile.close_guard_us == 0);
    CHECK(profile.sections_per_second.value_or(0) > 0);
    CHECK(profile.about.starts_with("OMCAST-REPLAY"));
}
