// SPDX-License-Identifier: Apache-2.0
// "omcast image verify PACKAGE --ca FILE": the judgement of an ONT, in its order and with its refusals. Called by
// image_command() (tools/image.h).
#pragma once

namespace tools {

/// argv[0] is "image verify". Returns 0; throws UsageError, or another exception that names the file and the cause.
int image_verify(int argc, const char* const* argv);

}  // namespace tools
