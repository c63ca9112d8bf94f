// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/package_trust.h"

#include <doctest/doctest.h>
#include <openssl/core_names.h>

#include <ctime>
#include <string>

#include "omci/manifest.h"
#include "omci/package.h"
#include "tests/fuzz/cms_anchors.h"
#include "tests/signing.h"
#include "tests/temporary_folder.h"

using ont::PackageTrust;
using tests::authority;
using tests::CertificateOptions;
using tests::cms_of;
using tests::CmsSigner;
using tests::Identity;
using tests::signer;

namespace {

constexpr std::string_view manifest = "version=R7\nproduct-code=HG1\n";

using Cms = std::vector<std::uint8_t>;

omci::Octets octets_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Trust in some certificates, with revocation lists.
struct Trust : PackageTrust {
    explicit Trust(std::initializer_list<Identity> anchors, std::initializer_list<std::string> lists = {}) {
        for (const Identity& anchor : anchors)
            REQUIRE_FALSE(add_anchors(folder.write("ca", tests::pem(anchor.certificate))));
        for (const std::string& list : lists) REQUIRE_FALSE(add_revocations(folder.write("crl", list)));
    }

    /// As the handler asks: with the manifest where it lies in the CMS.
    int judge(const Cms& cms, unsigned signers_min = 1) const {
        return check(cms, omci::cms_content(cms), signers_min);
    }

    tests::TemporaryFolder folder;
};

const Identity& vendor_ca() {
    static const Identity identity = authority("Vendor CA");
    return identity;
}
const Identity& vendor() {
    static const Identity identity = signer("vendor", vendor_ca());
    return identity;
}
const Identity& operator_ca() {
    static const Identity identity = authority("Operator CA");
    return identity;
}
const Identity& network_operator() {
    static const Identity identity = signer("operator", operator_ca());
    return identity;
}

}  // namespace

TEST_CASE("trust: one good signature, by every algorithm that is accepted") {
    struct Row {
        const char* what;
        tests::Key key;
        const EVP_MD* digest;
        const char* algorithm;
    };
    const Row rows[] = {
        {"P-256", tests::ec_key("P-256"), EVP_sha256(), "ECDSA P-256, SHA-256"},
        {"P-256", tests::ec_key("P-256"), EVP_sha512(), "ECDSA P-256, SHA-512"},
        {"P-384", tests::ec_key("P-384"), EVP_sha384(), "ECDSA P-384, SHA-384"},
        {"RSA", tests::rsa_key(2048), EVP_sha256(), "RSA 2048, SHA-256"},
        {"RSA", tests::rsa_key(2048), EVP_sha512(), "RSA 2048, SHA-512"},
    };
    const Trust trust{vendor_ca()};
    for (const Row& row : rows)
        for (const unsigned flags : {0u, static_cast<unsigned>(CMS_NOATTR)}) {
            CAPTURE(row.algorithm);
            CAPTURE(flags);
            const Cms cms = cms_of(manifest, {{signer(row.what, vendor_ca(), row.key), flags, row.digest}});
            std::vector<ont::PackageSigner> signers;
            CHECK(trust.examine(cms, omci::cms_content(cms), 1, signers) == 0);
            REQUIRE(signers.size() == 1);
            CHECK(signers[0].algorithm == row.algorithm);
            CHECK(signers[0].name == std::string{"CN="} + row.what);
            CHECK(signers[0].signature_good);
        }
}

TEST_CASE("trust: weak keys and digests are refused, however good their chain") {
    const Trust trust{vendor_ca()};
    for (const tests::Key& key :
         {tests::rsa_key(1024), tests::ec_key("P-224"), tests::ec_key("secp256k1"), tests::ec_key("P-521")})
        CHECK(trust.judge(cms_of(manifest, {{signer("weak", vendor_ca(), key)}})) == ONT_REFUSAL_SIGNATURE_WRONG);
    for (const EVP_MD* digest : {EVP_sha1(), EVP_sha224()})
        for (const unsigned flags : {0u, static_cast<unsigned>(CMS_NOATTR)}) {
            CAPTURE(EVP_MD_get0_name(digest));
            const int verdict = trust.judge(cms_of(manifest, {{vendor(), flags, digest}}));
            CHECK(verdict == ONT_REFUSAL_SIGNATURE_WRONG);
        }
    CertificateOptions sha1;
    sha1.digest = EVP_sha1();
    CHECK(trust.judge(cms_of(manifest, {{signer("sha1", vendor_ca(), tests::ec_key(), sha1)}})) ==
          ONT_REFUSAL_SIGNER_UNKNOWN);
    const Identity weak_ca = authority("weak CA", nullptr, tests::rsa_key(1024));
    CHECK(Trust{weak_ca}.judge(cms_of(manifest, {{signer("strong", weak_ca)}})) == ONT_REFUSAL_SIGNER_UNKNOWN);
}

TEST_CASE("trust: two signers, when two are asked for") {
    const Trust both{vendor_ca(), operator_ca()};
    const Cms one = cms_of(manifest, {{vendor()}});
    const Cms two = cms_of(manifest, {{vendor()}, {network_operator()}});
    CHECK(both.judge(one, 0) == 0);
    CHECK(both.judge(one, 1) == 0);
    CHECK(both.judge(one, 2) == ONT_REFUSAL_SIGNERS_TOO_FEW);
    CHECK(both.judge(two, 2) == 0);
    CHECK(both.judge(two, 3) == ONT_REFUSAL_SIGNERS_TOO_FEW);
    CHECK(both.judge(cms_of(manifest, {}), 1) == ONT_REFUSAL_SIGNERS_TOO_FEW);
}

TEST_CASE("trust: a bad signer beside a good one takes nothing from it, and adds nothing") {
    const Cms two = cms_of(manifest, {{vendor()}, {network_operator()}});
    for (const Identity& anchor : {vendor_ca(), operator_ca()}) {
        const Trust trust{anchor};
        CHECK(trust.judge(two, 1) == 0);
        CHECK(trust.judge(two, 2) == ONT_REFUSAL_SIGNER_UNKNOWN);
    }
    // The last octets of a CMS are those of one of its signatures.
    const Trust both{vendor_ca(), operator_ca()};
    Cms one_bad = two;
    one_bad.back() ^= 0x01;
    CHECK(both.judge(one_bad, 1) == 0);
    CHECK(both.judge(one_bad, 2) == ONT_REFUSAL_SIGNATURE_WRONG);
    std::vector<ont::PackageSigner> signers;
    CHECK(both.examine(one_bad, omci::cms_content(one_bad), 1, signers) == 0);
    REQUIRE(signers.size() == 2);
    CHECK(signers[0].signature_good != signers[1].signature_good);
}

TEST_CASE("trust: a key counts once, whatever certificates it has") {
    const Trust trust{vendor_ca(), operator_ca()};
    CHECK(trust.judge(cms_of(manifest, {{vendor()}, {vendor()}}), 2) == ONT_REFUSAL_SIGNERS_TOO_FEW);
    const Identity renewed = signer("vendor, renewed", vendor_ca(), vendor().key);
    const Identity crossed = signer("vendor, by the operator", operator_ca(), vendor().key);
    CHECK(trust.judge(cms_of(manifest, {{vendor()}, {renewed}, {crossed}}), 2) == ONT_REFUSAL_SIGNERS_TOO_FEW);
    CHECK(trust.judge(cms_of(manifest, {{vendor()}, {renewed}, {network_operator()}}), 2) == 0);
}

TEST_CASE("trust: a key counts once, however its point is written down") {
    const Trust trust{vendor_ca(), operator_ca()};
    const Identity fresh = signer("fresh", vendor_ca());
    const tests::Key shorter{EVP_PKEY_dup(fresh.key.get()), EVP_PKEY_free};
    REQUIRE(EVP_PKEY_set_utf8_string_param(shorter.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed") ==
            1);
    const Identity compressed = signer("compressed", operator_ca(), shorter);
    REQUIRE(tests::der(compressed.certificate).size() + 20 < tests::der(fresh.certificate).size());
    CHECK(trust.judge(cms_of(manifest, {{compressed}})) == 0);
    CHECK(trust.judge(cms_of(manifest, {{fresh}, {compressed}}), 2) == ONT_REFUSAL_SIGNERS_TOO_FEW);
    CHECK(trust.judge(cms_of(manifest, {{compressed}, {network_operator()}}), 2) == 0);
}

TEST_CASE("trust: a chain through an intermediate CA is found in the CMS, and nowhere else") {
    const Identity middle = authority("Middle CA", &vendor_ca());
    const Identity far = signer("far", middle);
    const Trust trust{vendor_ca()};
    CHECK(trust.judge(cms_of(manifest, {{far}}, {middle.certificate})) == 0);
    CHECK(trust.judge(cms_of(manifest, {{far}})) == ONT_REFUSAL_SIGNER_UNKNOWN);
    CHECK(Trust{middle}.judge(cms_of(manifest, {{far}})) == 0);  // an anchor need not be self-signed
    CHECK(Trust{far}.judge(cms_of(manifest, {{far}})) == 0);     // nor a CA: then it vouches for itself alone
    // A certificate in the CMS leads to an anchor, it never is one.
    const Identity stranger = authority("Vendor CA");
    CHECK(trust.judge(cms_of(manifest, {{signer("stranger", stranger)}}, {stranger.certificate})) ==
          ONT_REFUSAL_SIGNER_UNKNOWN);
    CHECK(Trust{}.judge(cms_of(manifest, {{vendor()}})) == ONT_REFUSAL_SIGNER_UNKNOWN);
    CHECK(trust.judge(cms_of(manifest, {{vendor(), CMS_NOCERTS}})) == ONT_REFUSAL_SIGNER_UNKNOWN);
    // A signer is no authority.
    const Identity no_ca = signer("no CA", vendor_ca());
    CHECK(trust.judge(cms_of(manifest, {{signer("by no CA", no_ca)}}, {no_ca.certificate})) ==
          ONT_REFUSAL_SIGNER_UNKNOWN);
}

TEST_CASE("trust: what a certificate says it is for must be signing code") {
    const Trust trust{vendor_ca()};
    struct Row {
        const char* key_usage;
        const char* extended;
        int verdict;
    };
    const Row rows[] = {
        {"digitalSignature", "codeSigning", 0},
        {"digitalSignature", "anyExtendedKeyUsage", 0},
        {"digitalSignature,keyEncipherment", "serverAuth,codeSigning", 0},
        {"keyEncipherment", nullptr, ONT_REFUSAL_SIGNER_UNKNOWN},
        {nullptr, "serverAuth", ONT_REFUSAL_SIGNER_UNKNOWN},
        {"digitalSignature", "emailProtection", ONT_REFUSAL_SIGNER_UNKNOWN},
    };
    for (const Row& row : rows) {
        CertificateOptions options;
        options.key_usage = row.key_usage;
        options.extended_key_usage = row.extended;
        CHECK(trust.judge(cms_of(manifest, {{signer("s", vendor_ca(), tests::ec_key(), options)}})) == row.verdict);
    }
}

TEST_CASE("trust: dates count only where the time is known") {
    CertificateOptions past, future;
    past.from_days = -20, past.to_days = -10;
    future.from_days = 10, future.to_days = 20;
    const Cms expired = cms_of(manifest, {{signer("expired", vendor_ca(), tests::ec_key(), past)}});
    const Cms early = cms_of(manifest, {{signer("early", vendor_ca(), tests::ec_key(), future)}});
    const Trust clockless{vendor_ca()};
    CHECK(clockless.judge(expired) == 0);
    CHECK(clockless.judge(early) == 0);
    Trust clocked{vendor_ca()};
    clocked.set_time(std::time(nullptr));
    CHECK(clocked.judge(expired) == ONT_REFUSAL_SIGNER_UNKNOWN);
    CHECK(clocked.judge(early) == ONT_REFUSAL_SIGNER_UNKNOWN);
    CHECK(clocked.judge(cms_of(manifest, {{vendor()}})) == 0);
}

TEST_CASE("trust: revocation lists are honoured along the whole chain") {
    const Identity middle = authority("Middle CA", &vendor_ca());
    const Identity far = signer("far", middle);
    const Cms near_cms = cms_of(manifest, {{vendor()}});
    const Cms far_cms = cms_of(manifest, {{far}}, {middle.certificate});
    const std::string none = tests::revocations(vendor_ca(), {}), none_of_middle = tests::revocations(middle, {});

    CHECK(Trust{{vendor_ca()}, {none}}.judge(near_cms) == 0);
    CHECK(Trust{{vendor_ca()}, {tests::revocations(vendor_ca(), {vendor().certificate})}}.judge(near_cms) ==
          ONT_REFUSAL_SIGNER_REVOKED);
    CHECK(Trust{{vendor_ca()}, {none, none_of_middle}}.judge(far_cms) == 0);
    CHECK(Trust{{vendor_ca()}, {none, tests::revocations(middle, {far.certificate})}}.judge(far_cms) ==
          ONT_REFUSAL_SIGNER_REVOKED);
    CHECK(Trust{{vendor_ca()}, {tests::revocations(vendor_ca(), {middle.certificate}), none_of_middle}}.judge(
              far_cms) == ONT_REFUSAL_SIGNER_REVOKED);
    // An issuer without a list, and a list that somebody else signed, prove nothing.
    CHECK(Trust{{vendor_ca()}, {none}}.judge(far_cms) == ONT_REFUSAL_SIGNER_UNKNOWN);
    const Identity forger{tests::ec_key(), vendor_ca().certificate};
    CHECK(Trust{{vendor_ca()}, {tests::revocations(forger, {})}}.judge(near_cms) == ONT_REFUSAL_SIGNER_UNKNOWN);
    // A revoked signer beside a good one.
    const Trust both{{vendor_ca(), operator_ca()},
                     {tests::revocations(vendor_ca(), {vendor().certificate}), tests::revocations(operator_ca(), {})}};
    const Cms two = cms_of(manifest, {{vendor()}, {network_operator()}});
    CHECK(both.judge(two, 1) == 0);
    CHECK(both.judge(two, 2) == ONT_REFUSAL_SIGNER_REVOKED);
}

TEST_CASE("trust: a changed CMS is never good for another manifest") {
    const Trust trust{vendor_ca()};
    for (const unsigned flags : {0u, static_cast<unsigned>(CMS_NOATTR)}) {
        const Cms good = cms_of(manifest, {{vendor(), flags}});
        REQUIRE(trust.judge(good) == 0);
        std::size_t refused = 0;
        for (std::size_t i = 0; i < good.size(); ++i) {
            CAPTURE(i);
            Cms bad = good;
            bad[i] ^= 0x01;
            const omci::Octets content = omci::cms_content(bad);
            const bool same =
                std::string_view{reinterpret_cast<const char*>(content.data()), content.size()} == manifest;
            const int verdict = trust.judge(bad);
            if (verdict == 0) CHECK(same);
            refused += verdict != 0;
        }
        CHECK(refused > good.size() / 2);
    }
}

TEST_CASE("trust: it is the caller's manifest that must have been signed") {
    const Trust trust{vendor_ca()};
    const Cms cms = cms_of(manifest, {{vendor()}});
    CHECK(trust.check(cms, octets_of(manifest), 1) == 0);
    std::string other{manifest};
    other.back() = ' ';
    CHECK(trust.check(cms, octets_of(other), 1) == ONT_REFUSAL_SIGNATURE_WRONG);
    CHECK(trust.check(cms, octets_of(manifest.substr(1)), 1) == ONT_REFUSAL_SIGNATURE_WRONG);
    CHECK(trust.check(cms, {}, 1) == ONT_REFUSAL_SIGNATURE_WRONG);
}

TEST_CASE("trust: what was signed as attributes is no manifest") {
    // A signature over attributes is one over their DER, so it fits a CMS without attributes whose content is that DER;
    // but it begins with a SET, and the lengths and identifiers in it are control characters.
    const std::string attributes = "\x31\x18\x30\x16\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
    const Cms cms = cms_of(attributes, {{vendor(), CMS_NOATTR}});
    CHECK(Trust{vendor_ca()}.judge(cms) == 0);
    omci::Manifest read;
    CHECK(omci::read_manifest(omci::cms_content(cms), read).fault != omci::ManifestFault::ok);
    CHECK(omci::read_manifest(octets_of("\x31\x18=\n"), read).fault == omci::ManifestFault::not_text);
}

TEST_CASE("trust: octets that are no signed data are a malformed head") {
    const Trust trust{vendor_ca()};
    const Cms good = cms_of(manifest, {{vendor()}});
    for (std::size_t size = 0; size < good.size(); ++size) {
        const Cms cut{good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)};
        const int verdict = trust.check(cut, octets_of(manifest.substr(0, size)), 1);
        CHECK(verdict == ONT_REFUSAL_MALFORMED_HEAD);
    }
    Cms longer = good;
    longer.push_back(0);
    CHECK(trust.check(longer, octets_of(manifest), 1) == ONT_REFUSAL_MALFORMED_HEAD);
    const Cms noise(5000, 0x30);
    CHECK(trust.check(noise, octets_of(manifest), 1) == ONT_REFUSAL_MALFORMED_HEAD);
    std::vector<CmsSigner> crowd(PackageTrust::signers_max + 1, CmsSigner{vendor()});
    CHECK(trust.judge(cms_of(manifest, crowd)) == ONT_REFUSAL_MALFORMED_HEAD);
    crowd.pop_back();
    CHECK(trust.judge(cms_of(manifest, crowd)) == 0);
}

TEST_CASE("trust: files that cannot be used are named with the cause") {
    PackageTrust trust;
    const tests::TemporaryFolder folder;
    const auto anchors = [&](const std::string& path) { return trust.add_anchors(path).value_or("none"); };
    CHECK(anchors("/nowhere") == "trust anchors /nowhere: No such file or directory");
    CHECK(trust.add_revocations("/nowhere") == "revocation list /nowhere: No such file or directory");
    const std::string empty = folder.write("empty", "");
    CHECK(anchors(empty) == "trust anchors " + empty + ": is neither PEM nor DER with one in it");
    const std::string good = tests::pem(vendor_ca().certificate);
    const std::string half = folder.write("half", good + good.substr(0, 100));
    CHECK(anchors(half).starts_with("trust anchors " + half + ": number 2 cannot be read: "));
    const std::string key = folder.write("key", tests::pem(vendor().key));
    CHECK(anchors(key).starts_with("trust anchors " + key + ": "));
    CHECK(trust.add_revocations(folder.write("no list", good)).has_value());
    CHECK(anchors("/tmp") == "trust anchors /tmp: is a directory");

    PackageTrust several;
    CHECK_FALSE(several.add_anchors(folder.write("two", good + tests::pem(operator_ca().certificate))));
    CHECK(several.anchors() == 2);
    CHECK_FALSE(several.add_anchors(folder.write("der", tests::der(vendor_ca().certificate))));
}

TEST_CASE("trust: the seeds of the fuzzer are judged as they are meant to be") {
    struct Row {
        const char* name;
        unsigned good;  ///< signers
        int verdict;    ///< where one more is asked for
    };
    const Row rows[] = {
        {"ecdsa", 1, ONT_REFUSAL_SIGNERS_TOO_FEW},       {"ecdsa_attributes", 1, ONT_REFUSAL_SIGNERS_TOO_FEW},
        {"ecdsa_chain", 1, ONT_REFUSAL_SIGNERS_TOO_FEW}, {"rsa", 1, ONT_REFUSAL_SIGNERS_TOO_FEW},
        {"two_signers", 2, ONT_REFUSAL_SIGNERS_TOO_FEW}, {"wrong_use", 0, ONT_REFUSAL_SIGNER_UNKNOWN},
    };
    const tests::TemporaryFolder folder;
    PackageTrust trust;
    REQUIRE_FALSE(trust.add_anchors(folder.write("anchors", tests::cms_anchors)));
    for (const Row& row : rows) {
        CAPTURE(std::string{row.name});
        const std::string seed = tests::read_text(std::string{SOURCE_ROOT} + "/tests/fuzz/corpus/cms/" + row.name);
        const omci::Octets content = omci::cms_content(octets_of(seed));
        CHECK(std::string_view{reinterpret_cast<const char*>(content.data()), content.size()} == tests::cms_manifest);
        if (row.good > 0) CHECK(trust.check(octets_of(seed), content, row.good) == 0);
        CHECK(trust.check(octets_of(seed), content, row.good + 1) == row.verdict);
    }
}
