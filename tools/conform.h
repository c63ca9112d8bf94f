// SPDX-License-Identifier: Apache-2.0
// "omcast conform": acceptance of one ONT on a link, and a probe of what G.988 leaves open. The cases lie in conform/.
#pragma once

namespace tools {

/// argv[0] is the subcommand's name. Returns the exit status; throws UsageError for wrong usage.
int conform_command(int argc, char** argv);

}  // namespace tools
