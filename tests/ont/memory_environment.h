// SPDX-License-Identifier: Apache-2.0
// A boot loader's environment in memory, for the tests of boot environments and the power cuts: two copies, written in
// turn, of which the newer undamaged one counts, as U-Boot's redundant environment does. Firmware and the models of
// boot loaders (boot_loaders.h) share one, as they share the flash.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "ont/linux/environment_store.h"

namespace tests {

class MemoryEnvironment final : public ont::EnvironmentStore {
public:
    using Variables = std::map<std::string, std::string>;

    /// What becomes of one store.
    enum class Store {
        done,
        lost,       ///< nothing is written, and it fails
        torn,       ///< the copy that is written is damaged, and it fails
        done_dark,  ///< it is written, but nobody lives to hear of it: it fails
    };

    MemoryEnvironment() = default;
    explicit MemoryEnvironment(Variables variables) { copies_[0] = {std::move(variables), 1, true}; }

    /// Asked at each store, by firmware and loader alike; null: done.
    std::function<Store()> on_store;
    int stores = 0;  ///< that were done

    std::string load() override {
        const Copy* now = current();
        if (now == nullptr) return "both copies of the environment in memory are damaged";
        read_ = now->variables;
        return {};
    }

    std::optional<std::string> get(const std::string& name) const override {
        const auto found = read_.find(name);
        if (found == read_.end()) return std::nullopt;
        return found->second;
    }

    std::string store(std::span<const ont::Setting> settings) override {
        const Copy* now = current();
        if (now == nullptr) return "both copies of the environment in memory are damaged";
        const Store how = on_store ? on_store() : Store::done;
        if (how == Store::lost) return "the environment in memory was not stored";
        Copy next{now->variables, now->generation + 1, how != Store::torn};
        for (const ont::Setting& setting : settings) {
            if (setting.value.empty())
                next.variables.erase(setting.name);
            else
                next.variables[setting.name] = setting.value;
        }
        Copy& stale = now == &copies_[0] ? copies_[1] : copies_[0];
        stale = std::move(next);
        if (how == Store::torn) return "the store of the environment in memory was torn";
        read_ = stale.variables;
        ++stores;
        return how == Store::done ? std::string{} : "the power went after the environment in memory was stored";
    }

    /// What is stored: what a boot loader would read.
    Variables variables() const { return current() != nullptr ? current()->variables : Variables{}; }

    /// Damages a copy that lies there: 0 or 1.
    void damage(std::size_t copy) { copies_.at(copy).good = false; }

private:
    struct Copy {
        Variables variables;
        std::uint32_t generation = 0;
        bool good = false;
    };

    const Copy* current() const {
        const Copy* best = nullptr;
        for (const Copy& copy : copies_)
            if (copy.good && (best == nullptr || copy.generation > best->generation)) best = &copy;
        return best;
    }

    std::array<Copy, 2> copies_;
    Variables read_;
};

}  // namespace tests
