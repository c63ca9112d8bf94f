// SPDX-License-Identifier: Apache-2.0
// "omcast image pack", "sign", "show" and "verify", and the loader that every sender of images uses.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>

#include "omci/crc32.h"
#include "tests/signing.h"
#include "tests/tools/run_command.h"
#include "tools/image/package_maker.h"
#include "tools/image/package_signature.h"
#include "tools/image_file.h"

namespace json = boost::json;
using tests::omcast;
using tests::read_text;

namespace {

/// Text that packs well, `size` octets of it.
std::string text_image(std::size_t size) {
    std::string text;
    for (std::uint32_t i = 0; text.size() < size; ++i) text += "line " + std::to_string(i * 2'654'435'761u) + "\n";
    text.resize(size);
    return text;
}

/// A folder with keys and certificates: a vendor and an operator, each below a CA of its own, and a revoked signer.
struct Workshop {
    Workshop() {
        const tests::Identity vendor_ca = tests::authority("vendor CA"), operator_ca = tests::authority("operator CA");
        const tests::Identity middle = tests::authority("middle CA", &operator_ca);
        const tests::Identity revoked = tests::signer("revoked", vendor_ca);
        add("vendor", tests::signer("vendor", vendor_ca));
        add("operator", tests::signer("operator", middle, tests::rsa_key()));
        add("revoked", revoked);
        add("stranger", tests::authority("stranger"));
        add("weak", tests::signer("weak", vendor_ca, tests::ec_key("P-224")));
        folder.write("vendor-ca.pem", tests::pem(vendor_ca.certificate));
        folder.write("operator-ca.pem", tests::pem(operator_ca.certificate));
        folder.write("middle.pem", tests::pem(middle.certificate));
        folder.write("operator-both.key", read_text(folder.file("operator.key")));
        folder.write("operator-both.pem", read_text(folder.file("operator.pem")) + tests::pem(middle.certificate));
        folder.write("vendor.crl", tests::revocations(vendor_ca, {revoked.certificate}));
        folder.write("image", text_image(600'000));
    }

    void add(const std::string& name, const tests::Identity& identity) {
        folder.write(name + ".key", tests::pem(identity.key));
        folder.write(name + ".pem", tests::pem(identity.certificate));
    }

    /// Runs "omcast image" with the folder's name for each "@/".
    tests::Ran image(std::string arguments) const {
        for (std::size_t at = 0; (at = arguments.find("@/", at)) != arguments.npos;)
            arguments.replace(at, 2, folder.file(""));
        return omcast("image " + arguments);
    }

    std::string text(const char* name) const { return read_text(folder.file(name)); }

    tests::TemporaryFolder folder;
};

const Workshop& workshop() {
    static const Workshop one;
    return one;
}

constexpr const char* pack_signed =
    "pack @/image --product-code HG1 --version R7 --sign @/vendor.key --cert @/vendor.pem ";

bool can_compress() { return workshop().image("pack @/image --product-code HG1 --compress zstd -o @/z").status == 0; }

std::string as_text(omci::Octets octets) { return {octets.begin(), octets.end()}; }

}  // namespace

TEST_CASE("image pack: what is packed is loaded again, and is what an ONT will have") {
    const Workshop& here = workshop();
    for (const std::string compress : {"", "--compress zstd "}) {
        if (!compress.empty() && !can_compress()) continue;
        CAPTURE(compress);
        REQUIRE(here.image(pack_signed + compress + "-o @/p").status == 0);
        const tools::ImageFile plain = tools::load_image(here.folder.file("image"));
        const tools::ImageFile package = tools::load_image(here.folder.file("p"));
        REQUIRE(package.package);
        CHECK(as_text(package.installed()) == here.text("image"));
        CHECK(as_text(package.octets) == here.text("p"));
        CHECK(package.crc == omci::crc32(package.octets));
        CHECK(package.md5 == plain.md5);
        CHECK(omci::text(package.version) == "R7");
        CHECK(package.package->manifest.product_code == "HG1");
        CHECK(package.package->header.blocks() == 10);
        CHECK(package.package->head_octets().data() == package.octets.data());
        CHECK(package.package->head_octets().size() + package.package->payload.size() == package.octets.size());
        CHECK_FALSE(plain.package);
    }
}

TEST_CASE("image pack: the same arguments give the same octets, and the version is the image's own") {
    const Workshop& here = workshop();
    const std::string pack = "pack @/image --product-code HG1 --meta a=b --sign @/operator.key --cert @/operator.pem ";
    const std::string compress = can_compress() ? "--compress zstd " : "";
    REQUIRE(here.image(pack + compress + "-o @/once").status == 0);
    REQUIRE(here.image(pack + compress + "-o @/twice").status == 0);
    CHECK(here.text("once") == here.text("twice"));
    CHECK(tools::load_image(here.folder.file("once")).version == tools::load_image(here.folder.file("image")).version);
}

TEST_CASE("image pack: every option stands in the manifest, under its name") {
    const Workshop& here = workshop();
    REQUIRE(here.image("pack @/image --product-code HG1 --version R7 --compatible HG2,HG3 --hardware 1.0,1.1 "
                       "--security-counter 9 --requires R5 --min-free 64K --meta built-by=me --meta 'why=because = so' "
                       "-o @/p")
                .status == 0);
    const tools::ImageFile image = tools::load_image(here.folder.file("p"));
    const std::string manifest = as_text(image.package->manifest_octets);
    for (const char* line : {"version=R7\n", "product-code=HG1\n", "compatible=HG2,HG3\n", "hardware=1.0,1.1\n",
                             "security-counter=9\n", "requires=R5\n", "min-free=65536\n", "meta.built-by=me\n",
                             "meta.why=because = so\n", "payload=raw\n", "size=600000\n"}) {
        CAPTURE(line);
        CHECK(("\n" + manifest).find(std::string{"\n"} + line) != std::string::npos);
    }
    const auto shown = here.image("show --json @/p");
    REQUIRE(shown.status == 0);
    const json::object package = json::parse(shown.out).at("package").as_object();
    CHECK(package.at("compatible") == "HG2,HG3");
    CHECK(package.at("security_counter") == 9);
    CHECK(package.at("meta").at("why") == "because = so");
    CHECK(package.at("signers").as_array().empty());
}

TEST_CASE("image: wrong usage names the option, and nothing is written") {
    struct Row {
        std::string arguments;
        const char* said;
    };
    const Row rows[] = {
        {"", "give one of pack, show, sign, verify"},
        {"paint", "\"paint\" is none of pack, show, sign, verify"},
        {"pack -o @/out", "image pack: takes one FILE, and 0 were given"},
        {"pack @/image @/image -o @/out", "takes one FILE, and 2 were given"},
        {"pack @/image -o @/out", "image pack needs --product-code TEXT"},
        {"pack @/image --product-code A", "image pack needs --output FILE"},
        {"pack @/image --product-code A -o @/image", "--output: "},
        {"pack @/image --product-code A --sign @/vendor.key --cert @/vendor.pem -o @/vendor.key", "--output: "},
        {"pack @/image --product-code A --sign @/vendor.key -o @/out", "1 key and 0 certificates"},
        {"pack @/image --product-code A --cert @/vendor.pem -o @/out", "0 keys and 1 certificate"},
        {"pack @/image --product-code '' -o @/out", "--product-code: is not 1 to 25 printable ASCII"},
        {"pack @/image --product-code 12345678901234567890123456 -o @/out", "--product-code: is not 1 to 25"},
        {"pack @/image --product-code A --version 123456789012345 -o @/out", "--version: "},
        {"pack @/image --product-code A --version 'R 7' -o @/out", "--version: "},
        {"pack @/image --product-code A --compatible A,,B -o @/out", "--compatible: is no list of product codes"},
        {"pack @/image --product-code A --hardware 123456789012345 -o @/out", "--hardware: is no list of versions"},
        {"pack @/image --product-code A --requires 123456789012345 -o @/out", "--requires: is not 1 to 14"},
        {"pack @/image --product-code \"$(printf 'A\\303\\244')\" -o @/out", "--product-code: is not 1 to 25"},
        {"pack @/image --product-code A --hardware '' -o @/out", "--hardware: is empty"},
        {"pack @/image --product-code A --security-counter 4294967296 -o @/out", "--security-counter"},
        {"pack @/image --product-code A --security-counter -1 -o @/out", "--security-counter"},
        {"pack @/image --product-code A --meta a -o @/out", "--meta: \"a\" is not KEY=VALUE"},
        {"pack @/image --product-code A --meta =a -o @/out", "--meta: "},
        {"pack @/image --product-code A --meta a=1 --meta a=2 -o @/out", "--meta: \"a\": a key for the second time"},
        {"pack @/image --product-code A --meta \"a=$(printf 'x\\nsecurity-counter=9')\" -o @/out",
         "--meta: holds a line"},
        {"pack @/image --product-code \"$(printf 'A\\nrequires=R1')\" -o @/out", "--product-code: holds a line feed"},
        {"pack @/image --product-code A --compress gzip -o @/out", "--compress: \"gzip\" is not one of none, zstd"},
        {"sign @/p -o @/out", "image sign needs --sign KEY"},
        {"verify @/p", "image verify needs --ca FILE"},
        {"verify @/p --ca @/vendor-ca.pem --require 0", "--require"},
        {"verify @/p --ca @/vendor-ca.pem --require 9", "--require"},
        {"show", "takes one FILE"},
    };
    const std::string image = workshop().text("image"), key = workshop().text("vendor.key");
    for (const Row& row : rows) {
        CAPTURE(row.arguments);
        const auto ran = workshop().image(row.arguments);
        CHECK(ran.status == 2);
        CHECK(ran.errors.find(row.said) != std::string::npos);
        CHECK_FALSE(std::filesystem::exists(workshop().folder.file("out")));
    }
    CHECK(workshop().text("image") == image);
    CHECK(workshop().text("vendor.key") == key);
}

TEST_CASE("image: keys, certificates and files that cannot be used are named with the cause") {
    struct Row {
        std::string arguments;
        const char* said;
    };
    const Row rows[] = {
        {"--sign @/nowhere --cert @/vendor.pem", "nowhere: No such file or directory"},
        {"--sign @/ --cert @/vendor.pem", "is a directory"},
        {"--sign @/vendor.pem --cert @/vendor.pem", "vendor.pem: holds no private key"},
        {"--sign @/image --cert @/vendor.pem", "image: holds no private key"},
        {"--sign @/vendor.key --cert @/nowhere", "nowhere: No such file or directory"},
        {"--sign @/vendor.key --cert @/vendor.key", "vendor.key: holds no certificate"},
        {"--sign @/vendor.key --cert @/operator.pem", "does not belong to the key"},
        {"--sign @/weak.key --cert @/weak.pem", "is of a curve other than P-256 and P-384: no ONT accepts it"},
        {"--sign pkcs11:object=key --cert @/vendor.pem", "is a provider for \"pkcs11:\" set up"},
        {"--sign @/vendor.key --cert @/vendor.pem --chain @/vendor.key", "holds no certificate"},
        {"--sign @/vendor.key --cert @/vendor.pem --sign @/vendor.key --cert @/vendor.pem",
         "signed the package before"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.arguments);
        const auto ran = workshop().image(std::string{"pack @/image --product-code A -o @/out "} + row.arguments);
        CHECK(ran.status == 1);
        CHECK(ran.errors.find(row.said) != std::string::npos);
        CHECK_FALSE(std::filesystem::exists(workshop().folder.file("out")));
    }
    CHECK(workshop().image("pack @/image --product-code A -o /nowhere/out").errors ==
          "omcast: package /nowhere/out: No such file or directory\n");
    REQUIRE(workshop().image("pack @/image --product-code A -o @/unsigned").status == 0);
    CHECK(workshop().image("pack @/unsigned --product-code A -o @/out").errors.find("is a package already") !=
          std::string::npos);
    CHECK(workshop().image("sign @/image --sign @/vendor.key --cert @/vendor.pem -o @/out").status == 1);
    CHECK(workshop().image("verify @/unsigned --ca @/nowhere").status == 1);
    CHECK(workshop().image("verify @/unsigned --ca @/vendor-ca.pem --crl @/image").status == 1);
}

TEST_CASE("image sign: one signer more, the rest as it was") {
    const Workshop& here = workshop();
    REQUIRE(here.image(std::string{pack_signed} + "-o @/one").status == 0);
    const std::string anchors = "--ca @/vendor-ca.pem --ca @/operator-ca.pem ";
    CHECK(here.image("verify @/one --require 2 " + anchors).errors.starts_with("omcast: signers-too-few: "));
    REQUIRE(here.image("sign @/one --sign @/operator.key --cert @/operator.pem --chain @/middle.pem -o @/two").status ==
            0);
    const auto verified = here.image("verify @/two --require 2 " + anchors);
    CHECK(verified.status == 0);
    CHECK(verified.out.find("CN=vendor, ECDSA P-256, SHA-256: good") != std::string::npos);
    CHECK(verified.out.find("CN=operator, RSA 2048, SHA-256: good") != std::string::npos);
    const tools::ImageFile one = tools::load_image(here.folder.file("one"));
    const tools::ImageFile two = tools::load_image(here.folder.file("two"));
    CHECK(as_text(one.package->manifest_octets) == as_text(two.package->manifest_octets));
    CHECK(as_text(one.package->payload) == as_text(two.package->payload));
    CHECK(as_text(one.package->head.blocks) == as_text(two.package->head.blocks));
    CHECK(here.image("sign @/two --sign @/vendor.key --cert @/vendor.pem -o @/three")
              .errors.find("signed the package "
                           "before") != std::string::npos);
    CHECK(here.image("sign @/one --sign @/operator.key --cert @/operator.pem -o @/one").status == 2);
    // Signed by nobody first, then by both at once.
    REQUIRE(here.image("pack @/image --product-code A -o @/none").status == 0);
    REQUIRE(
        here.image("sign @/none --sign @/vendor.key --cert @/vendor.pem --sign @/operator.key --cert @/operator.pem "
                   "--chain @/middle.pem -o @/both")
            .status == 0);
    CHECK(here.image("verify @/both --require 2 " + anchors).status == 0);
}

TEST_CASE("image verify: signers that do not do are refused by name") {
    const Workshop& here = workshop();
    struct Row {
        const char* name;
        const char* verify;
        const char* refusal;
    };
    const Row rows[] = {
        {"vendor", "--ca @/vendor-ca.pem", ""},
        {"vendor", "--ca @/vendor-ca.pem --crl @/vendor.crl", ""},
        {"vendor", "--ca @/vendor-ca.pem --dates", ""},
        {"vendor", "--ca @/operator-ca.pem", "signer-unknown"},
        {"vendor", "--ca @/vendor-ca.pem --require 2", "signers-too-few"},
        {"revoked", "--ca @/vendor-ca.pem", ""},
        {"revoked", "--ca @/vendor-ca.pem --crl @/vendor.crl", "signer-revoked"},
        {"operator", "--ca @/operator-ca.pem", "signer-unknown"},  // without the CA in the middle
        {"operator-both", "--ca @/operator-ca.pem", ""},           // which stands in the file of the certificate here
        {"stranger", "--ca @/vendor-ca.pem --ca @/operator-ca.pem", "signer-unknown"},
        {"stranger", "--ca @/stranger.pem", ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CAPTURE(row.verify);
        const std::string name = row.name;
        REQUIRE(here.image("pack @/image --product-code A --sign @/" + name + ".key --cert @/" + name + ".pem -o @/p")
                    .status == 0);
        const auto ran = here.image(std::string{"verify @/p "} + row.verify);
        CHECK(ran.status == (*row.refusal ? 1 : 0));
        CHECK(ran.errors.starts_with(*row.refusal ? std::string{"omcast: "} + row.refusal + ": package " : ""));
    }
    CHECK(here.image("verify @/image --ca @/vendor-ca.pem").errors.starts_with("omcast: plain-image: "));
}

TEST_CASE("image verify: damage is refused by name wherever it lies, and the loader refuses it too") {
    const Workshop& here = workshop();
    for (const std::string compress : {"", "--compress zstd "}) {
        if (!compress.empty() && !can_compress()) continue;
        REQUIRE(here.image(pack_signed + compress + "-o @/good").status == 0);
        const std::string good = here.text("good");
        const tools::ImageFile image = tools::load_image(here.folder.file("good"));
        const omci::PackageHeader header = image.package->header;
        const std::size_t blocks = 28 + header.manifest_octets, frames = blocks + header.blocks_octets;
        const std::size_t payload = frames + header.frames_octets;
        struct Row {
            std::size_t at;
            const char* refusal;
        };
        const std::size_t in_manifest = good.find("product-code=HG1") + 15;
        std::vector<Row> rows{{6, "malformed-head"},       {7, "malformed-head"},
                              {8, "malformed-head"},       {24, "malformed-head"},
                              {28, "malformed-head"},      {in_manifest, "signature-wrong"},
                              {blocks, "list-hash-wrong"}, {frames - 1, "list-hash-wrong"}};
        if (compress.empty()) {
            rows.push_back({payload, "block-hash-wrong"});
            rows.push_back({good.size() - 1, "block-hash-wrong"});
        } else {
            rows.push_back({frames, "list-hash-wrong"});
            rows.push_back({payload, "frame-hash-wrong"});
            rows.push_back({good.size() - 1, "frame-hash-wrong"});
        }
        for (const Row& row : rows) {
            CAPTURE(compress);
            CAPTURE(row.at);
            std::string bad = good;
            bad[row.at] ^= 0x01;
            here.folder.write("bad", bad);
            const auto ran = here.image("verify @/bad --ca @/vendor-ca.pem");
            CHECK(ran.status == 1);
            CHECK(ran.errors.starts_with(std::string{"omcast: "} + row.refusal + ": package "));
            // The loader knows no anchors, so it takes what only a signature could tell.
            if (row.at != in_manifest) CHECK_THROWS_AS(tools::load_image(here.folder.file("bad")), tools::PackageError);
            CHECK(here.image("sign @/bad --sign @/stranger.key --cert @/stranger.pem -o @/out").status ==
                  (row.at == in_manifest ? 0 : 1));
            std::filesystem::remove(here.folder.file("out"));
        }
        for (const std::size_t size : {std::size_t{6}, std::size_t{8}, std::size_t{27}, blocks - 1, payload - 1}) {
            here.folder.write("bad", good.substr(0, size));
            CHECK(here.image("verify @/bad --ca @/vendor-ca.pem").errors.starts_with("omcast: malformed-head: "));
        }
        for (const std::string& bad : {good.substr(0, good.size() - 1), good.substr(0, payload), good + "x"}) {
            here.folder.write("bad", bad);
            CHECK(here.image("verify @/bad --ca @/vendor-ca.pem").errors.starts_with("omcast: size-wrong: "));
        }
    }
}

TEST_CASE("image show: a damaged package is explained as far as it can be read, and fails") {
    const Workshop& here = workshop();
    REQUIRE(here.image(std::string{pack_signed} + "-o @/good").status == 0);
    std::string bad = here.text("good");
    bad.back() ^= 0x01;
    here.folder.write("bad", bad);
    const auto text = here.image("show @/bad");
    CHECK(text.status == 1);
    CHECK(text.out.find("product code           HG1\n") != std::string::npos);
    CHECK(text.errors.find("block 9 (octets 589824 to 599999 of the image) is not the one that was signed") !=
          std::string::npos);
    const auto as_json = here.image("show --json @/bad");
    CHECK(as_json.status == 1);
    CHECK(json::parse(as_json.out).at("damage").at("refusal") == "block-hash-wrong");
    CHECK(here.image("show @/good").status == 0);
}

TEST_CASE("package: frames that were signed and are none are refused by name") {
    // What a careless packer could sign: every hash is right, the content is not.
    const Workshop& here = workshop();
    const std::string text = text_image(300'000);
    const omci::Octets image{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    if (!can_compress()) return;
    const auto load = [&](omci::Octets frames_from, std::size_t size) {
        tools::PackageParts parts = tools::cut_image(frames_from, omci::Payload::zstd);
        parts.blocks = tools::cut_image(image, omci::Payload::raw).blocks;
        omci::Manifest manifest;
        manifest.version = "R7", manifest.product_code = "A", manifest.payload = omci::Payload::zstd;
        tools::describe(image, parts, manifest);
        manifest.size = static_cast<std::uint32_t>(size);
        const std::string lines = tools::manifest_text(manifest);
        const auto cms = tools::unsigned_cms({reinterpret_cast<const std::uint8_t*>(lines.data()), lines.size()});
        const auto octets = tools::join_package(cms, parts.blocks, parts.frames, parts.payload);
        here.folder.write("odd", as_text(octets));
        try {
            tools::load_image(here.folder.file("odd"));
        } catch (const tools::PackageError& error) {
            return std::string{omci::row(error.refusal).name};
        }
        return std::string{"none"};
    };
    CHECK(load(image, image.size()) == "none");
    CHECK(load(image.first(299'999), image.size()) == "frame-undecodable");  // the last frame yields too little
    CHECK(load(image, image.size() - 1) == "frame-undecodable");             // and too much
    CHECK(load(image.first(262'144), image.size()) == "malformed-head");     // a frame is missing
    CHECK(load(image, 393'216) == "malformed-head");                         // a block is missing
    const std::string other = text_image(300'001).substr(1);
    CHECK(load({reinterpret_cast<const std::uint8_t*>(other.data()), other.size()}, image.size()) ==
          "block-hash-wrong");
}
