// SPDX-License-Identifier: Apache-2.0
#include "tools/image/package_signature.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "ont/linux/package_trust.h"

namespace tools {
namespace {

template <typename T, void (*release)(T*)>
struct Release {
    void operator()(T* object) const { release(object); }
};
template <typename T, void (*release)(T*)>
using Owned = std::unique_ptr<T, Release<T, release>>;

using Bio = Owned<BIO, BIO_free_all>;
using Cms = Owned<CMS_ContentInfo, CMS_ContentInfo_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Info = Owned<OSSL_STORE_INFO, OSSL_STORE_INFO_free>;

void close_store(OSSL_STORE_CTX* store) { OSSL_STORE_close(store); }
using Store = Owned<OSSL_STORE_CTX, close_store>;

std::string last_error() {
    const unsigned long error = ERR_peek_last_error();
    const char* reason = ERR_reason_error_string(error);
    if (ERR_SYSTEM_ERROR(error)) return std::strerror(ERR_GET_REASON(error));
    return reason ? reason : "OpenSSL gives no reason";
}

[[noreturn]] void fail(const std::string& what, const std::string& cause) {
    ERR_clear_error();
    throw std::runtime_error{what + ": " + cause};
}

/// A URI of some scheme, and no file of that name.
bool is_uri(const std::string& name) {
    const std::size_t colon = name.find(':');
    struct stat status {};
    return colon != name.npos && colon > 1 && name.find('/') > colon && stat(name.c_str(), &status) != 0;
}

/// Hands every object of `type` behind `name` to `take`, until that says that it has enough. Where there is none it is
/// said that the file holds no `holds`.
template <typename Take>
void load(const std::string& what, const std::string& name, int type, const char* holds, Take take) {
    ERR_clear_error();
    const std::string place = what + " " + name;
    struct stat status {};
    if (!is_uri(name) && stat(name.c_str(), &status) != 0) fail(place, std::strerror(errno));
    if (!is_uri(name) && S_ISDIR(status.st_mode)) fail(place, "is a directory");
    const Store store{OSSL_STORE_open(name.c_str(), UI_get_default_method(), nullptr, nullptr, nullptr)};
    if (!store && is_uri(name))
        fail(place, "OpenSSL cannot open it (" + last_error() + "): is a provider for \"" +
                        name.substr(0, name.find(':')) + ":\" set up in its configuration?");
    if (!store) fail(place, last_error());
    OSSL_STORE_expect(store.get(), type);
    bool any = false;
    while (OSSL_STORE_eof(store.get()) == 0) {
        const Info info{OSSL_STORE_load(store.get())};
        if (!info && OSSL_STORE_error(store.get()) != 0) break;
        if (!info || OSSL_STORE_INFO_get_type(info.get()) != type) continue;
        any = true;
        if (!take(info.get())) break;
    }
    if (!any) fail(place, std::string{"holds no "} + holds + (ERR_peek_last_error() ? " (" + last_error() + ")" : ""));
    ERR_clear_error();
}

std::shared_ptr<X509> certificate_of(const OSSL_STORE_INFO* info) {
    return {OSSL_STORE_INFO_get1_CERT(info), X509_free};
}

Cms read_cms(omci::Octets octets) {
    const unsigned char* at = octets.data();
    Cms cms{d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(octets.size()))};
    if (!cms || !CMS_get0_SignerInfos(cms.get())) fail("the CMS of the package", "OpenSSL cannot read it");
    return cms;
}

std::vector<std::uint8_t> octets_of(CMS_ContentInfo* cms) {
    unsigned char* der = nullptr;
    const int size = i2d_CMS_ContentInfo(cms, &der);
    if (size <= 0) fail("the CMS of the package", "OpenSSL cannot write it: " + last_error());
    std::vector<std::uint8_t> octets(der, der + size);
    OPENSSL_free(der);
    return octets;
}

std::vector<std::uint8_t> signature_of(omci::Octets manifest, EVP_PKEY* key, const char* digest) {
    const DigestContext context{EVP_MD_CTX_new()};
    std::size_t size = 0;
    std::vector<std::uint8_t> signature;
    if (context && EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
        EVP_DigestSign(context.get(), nullptr, &size, manifest.data(), manifest.size()) == 1) {
        signature.resize(size);
        if (EVP_DigestSign(context.get(), signature.data(), &size, manifest.data(), manifest.size()) == 1) {
            signature.resize(size);
            return signature;
        }
    }
    fail("signing", last_error());
}

void add_certificate(CMS_ContentInfo* cms, X509* certificate) {
    STACK_OF(X509)* const there = CMS_get1_certs(cms);
    bool known = false;
    for (int i = 0; there && i < sk_X509_num(there); ++i)
        known = known || X509_cmp(sk_X509_value(there, i), certificate) == 0;
    sk_X509_pop_free(there, X509_free);
    if (!known && CMS_add1_cert(cms, certificate) != 1) fail("adding a certificate", last_error());
}

}  // namespace

SigningKey::SigningKey(const std::string& key, const std::string& certificate) {
    load("key", key, OSSL_STORE_INFO_PKEY, "private key that can be read", [&](const OSSL_STORE_INFO* info) {
        key_ = {OSSL_STORE_INFO_get1_PKEY(info), EVP_PKEY_free};
        return false;
    });
    if (const char* weak = ont::weak_key(key_.get())) fail("key " + key, std::string{weak} + ": no ONT accepts it");
    load("certificate", certificate, OSSL_STORE_INFO_CERT, "certificate", [&](const OSSL_STORE_INFO* info) {
        if (!certificate_)
            certificate_ = certificate_of(info);
        else
            chain_.push_back(certificate_of(info));
        return true;
    });
    if (EVP_PKEY_eq(X509_get0_pubkey(certificate_.get()), key_.get()) != 1)
        fail("certificate " + certificate, "does not belong to the key " + key);
}

std::vector<std::uint8_t> unsigned_cms(omci::Octets manifest) {
    ERR_clear_error();
    const Cms cms{CMS_sign(nullptr, nullptr, nullptr, nullptr, CMS_BINARY | CMS_PARTIAL)};
    ASN1_OCTET_STRING** const content = cms ? CMS_get0_content(cms.get()) : nullptr;
    // To finish a CMS that nobody signs is an error to the library, so its content is put in by hand.
    if (!content || !*content ||
        ASN1_OCTET_STRING_set(*content, manifest.data(), static_cast<int>(manifest.size())) != 1)
        fail("the CMS of the package", last_error());
    return octets_of(cms.get());
}

std::vector<std::uint8_t> add_signature(omci::Octets octets, omci::Octets manifest, const SigningKey& key) {
    ERR_clear_error();
    const Cms cms = read_cms(octets);
    STACK_OF(CMS_SignerInfo)* const before = CMS_get0_SignerInfos(cms.get());
    for (int i = 0; i < sk_CMS_SignerInfo_num(before); ++i)
        if (CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(before, i), key.certificate()) == 0)
            fail("signing", "this certificate has signed the package before");

    // Laid out by the library, and signed by hand: the library's own way signs all of them again, and wants their keys.
    const char* const digest = ont::digest_for(key.key());
    CMS_SignerInfo* const signer =
        CMS_add1_signer(cms.get(), key.certificate(), key.key(), EVP_get_digestbyname(digest),
                        CMS_BINARY | CMS_PARTIAL | CMS_NOATTR | CMS_NOCERTS);
    if (!signer) fail("signing", last_error());
    add_certificate(cms.get(), key.certificate());
    for (const auto& further : key.chain()) add_certificate(cms.get(), further.get());
    const std::vector<std::uint8_t> signature = signature_of(manifest, key.key(), digest);
    if (ASN1_STRING_set(CMS_SignerInfo_get0_signature(signer), signature.data(), static_cast<int>(signature.size())) !=
        1)
        fail("signing", last_error());
    return octets_of(cms.get());
}

std::vector<std::uint8_t> add_chain(omci::Octets octets, const std::string& chain) {
    const Cms cms = read_cms(octets);
    load("chain", chain, OSSL_STORE_INFO_CERT, "certificate", [&](const OSSL_STORE_INFO* info) {
        add_certificate(cms.get(), certificate_of(info).get());
        return true;
    });
    return octets_of(cms.get());
}

}  // namespace tools
