// SPDX-License-Identifier: Apache-2.0
#include "tools/md5.h"

#include <openssl/crypto.h>

#include <new>
#include <stdexcept>

namespace tools {
namespace {

const EVP_MD* algorithm() {
    static const EVP_MD* const md5 = [] {
        OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, nullptr);
        return EVP_MD_fetch(nullptr, "MD5", nullptr);
    }();
    return md5;
}

}  // namespace

void Md5::prepare() {
    if (!algorithm()) throw std::runtime_error{"OpenSSL provides no MD5"};
}

void Md5::start() {
    if (!context_) context_.reset(EVP_MD_CTX_new());
    if (!context_ || EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) != 1) throw std::bad_alloc{};
}

void Md5::update(omci::Octets octets) {
    if (context_) EVP_DigestUpdate(context_.get(), octets.data(), octets.size());
}

Md5::Digest Md5::finish() {
    Digest out{};
    if (context_) EVP_DigestFinal_ex(context_.get(), out.data(), nullptr);
    context_.reset();
    return out;
}

}  // namespace tools
