// SPDX-License-Identifier: Apache-2.0
#include "tools/image_show.h"

#include "tools/usage.h"

namespace tools {

int image_command(int, char**) { throw UsageError{"image is not built yet"}; }

}  // namespace tools
