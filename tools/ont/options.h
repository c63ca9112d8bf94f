// SPDX-License-Identifier: Apache-2.0
// The command line of "omcast ont" as values. Read by ont_command.cpp; a mistake is a UsageError that names the flag.
#pragma once

#include <cstdint>
#include <string>

#include "tools/image/trust_options.h"
#include "tools/link/link_options.h"
#include "tools/ont/daemon.h"

namespace tools {

struct OntOptions {
    bool help = false;
    LinkOptions link;
    std::uint16_t first = 0;  ///< ONU-ID of the first ONT
    std::uint16_t count = 1;
    std::string slots;
    TrustOptions trust;  ///< read into `kind` by who has checked the rest
    OntKind kind;
    std::string log;  ///< empty: the standard output
    bool quiet = false;
};

OntOptions parse_ont_options(int argc, const char* const* argv);
std::string ont_help();

}  // namespace tools
