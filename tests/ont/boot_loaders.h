// SPDX-License-Identifier: Apache-2.0
// Models of the boot scripts whose environments we speak, for the tests: each reads its variables, decides, writes back
// what it changes, and says which image it boots. They know nothing of our code: what stands here is what such a loader
// does in the field, its fallbacks for missing variables included.
#pragma once

#include <array>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/ont/memory_environment.h"

namespace tests {

/// What a loader ends with beside image 0 and 1.
inline constexpr int boots_nothing = -1;  ///< it stops at its prompt
inline constexpr int went_dark = -2;      ///< the power went while it stored

/// What the platform keeps across a reset but not across a power cut (a register): the image to be booted once.
inline constexpr int no_hint = -1;

namespace loaders {

class Script {
public:
    explicit Script(MemoryEnvironment& environment) : environment_{environment}, good_{environment.load().empty()} {}

    bool good() const { return good_; }
    std::string get(const std::string& name, const std::string& otherwise = {}) const {
        return environment_.get(name).value_or(otherwise);
    }
    /// As the shell of U-Boot reads a number: what is none is 0.
    int number(const std::string& name, const std::string& otherwise = {}) const {
        int value = 0;
        for (const char c : get(name, otherwise)) {
            if (c < '0' || c > '9' || value > 99'999) break;
            value = value * 10 + (c - '0');
        }
        return value;
    }
    bool save(const std::vector<ont::Setting>& settings) { return environment_.store(settings).empty(); }

private:
    MemoryEnvironment& environment_;
    bool good_;
};

inline int image_named(const std::string& name) { return name == "0" ? 0 : name == "1" ? 1 : boots_nothing; }

/// sw_tryactive is taken back before its image boots: once is all it gets. Else sw_commit, else the other one.
inline int sw_variables(MemoryEnvironment& environment, int) {
    Script script{environment};
    if (!script.good()) return boots_nothing;
    const auto valid = [&](int image) {
        return image != boots_nothing && script.get("sw_valid" + std::to_string(image)) == "1";
    };
    const int tried = image_named(script.get("sw_tryactive", "2"));
    const int committed = script.number("sw_commit") == 1 ? 1 : 0;
    int image = tried;
    if (!valid(image)) image = committed;
    if (!valid(image)) image = 1 - committed;
    if (!valid(image)) return boots_nothing;
    std::vector<ont::Setting> changes;
    if (tried != boots_nothing) changes.push_back({"sw_tryactive", "2"});
    if (script.get("sw_active") != std::to_string(image)) changes.push_back({"sw_active", std::to_string(image)});
    return changes.empty() || script.save(changes) ? image : went_dark;
}

/// Stores nothing: what is to be tried comes as a hint that is gone after this boot.
inline int committed_image(MemoryEnvironment& environment, int hint) {
    Script script{environment};
    if (!script.good()) return boots_nothing;
    const auto valid = [&](int image) { return script.get("image" + std::to_string(image) + "_is_valid") == "1"; };
    if (hint != no_hint && valid(hint)) return hint;
    const int committed = script.number("committed_image") == 1 ? 1 : 0;
    if (valid(committed)) return committed;
    return valid(1 - committed) ? 1 - committed : boots_nothing;
}

/// The first of BOOT_ORDER that has boots left loses one of them. With none left all get three, and it starts over.
inline int boot_order(MemoryEnvironment& environment, int) {
    for (int again = 0; again < 2; ++again) {
        Script script{environment};
        if (!script.good()) return boots_nothing;
        std::istringstream order{script.get("BOOT_ORDER", "A B")};
        for (std::string name; order >> name;) {
            if (name != "A" && name != "B") continue;
            const std::string variable = "BOOT_" + name + "_LEFT";
            const int left = script.number(variable, "3");
            if (left == 0) continue;
            if (!script.save({{variable, std::to_string(left - 1)}})) return went_dark;
            return name == "A" ? 0 : 1;
        }
        if (!script.save({{"BOOT_A_LEFT", "3"}, {"BOOT_B_LEFT", "3"}})) return went_dark;
    }
    return boots_nothing;
}

/// U-Boot's boot counter kept in the environment, counted while upgrade_available is set; beyond bootlimit, altbootcmd
/// goes over to the other slot for good. Two stores, with a life between them.
inline int boot_count(MemoryEnvironment& environment, int) {
    Script script{environment};
    if (!script.good()) return boots_nothing;
    const int slot = image_named(script.get("boot_slot", "0"));
    if (slot == boots_nothing) return boots_nothing;
    if (script.number("upgrade_available") == 0) return slot;
    const int count = script.number("bootcount") + 1;
    if (!script.save({{"bootcount", std::to_string(count)}})) return went_dark;
    const int limit = script.number("bootlimit");
    if (limit == 0 || count <= limit) return slot;
    const std::string other = std::to_string(1 - slot);
    if (!script.save({{"boot_slot", other}, {"upgrade_available", "0"}, {"bootcount", "0"}, {"ustate", "3"}}))
        return went_dark;
    return 1 - slot;
}

}  // namespace loaders

struct Loader {
    const char* dialect;  ///< of ont/linux/boot_dialects.h
    int (*boot)(MemoryEnvironment& environment, int hint);
    bool counts;      ///< a trial has as many boots as it was given; else one
    bool needs_hint;  ///< the trial is a hint, which no power cut survives
};

inline constexpr std::array<Loader, 4> boot_loaders{{
    {"sw_active", loaders::sw_variables, false, false},
    {"committed_image", loaders::committed_image, false, true},
    {"boot_order", loaders::boot_order, true, false},
    {"bootcount", loaders::boot_count, true, false},
}};

}  // namespace tests
