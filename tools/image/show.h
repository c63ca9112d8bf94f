// SPDX-License-Identifier: Apache-2.0
// "omcast image show FILE [--json]": what an image or a package is, and what sending it takes. Called by
// image_command() (tools/image.h).
#pragma once

namespace tools {

/// argv[0] is "image show". Returns 0; throws UsageError, or another exception that names the file and the cause.
int image_show(int argc, const char* const* argv);

}  // namespace tools
