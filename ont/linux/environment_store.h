// SPDX-License-Identifier: Apache-2.0
// The boot loader's environment as a store of names and values, with the one thing that a boot decision needs of it:
// many variables change in one step that a power cut cannot divide. Called by boot_environment.h only; behind it is
// libubootenv (uboot_store.h), or what a firmware brings instead.
#pragma once

#include <optional>
#include <span>
#include <string>

namespace ont {

struct Setting {
    std::string name;
    std::string value;

    bool operator==(const Setting&) const = default;
};

class EnvironmentStore {
public:
    EnvironmentStore() = default;
    EnvironmentStore(const EnvironmentStore&) = delete;
    EnvironmentStore& operator=(const EnvironmentStore&) = delete;
    virtual ~EnvironmentStore() = default;

    /// Reads the whole environment. Empty, or a sentence that names what is wrong and where.
    virtual std::string load() = 0;

    /// The value that load() read, or store() changed. Nothing where there is no such variable.
    virtual std::optional<std::string> get(const std::string& name) const = 0;

    /// Changes these variables and no others. After a power cut either all of them have their new values or none; when
    /// it returned empty, all of them do. Else a sentence, and after it load() tells which.
    virtual std::string store(std::span<const Setting> settings) = 0;
};

}  // namespace ont
