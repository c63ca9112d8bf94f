// SPDX-License-Identifier: Apache-2.0
// "omcast image show FILE [--json]": what an image is and what sending it takes. Called by main() and by the tests.
#pragma once

namespace tools {

/// Returns 0; throws UsageError, or another exception that names the file that cannot be used.
int image_command(int argc, char** argv);

}  // namespace tools
