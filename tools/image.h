// SPDX-License-Identifier: Apache-2.0
// "omcast image VERB ...": the table of what can be done with images and packages; each verb is a file pair in image/.
// Called by main() and by the tests.
#pragma once

namespace tools {

/// Returns 0; throws UsageError, or another exception that names the file that cannot be used.
int image_command(int argc, char** argv);

}  // namespace tools
