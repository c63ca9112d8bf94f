// SPDX-License-Identifier: Apache-2.0
#include "tools/image/trust_options.h"

#include <fmt/format.h>

#include <stdexcept>

#include "tools/image/package_file.h"
#include "tools/report/campaign.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {
namespace {

[[noreturn]] void fail(omci::Refusal refusal, const std::string& sentence) {
    throw std::runtime_error{fmt::format("{}: {}", omci::row(refusal).name, sentence)};
}

const char* text(omci::Payload payload) {
    switch (payload) {
    case omci::Payload::raw: return "raw";
    case omci::Payload::zstd: return "zstd";
    case omci::Payload::delta: return "delta";
    }
    return "unknown";
}

}  // namespace

void describe_trust(po::options_description& options, const std::string& what) {
    const std::string ca = fmt::format("trust anchors, PEM: {}; may be given several times", what);
    options.add_options()("ca", texts_value("FILE"), ca.c_str())(
        "crl", texts_value("FILE"), "revocation lists, PEM or DER; with one every issuer needs one")(
        "require", text_value("N"), "so many signers with keys of their own, 1 to 8 (default 1)");
}

TrustOptions parse_trust(const CommandLine& parsed) {
    TrustOptions options;
    options.anchors = parsed.texts("ca");
    options.revocations = parsed.texts("crl");
    parsed.count("require", options.signers_min, 1, ont::PackageTrust::signers_max);
    for (const char* other : {"crl", "require"})
        if (parsed.has(other) && !options.given())
            throw UsageError{
                fmt::format("--{} needs --ca FILE: without a trust anchor no signature is looked at", other)};
    return options;
}

std::shared_ptr<ont::PackageTrust> load_trust(const TrustOptions& options) {
    auto trust = std::make_shared<ont::PackageTrust>();
    for (const std::string& path : options.anchors)
        if (const auto error = trust->add_anchors(path)) throw std::runtime_error{"--ca: " + *error};
    for (const std::string& path : options.revocations)
        if (const auto error = trust->add_revocations(path)) throw std::runtime_error{"--crl: " + *error};
    return trust;
}

void check_signatures(const ImageFile& image, const std::string& path, const TrustOptions& options) {
    const auto trust = load_trust(options);
    if (!image.package)
        fail(omci::Refusal::plain_image, fmt::format("image {}: is no package, and so it is not signed", path));
    const auto verdict = static_cast<omci::Refusal>(
        trust->check(image.package->head.cms, image.package->manifest_octets, options.signers_min));
    if (verdict != omci::Refusal::none)
        fail(verdict,
             fmt::format("package {}: {}; \"omcast image verify\" tells more", path, omci::row(verdict).sentence));
}

ImageFile load_to_send(const std::string& path) {
    try {
        return load_image(path);
    } catch (const PackageError& error) {
        fail(error.refusal, error.what());
    }
}

std::string package_line(const ImageFile& image) {
    if (!image.package) return "";
    const omci::Manifest& manifest = image.package->manifest;
    std::string out = fmt::format("{} for {}", printable(manifest.version), printable(manifest.product_code));
    if (!manifest.compatible.empty()) out += fmt::format(" and {}", printable(manifest.compatible));
    if (!manifest.hardware.empty()) out += fmt::format(", hardware {}", printable(manifest.hardware));
    if (!manifest.required_version.empty()) out += fmt::format(", requires {}", printable(manifest.required_version));
    return out + fmt::format(", security counter {}, {}, installs {}", manifest.security_counter,
                             text(manifest.payload), mebibytes(manifest.size));
}

}  // namespace tools
