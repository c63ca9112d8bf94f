// SPDX-License-Identifier: Apache-2.0
// "omcast image sign PACKAGE --sign KEY --cert CERT -o OUT": one signature more, the rest as it was. Called by
// image_command() (tools/image.h).
#pragma once

namespace tools {

/// argv[0] is "image sign". Returns 0; throws UsageError, or another exception that names the file and the cause.
int image_sign(int argc, const char* const* argv);

}  // namespace tools
