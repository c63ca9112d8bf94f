// SPDX-License-Identifier: Apache-2.0
#include "tools/image/sign.h"

#include <fmt/format.h>

#include <stdexcept>

#include "tools/image/package_maker.h"
#include "tools/image/signing_options.h"
#include "tools/image_file.h"
#include "tools/report/output_file.h"
#include "tools/usage.h"

namespace tools {
namespace {

po::options_description described_options() {
    po::options_description options{help_columns};
    describe_signing(options);
    options.add_options()("output,o", text_value("FILE"), "the package with the signature added (must be given)")(
        "help,h", "this text");
    return options;
}

int sign(const std::string& path, const SigningOptions& options, const std::string& output_name) {
    // Nobody should sign what is not what it says: the whole package is checked first.
    const ImageFile file = load_image(path);
    if (!file.package) throw std::runtime_error{"image " + path + ": is no package; \"omcast image pack\" makes one"};
    OutputFile output{output_name, "package"};

    const Package& package = *file.package;
    const std::vector<std::uint8_t> cms =
        sign_all({package.head.cms.begin(), package.head.cms.end()}, package.manifest_octets, options);
    const std::vector<std::uint8_t> octets =
        join_package(cms, package.head.blocks, package.head.frames, package.payload);
    output.finish({reinterpret_cast<const char*>(octets.data()), octets.size()});
    fmt::print("{}: {} for {}, {} signature{} added\n", output_name, package.manifest.version,
               package.manifest.product_code, options.signers.size(), options.signers.size() == 1 ? "" : "s");
    return 0;
}

void print_help(const po::options_description& described) {
    fmt::print(
        "usage: omcast image sign PACKAGE --sign KEY --cert CERT [--chain FILE] -o OUT\n\nAdds a signature to a "
        "package, over the same manifest; those that are there stay.\n\n{}",
        described_text(described));
}

}  // namespace

int image_sign(int argc, const char* const* argv) {
    const po::options_description described = described_options();
    po::options_description all{help_columns};
    all.add(described).add_options()("file", texts_value("PACKAGE"), "");
    const CommandLine parsed{argc, argv, all, "file"};
    if (parsed.has("help")) return print_help(described), 0;

    const std::string path = only_file(parsed, "image sign", "PACKAGE");
    const SigningOptions options = parse_signing(parsed);
    if (options.signers.empty()) throw UsageError{"image sign needs --sign KEY and --cert CERT"};
    std::vector<std::string> inputs = options.inputs();
    inputs.push_back(path);
    return sign(path, options, output_path(parsed, inputs));
}

}  // namespace tools
