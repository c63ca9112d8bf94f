// SPDX-License-Identifier: Apache-2.0
// What a build of the handler may leave out, in one place: options of meson become constants here, and who includes
// this asks `if constexpr (build::packages)`. The linker then drops what nobody calls any more.
#pragma once

#ifndef ONT_PACKAGES
#define ONT_PACKAGES 1
#endif

namespace ont::build {

/// Packages are judged and unpacked. Without it each is refused by name, and plain images are taken as G.988 has it.
inline constexpr bool packages = ONT_PACKAGES != 0;

}  // namespace ont::build
