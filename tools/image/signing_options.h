// SPDX-License-Identifier: Apache-2.0
// The options that say who signs, for "omcast image pack" and "sign"; and the one file that both read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "omci/wire.h"
#include "tools/command_line.h"

namespace tools {

struct SigningOptions {
    struct Signer {
        std::string key, certificate;
    };
    std::vector<Signer> signers;
    std::vector<std::string> chains;

    /// All files and URIs, which no output may overwrite.
    std::vector<std::string> inputs() const;
};

/// Puts --sign, --cert and --chain into a description.
void describe_signing(po::options_description& options);

/// Throws UsageError where keys and certificates are not as many.
SigningOptions parse_signing(const CommandLine& parsed);

/// The CMS with a signature of each, and the chains. Throws std::runtime_error.
std::vector<std::uint8_t> sign_all(std::vector<std::uint8_t> cms, omci::Octets manifest, const SigningOptions& options);

/// The one bare argument of a verb. Throws UsageError where there is none or more than one.
std::string only_file(const CommandLine& parsed, const char* verb, const char* what);

/// -o: a file that is none of `inputs`. Throws UsageError.
std::string output_path(const CommandLine& parsed, const std::vector<std::string>& inputs);

}  // namespace tools
