// SPDX-License-Identifier: Apache-2.0
// Telling the platform what happened, where it wants to know.
#pragma once

#include <cstdint>

#include "ont/ont.h"

namespace ont {

inline constexpr std::uint32_t record_storage = 0xFFFF'FFFFu;   ///< ONT_EVENT_STORAGE_FAILED of the boot record
inline constexpr std::uint32_t counter_storage = 0xFFFF'FFFEu;  ///< and of the security counter

inline void report(const ont_platform& platform, ont_event kind, std::uint32_t value) noexcept {
    if (platform.event != nullptr) platform.event(platform.context, kind, value);
}

}  // namespace ont
