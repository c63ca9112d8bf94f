// SPDX-License-Identifier: Apache-2.0
// Who may sign a package: the `signature` callback of ont.h by libcrypto, and what "omcast image" says of signatures.
//
// Each SignerInfo of the CMS is judged on its own (RFC 5652 5.4 to 5.6): its signature over exactly the manifest that
// the caller read, then its certificate's chain to an anchor. Signers are counted by their keys: one key counts once,
// whatever certificates it has. Accepted are ECDSA with P-256 or P-384 and RSA (PKCS #1 v1.5) of 2048 bits and more,
// with SHA-256, SHA-384 or SHA-512; in the chain nothing weaker; a certificate that says what it is for must be for
// signing code.
//
// The dates of certificates and revocation lists are looked at only where the time is known. Once a revocation list was
// added, every certificate of a chain is looked up, and its issuer must have a list. Certificates that came in the CMS
// lead to an anchor, they never are one; revocation lists in it are not looked at.
//
// A signature may have signed attributes or none. One that was made over attributes cannot be passed off as one over a
// manifest: attributes begin like DER, which is no manifest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "omci/wire.h"
#include "ont/ont.h"

struct x509_store_st;
struct evp_pkey_st;

namespace ont {

/// One signature of a package.
struct PackageSigner {
    std::string name;       ///< subject of the certificate in RFC 2253's way, or who the CMS says it is
    std::string algorithm;  ///< "ECDSA P-256, SHA-256"
    bool signature_good = false;
    bool repeated = false;  ///< an earlier signer has the same key
    ont_refusal refusal = ONT_REFUSAL_NONE;
    std::string cause;  ///< behind a refusal: what is wrong with it
};

class PackageTrust {
public:
    static constexpr std::size_t signers_max = 8;  ///< a CMS with more is refused: each costs a chain of signatures
    static constexpr int chain_max = 8;            ///< certificates between signer and anchor

    PackageTrust();
    ~PackageTrust();
    PackageTrust(const PackageTrust&) = delete;
    PackageTrust& operator=(const PackageTrust&) = delete;

    /// Adds the certificates of a file as anchors, whether self-signed or not: PEM, one or several, or one as DER.
    /// Returns nothing, or a sentence that names the file and the cause.
    std::optional<std::string> add_anchors(const std::string& path);
    std::optional<std::string> add_revocations(const std::string& path);
    std::size_t anchors() const { return anchors_; }

    /// From now on certificates and revocation lists must be valid at this time, in seconds of the Unix clock.
    void set_time(std::int64_t seconds);

    /// What the callback `signature` answers: 0 or an ONT_REFUSAL_*. Where too few signers are good, the worst that is
    /// wrong with another: a wrong signature, a revoked certificate, an unknown signer; else "too few".
    int check(omci::Octets cms, omci::Octets manifest, unsigned signers_min) const noexcept;

    /// The same with what there is to say of each signer, in the order of the CMS.
    int examine(omci::Octets cms, omci::Octets manifest, unsigned signers_min,
                std::vector<PackageSigner>& signers) const;

private:
    x509_store_st* store_;
    std::size_t anchors_ = 0;
};

/// Why no package is to be signed with this key: a sentence's end, or null where it will do.
const char* weak_key(const evp_pkey_st* key);

/// The digest that goes with a key: "SHA384" for P-384, else "SHA256".
const char* digest_for(const evp_pkey_st* key);

}  // namespace ont
