// SPDX-License-Identifier: Apache-2.0
// The storage that the sweep knows, and the ways of booting: a row each.
#pragma once

#include <span>

#include "tests/ont/power_cut/board.h"

namespace power_cut {

std::span<const BackendRow> backends();
std::span<const DialectRow> dialects();

}  // namespace power_cut
