// SPDX-License-Identifier: Apache-2.0
// Every reason for which an image is refused before a unit of the slot is erased: one malformed or unfit package each.
#include <doctest/doctest.h>

#include <functional>

#include "omci/refusal.h"
#include "tests/ont/package_lab.h"

using namespace tests;

namespace {

struct Case {
    int refusal;
    const char* what;
    std::function<Bytes(PackageLab&, PackageMaker&)> prepare;
};

Bytes without(const PackageMaker& maker, const std::string& key) {
    PackageMaker copy = maker;
    const Bytes package = copy.make();
    std::string text;
    const std::string all{package.begin(), package.end()};
    const std::size_t begin = all.find("version=");
    const std::size_t end = all.find("payload=raw\n") + 12;
    const std::string manifest = all.substr(begin, end - begin);
    const std::size_t at = manifest.find(key);
    text = manifest.substr(0, at) + manifest.substr(manifest.find('\n', at) + 1);
    copy.manifest_octets = {text.begin(), text.end()};
    return copy.make();
}

const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {ONT_REFUSAL_NOT_SUPPORTED, "no hash",
         [](PackageLab& lab, PackageMaker& m) {
             lab.platform.sha256_start = nullptr;
             lab.platform.sha256_update = nullptr;
             lab.platform.sha256_finish = nullptr;
             return m.make();
         }},
        {ONT_REFUSAL_NOT_SUPPORTED, "no head buffer",
         [](PackageLab& lab, PackageMaker& m) {
             lab.options.head = nullptr;
             lab.options.head_octets = 0;
             return m.make();
         }},
        {ONT_REFUSAL_NOT_SUPPORTED, "frames, and nothing to unpack them with",
         [](PackageLab& lab, PackageMaker& m) {
             lab.platform.unpack_start = nullptr;
             lab.platform.unpack_next = nullptr;
             m.payload = "zstd";
             return m.make();
         }},
        {ONT_REFUSAL_NOT_SUPPORTED, "a delta",
         [](PackageLab&, PackageMaker& m) {
             m.payload = "delta";
             m.more = "base-version=R1.5\nbase-sha256=" + std::string(64, '0') + "\n";
             return m.make();
         }},
        {ONT_REFUSAL_MALFORMED_HEAD, "a bit of the header",
         [](PackageLab&, PackageMaker& m) {
             Bytes package = m.make();
             package[14] ^= 1;
             return package;
         }},
        {ONT_REFUSAL_MALFORMED_HEAD, "moved as text: the line end is a line feed",
         [](PackageLab& lab, PackageMaker& m) {
             lab.options.trust_anchor = 0;  // it would be a plain image, and taken
             Bytes package = m.make();
             package.erase(package.begin() + 6);
             return package;
         }},
        {ONT_REFUSAL_MALFORMED_HEAD, "the magic alone",
         [](PackageLab&, PackageMaker& m) {
             Bytes package = m.make();
             package.resize(20);
             return package;
         }},
        {ONT_REFUSAL_MALFORMED_HEAD, "a block list of another length",
         [](PackageLab&, PackageMaker& m) {
             m.size = 65'536 * 3;
             return m.make();
         }},
        {ONT_REFUSAL_MALFORMED_MANIFEST, "no CMS",
         [](PackageLab&, PackageMaker& m) {
             Bytes package = m.make();
             package[28] ^= 1;
             return package;
         }},
        {ONT_REFUSAL_MALFORMED_MANIFEST, "no version",
         [](PackageLab&, PackageMaker& m) { return without(m, "version="); }},
        {ONT_REFUSAL_MALFORMED_MANIFEST, "a key that nobody knows",
         [](PackageLab&, PackageMaker& m) {
             m.more = "only-on=sunday\n";
             return m.make();
         }},
        {ONT_REFUSAL_HEAD_TOO_LARGE, "the buffer ends in the list's bits",
         [](PackageLab& lab, PackageMaker& m) {
             const Bytes package = m.make();
             lab.options.head_octets = m.head.size();
             return package;
         }},
        {ONT_REFUSAL_LIST_HASH_WRONG, "block list",
         [](PackageLab&, PackageMaker& m) {
             m.list_unsigned = true;
             return m.make();
         }},
        {ONT_REFUSAL_LIST_HASH_WRONG, "frame list",
         [](PackageLab&, PackageMaker& m) {
             m.payload = "zstd";
             Bytes package = m.make();
             package[m.head.size() - 1] ^= 1;
             return package;
         }},
        {ONT_REFUSAL_SIGNATURE_WRONG, "",
         [](PackageLab&, PackageMaker& m) {
             m.wrong_signature = true;
             return m.make();
         }},
        {ONT_REFUSAL_SIGNATURE_WRONG, "a bit of the manifest",
         [](PackageLab&, PackageMaker& m) {
             Bytes package = m.make();
             const std::string key = "product-code=";
             *(std::search(package.begin(), package.end(), key.begin(), key.end()) + 14) ^= 1;
             return package;
         }},
        {ONT_REFUSAL_SIGNATURE_WRONG, "a verdict without a name",
         [](PackageLab& lab, PackageMaker& m) {
             lab.platform.signature = [](void*, const std::uint8_t*, std::size_t, const std::uint8_t*, std::size_t,
                                         unsigned) { return -7; };
             return m.make();
         }},
        {ONT_REFUSAL_SIGNER_UNKNOWN, "",
         [](PackageLab&, PackageMaker& m) {
             m.signers = "X";
             return m.make();
         }},
        {ONT_REFUSAL_SIGNER_REVOKED, "",
         [](PackageLab&, PackageMaker& m) {
             m.signers = "R";
             return m.make();
         }},
        {ONT_REFUSAL_SIGNERS_TOO_FEW, "",
         [](PackageLab& lab, PackageMaker& m) {
             lab.options.signers_min = 2;
             return m.make();
         }},
        {ONT_REFUSAL_PLAIN_IMAGE, "", [](PackageLab&, PackageMaker& m) { return m.image; }},
        {ONT_REFUSAL_WRONG_PRODUCT, "",
         [](PackageLab&, PackageMaker& m) {
             m.product = "BOX-2";
             m.more = "compatible=BOX-10,BOX\n";
             return m.make();
         }},
        {ONT_REFUSAL_WRONG_PRODUCT, "the ONT knows not what it is",
         [](PackageLab& lab, PackageMaker& m) {
             std::memset(lab.identity.product_code, 0, sizeof lab.identity.product_code);
             return m.make();
         }},
        {ONT_REFUSAL_WRONG_HARDWARE, "",
         [](PackageLab&, PackageMaker& m) {
             m.more = "hardware=2,1.1\n";
             return m.make();
         }},
        {ONT_REFUSAL_RUNNING_TOO_OLD, "",
         [](PackageLab&, PackageMaker& m) {
             m.more = "requires=R1.10\n";
             return m.make();
         }},
        {ONT_REFUSAL_COUNTER_TOO_LOW, "",
         [](PackageLab& lab, PackageMaker& m) {
             lab.counter = 8;
             m.more = "security-counter=7\n";
             return m.make();
         }},
        {ONT_REFUSAL_SLOT_TOO_SMALL, "by one octet",
         [](PackageLab& lab, PackageMaker& m) {
             m.image = make_image(lab.device.slot_octets + 1);
             return m.make();
         }},
        {ONT_REFUSAL_SLOT_TOO_SMALL, "unpacked",
         [](PackageLab& lab, PackageMaker& m) {
             m.image = Bytes(lab.device.slot_octets + 1);
             m.payload = "zstd";
             return m.make();
         }},
        {ONT_REFUSAL_SLOT_TOO_SMALL, "what must stay free",
         [](PackageLab& lab, PackageMaker& m) {
             m.more = "min-free=" + std::to_string(lab.device.slot_octets - m.image.size() + 1) + "\n";
             return m.make();
         }},
        {ONT_REFUSAL_MEMORY_TOO_SMALL, "frame buffer",
         [](PackageLab& lab, PackageMaker& m) {
             lab.options.frame_octets = 65'536;
             m.payload = "zstd";
             return m.make();
         }},
        {ONT_REFUSAL_MEMORY_TOO_SMALL, "decoder",
         [](PackageLab& lab, PackageMaker& m) {
             m.payload = "zstd";
             m.more = "max-memory=" + std::to_string(lab.options.frame_octets + lab.options.unpack_octets + 1) + "\n";
             return m.make();
         }},
        {ONT_REFUSAL_NOT_PERMITTED, "this version",
         [](PackageLab& lab, PackageMaker& m) {
             lab.refuse_version = m.version;
             return m.make();
         }},
        {ONT_REFUSAL_SIZE_WRONG, "an octet too many",
         [](PackageLab&, PackageMaker& m) {
             Bytes package = m.make();
             package.push_back(0);
             return package;
         }},
        {ONT_REFUSAL_SIZE_WRONG, "an octet too few",
         [](PackageLab&, PackageMaker& m) {
             Bytes package = m.make();
             package.pop_back();
             return package;
         }},
        {ONT_REFUSAL_SIZE_WRONG, "nothing behind the head",
         [](PackageLab&, PackageMaker& m) {
             Bytes package = m.make();
             package.resize(m.head.size());
             return package;
         }},
    };
    return all;
}

}  // namespace

TEST_CASE("refused: each reason by its name, at a close with 3, the slot untouched, and a good package comes after") {
    for (const Case& one : cases()) {
        const std::string name = omci::row(static_cast<omci::Refusal>(one.refusal)).name;
        CAPTURE(name);
        const std::string what = one.what;
        CAPTURE(what);
        PackageLab lab;
        lab.set = MessageSet::extended;
        const Bytes slot = lab.device.slot[1];
        const ont_platform platform = lab.platform;
        const ont_options options = lab.options;
        const ont_identity identity = lab.identity;
        PackageMaker maker{.image = make_image(200'000)};
        const Bytes package = one.prepare(lab, maker);
        REQUIRE(lab.power_on() == 0);
        lab.clear_counts();
        CHECK(lab.push_all(package) == 3);
        CHECK(lab.refusal() == one.refusal);
        CHECK(lab.events(ONT_EVENT_REFUSED) == 1);
        CHECK(lab.operations('E') == 0);
        CHECK(lab.operations('W') == 0);
        CHECK(lab.device.slot[1] == slot);
        CHECK(lab.states() == "ACV ---");
        CHECK(lab.update_state() == ONT_UPDATE_IDLE);
        for (int again = 0; again < 3; ++again) CHECK(lab.send_window(package, 0, 1) == 3);
        lab.work();
        CHECK(lab.end(package) == 1);
        CHECK(lab.refusal() == one.refusal);

        // The same ONT with what it lacked, and a package that is right.
        lab.platform = platform;
        lab.options = options;
        lab.identity = identity;
        lab.counter = 0;
        lab.refuse_version.clear();
        REQUIRE(lab.power_on() == 0);
        PackageMaker good{.image = make_image(200'000, 2)};
        CHECK(lab.install(good.make()) == 0);
        CHECK(lab.holds(good.image));
        CHECK(lab.device.mistakes.empty());
    }
}

TEST_CASE("refused: a frame that is not the signed one, that cannot be unpacked, or that yields too much") {
    struct Row {
        int refusal;
        std::function<Bytes(PackageMaker&)> make;
    };
    const std::vector<Row> rows{
        {ONT_REFUSAL_FRAME_HASH_WRONG,
         [](PackageMaker& m) {
             m.wrong_frame = 1;
             return m.make();
         }},
        {ONT_REFUSAL_FRAME_HASH_WRONG,
         [](PackageMaker& m) {
             Bytes package = m.make();
             package.back() ^= 1;
             return package;
         }},
        {ONT_REFUSAL_FRAME_UNDECODABLE,
         [](PackageMaker& m) {
             m.frame_too_long = true;
             return m.make();
         }},
    };
    for (const Row& row : rows) {
        PackageLab lab;
        lab.set = MessageSet::extended;
        PackageMaker maker{.image = make_image(300'000), .payload = "zstd"};
        CHECK(lab.push_all(row.make(maker)) == 3);
        CHECK(lab.refusal() == row.refusal);
        CHECK(lab.states() == "ACV ---");
        CHECK(lab.device.octets_written <= 300'000);
    }
}

TEST_CASE("a plain image: with a trust anchor it needs permission, and comes in whole then") {
    PackageLab lab;
    const Bytes image = make_image(50'000);
    lab.may_install_plain = true;
    REQUIRE(lab.start(image.size()) == 0);
    lab.work();
    CHECK(lab.operations('E') == 0);  // what it is shows its first window
    CHECK(lab.install(image, 64) == 0);
    CHECK(lab.holds(image));
    CHECK(lab.kept_head.empty());
    SUBCASE("no larger than the slot, although a package may be") {
        const Bytes large = make_image(lab.device.slot_octets + 1);
        REQUIRE(lab.start(large.size()) == 0);
        CHECK(lab.send_window(large, 0, 32) == 3);
        CHECK(lab.refusal() == ONT_REFUSAL_SLOT_TOO_SMALL);
    }
    SUBCASE("without a trust anchor nobody is asked") {
        lab.options.trust_anchor = 0;
        lab.may_install_plain = false;
        REQUIRE(lab.power_on() == 0);
        CHECK(lab.install(image, 64) == 0);
    }
}

TEST_CASE("Start: not now is 6, too large is 3, and both have their names; nothing is lost") {
    PackageLab lab;
    lab.may_start = false;
    CHECK(lab.start(1000) == 6);
    CHECK(lab.refusal() == ONT_REFUSAL_NOT_PERMITTED);
    lab.may_start = true;
    CHECK(lab.start(lab.device.slot_octets + lab.options.head_octets + 1) == 3);
    CHECK(lab.refusal() == ONT_REFUSAL_SLOT_TOO_SMALL);
    CHECK(lab.device.order.find('R') == std::string::npos);
    CHECK(lab.state(1) == "--V");
}

TEST_CASE("a package without a trust anchor is taken unsigned, but its hashes hold") {
    PackageLab lab;
    lab.set = MessageSet::extended;
    lab.options.trust_anchor = 0;
    REQUIRE(lab.power_on() == 0);
    PackageMaker maker{.image = make_image(200'000), .signers = ""};
    CHECK(lab.install(maker.make()) == 0);
    CHECK(lab.signatures == 0);
    maker.wrong_block = 1;
    CHECK(lab.install(maker.make()) == 3);
}

TEST_CASE("options that cannot be: buffers without a size, a block buffer too small, nobody to ask for signatures") {
    const auto init = [](auto change) {
        PackageLab lab;
        change(lab);
        return lab.power_on();
    };
    CHECK(init([](PackageLab&) {}) == 0);
    CHECK(init([](PackageLab& lab) { lab.options.head_octets = 0; }) == ONT_ERROR_ARGUMENT);
    CHECK(init([](PackageLab& lab) { lab.options.frame = nullptr; }) == ONT_ERROR_ARGUMENT);
    CHECK(init([](PackageLab& lab) { lab.options.block_octets = 65'535; }) == ONT_ERROR_ARGUMENT);
    CHECK(init([](PackageLab& lab) { lab.platform.signature = nullptr; }) == ONT_ERROR_ARGUMENT);
    CHECK(init([](PackageLab& lab) { lab.platform.sha256_finish = nullptr; }) == ONT_ERROR_ARGUMENT);
    CHECK(init([](PackageLab& lab) { lab.platform.unpack_next = nullptr; }) == ONT_ERROR_ARGUMENT);
}
