// SPDX-License-Identifier: Apache-2.0
#include "tools/ont/board_loader.h"

#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "ont/linux/uboot_store.h"
#include "tools/usage.h"

namespace tools {
namespace {

constexpr int nothing = -1;
constexpr std::uint8_t boots_at_first = 3;  ///< where a loader of the field finds no count

std::unique_ptr<ont::EnvironmentStore> open_store(const std::string& config) {
    std::unique_ptr<ont::EnvironmentStore> store;
    if (const std::string wrong = ont::open_uboot_store(config, store); !wrong.empty())
        throw std::runtime_error{"--boot-environment: " + wrong};
    return store;
}

const ont::Dialect& dialect_of(const std::string& name) {
    if (const ont::Dialect* dialect = ont::find_dialect(name)) return *dialect;
    throw UsageError{fmt::format("--boot-dialect: \"{}\" is none of {}", name, ont::dialect_names())};
}

bool valid(const ont::LoaderState& state, int image) {
    return image != nothing && state.valid[static_cast<std::size_t>(image)].value_or(false);
}

}  // namespace

BoardLoader::BoardLoader(const std::string& config, const std::string& dialect)
    : store_{open_store(config)}, dialect_{dialect_of(dialect)}, environment_{*store_, dialect_, mark(*this)} {}

ont::BootOnce BoardLoader::mark(BoardLoader& loader) {
    return {[](void* context, int image) {
                static_cast<BoardLoader*>(context)->boot_once_ = image;
                return 0;
            },
            &loader};
}

std::string BoardLoader::boot(std::uint8_t& image) {
    std::string wrong = store_->load();
    ont::LoaderState state;
    if (wrong.empty()) wrong = ont::read(dialect_, *store_, state);
    int chosen = nothing;
    if (wrong.empty()) wrong = choose(state, chosen);
    if (!wrong.empty()) return wrong;
    if (chosen == nothing) return "by the variables of the boot loader no image may run";
    image = static_cast<std::uint8_t>(chosen);
    return environment_.booted(image);
}

/// By the kinds of variables that the dialect has.
std::string BoardLoader::choose(const ont::LoaderState& state, int& image) {
    if (ont::has(dialect_, ont::Means::order)) return take_boot(state, image);
    if (ont::has(dialect_, ont::Means::chosen)) return count_boot(state, image);
    const int hint = std::exchange(boot_once_, ont::boot_once_nothing);
    const int stays = state.stays.value_or(0);
    const int tried = state.tried ? int{*state.tried} : hint;
    image = valid(state, tried) ? tried : valid(state, stays) ? stays : valid(state, 1 - stays) ? 1 - stays : nothing;
    return state.tried ? store(ont::Means::tried_once, dialect_.none) : "";
}

/// The first in the order that has boots left loses one; with none left all get some, and it starts over.
std::string BoardLoader::take_boot(const ont::LoaderState& state, int& image) {
    for (const bool again : {false, true})
        for (const std::uint8_t next : state.order) {
            const std::uint8_t left = again ? boots_at_first : state.boots_left[next].value_or(boots_at_first);
            if (left == 0) continue;
            image = next;
            return store(ont::Means::boots_left, std::to_string(left - 1), next);
        }
    return "";
}

/// While it counts: beyond the limit the other slot has its turn, for good.
std::string BoardLoader::count_boot(const ont::LoaderState& state, int& image) {
    image = state.chosen.value_or(0);
    if (!state.counting) return "";
    const unsigned taken = state.boots_taken.value_or(0) + 1u, most = state.boots_max.value_or(0);
    if (most == 0 || taken <= most) return store(ont::Means::boots_taken, std::to_string(taken));
    image = 1 - image;
    const std::array changes{
        std::pair{ont::Means::chosen, std::string{dialect_.images[static_cast<std::size_t>(image)]}},
        std::pair{ont::Means::counting, std::string{"0"}}, std::pair{ont::Means::boots_taken, std::string{"0"}},
        std::pair{ont::Means::progress, std::string{"3"}}};
    for (const auto& [means, value] : changes)
        if (std::string wrong = store(means, value); !wrong.empty()) return wrong;
    return "";
}

/// A variable that the dialect lacks is nothing to be stored.
std::string BoardLoader::store(ont::Means means, const std::string& value, std::uint8_t image) {
    for (const ont::Variable& variable : dialect_.variables) {
        if (variable.means != means || variable.image != image) continue;
        const std::array<ont::Setting, 1> setting{{{variable.name, value}}};
        return store_->store(setting);
    }
    return "";
}

}  // namespace tools
