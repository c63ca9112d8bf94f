// SPDX-License-Identifier: Apache-2.0
#include "tools/image/verify.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <stdexcept>

#include "ont/linux/package_trust.h"
#include "tools/image/package_file.h"
#include "tools/image/signing_options.h"
#include "tools/image_file.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {
namespace {

// clang-format off
po::options_description described_options() {
    po::options_description options{help_columns};
    options.add_options()
        ("ca", texts_value("FILE"), "trust anchors, PEM (must be given; may be given several times)")
        ("crl", texts_value("FILE"), "revocation lists, PEM or DER; with one every issuer needs one")
        ("require", text_value("N"), "so many signers with keys of their own, 1 to 8 (default 1)")
        ("dates", "certificates must be valid today; an ONT that has no clock does not ask")
        ("help,h", "this text");
    return options;
}
// clang-format on

struct VerifyOptions {
    std::string package;
    std::vector<std::string> anchors, revocations;
    unsigned signers_min = 1;
    bool dates = false;
};

void load_trust(const VerifyOptions& options, ont::PackageTrust& trust) {
    const auto check = [](const std::optional<std::string>& error) {
        if (error) throw std::runtime_error{*error};
    };
    for (const std::string& path : options.anchors) check(trust.add_anchors(path));
    for (const std::string& path : options.revocations) check(trust.add_revocations(path));
    if (options.dates) trust.set_time(std::time(nullptr));
}

void say(const char* what, const std::string& text) { fmt::print("{:<11} {}\n", what, text); }

/// Says who signed; throws PackageError where that is not enough.
void check_signatures(const Package& package, const ont::PackageTrust& trust, const VerifyOptions& options) {
    std::vector<ont::PackageSigner> signers;
    const auto verdict = static_cast<omci::Refusal>(
        trust.examine(package.head.cms, package.manifest_octets, options.signers_min, signers));
    unsigned good = 0;
    for (const ont::PackageSigner& signer : signers) {
        const bool counts = signer.refusal == ONT_REFUSAL_NONE && !signer.repeated;
        good += counts;
        say("signer", fmt::format("{}{}: {}", signer.name, signer.algorithm.empty() ? "" : ", " + signer.algorithm,
                                  counts            ? "good"
                                  : signer.repeated ? "good, and the same key as another: counted once"
                                                    : signer.cause));
    }
    if (verdict != omci::Refusal::none)
        throw PackageError{verdict, fmt::format("package {}: {}: {} of {} signature{} good, {} wanted", options.package,
                                                omci::row(verdict).sentence, good, signers.size(),
                                                signers.size() == 1 ? "" : "s", options.signers_min)};
}

void verify(const VerifyOptions& options) {
    ont::PackageTrust trust;
    load_trust(options, trust);
    const std::vector<std::uint8_t> octets = load_octets(options.package);
    if (!begins_as_package(octets, options.package))
        throw PackageError{omci::Refusal::plain_image,
                           "image " + options.package + ": is no package, but a plain image"};

    // Signatures before anything of the manifest is believed, as the handler does it.
    const Package head = read_package_head(octets, options.package);
    say("head", fmt::format("{} octets, sound", grouped(head.header.head_octets())));
    check_signatures(head, trust, options);
    const Package package = read_package(octets, options.package);
    const omci::Manifest& manifest = package.manifest;
    say("manifest", fmt::format("{} for {}", manifest.version, manifest.product_code));
    check_lists(package, options.package);
    const std::size_t frames = package.head.frames.size() / omci::FrameEntry::wire_octets;
    say("lists", fmt::format("{} blocks{}, as signed", package.header.blocks(),
                             frames == 0 ? "" : fmt::format(" and {} frames", frames)));
    unpack(package, options.package);
    say("payload", fmt::format("{} octets of image: every {}block and the whole are what was signed",
                               grouped(manifest.size), frames == 0 ? "" : "frame, "));
    fmt::print("{} is good\n", options.package);
}

void print_help(const po::options_description& described) {
    fmt::print(
        "usage: omcast image verify PACKAGE --ca FILE [--crl FILE] [--require N]\n\nChecks a package as an ONT with "
        "these anchors does, in the same order: head, signatures, manifest, lists,\nframes, blocks. What an ONT "
        "would refuse is named as the ONT names it, and the exit status is 1. What\nonly an ONT knows (its "
        "product code, hardware, room, counter) is not checked.\n\n{}",
        described_text(described));
}

}  // namespace

int image_verify(int argc, const char* const* argv) {
    const po::options_description described = described_options();
    po::options_description all{help_columns};
    all.add(described).add_options()("file", texts_value("PACKAGE"), "");
    const CommandLine parsed{argc, argv, all, "file"};
    if (parsed.has("help")) return print_help(described), 0;

    VerifyOptions options;
    options.package = only_file(parsed, "image verify", "PACKAGE");
    options.anchors = parsed.texts("ca");
    if (options.anchors.empty()) throw UsageError{"image verify needs --ca FILE"};
    options.revocations = parsed.texts("crl");
    parsed.count("require", options.signers_min, 1, ont::PackageTrust::signers_max);
    options.dates = parsed.has("dates");
    try {
        verify(options);
    } catch (const PackageError& error) {
        std::fflush(stdout);  // what was good stands before what was not
        throw std::runtime_error{fmt::format("{}: {}", omci::row(error.refusal).name, error.what())};
    }
    return 0;
}

}  // namespace tools
