// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/package_trust.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>

namespace ont {
namespace {

template <auto release>
struct Release {
    template <typename T>
    void operator()(T* object) const {
        release(object);
    }
};
template <typename T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

void free_certificates(STACK_OF(X509) * certificates) { sk_X509_pop_free(certificates, X509_free); }

using Bio = Owned<BIO, BIO_free_all>;
using Cms = Owned<CMS_ContentInfo, CMS_ContentInfo_free>;
using Certificate = Owned<X509, X509_free>;
using Certificates = Owned<STACK_OF(X509), free_certificates>;
using Revocations = Owned<X509_CRL, X509_CRL_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using ChainCheck = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;

constexpr int rsa_bits_min = 2048;
constexpr int auth_level = 2;  // SSL_CTX_set_security_level(3): 112 bits; no SHA-1 in a chain, no RSA below 2048 bits

/// Leaves the library's queue of errors as empty as it found it.
struct QuietErrors {
    QuietErrors() { ERR_clear_error(); }
    ~QuietErrors() { ERR_clear_error(); }
};

std::string last_error() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "cannot be read";
}

/// The group of an elliptic curve key by the library's name; empty where it is none.
std::string group_of(const EVP_PKEY* key) {
    char name[64] = "";
    std::size_t size = 0;
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, &size) != 1) return "";
    return name;
}

std::string text_of(const X509_NAME* name) {
    const Bio out{BIO_new(BIO_s_mem())};
    if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) return "?";
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "?";
}

/// Who a SignerInfo says it is, where its certificate is not there.
std::string claimed_name(CMS_SignerInfo* signer) {
    X509_NAME* issuer = nullptr;
    if (CMS_SignerInfo_get0_signer_id(signer, nullptr, &issuer, nullptr) == 1 && issuer)
        return "a certificate of " + text_of(issuer);
    return "a certificate named by its key";
}

/// 0, 256, 384 or 512: the SHA-2 of a digest, 0 for any other.
int sha_bits(const X509_ALGOR* algorithm) {
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    switch (OBJ_obj2nid(object)) {
    case NID_sha256: return 256;
    case NID_sha384: return 384;
    case NID_sha512: return 512;
    default: return 0;
    }
}

const EVP_MD* sha2(int bits) { return bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : EVP_sha512(); }

bool is_accepted_signature(const X509_ALGOR* algorithm) {
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    switch (OBJ_obj2nid(object)) {
    case NID_rsaEncryption:
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512: return true;
    default: return false;
    }
}

std::string algorithm_text(const EVP_PKEY* key, int bits) {
    std::string text = EVP_PKEY_is_a(key, "RSA")  ? "RSA " + std::to_string(EVP_PKEY_get_bits(key))
                       : EVP_PKEY_is_a(key, "EC") ? "ECDSA " + group_of(key)
                                                  : "another algorithm";
    for (const auto& [name, called] : {std::pair{"prime256v1", "P-256"}, std::pair{"secp384r1", "P-384"}})
        if (const std::size_t at = text.find(name); at != text.npos) text.replace(at, std::strlen(name), called);
    return text + (bits == 0 ? ", another digest" : ", SHA-" + std::to_string(bits));
}

/// The signature of one SignerInfo over `manifest`, whatever its certificate is worth (RFC 5652 5.4, 5.6). By hand: the
/// library's own check of the content sets up every digest that the CMS lists, and a hostile one lists thousands.
bool signature_fits(CMS_SignerInfo* signer, EVP_PKEY* key, const EVP_MD* digest, omci::Octets manifest) {
    if (CMS_signed_get_attr_count(signer) < 0) {  // none: the signature is over the manifest itself
        const DigestContext context{EVP_MD_CTX_new()};
        const ASN1_OCTET_STRING* const signature = CMS_SignerInfo_get0_signature(signer);
        return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
               EVP_DigestVerify(context.get(), ASN1_STRING_get0_data(signature),
                                static_cast<std::size_t>(ASN1_STRING_length(signature)), manifest.data(),
                                manifest.size()) == 1;
    }
    constexpr int only_one = -3;  // of its kind, with one value: else none is found
    const auto* const type = static_cast<const ASN1_OBJECT*>(
        CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_contentType), only_one, V_ASN1_OBJECT));
    const auto* const expected = static_cast<const ASN1_OCTET_STRING*>(
        CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_messageDigest), only_one, V_ASN1_OCTET_STRING));
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> found;
    unsigned found_octets = 0;
    return type && OBJ_obj2nid(type) == NID_pkcs7_data && expected &&
           EVP_Digest(manifest.data(), manifest.size(), found.data(), &found_octets, digest, nullptr) == 1 &&
           std::equal(found.data(), found.data() + found_octets, ASN1_STRING_get0_data(expected),
                      ASN1_STRING_get0_data(expected) + ASN1_STRING_length(expected)) &&
           CMS_SignerInfo_verify(signer) == 1;
}

/// Null where the certificate may sign code, else why not.
const char* wrong_use(X509* certificate) {
    // Both say UINT32_MAX where the certificate does not.
    if ((X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0) return "its certificate is not for signing";
    if ((X509_get_extended_key_usage(certificate) & (XKU_CODE_SIGN | XKU_ANYEKU)) == 0)
        return "its certificate is not for signing code";
    return nullptr;
}

/// Which of two refusals says more of a package with too few good signers: a higher number does.
int weight(ont_refusal refusal) {
    switch (refusal) {
    case ONT_REFUSAL_SIGNATURE_WRONG: return 3;
    case ONT_REFUSAL_SIGNER_REVOKED: return 2;
    case ONT_REFUSAL_SIGNER_UNKNOWN: return 1;
    default: return 0;
    }
}

/// Reads one object after the other out of a PEM file, or the one of a DER file, and hands each to `add`.
template <auto read_pem, auto read_der, typename Add>
std::optional<std::string> load(const std::string& path, const char* what, Add add) {
    const QuietErrors quiet;
    const auto sentence = [&](const std::string& cause) { return std::string{what} + " " + path + ": " + cause; };
    errno = 0;
    const Bio file{BIO_new_file(path.c_str(), "rb")};
    if (!file) return sentence(std::strerror(errno));
    struct stat status {};
    if (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return sentence("is a directory");
    std::size_t count = 0;
    for (;; ++count) {
        const auto object = read_pem(file.get());
        if (!object) break;
        if (!add(object.get())) return sentence(last_error());
    }
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return sentence("number " + std::to_string(count + 1) + " cannot be read: " + last_error());
    if (count > 0) return std::nullopt;
    errno = 0;
    if (BIO_seek(file.get(), 0) != 0)
        return sentence(errno ? std::strerror(errno) : "cannot be read from its beginning");
    const auto object = read_der(file.get());
    if (!object) return sentence("is neither PEM nor DER with one in it");
    if (!add(object.get())) return sentence(last_error());
    return std::nullopt;
}

Certificate pem_certificate(BIO* file) { return Certificate{PEM_read_bio_X509(file, nullptr, nullptr, nullptr)}; }
Certificate der_certificate(BIO* file) { return Certificate{d2i_X509_bio(file, nullptr)}; }
Revocations pem_revocations(BIO* file) { return Revocations{PEM_read_bio_X509_CRL(file, nullptr, nullptr, nullptr)}; }
Revocations der_revocations(BIO* file) { return Revocations{d2i_X509_CRL_bio(file, nullptr)}; }

/// A CMS in memory, nothing behind it, that is signed data with exactly this manifest inside.
Cms read_cms(omci::Octets octets, omci::Octets manifest, ont_refusal& refusal) {
    refusal = ONT_REFUSAL_MALFORMED_HEAD;
    if (octets.size() > INT_MAX || manifest.size() > octets.size()) return nullptr;
    const unsigned char* at = octets.data();
    Cms cms{d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(octets.size()))};
    if (!cms || at != octets.data() + octets.size()) return nullptr;
    if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed) return nullptr;
    if (OBJ_obj2nid(CMS_get0_eContentType(cms.get())) != NID_pkcs7_data) return nullptr;
    ASN1_OCTET_STRING** const content = CMS_get0_content(cms.get());
    if (!content || !*content) return nullptr;
    refusal = ONT_REFUSAL_SIGNATURE_WRONG;
    const omci::Octets found{ASN1_STRING_get0_data(*content), static_cast<std::size_t>(ASN1_STRING_length(*content))};
    if (!std::equal(found.begin(), found.end(), manifest.begin(), manifest.end())) return nullptr;
    refusal = ONT_REFUSAL_NONE;
    return cms;
}

PackageSigner judge(CMS_SignerInfo* info, omci::Octets manifest, X509_STORE* store, STACK_OF(X509) * certificates,
                    std::vector<const EVP_PKEY*>& keys) {
    PackageSigner signer;
    const auto refused = [&](ont_refusal refusal, std::string cause) {
        signer.refusal = refusal;
        signer.cause = std::move(cause);
        return signer;
    };
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    X509_ALGOR* digest = nullptr;
    X509_ALGOR* signature = nullptr;
    CMS_SignerInfo_get0_algs(info, &key, &certificate, &digest, &signature);
    if (!certificate || !key) {
        signer.name = claimed_name(info);
        return refused(ONT_REFUSAL_SIGNER_UNKNOWN, "its certificate is not in the package");
    }
    signer.name = text_of(X509_get_subject_name(certificate));
    signer.algorithm = algorithm_text(key, sha_bits(digest));
    if (const char* weak = weak_key(key)) return refused(ONT_REFUSAL_SIGNATURE_WRONG, std::string{"its key "} + weak);
    if (sha_bits(digest) == 0 || !is_accepted_signature(signature))
        return refused(ONT_REFUSAL_SIGNATURE_WRONG, "its algorithm is none of those that are accepted");
    if (!signature_fits(info, key, sha2(sha_bits(digest)), manifest))
        return refused(ONT_REFUSAL_SIGNATURE_WRONG, "its signature does not fit the manifest");
    signer.signature_good = true;
    if (const char* wrong = wrong_use(certificate)) return refused(ONT_REFUSAL_SIGNER_UNKNOWN, wrong);

    const ChainCheck chain{X509_STORE_CTX_new()};
    if (!chain || X509_STORE_CTX_init(chain.get(), store, certificate, certificates) != 1)
        return refused(ONT_REFUSAL_SIGNER_UNKNOWN, "no memory to check its chain");
    if (X509_verify_cert(chain.get()) != 1) {
        const int error = X509_STORE_CTX_get_error(chain.get());
        X509* const at = X509_STORE_CTX_get_current_cert(chain.get());
        std::string cause = X509_verify_cert_error_string(error);
        if (at) cause += " (" + text_of(X509_get_subject_name(at)) + ")";
        return refused(error == X509_V_ERR_CERT_REVOKED ? ONT_REFUSAL_SIGNER_REVOKED : ONT_REFUSAL_SIGNER_UNKNOWN,
                       std::move(cause));
    }
    // Compared as keys: the same one may be written down in more than one way.
    signer.repeated =
        std::any_of(keys.begin(), keys.end(), [key](auto* other) { return EVP_PKEY_eq(key, other) == 1; });
    if (!signer.repeated) keys.push_back(key);
    return signer;
}

}  // namespace

const char* weak_key(const EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "RSA")) return EVP_PKEY_get_bits(key) >= rsa_bits_min ? nullptr : "is RSA below 2048 bits";
    if (!EVP_PKEY_is_a(key, "EC")) return "is neither RSA nor ECDSA";
    const std::string group = group_of(key);
    return group == "prime256v1" || group == "secp384r1" ? nullptr : "is of a curve other than P-256 and P-384";
}

const char* digest_for(const EVP_PKEY* key) {
    return EVP_PKEY_is_a(key, "EC") && group_of(key) == "secp384r1" ? "SHA384" : "SHA256";
}

PackageTrust::PackageTrust() : store_{X509_STORE_new()} {
    if (!store_) throw std::bad_alloc{};
    X509_VERIFY_PARAM* const parameters = X509_STORE_get0_param(store_);
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(parameters, auth_level);
    X509_VERIFY_PARAM_set_depth(parameters, chain_max);
}

PackageTrust::~PackageTrust() { X509_STORE_free(store_); }

std::optional<std::string> PackageTrust::add_anchors(const std::string& path) {
    return load<pem_certificate, der_certificate>(path, "trust anchors", [this](X509* certificate) {
        const bool added = X509_STORE_add_cert(store_, certificate) == 1;
        anchors_ += added;
        return added;
    });
}

std::optional<std::string> PackageTrust::add_revocations(const std::string& path) {
    return load<pem_revocations, der_revocations>(path, "revocation list", [this](X509_CRL* list) {
        X509_STORE_set_flags(store_, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
        return X509_STORE_add_crl(store_, list) == 1;
    });
}

void PackageTrust::set_time(std::int64_t seconds) {
    X509_VERIFY_PARAM* const parameters = X509_STORE_get0_param(store_);
    X509_VERIFY_PARAM_clear_flags(parameters, X509_V_FLAG_NO_CHECK_TIME);
    X509_VERIFY_PARAM_set_time(parameters, static_cast<std::time_t>(seconds));
}

int PackageTrust::examine(omci::Octets octets, omci::Octets manifest, unsigned signers_min,
                          std::vector<PackageSigner>& signers) const {
    const QuietErrors quiet;
    signers.clear();
    ont_refusal refusal = ONT_REFUSAL_NONE;
    const Cms cms = read_cms(octets, manifest, refusal);
    if (!cms) return refusal;
    STACK_OF(CMS_SignerInfo)* const infos = CMS_get0_SignerInfos(cms.get());
    const int count = infos ? sk_CMS_SignerInfo_num(infos) : 0;
    if (count > static_cast<int>(signers_max)) return ONT_REFUSAL_MALFORMED_HEAD;
    CMS_set1_signers_certs(cms.get(), nullptr, 0);
    const Certificates certificates{CMS_get1_certs(cms.get())};
    std::vector<const EVP_PKEY*> keys;
    for (int i = 0; i < count; ++i)
        signers.push_back(judge(sk_CMS_SignerInfo_value(infos, i), manifest, store_, certificates.get(), keys));
    if (keys.size() >= std::max(signers_min, 1u)) return ONT_REFUSAL_NONE;
    refusal = ONT_REFUSAL_SIGNERS_TOO_FEW;
    for (const PackageSigner& signer : signers)
        if (weight(signer.refusal) > weight(refusal)) refusal = signer.refusal;
    return refusal;
}

int PackageTrust::check(omci::Octets cms, omci::Octets manifest, unsigned signers_min) const noexcept {
    try {
        std::vector<PackageSigner> signers;
        return examine(cms, manifest, signers_min, signers);
    } catch (...) {  // no memory: nothing was proven
        return ONT_REFUSAL_SIGNATURE_WRONG;
    }
}

}  // namespace ont
