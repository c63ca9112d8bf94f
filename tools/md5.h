// SPDX-License-Identifier: Apache-2.0
// MD5 of octets that come piece by piece, for the image hash attribute of the ONTs that "omcast ont" plays.
//
// It is libcrypto's, by the functions that only hash. Through EVP the first digest of a process loads the default
// provider with all its tables: 1.3 MiB resident (OpenSSL 3.0), half of what the daemon adds to "omcast --help".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "omci/wire.h"

namespace tools {

class Md5 {
public:
    using Digest = std::array<std::uint8_t, 16>;

    void start();
    void update(omci::Octets octets);
    Digest finish();

private:
    alignas(8) std::array<std::byte, 96> state_{};  ///< an MD5_CTX, whose header is not for everybody
};

}  // namespace tools
