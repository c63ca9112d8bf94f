// SPDX-License-Identifier: Apache-2.0
// The cases of "omcast conform" as a table. A case is a function that puts the ONT through something and returns what
// is worth saying of it; it throws Failure or NotApplicable (verdict.h). It may leave a download running, nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tools/conform/bench.h"

namespace tools::conform {

enum class Level : std::uint8_t {
    mandatory,  ///< a fail fails the run
    optional,   ///< G.988 leaves it open, or many ONTs do it otherwise: good to know
};

/// The shapes that a case runs in.
enum class Scope : std::uint8_t {
    every,     ///< baseline, extended, extended with 33 octets in a section
    sets,      ///< baseline, extended
    baseline,  ///< once
    extended,
};

struct Case {
    const char* name;
    const char* clause;
    Level level;
    bool destructive;  ///< activates or commits, or costs an ONT that fails it the image it runs
    Scope scope;
    std::string (*run)(Bench& bench);
    const char* what;  ///< one line for --list
};

/// In the order in which they run.
std::span<const Case> cases();

bool runs_in(const Case& one, Variant variant);

// --- by subject ---

// windows.cpp
std::string window_16(Bench& bench);
std::string window_32(Bench& bench);
std::string window_64(Bench& bench);
std::string short_last_window(Bench& bench);
std::string section_missing(Bench& bench);
std::string window_again(Bench& bench);
std::string section_bad_check(Bench& bench);
std::string close_bad_check(Bench& bench);
std::string short_windows(Bench& bench);
std::string repeats_in_window(Bench& bench);
std::string section_past_window(Bench& bench);
std::string more_than_left(Bench& bench);
std::string section_lengths(Bench& bench);
std::string biggest_window(Bench& bench);

// endings.cpp
std::string wrong_crc(Bench& bench);
std::string wrong_size(Bench& bench);
std::string abort_download(Bench& bench);
std::string start_again(Bench& bench);
std::string start_clears_valid(Bench& bench);
std::string section_without_start(Bench& bench);

// transactions.cpp
std::string close_repeated(Bench& bench);
std::string window_repeated(Bench& bench);
std::string end_repeated(Bench& bench);
std::string mib_data_sync(Bench& bench);
std::string transaction_zero(Bench& bench);
std::string priority_bit(Bench& bench);
std::string no_reply_wanted(Bench& bench);

// refusals.cpp
std::string state_attributes(Bench& bench);
std::string optional_attributes(Bench& bench);
std::string unknown_class(Bench& bench);
std::string unknown_instance(Bench& bench);
std::string action_not_supported(Bench& bench);
std::string several_targets(Bench& bench);
std::string start_running_image(Bench& bench);
std::string activate_invalid(Bench& bench);
std::string commit_invalid(Bench& bench);
std::string activate_flags(Bench& bench);

// pace.cpp
std::string answer_times(Bench& bench);
std::string section_rate(Bench& bench);
std::string shared_port(Bench& bench);
std::string shared_close(Bench& bench);
std::string close_guard(Bench& bench);

// restarts.cpp
std::string activate_no_commit(Bench& bench);
std::string activate_commit(Bench& bench);

}  // namespace tools::conform
