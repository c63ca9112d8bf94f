// SPDX-License-Identifier: Apache-2.0
// Profiles of ONTs: what is written is what is read, and what is wrong is named.
#include "tools/upgrade/profile.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "tests/temporary_folder.h"
#include "tools/report/json_text.h"

namespace {

std::string complaint(const char* text) {
    try {
        tools::parse_profile("p.json", text);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("profile: what was written is read again") {
    tools::Profile profile;
    CHECK(tools::parse_profile("p", tools::json_text(tools::profile_json(profile))) == profile);
    profile = {.about = "ACME \"X1\"",
               .window = 64,
               .extended = true,
               .hears_shared = false,
               .close = olt::Close::shared,
               .close_guard_us = 1500,
               .repeats = true,
               .sections_per_second = 12'000};
    CHECK(tools::parse_profile("p", tools::json_text(tools::profile_json(profile))) == profile);
    const tests::TemporaryFolder folder;
    CHECK(tools::load_profile(folder.write("p", tools::json_text(tools::profile_json(profile)))) == profile);
}

TEST_CASE("profile: what is wrong is named by file and key") {
    struct Row {
        const char* text;
        const char* says;
    };
    for (const Row& row : {
             Row{"", "profile p.json: is no JSON: incomplete JSON"},
             Row{"{\"window\": 32", "profile p.json: is no JSON: incomplete JSON"},
             Row{"[]", "profile p.json: is no JSON object"},
             Row{"{\"window\": 0}", "profile p.json: \"window\" is not a whole number from 1 to 256"},
             Row{"{\"window\": 257}", "profile p.json: \"window\" is not a whole number from 1 to 256"},
             Row{"{\"window\": 1.5}", "profile p.json: \"window\" is not a whole number from 1 to 256"},
             Row{"{\"window\": \"32\"}", "profile p.json: \"window\" is not a whole number from 1 to 256"},
             Row{"{\"window\": 18446744073709551615}",
                 "profile p.json: \"window\" is not a whole number from 1 to 256"},
             Row{"{\"extended\": 1}", "profile p.json: \"extended\" is neither true nor false"},
             Row{"{\"hears_shared\": null}", "profile p.json: \"hears_shared\" is neither true nor false"},
             Row{"{\"repeats\": \"yes\"}", "profile p.json: \"repeats\" is neither true nor false"},
             Row{"{\"close\": \"both\"}", "profile p.json: \"close\" is neither \"shared\" nor \"unicast\""},
             Row{"{\"close\": 1}", "profile p.json: \"close\" is neither \"shared\" nor \"unicast\""},
             Row{"{\"close_guard_us\": -1}",
                 "profile p.json: \"close_guard_us\" is not a whole number from 0 to 10000000"},
             Row{"{\"sections_per_second\": 0}",
                 "profile p.json: \"sections_per_second\" is not a whole number from 1 to 100000000"},
             Row{"{\"about\": 1}", "profile p.json: \"about\" is no text"},
             Row{"{\"windows\": 32}", "profile p.json: \"windows\" is no key of a profile"},
         }) {
        CAPTURE(row.text);
        CHECK(complaint(row.text) == row.says);
    }
}

TEST_CASE("profile: a file that is none is refused by name") {
    const tests::TemporaryFolder folder;
    CHECK_THROWS_WITH(tools::load_profile("/nowhere/p.json"), "profile /nowhere/p.json: No such file or directory");
    const std::string large = folder.write("large", std::string(100'000, ' '));
    CHECK_THROWS_WITH(tools::load_profile(large),
                      ("profile " + large + ": is no profile, it has more than 64 KiB").c_str());
}
