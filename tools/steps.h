// SPDX-License-Identifier: Apache-2.0
// The subcommands that take an upgrade step by step: what ONTs hold, and Activate, Commit and abort for a set of them.
#pragma once

namespace tools {

/// argv[0] is the subcommand's name. Each returns the exit status.
int status_command(int argc, char** argv);
int activate_command(int argc, char** argv);
int commit_command(int argc, char** argv);
int abort_command(int argc, char** argv);

}  // namespace tools
