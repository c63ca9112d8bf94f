// SPDX-License-Identifier: Apache-2.0
// The subcommand "upgrade": the engine on a real link.
#pragma once

namespace tools {

/// argv[0] is the subcommand's name. Returns the exit status.
int upgrade_command(int argc, char** argv);

}  // namespace tools
