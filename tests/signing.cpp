// SPDX-License-Identifier: Apache-2.0
#include "tests/signing.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace tests {
namespace {

constexpr std::int64_t day_seconds = 24 * 3600;

/// A failure of the library here is a mistake in a test.
template <typename T>
T must(T result) {
    if (!result) throw std::runtime_error{"libcrypto refused what a test asked of it"};
    return result;
}

void extend(X509* certificate, X509* issuer, int what, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = must(X509V3_EXT_conf_nid(nullptr, &context, what, value));
    must(X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

std::string drained(BIO* bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    std::string out(text, static_cast<std::size_t>(size));
    BIO_free(bio);
    return out;
}

}  // namespace

Key ec_key(const char* curve) { return {must(EVP_EC_gen(curve)), EVP_PKEY_free}; }
Key rsa_key(unsigned bits) { return {must(EVP_RSA_gen(bits)), EVP_PKEY_free}; }

Certificate certify(const std::string& name, const Key& key, const Identity* issuer,
                    const CertificateOptions& options) {
    static long serial = 0;
    const Certificate certificate{must(X509_new()), X509_free};
    X509* const x = certificate.get();
    must(X509_set_version(x, X509_VERSION_3));
    must(ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial));
    X509_gmtime_adj(X509_getm_notBefore(x), options.from_days * day_seconds);
    X509_gmtime_adj(X509_getm_notAfter(x), options.to_days * day_seconds);
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, text, -1, -1, 0));
    must(X509_set_pubkey(x, key.get()));
    X509* const by = issuer ? issuer->certificate.get() : x;
    must(X509_set_issuer_name(x, X509_get_subject_name(by)));
    if (options.ca) extend(x, by, NID_basic_constraints, "critical,CA:TRUE");
    if (options.key_usage) extend(x, by, NID_key_usage, options.key_usage);
    if (options.extended_key_usage) extend(x, by, NID_ext_key_usage, options.extended_key_usage);
    const EVP_MD* const digest = options.digest ? options.digest : EVP_sha256();
    must(X509_sign(x, issuer ? issuer->key.get() : key.get(), digest));
    return certificate;
}

Identity authority(const std::string& name, const Identity* issuer, const Key& key) {
    CertificateOptions options;
    options.ca = true;
    return {key, certify(name, key, issuer, options)};
}

Identity signer(const std::string& name, const Identity& issuer, const Key& key, const CertificateOptions& options) {
    return {key, certify(name, key, &issuer, options)};
}

std::string revocations(const Identity& issuer, const std::vector<Certificate>& revoked) {
    const std::shared_ptr<X509_CRL> list{must(X509_CRL_new()), X509_CRL_free};
    must(X509_CRL_set_version(list.get(), X509_CRL_VERSION_2));
    must(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.certificate.get())));
    const std::shared_ptr<ASN1_TIME> time{must(X509_gmtime_adj(nullptr, -day_seconds)), ASN1_TIME_free};
    must(X509_CRL_set1_lastUpdate(list.get(), time.get()));
    X509_gmtime_adj(time.get(), day_seconds);
    must(X509_CRL_set1_nextUpdate(list.get(), time.get()));
    X509_gmtime_adj(time.get(), -day_seconds);
    for (const Certificate& one : revoked) {
        X509_REVOKED* const entry = must(X509_REVOKED_new());
        must(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one.get())));
        must(X509_REVOKED_set_revocationDate(entry, time.get()));
        must(X509_CRL_add0_revoked(list.get(), entry));
    }
    must(X509_CRL_sign(list.get(), issuer.key.get(), EVP_sha256()));
    BIO* const bio = must(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_X509_CRL(bio, list.get()));
    return drained(bio);
}

std::string pem(const Certificate& certificate) {
    BIO* const bio = must(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_X509(bio, certificate.get()));
    return drained(bio);
}

std::string pem(const Key& key) {
    BIO* const bio = must(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr));
    return drained(bio);
}

std::string der(const Certificate& certificate) {
    BIO* const bio = must(BIO_new(BIO_s_mem()));
    must(i2d_X509_bio(bio, certificate.get()));
    return drained(bio);
}

std::vector<std::uint8_t> cms_of(std::string_view content, const std::vector<CmsSigner>& signers,
                                 const std::vector<Certificate>& further) {
    CMS_ContentInfo* const cms = must(CMS_sign(nullptr, nullptr, nullptr, nullptr, CMS_BINARY | CMS_PARTIAL));
    for (const CmsSigner& one : signers) {
        bool known = false;  // the library takes no certificate twice
        STACK_OF(X509)* const there = CMS_get1_certs(cms);
        for (int i = 0; there && i < sk_X509_num(there); ++i)
            known = known || X509_cmp(sk_X509_value(there, i), one.identity.certificate.get()) == 0;
        sk_X509_pop_free(there, X509_free);
        must(CMS_add1_signer(cms, one.identity.certificate.get(), one.identity.key.get(),
                             one.digest ? one.digest : EVP_sha256(),
                             CMS_BINARY | CMS_NOSMIMECAP | one.flags | (known ? unsigned{CMS_NOCERTS} : 0u)));
    }
    for (const Certificate& one : further) must(CMS_add1_cert(cms, one.get()));
    if (signers.empty()) {  // to the library that is an error, so the content is put in by hand
        must(ASN1_OCTET_STRING_set(*must(CMS_get0_content(cms)), reinterpret_cast<const unsigned char*>(content.data()),
                                   static_cast<int>(content.size())));
    } else {
        BIO* const data = must(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
        must(CMS_final(cms, data, nullptr, CMS_BINARY));
        BIO_free(data);
    }
    unsigned char* octets = nullptr;
    const int size = i2d_CMS_ContentInfo(cms, &octets);
    std::vector<std::uint8_t> out(octets, octets + size);
    OPENSSL_free(octets);
    CMS_ContentInfo_free(cms);
    return out;
}

}  // namespace tests
