// SPDX-License-Identifier: Apache-2.0
// The block cipher that omci/mic.h asks for, by OpenSSL. Firmware brings its own, often in hardware.
#pragma once

#include "omci/mic.h"

namespace tools {

/// AES-128, one block at a time. Throws std::bad_alloc or std::runtime_error if OpenSSL cannot provide it.
class Aes128 {
public:
    Aes128();
    ~Aes128();
    Aes128(const Aes128&) = delete;
    Aes128& operator=(const Aes128&) = delete;

    /// Valid as long as this object is.
    omci::BlockCipher cipher() noexcept;

private:
    void* context_;  ///< an EVP_CIPHER_CTX, so that OpenSSL's headers stay in aes.cpp
};

}  // namespace tools
