// SPDX-License-Identifier: Apache-2.0
// The boot loader of the box that "omcast ont --boot-environment" plays: it decides by the variables of U-Boot's
// environment which image boots, as a loader of that dialect does before Linux is there, and keeps the boot record with
// them. On a real ONT the loader is U-Boot, and what is here is ont/linux/boot_environment.h alone. Made by OntDaemon.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ont/linux/boot_environment.h"

namespace tools {

class BoardLoader {
public:
    /// `config` is the path of a fw_env.config. Throws std::runtime_error naming the cause.
    BoardLoader(const std::string& config, const std::string& dialect);

    /// Power-on or restart: sets `image` to the one that boots. Empty, or a sentence: then nothing boots.
    std::string boot(std::uint8_t& image);

    ont::BootEnvironment& environment() { return environment_; }

private:
    std::string choose(const ont::LoaderState& state, int& image);
    std::string take_boot(const ont::LoaderState& state, int& image);
    std::string count_boot(const ont::LoaderState& state, int& image);
    std::string store(ont::Means means, const std::string& value, std::uint8_t image = 0);
    static ont::BootOnce mark(BoardLoader& loader);

    std::unique_ptr<ont::EnvironmentStore> store_;
    const ont::Dialect& dialect_;
    int boot_once_ = ont::boot_once_nothing;  ///< what a register of the processor would hold
    ont::BootEnvironment environment_;
};

}  // namespace tools
