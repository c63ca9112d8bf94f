// SPDX-License-Identifier: Apache-2.0
// U-Boot's environment through libubootenv: flash, eMMC or files, as a fw_env.config says. There must be two copies:
// then a store is power-cut safe, for the stale one is written, and counts once it is whole. Called by
// boot_environment.cpp.
#pragma once

#include <memory>
#include <string>

#include "ont/linux/environment_store.h"

namespace ont {

/// Opens what `config`, the path of a fw_env.config, describes, and reads it once. Empty and `to` is there, or a
/// sentence. Where this was built without libubootenv, the sentence says so.
std::string open_uboot_store(const std::string& config, std::unique_ptr<EnvironmentStore>& to);

}  // namespace ont
