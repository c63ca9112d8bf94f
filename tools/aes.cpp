// SPDX-License-Identifier: Apache-2.0
#include "tools/aes.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <stdexcept>

namespace tools {
namespace {

/// A block of AES cannot fail once the cipher has been set up; if it does, going on would forge a check.
void encrypt_block(void* context, const std::uint8_t key[16], const std::uint8_t in[16], std::uint8_t out[16]) {
    auto* evp = static_cast<EVP_CIPHER_CTX*>(context);
    int size = 0;
    if (EVP_EncryptInit_ex2(evp, nullptr, key, nullptr, nullptr) != 1) std::abort();
    if (EVP_EncryptUpdate(evp, out, &size, in, 16) != 1 || size != 16) std::abort();
}

}  // namespace

Aes128::Aes128() : context_{EVP_CIPHER_CTX_new()} {
    auto* evp = static_cast<EVP_CIPHER_CTX*>(context_);
    if (!evp) throw std::bad_alloc{};
    if (EVP_EncryptInit_ex2(evp, EVP_aes_128_ecb(), nullptr, nullptr, nullptr) != 1) {
        EVP_CIPHER_CTX_free(evp);
        throw std::runtime_error{"OpenSSL provides no AES-128"};
    }
    EVP_CIPHER_CTX_set_padding(evp, 0);
}

Aes128::~Aes128() { EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(context_)); }

omci::BlockCipher Aes128::cipher() noexcept { return {context_, encrypt_block}; }

}  // namespace tools
