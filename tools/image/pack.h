// SPDX-License-Identifier: Apache-2.0
// "omcast image pack FILE ... -o OUT": a package of a plain image. Called by image_command() (tools/image.h).
#pragma once

namespace tools {

/// argv[0] is "image pack". Returns 0; throws UsageError, or another exception that names the file and the cause.
int image_pack(int argc, const char* const* argv);

}  // namespace tools
