// SPDX-License-Identifier: Apache-2.0
#include "tools/decode.h"

#include "tools/usage.h"

namespace tools {

int decode_command(int, char**) { throw UsageError{"decode is not built yet"}; }

}  // namespace tools
