// SPDX-License-Identifier: Apache-2.0
#include "tools/image/pack.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <limits>
#include <stdexcept>

#include "tools/image/package_maker.h"
#include "tools/image/package_signature.h"
#include "tools/image/signing_options.h"
#include "tools/image_file.h"
#include "tools/report/output_file.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {
namespace {

constexpr std::uint64_t number_max = std::numeric_limits<std::uint32_t>::max();

/// What a manifest points into, and what stands behind its keys.
struct PackOptions {
    std::string image, output;
    std::string version, product_code, compatible, hardware, required_version;
    std::uint32_t security_counter = 0, min_free = 0;
    std::vector<std::string> metas;
    omci::Payload payload = omci::Payload::raw;
    SigningOptions signing;
};

// clang-format off
po::options_description described_options() {
    po::options_description manifest{"What the manifest says", help_columns};
    manifest.add_options()
        ("product-code", text_value("TEXT"), "of the ONTs it is for, at most 25 characters (must be given)")
        ("version", text_value("TEXT"), "what an ONT will report, at most 14 characters (default: what the image says "
                                        "of itself, as \"omcast image show\" does)")
        ("compatible", text_value("LIST"), "further product codes, comma separated")
        ("hardware", text_value("LIST"), "hardware versions that it is for, comma separated (default: any)")
        ("security-counter", text_value("N"), "an ONT that has committed a higher one refuses it (default 0)")
        ("requires", text_value("VERSION"), "the lowest version that may be running")
        ("min-free", text_value("SIZE"), "octets of the slot that must be left behind the image: 64K, 1MiB")
        ("meta", texts_value("KEY=VALUE"), "anything else, for people; may be given several times");
    po::options_description signing{"Who signs", help_columns};
    describe_signing(signing);
    po::options_description output{"What comes out", help_columns};
    output.add_options()
        ("compress", text_value("zstd"), "in frames of 256 KiB, which an ONT unpacks one by one")
        ("output,o", text_value("FILE"), "the package (must be given)")
        ("help,h", "this text");
    po::options_description all{help_columns};
    all.add(manifest).add(signing).add(output);
    return all;
}
// clang-format on

PackOptions parse_options(const CommandLine& parsed) {
    PackOptions options;
    options.image = only_file(parsed, "image pack", "FILE");
    options.product_code = parsed.required("product-code", "TEXT");
    if (parsed.has("version")) options.version = parse_version(parsed.text("version"));
    options.compatible = parsed.text("compatible");
    options.hardware = parsed.text("hardware");
    options.required_version = parsed.text("requires");
    parsed.count("security-counter", options.security_counter, 0, number_max);
    parsed.parse("min-free", options.min_free, [](const std::string& flag, const std::string& text) {
        return static_cast<std::uint32_t>(parse_size(flag, text, 0, number_max));
    });
    options.metas = parsed.texts("meta");
    constexpr std::array<const char*, 2> payloads{"none", "zstd"};
    parsed.choice("compress", payloads, options.payload);
    options.signing = parse_signing(parsed);
    std::vector<std::string> inputs = options.signing.inputs();
    inputs.push_back(options.image);
    options.output = output_path(parsed, inputs);

    // An empty one would be left out of the manifest: not what was meant.
    for (const char* name : {"compatible", "hardware", "requires"})
        if (parsed.has(name) && parsed.text(name).empty()) throw UsageError{fmt::format("--{}: is empty", name)};
    for (const std::string& meta : options.metas)
        if (meta.find('=') == meta.npos || meta[0] == '=')
            throw UsageError{fmt::format("--meta: \"{}\" is not KEY=VALUE", meta)};
    // A line feed would begin a line of the manifest, and so say what no option said.
    for (const char* name : {"product-code", "compatible", "hardware", "requires"})
        if (parsed.text(name).find('\n') != std::string::npos)
            throw UsageError{fmt::format("--{}: holds a line feed", name)};
    for (const std::string& meta : options.metas)
        if (meta.find('\n') != meta.npos) throw UsageError{"--meta: holds a line feed"};
    return options;
}

/// What a value of an option may be, for a value that it may not be.
std::string allowed(std::string_view key) {
    if (key == "product-code") return "is not 1 to 25 printable ASCII characters";
    if (key == "compatible") return "is no list of product codes, each of 1 to 25 printable ASCII characters";
    if (key == "hardware") return "is no list of versions, each of 1 to 14 printable ASCII characters";
    if (key == "requires") return "is not 1 to 14 printable ASCII characters";
    return "";
}

std::string manifest_of(const PackOptions& options, omci::Octets image, const PackageParts& parts) {
    omci::Manifest manifest;
    manifest.version = options.version;
    manifest.product_code = options.product_code;
    manifest.compatible = options.compatible;
    manifest.hardware = options.hardware;
    manifest.required_version = options.required_version;
    manifest.security_counter = options.security_counter;
    manifest.min_free = options.min_free;
    manifest.payload = options.payload;
    describe(image, parts, manifest);
    std::string text = manifest_text(manifest, options.metas);

    // Read as an ONT reads it: what an option said wrongly is found here, under the name of the option.
    omci::Manifest read;
    const omci::ManifestError error =
        omci::read_manifest({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, read);
    if (error.fault == omci::ManifestFault::ok) return text;
    const std::string key{error.key};
    if (const std::string rule = allowed(key); !rule.empty()) throw UsageError{fmt::format("--{}: {}", key, rule)};
    const bool is_meta = error.key.starts_with("meta.");
    throw UsageError{fmt::format("--{}: {}{}", is_meta || error.key.empty() ? "meta" : error.key,
                                 is_meta ? fmt::format("\"{}\": ", error.key.substr(5)) : "", omci::text(error.fault))};
}

int pack(PackOptions options) {
    const ImageFile file = load_image(options.image);
    if (file.package) throw std::runtime_error{"image " + options.image + ": is a package already"};
    if (options.version.empty()) options.version = omci::text(file.version);
    OutputFile output{options.output, "package"};

    const PackageParts parts = cut_image(file.octets, options.payload);
    const std::string text = manifest_of(options, file.octets, parts);
    const omci::Octets manifest{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    const std::vector<std::uint8_t> cms = sign_all(unsigned_cms(manifest), manifest, options.signing);
    const std::vector<std::uint8_t> package = join_package(cms, parts.blocks, parts.frames, parts.payload);
    output.finish({reinterpret_cast<const char*>(package.data()), package.size()});

    const std::size_t signatures = options.signing.signers.size();
    fmt::print("{}: {} for {}, {} octets of image in {}, {}\n", options.output, options.version, options.product_code,
               grouped(file.octets.size()), grouped(package.size()),
               signatures == 0   ? std::string{"not signed: ONTs with a trust anchor want \"omcast image sign\" first"}
               : signatures == 1 ? std::string{"1 signature"}
                                 : fmt::format("{} signatures", signatures));
    return 0;
}

void print_help(const po::options_description& described) {
    fmt::print(
        "usage: omcast image pack FILE --product-code TEXT [OPTION...] -o OUT\n\nMakes a package of the plain image "
        "FILE: a signed manifest with the hash of each 64 KiB, then the image.\nThe same arguments give the same "
        "octets, but for ECDSA signatures.\n\n{}",
        described_text(described));
}

}  // namespace

int image_pack(int argc, const char* const* argv) {
    const po::options_description described = described_options();
    po::options_description all{help_columns};
    all.add(described).add_options()("file", texts_value("FILE"), "");
    const CommandLine parsed{argc, argv, all, "file"};
    if (parsed.has("help")) return print_help(described), 0;
    return pack(parse_options(parsed));
}

}  // namespace tools
