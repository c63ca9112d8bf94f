// SPDX-License-Identifier: Apache-2.0
#include "tools/conform/cases.h"

#include <array>

namespace tools::conform {
namespace {

constexpr Level must = Level::mandatory;
constexpr Level open = Level::optional;
constexpr bool safe = false;
constexpr bool destroys = true;
using enum Scope;

// What later cases and the profile rest on comes first: holes, repeats, the pace before the guard time.
// clang-format off
constexpr std::array table{
    Case{"state-attributes",     "G.988 9.1.4",            must, safe, sets,     state_attributes,
         "Get of version, committed, active and valid, of both images"},
    Case{"optional-attributes",  "G.988 9.1.4",            open, safe, sets,     optional_attributes,
         "Get of product code and image hash: the value, or result 9"},
    Case{"window-16",            "TP-247 6.10, I.3.2.1",   must, safe, every,    window_16,
         "a download in windows of 16, the last one padded (baseline); valid 1, active 0, committed 0"},
    Case{"window-32",            "TP-247 6.10, I.3.2.1",   must, safe, every,    window_32,
         "the same in windows of 32"},
    Case{"window-64",            "TP-247 6.10, I.3.2.1",   must, safe, every,    window_64,
         "the same in windows of 64"},
    Case{"short-last-window",    "TP-247 6.10, I.3.2.1",   must, safe, every,    short_last_window,
         "a download whose last window has fewer sections"},
    Case{"section-missing",      "TP-247 6.10, A.3.24",    must, safe, every,    section_missing,
         "a window with a hole is refused with 1, and so is End"},
    Case{"window-again",         "G.988 A.3.24, I.3.2",    must, safe, every,    window_again,
         "a refused window sent again is accepted"},
    Case{"section-bad-check",    "TP-247 6.10, B.2.2",     must, safe, every,    section_bad_check,
         "a section with a wrong check is dropped, so its window is refused"},
    Case{"close-bad-check",      "TP-247 6.10, B.2.2",     must, safe, every,    close_bad_check,
         "a close with a wrong check is not answered"},
    Case{"wrong-crc",            "TP-247 6.10, A.2.35",    must, safe, every,    wrong_crc,
         "End with a wrong CRC is answered with 1, and the image is not valid"},
    Case{"wrong-size",           "G.988 I.3.2",            open, safe, sets,     wrong_size,
         "End with a size other than that of Start is answered with 1"},
    Case{"abort",                "G.988 I.3.1",            must, safe, sets,     abort_download,
         "End with size 0 ends a download, and the image is not valid"},
    Case{"start-again",          "G.988 fig. I.3.1-1",     must, safe, sets,     start_again,
         "a Start in the middle of a download begins from nothing"},
    Case{"start-clears-valid",   "G.988 9.1.4, I.3.1",     must, safe, sets,     start_clears_valid,
         "a Start over a valid image makes it not valid"},
    Case{"section-no-start",     "G.988 I.3.1",            open, safe, sets,     section_without_start,
         "a section where no download runs is refused at its close"},
    Case{"close-repeated",       "G.988 B.2",              must, safe, sets,     close_repeated,
         "a close that comes again gets its answer again, and nothing is executed"},
    Case{"end-repeated",         "G.988 B.2",              must, safe, sets,     end_repeated,
         "an End that comes again gets its answer again"},
    Case{"window-repeated",      "G.988 I.3.2",            open, safe, sets,     window_repeated,
         "a whole accepted window that comes again, transactions and all, harms nothing"},
    Case{"mib-data-sync",        "G.988 9.1.3, 11.2.2",    open, safe, sets,     mib_data_sync,
         "one step for each Start and good End, none for sections and aborts"},
    Case{"transaction-0",        "G.988 11.2.2",           open, safe, sets,     transaction_zero,
         "a request in transaction 0 is executed"},
    Case{"priority-bit",         "G.988 11.2.2",           must, safe, baseline, priority_bit,
         "a request of high priority is answered in its transaction"},
    Case{"no-reply-wanted",      "G.988 11.2.2",           must, safe, sets,     no_reply_wanted,
         "a command with AR=0 is met with silence"},
    Case{"unknown-class",        "G.988 11.2.2",           must, safe, sets,     unknown_class,
         "a class that nobody has is answered with 4"},
    Case{"unknown-instance",     "G.988 11.2.2",           must, safe, sets,     unknown_instance,
         "Get and Start of image 5 are answered with 5"},
    Case{"action-not-supported", "G.988 11.2.2",           must, safe, sets,     action_not_supported,
         "an action that a class does not have is answered with 2"},
    Case{"several-targets",      "G.988 A.2.31",           open, safe, sets,     several_targets,
         "Start to 0xffff is refused, or several targets are supported"},
    Case{"short-windows",        "G.988 A.2.33",           open, safe, sets,     short_windows,
         "any window may be shorter than agreed"},
    Case{"section-past-window",  "G.988 A.3.24",           open, safe, sets,     section_past_window,
         "a section numbered past the agreed window spoils it"},
    Case{"more-than-left",       "G.988 I.3.2.1",          open, safe, sets,     more_than_left,
         "more octets than Start announced spoil a window"},
    Case{"section-lengths",      "G.988 A.3.24",           open, safe, extended, section_lengths,
         "sections of any length, window by window"},
    Case{"repeats",              "open in G.988",          open, safe, sets,     repeats_in_window,
         "a section may come twice inside a window"},
    Case{"biggest-window",       "open in G.988",          open, safe, sets,     biggest_window,
         "how large a window is agreed to, and holds"},
    Case{"answer-times",         "G.988 B.2",              open, safe, sets,     answer_times,
         "median and 95th percentile of Get and of closes"},
    Case{"section-rate",         "open in G.988",          open, safe, sets,     section_rate,
         "sections per second before some are dropped, up to --rate-max"},
    Case{"shared-port",          "no clause",              open, safe, baseline, shared_port,
         "whether a Get on the shared port is answered on the OMCC"},
    Case{"shared-close",         "no clause",              open, safe, baseline, shared_close,
         "whether a close on the shared port is answered on the OMCC"},
    Case{"close-guard",          "no clause",              open, safe, baseline, close_guard,
         "how long a close on the OMCC must wait behind the shared port"},
    Case{"start-running-image",  "G.988 fig. I.3.1-1",     must, destroys, sets, start_running_image,
         "Start to the image that runs is refused; an ONT that fails here may lose it"},
    Case{"activate-invalid",     "G.988 fig. I.3.1-1",     must, destroys, sets, activate_invalid,
         "Activate of an image that is not valid is refused"},
    Case{"commit-invalid",       "G.988 fig. I.3.1-1",     must, destroys, sets, commit_invalid,
         "Commit of an image that is not valid is refused"},
    Case{"activate-flags",       "G.988 A.2.37",           open, destroys, sets, activate_flags,
         "Activate with the reserved flags 3 is refused"},
    Case{"activate-no-commit",   "TP-247 6.10, I.3.1",     must, destroys, every, activate_no_commit,
         "download, Activate, no Commit, reboot: the old image is back"},
    Case{"activate-commit",      "TP-247 6.10, I.3.1",     must, destroys, every, activate_commit,
         "download, Activate, Commit, reboot: the new image stays; then back to the old one"},
};
// clang-format on

}  // namespace

std::span<const Case> cases() { return table; }

bool runs_in(const Case& one, Variant variant) {
    switch (one.scope) {
    case Scope::every: return true;
    case Scope::sets: return variant != Variant::extended_33;
    case Scope::baseline: return variant == Variant::baseline;
    case Scope::extended: return variant == Variant::extended;
    }
    return false;
}

}  // namespace tools::conform
