// SPDX-License-Identifier: Apache-2.0
// Between a boot record and the variables of a boot loader.
#include "ont/linux/boot_dialects.h"

#include <algorithm>

namespace ont {
namespace {

std::string said(const Variable& variable, const std::string& value, const std::string& may_be) {
    return std::string{variable.name} + " in the boot loader's environment is \"" + value + "\", " + may_be;
}

/// 0..255. Decimal, or hexadecimal as some loaders write what they count.
std::optional<std::uint8_t> number(const std::string& value) {
    if (value.empty() || value.size() > 3) return std::nullopt;
    const bool hexadecimal = value.find_first_not_of("0123456789") != std::string::npos;
    unsigned number = 0;
    for (const char c : value) {
        const bool digit = c >= '0' && c <= '9';
        const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!digit && !letter) return std::nullopt;
        number = number * (hexadecimal ? 16 : 10) + static_cast<unsigned>(digit ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (number > 255) return std::nullopt;
    return static_cast<std::uint8_t>(number);
}

std::optional<std::uint8_t> image_of(const Dialect& dialect, const std::string& value) {
    for (std::uint8_t image = 0; image < images; ++image)
        if (value == dialect.images[image]) return image;
    return std::nullopt;
}

std::string images_text(const Dialect& dialect) {
    return "neither " + std::string{dialect.images[0]} + " nor " + dialect.images[1];
}

std::string read_order(const Dialect& dialect, const Variable& variable, const std::string& value, LoaderState& state) {
    state.order.clear();
    for (std::size_t at = 0; at < value.size();) {
        const std::size_t end = std::min(value.find(' ', at), value.size());
        if (end > at) {
            const auto image = image_of(dialect, value.substr(at, end - at));
            if (!image || std::count(state.order.begin(), state.order.end(), *image) != 0)
                return said(variable, value,
                            "not a list of " + std::string{dialect.images[0]} + " and " + dialect.images[1] +
                                ", each once at most");
            state.order.push_back(*image);
        }
        at = end + 1;
    }
    return state.order.empty() ? said(variable, value, "and names no image") : std::string{};
}

std::string read_number(const Variable& variable, const std::string& value, std::optional<std::uint8_t>& to) {
    to = number(value);
    return to ? std::string{} : said(variable, value, "not a number from 0 to 255");
}

std::string read_image(const Dialect& dialect, const Variable& variable, const std::string& value,
                       std::optional<std::uint8_t>& to) {
    to = image_of(dialect, value);
    return to ? std::string{} : said(variable, value, images_text(dialect));
}

std::string read_yes(const Variable& variable, const std::string& value, bool& to) {
    to = value == "1";
    return to || value == "0" ? std::string{} : said(variable, value, "neither 0 nor 1");
}

std::string read_one(const Dialect& dialect, const Variable& variable, const std::string& value, LoaderState& state) {
    std::optional<std::uint8_t> ignored;
    bool yes = false;
    switch (variable.means) {
    case Means::runs: return read_image(dialect, variable, value, ignored);
    case Means::stays: return read_image(dialect, variable, value, state.stays);
    case Means::chosen: return read_image(dialect, variable, value, state.chosen);
    case Means::tried_once:
        if (value == dialect.none) return {};
        state.tried = image_of(dialect, value);
        return state.tried ? std::string{} : said(variable, value, images_text(dialect) + " nor " + dialect.none);
    case Means::counting: return read_yes(variable, value, state.counting);
    case Means::boots_taken: return read_number(variable, value, state.boots_taken);
    case Means::boots_max: return read_number(variable, value, state.boots_max);
    case Means::order: return read_order(dialect, variable, value, state);
    case Means::boots_left: return read_number(variable, value, state.boots_left[variable.image]);
    case Means::progress: return read_number(variable, value, ignored);
    case Means::valid: {
        std::string error = read_yes(variable, value, yes);
        state.valid[variable.image] = yes;
        return error;
    }
    case Means::version: state.version[variable.image] = value; return {};
    }
    return {};
}

/// What the variable is to hold; nothing: as it is.
std::optional<std::string> value_of(const Dialect& dialect, const Variable& variable, const BootRecord& record,
                                    const BootPlan& plan, const LoaderState& now) {
    const std::uint8_t image = variable.image;
    const std::uint8_t tries = std::min(plan.tries, counted_boots_max);
    // The limit that is there stays, unless it is too low.
    const std::uint8_t boots_max = std::max(now.boots_max.value_or(0), tries);
    switch (variable.means) {
    case Means::runs: return dialect.images[record.active];
    case Means::stays: return dialect.images[plan.stays];
    case Means::tried_once: return plan.tries_one() ? dialect.images[plan.tried] : dialect.none;
    case Means::chosen: return dialect.images[plan.next()];
    case Means::counting: return plan.tries_one() ? "1" : "0";
    case Means::boots_taken: return std::to_string(plan.tries_one() ? boots_max - tries : 0);
    case Means::boots_max:
        if (!plan.tries_one()) return std::nullopt;
        return std::to_string(boots_max);
    case Means::order: {
        const std::string stays = dialect.images[plan.stays];
        return plan.tries_one() ? dialect.images[plan.tried] + (" " + stays) : stays;
    }
    case Means::boots_left:
        if (plan.tried == image) return std::to_string(tries);
        if (plan.stays != image) return "0";
        if (now.boots_left[image].value_or(0) >= many_boots / 2) return std::nullopt;
        return std::to_string(many_boots);
    case Means::progress:
        return record.rolled_back ? "3" : !plan.tries_one() ? "0" : record.active == plan.tried ? "2" : "1";
    case Means::valid: return record.image[image].valid ? "1" : "0";
    case Means::version:
        // A longer one that another tool wrote says the same.
        if (now.version[image].value_or("").substr(0, omci::version_octets) ==
            version_text(record.image[image].version))
            return std::nullopt;
        return version_text(record.image[image].version);
    }
    return std::nullopt;
}

}  // namespace

const Dialect* find_dialect(const std::string& name) {
    for (const Dialect& dialect : dialects::presets)
        if (name == dialect.name) return &dialect;
    return nullptr;
}

std::string dialect_names() {
    std::string names;
    for (const Dialect& dialect : dialects::presets) names += (names.empty() ? "" : ", ") + std::string{dialect.name};
    return names;
}

const char* text(Means means) {
    switch (means) {
    case Means::runs: return "the image that runs";
    case Means::stays: return "the image that boots where none is tried";
    case Means::tried_once: return "the image that is tried once";
    case Means::chosen: return "the image that boots next";
    case Means::counting: return "boots are counted";
    case Means::boots_taken: return "boots that were counted";
    case Means::boots_max: return "boots after which the other image is back";
    case Means::order: return "the images, in the order in which they are looked at";
    case Means::boots_left: return "boots left";
    case Means::progress: return "progress";
    case Means::valid: return "valid";
    case Means::version: return "version";
    }
    return "";
}

std::string check(const Dialect& dialect) {
    const std::string table = "the table of boot variables \"" + std::string{dialect.name} + "\" ";
    const auto count = [&](Means means, int image) {
        return std::count_if(dialect.variables.begin(), dialect.variables.end(), [&](const Variable& variable) {
            return variable.means == means && (image < 0 || variable.image == image);
        });
    };
    for (const Variable& variable : dialect.variables) {
        const std::string name = variable.name;
        if (name.empty() || name.find('=') != std::string::npos) return table + "has a variable without a proper name";
        if (variable.image >= images) return table + "speaks of an image beyond 0 and 1 at " + name;
        const auto same = [&](const Variable& other) { return name == other.name; };
        if (std::count_if(dialect.variables.begin(), dialect.variables.end(), same) != 1)
            return table + "has " + name + " twice";
        const bool of_image =
            variable.means == Means::boots_left || variable.means == Means::valid || variable.means == Means::version;
        if (count(variable.means, of_image ? variable.image : -1) != 1)
            return table + "says twice which variable is \"" + text(variable.means) + "\"";
    }
    const auto ways = count(Means::stays, -1) + count(Means::chosen, -1) + count(Means::order, -1);
    if (ways != 1) return table + "must say by exactly one of `stays`, `chosen` and `order` what boots";
    if (has(dialect, Means::tried_once) && !has(dialect, Means::stays))
        return table + "tries an image once, but has no variable for the one that stays";
    const auto all = [&](std::initializer_list<Means> means) {
        return std::all_of(means.begin(), means.end(), [&](Means one) { return count(one, -1) == 1; });
    };
    if (has(dialect, Means::order) && count(Means::boots_left, -1) != 2)
        return table + "has an order, but not the boots left of both images";
    if (has(dialect, Means::chosen) && !all({Means::counting, Means::boots_taken, Means::boots_max}))
        return table + "has a chosen image, but not all that counts its boots";
    if (std::string{dialect.images[0]} == dialect.images[1] || (has(dialect, Means::tried_once) && !*dialect.none))
        return table + "does not spell both images and `none` apart";
    return {};
}

std::optional<BootPlan> plan(const BootRecord& record) {
    const std::uint8_t committed = record.committed, uncommitted = other(committed);
    const ImageRecord& c = record.image[committed];
    const ImageRecord& u = record.image[uncommitted];
    if (!c.valid && !u.valid) return std::nullopt;
    if (!u.valid) return BootPlan{committed};
    if (!c.valid) return BootPlan{uncommitted};
    if (record.trial && u.tries_left > 0) {
        // What is gone back to must be known to run, where there is one that is.
        if (!c.proven && u.proven) return BootPlan{uncommitted};
        return BootPlan{committed, uncommitted, u.tries_left};
    }
    if (c.proven) return BootPlan{committed};
    if (c.tries_left > 0) return BootPlan{uncommitted, committed, c.tries_left};
    return BootPlan{uncommitted};
}

std::string read(const Dialect& dialect, const EnvironmentStore& store, LoaderState& state) {
    state = {};
    for (const Variable& variable : dialect.variables) {
        const auto value = store.get(variable.name);
        if (!value && variable.required)
            return std::string{variable.name} + " is missing in the boot loader's environment, which the dialect " +
                   dialect.name + " needs";
        if (!value) continue;
        if (std::string error = read_one(dialect, variable, *value, state); !error.empty()) return error;
    }
    return {};
}

std::vector<Setting> changes(const Dialect& dialect, const BootRecord& record, const EnvironmentStore& store) {
    std::vector<Setting> changes;
    const auto wanted = plan(record);
    if (!wanted) return changes;
    LoaderState now;
    for (const Variable& variable : dialect.variables) {
        const auto value = store.get(variable.name);
        if (value) (void)read_one(dialect, variable, *value, now);  // what cannot be read is written anew
    }
    for (const Variable& variable : dialect.variables) {
        const auto value = value_of(dialect, variable, record, *wanted, now);
        if (value && *value != store.get(variable.name).value_or("")) changes.push_back({variable.name, *value});
    }
    return changes;
}

std::string version_text(const omci::Version& version) {
    std::string text{omci::text(version)};
    for (char& c : text)
        if (c < ' ' || c > '~') c = '_';
    return text;
}

}  // namespace ont
