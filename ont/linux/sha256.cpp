// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/sha256.h"

// Deprecated in favour of EVP, and part of every OpenSSL 3 that is not built without such functions.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <new>

namespace ont {
namespace {

SHA256_CTX* context(std::byte* state) { return std::launder(reinterpret_cast<SHA256_CTX*>(state)); }

}  // namespace

void Sha256::start() {
    static_assert(sizeof(SHA256_CTX) <= sizeof(state_) && alignof(SHA256_CTX) <= 8);
    SHA256_Init(new (state_.data()) SHA256_CTX);
}

void Sha256::update(omci::Octets octets) { SHA256_Update(context(state_.data()), octets.data(), octets.size()); }

omci::Sha256 Sha256::finish() {
    omci::Sha256 digest;
    SHA256_Final(digest.data(), context(state_.data()));
    return digest;
}

}  // namespace ont
