// SPDX-License-Identifier: Apache-2.0
#include "tools/image/signing_options.h"

#include <fmt/format.h>

#include "tools/image/package_signature.h"
#include "tools/report/output_file.h"
#include "tools/usage.h"

namespace tools {

std::vector<std::string> SigningOptions::inputs() const {
    std::vector<std::string> all = chains;
    for (const Signer& signer : signers) all.insert(all.end(), {signer.key, signer.certificate});
    return all;
}

// clang-format off
void describe_signing(po::options_description& options) {
    options.add_options()
        ("sign", texts_value("KEY"), "a private key that signs: a PEM file, or a URI such as pkcs11:... where OpenSSL "
                                     "has a provider for it. ECDSA P-256 or P-384, or RSA of 2048 bits and more. May "
                                     "be given several times, each with its --cert. A passphrase is asked for")
        ("cert", texts_value("CERT"), "the certificate of the key, a file or a URI; further ones in the file go into "
                                      "the package like those of --chain")
        ("chain", texts_value("FILE"), "certificates between signer and anchor, to go into the package: an ONT has "
                                       "the anchor alone");
}
// clang-format on

SigningOptions parse_signing(const CommandLine& parsed) {
    SigningOptions options;
    const std::vector<std::string> keys = parsed.texts("sign"), certificates = parsed.texts("cert");
    if (keys.size() != certificates.size())
        throw UsageError{fmt::format("--sign, --cert: {} key{} and {} certificate{}; each key needs its certificate",
                                     keys.size(), keys.size() == 1 ? "" : "s", certificates.size(),
                                     certificates.size() == 1 ? "" : "s")};
    for (std::size_t i = 0; i < keys.size(); ++i) options.signers.push_back({keys[i], certificates[i]});
    options.chains = parsed.texts("chain");
    return options;
}

std::vector<std::uint8_t> sign_all(std::vector<std::uint8_t> cms, omci::Octets manifest,
                                   const SigningOptions& options) {
    for (const SigningOptions::Signer& signer : options.signers)
        cms = add_signature(cms, manifest, SigningKey{signer.key, signer.certificate});
    for (const std::string& chain : options.chains) cms = add_chain(cms, chain);
    return cms;
}

std::string only_file(const CommandLine& parsed, const char* verb, const char* what) {
    const std::vector<std::string> files = parsed.texts("file");
    if (files.size() != 1)
        throw UsageError{fmt::format("{}: takes one {}, and {} were given", verb, what, files.size())};
    if (files[0].empty()) throw UsageError{fmt::format("{}: the {} has no name", verb, what)};
    return files[0];
}

std::string output_path(const CommandLine& parsed, const std::vector<std::string>& inputs) {
    parsed.required("output", "FILE");
    const std::string path = parsed.file("output");
    for (const std::string& input : inputs)
        if (same_file(path, input)) throw UsageError{fmt::format("--output: {} is read, so it is not written", path)};
    return path;
}

}  // namespace tools
