// SPDX-License-Identifier: Apache-2.0
// How boot loaders spell what they are to boot: a dialect is a table of variables and what each of them means. The four
// presets are what ships in the field; firmware with other names brings a table of its own. Called by
// boot_environment.h, which keeps the boot record and these variables in step.
//
// A record becomes a plan (which image stays, which one is tried first, and how often), the plan becomes values; and
// what the loader has changed since is read back. Which image may run is not decided here: a plan names valid images
// only, by the table of boot_record.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ont/boot_record.h"
#include "ont/linux/environment_store.h"

namespace ont {

enum class Means : std::uint8_t {
    runs,         ///< the image that runs; for people
    stays,        ///< the image that boots where none is tried
    tried_once,   ///< the image that the next boot tries, or `none`; the loader takes it back before it boots
    chosen,       ///< the image that boots next; the loader goes over to the other one when its boots are used up
    counting,     ///< 1: the loader counts the boots of the chosen image
    boots_taken,  ///< counted up by the loader
    boots_max,    ///< beyond so many it goes over
    order,        ///< the images in the order in which the loader looks for one that has boots left
    boots_left,   ///< of `image`; counted down by the loader
    progress,     ///< 0 nothing, 1 an image waits to be tried, 2 it is being tried, 3 one was given up; for people
    valid,        ///< 1: `image` may boot
    version,      ///< of `image`, as the Software image entity has it; for people
};

struct Variable {
    const char* name;
    Means means;
    std::uint8_t image = 0;  ///< where the meaning speaks of one
    bool required = false;   ///< an environment without it is not of this dialect
};

struct Dialect {
    const char* name;
    const char* sentence;               ///< what the loader does, for people
    std::array<const char*, 2> images;  ///< how the variables spell image 0 and 1
    const char* none;                   ///< how tried_once spells that there is nothing to try
    std::span<const Variable> variables;
};

/// How an image may be tried.
enum class Trial : std::uint8_t {
    by_hint,  ///< the variables have no place for it: the platform brings a hint (BootOnce in boot_environment.h)
    once,     ///< one boot, whatever the record says
    counted,  ///< as many boots as the record says, up to counted_boots_max
};

/// Small enough to be the same number to a loader that counts in decimal and to one that counts in hexadecimal.
inline constexpr std::uint8_t counted_boots_max = 9;
/// Boots left to an image that is known to run: more than anybody switches off and on before it is healthy, and two
/// digits to either kind of loader. Put back when fewer than half are left.
inline constexpr std::uint8_t many_boots = 99;

namespace dialects {
using enum Means;

// clang-format off
inline constexpr std::array<Variable, 7> sw_active{{
    {"sw_commit",    stays,      0, true},
    {"sw_tryactive", tried_once},
    {"sw_active",    runs},
    {"sw_valid0",    valid,      0, true},
    {"sw_valid1",    valid,      1, true},
    {"sw_version0",  version,    0},
    {"sw_version1",  version,    1},
}};
inline constexpr std::array<Variable, 5> committed_image{{
    {"committed_image", stays,   0, true},
    {"image0_is_valid", valid,   0, true},
    {"image1_is_valid", valid,   1, true},
    {"image0_version",  version, 0},
    {"image1_version",  version, 1},
}};
inline constexpr std::array<Variable, 3> boot_order{{
    {"BOOT_ORDER",  order,      0, true},
    {"BOOT_A_LEFT", boots_left, 0},
    {"BOOT_B_LEFT", boots_left, 1},
}};
inline constexpr std::array<Variable, 5> bootcount{{
    {"boot_slot",         chosen,      0, true},
    {"upgrade_available", counting},
    {"bootcount",         boots_taken},
    {"bootlimit",         boots_max},
    {"ustate",            progress},
}};

inline constexpr std::array<Dialect, 4> presets{{
    {"sw_active", "boots sw_tryactive once, under a watchdog, then sw_commit; the other image where that is not valid",
     {"0", "1"}, "2", sw_active},
    {"committed_image", "boots committed_image, or the other image where that is not valid",
     {"0", "1"}, "", committed_image},
    {"boot_order", "boots the first image of BOOT_ORDER that has boots left, and takes one of them",
     {"A", "B"}, "", boot_order},
    {"bootcount", "boots boot_slot, counts while upgrade_available is 1, and past bootlimit goes over to the other",
     {"0", "1"}, "", bootcount},
}};
// clang-format on
}  // namespace dialects

/// The preset of this name, or null.
const Dialect* find_dialect(const std::string& name);
/// Their names, comma separated: for usage texts.
std::string dialect_names();

const char* text(Means means);

/// Whether the variable stands in the table.
constexpr bool has(const Dialect& dialect, Means means) {
    for (const Variable& variable : dialect.variables)
        if (variable.means == means) return true;
    return false;
}

constexpr Trial trial(const Dialect& dialect) {
    if (has(dialect, Means::order) || has(dialect, Means::chosen)) return Trial::counted;
    return has(dialect, Means::tried_once) ? Trial::once : Trial::by_hint;
}

/// Empty, or a sentence about what a table that firmware brought lacks, or says twice.
std::string check(const Dialect& dialect);

/// What the loader is to do.
struct BootPlan {
    static constexpr std::uint8_t none = images;

    std::uint8_t stays = 0;
    std::uint8_t tried = none;  ///< never the one that stays
    std::uint8_t tries = 0;

    constexpr bool tries_one() const { return tried != none; }
    constexpr std::uint8_t next() const { return tries_one() ? tried : stays; }

    bool operator==(const BootPlan&) const = default;
};

/// The plan that comes as near to the boot table as a loader can; nothing where no image may run. One that was never
/// healthy is tried, also when it is committed, for as long as there is another one to go back to.
std::optional<BootPlan> plan(const BootRecord& record);

/// What the variables say, as far as there are any.
struct LoaderState {
    std::optional<std::uint8_t> stays, tried, chosen, boots_taken, boots_max;
    std::vector<std::uint8_t> order;
    bool counting = false;
    std::array<std::optional<std::uint8_t>, images> boots_left;
    std::array<std::optional<bool>, images> valid;
    std::array<std::optional<std::string>, images> version;
};

/// Reads the variables from what `store` loaded. Empty, or a sentence that names the variable, what it holds, and what
/// it may hold.
std::string read(const Dialect& dialect, const EnvironmentStore& store, LoaderState& state);

/// The changes that make the variables say what the record says; none for what they say already.
std::vector<Setting> changes(const Dialect& dialect, const BootRecord& record, const EnvironmentStore& store);

/// A version as a variable can hold it: printable, and without its padding.
std::string version_text(const omci::Version& version);

}  // namespace ont
