// SPDX-License-Identifier: Apache-2.0
// MD5 of octets that come piece by piece, by OpenSSL: for the image hash attribute of the ONTs that "omcast ont" plays.
// The algorithm is fetched once per process, and nothing else of OpenSSL is set up for it: no configuration file, no
// error strings.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>

#include "omci/wire.h"

namespace tools {

class Md5 {
public:
    using Digest = std::array<std::uint8_t, 16>;

    /// Throws std::runtime_error where OpenSSL provides no MD5 (a FIPS build). To be called before all else.
    static void prepare();

    void start();
    void update(omci::Octets octets);
    Digest finish();

private:
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context_;  ///< only while something is hashed
};

}  // namespace tools
