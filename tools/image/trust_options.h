// SPDX-License-Identifier: Apache-2.0
// Whom to trust with packages: the options --ca, --crl and --require of the commands that send packages or take them
// ("simulate", "upgrade", "ont"), and what comes of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ont/linux/package_trust.h"
#include "tools/command_line.h"
#include "tools/image_file.h"

namespace tools {

struct TrustOptions {
    std::vector<std::string> anchors, revocations;  ///< files
    unsigned signers_min = 1;

    bool given() const { return !anchors.empty(); }
};

/// Puts --ca, --crl and --require into a description; `what` says what an anchor means here: "the package must be
/// signed under one".
void describe_trust(po::options_description& options, const std::string& what);

/// Throws UsageError where --crl or --require stand without a --ca.
TrustOptions parse_trust(const CommandLine& parsed);

/// Throws std::runtime_error that names the file and the cause.
std::shared_ptr<ont::PackageTrust> load_trust(const TrustOptions& options);

/// Throws std::runtime_error where the signatures of a package are not good enough, and for a plain image.
void check_signatures(const ImageFile& image, const std::string& path, const TrustOptions& options);

/// load_image() for what is to be sent: a package that every ONT would refuse is told as an ONT would tell it.
ImageFile load_to_send(const std::string& path);

/// What a package says of itself, for the plan of a campaign: "R7.2.1 for HG8010H, security counter 7, zstd, installs
/// 8.00 MiB". Empty for a plain image.
std::string package_line(const ImageFile& image);

}  // namespace tools
