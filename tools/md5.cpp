// SPDX-License-Identifier: Apache-2.0
#include "tools/md5.h"

// Deprecated in favour of EVP, and part of every OpenSSL 3 that is not built without such functions.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>

#include <new>

namespace tools {
namespace {

MD5_CTX* context(std::byte* state) { return std::launder(reinterpret_cast<MD5_CTX*>(state)); }

}  // namespace

void Md5::start() {
    static_assert(sizeof(MD5_CTX) <= sizeof(state_) && alignof(MD5_CTX) <= 8);
    MD5_Init(new (state_.data()) MD5_CTX);
}

void Md5::update(omci::Octets octets) { MD5_Update(context(state_.data()), octets.data(), octets.size()); }

Md5::Digest Md5::finish() {
    Digest digest;
    MD5_Final(digest.data(), context(state_.data()));
    return digest;
}

}  // namespace tools
