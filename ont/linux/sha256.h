// SPDX-License-Identifier: Apache-2.0
// SHA-256 of octets that come piece by piece, for the sha256_* callbacks of ont.h and for the packer.
//
// It is libcrypto's, by the functions that only hash. Through EVP the first digest of a process loads the default
// provider with all its tables: 2.1 MiB resident (OpenSSL 3.0), against 0.3 MiB.
#pragma once

#include <array>
#include <cstddef>

#include "omci/package.h"

namespace ont {

class Sha256 {
public:
    void start();
    void update(omci::Octets octets);
    omci::Sha256 finish();

private:
    alignas(8) std::array<std::byte, 112> state_{};  ///< a SHA256_CTX, whose header is not for everybody
};

inline omci::Sha256 sha256(omci::Octets octets) {
    Sha256 hash;
    hash.start();
    hash.update(octets);
    return hash.finish();
}

}  // namespace ont
