// SPDX-License-Identifier: Apache-2.0
// Signing a manifest: keys and certificates from files or from wherever OpenSSL can fetch them, and the CMS that a
// package holds. Called by "omcast image pack" and "sign"; who judges signatures is ont/linux/package_trust.h.
//
// A signature has no signed attributes, as "openssl cms -sign -noattr" makes it: no signing time, so that an RSA
// signature of the same manifest is the same octets every time, and a person can check it with "openssl dgst -verify".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "omci/wire.h"

struct evp_pkey_st;
struct x509_st;

namespace tools {

/// A private key, its certificate, and what else stands in the file of that: the way to an anchor, as CAs hand it out.
class SigningKey {
public:
    /// Names of files, or URIs that OpenSSL's stores know ("pkcs11:..." where a provider for it is set up). Throws
    /// std::runtime_error naming the key or certificate and the cause: it cannot be loaded, it is too weak for an ONT,
    /// or the two do not belong together.
    SigningKey(const std::string& key, const std::string& certificate);

    evp_pkey_st* key() const { return key_.get(); }
    x509_st* certificate() const { return certificate_.get(); }
    const std::vector<std::shared_ptr<x509_st>>& chain() const { return chain_; }

private:
    std::shared_ptr<evp_pkey_st> key_;
    std::shared_ptr<x509_st> certificate_;
    std::vector<std::shared_ptr<x509_st>> chain_;
};

/// A CMS around `manifest` that nobody signed yet.
std::vector<std::uint8_t> unsigned_cms(omci::Octets manifest);

/// The CMS with one signature more, over the manifest inside it. Throws std::runtime_error, also where this certificate
/// has signed it before.
std::vector<std::uint8_t> add_signature(omci::Octets cms, omci::Octets manifest, const SigningKey& key);

/// The CMS with the certificates of a file more, which lead from signers to an anchor. Throws std::runtime_error.
std::vector<std::uint8_t> add_chain(omci::Octets cms, const std::string& chain);

}  // namespace tools
