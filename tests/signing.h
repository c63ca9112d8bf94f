// SPDX-License-Identifier: Apache-2.0
// Keys, certificates, revocation lists and CMS signatures, made on the spot with libcrypto: for tests of what judges
// them. What is made here by CMS_sign() is what "openssl cms" makes, and owes nothing to our own packer.
#pragma once

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

Key ec_key(const char* curve = "P-256");
Key rsa_key(unsigned bits = 2048);

struct CertificateOptions {
    bool ca = false;
    const char* key_usage = nullptr;           ///< "digitalSignature", or nothing
    const char* extended_key_usage = nullptr;  ///< "codeSigning", or nothing
    std::int64_t from_days = -1, to_days = 1;  ///< from today
    const EVP_MD* digest = nullptr;            ///< of the issuer's signature; null: SHA-256
};

/// A key with its certificate.
struct Identity {
    Key key;
    Certificate certificate;
};

/// `issuer` null: self-signed. Serial numbers count up, so that no two certificates are the same.
Certificate certify(const std::string& name, const Key& key, const Identity* issuer,
                    const CertificateOptions& options = {});
Identity authority(const std::string& name, const Identity* issuer = nullptr, const Key& key = ec_key());
Identity signer(const std::string& name, const Identity& issuer, const Key& key = ec_key(),
                const CertificateOptions& options = {});

/// A revocation list of `issuer`, as PEM.
std::string revocations(const Identity& issuer, const std::vector<Certificate>& revoked);

std::string pem(const Certificate& certificate);
std::string pem(const Key& key);
std::string der(const Certificate& certificate);

struct CmsSigner {
    Identity identity;
    unsigned flags = 0;  ///< CMS_NOATTR, CMS_NOCERTS, ...
    const EVP_MD* digest = nullptr;
};

/// A DER SignedData with `content` inside, signed by each.
std::vector<std::uint8_t> cms_of(std::string_view content, const std::vector<CmsSigner>& signers,
                                 const std::vector<Certificate>& further = {});

}  // namespace tests
