// SPDX-License-Identifier: Apache-2.0
// "omcast ont": the handler as a Linux daemon on a link, for one ONT or a whole rack of them. Called by main().
#pragma once

namespace tools {

int ont_command(int argc, char** argv);

}  // namespace tools
