// SPDX-License-Identifier: Apache-2.0
#include "omci/manifest.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using omci::ManifestFault;

namespace {

const std::string hash_a(64, 'a');
const std::string hash_0(64, '0');

/// The least that a manifest may say.
std::string least() {
    return "version=R7\nproduct-code=HG1\nsize=5\nsha256=" + hash_a + "\nblock-size=65536\nblocks-sha256=" + hash_0 +
           "\npayload=raw\n";
}

std::string with(const std::string& from, const std::string& to) {
    std::string text = least();
    const std::size_t at = text.find(from);
    REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
}

omci::ManifestError read(const std::string& text, omci::Manifest& manifest) {
    return omci::read_manifest({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, manifest);
}

omci::ManifestError error_of(const std::string& text) {
    omci::Manifest manifest;
    omci::ManifestError error = read(text, manifest);
    error.key = {};  // of a text that is gone
    return error;
}

}  // namespace

TEST_CASE("manifest: every key is read") {
    const std::string text =
        "version=R7.2.1-rc3\nproduct-code=HG8010H\ncompatible=HG8010H,HG8012\nhardware=1.0,1.1\n"
        "security-counter=7\nsize=8388608\nsha256=" +
        hash_a +
        "\nblock-size=65536\n"
        "blocks-sha256=" +
        hash_0 + "\nframes-sha256=0123456789abcdef" + std::string(48, 'f') +
        "\npayload=delta\nbase-version=R7.1\nbase-sha256=" + hash_a +
        "\nrequires=R6.0\n"
        "min-free=4294967295\nmax-memory=1048576\nmeta.built-by=J\xC3\xB6rg = he\nmeta.b=\n";
    omci::Manifest manifest;
    REQUIRE(read(text, manifest).fault == ManifestFault::ok);
    CHECK(manifest.version == "R7.2.1-rc3");
    CHECK(manifest.product_code == "HG8010H");
    CHECK(manifest.compatible == "HG8010H,HG8012");
    CHECK(manifest.hardware == "1.0,1.1");
    CHECK(manifest.security_counter == 7);
    CHECK(manifest.size == 8'388'608);
    CHECK(manifest.sha256[0] == 0xAA);
    CHECK(manifest.sha256[31] == 0xAA);
    CHECK(manifest.blocks_sha256 == omci::Sha256{});
    CHECK(manifest.frames_sha256[0] == 0x01);
    CHECK(manifest.frames_sha256[7] == 0xEF);
    CHECK(manifest.payload == omci::Payload::delta);
    CHECK(manifest.base_version == "R7.1");
    CHECK(manifest.base_sha256 == manifest.sha256);
    CHECK(manifest.required_version == "R6.0");
    CHECK(manifest.min_free == 0xFFFF'FFFF);
    CHECK(manifest.max_memory == 1'048'576);
}

TEST_CASE("manifest: what need not be said has a default") {
    omci::Manifest manifest;
    const std::string text = least();
    REQUIRE(read(text, manifest).fault == ManifestFault::ok);
    CHECK(manifest.hardware.empty());
    CHECK(manifest.required_version.empty());
    CHECK(manifest.security_counter == 0);
    CHECK(manifest.max_memory == 0);
}

TEST_CASE("manifest: each key that must be there is missed by its name") {
    for (const std::string key :
         {"version", "product-code", "size", "sha256", "block-size", "blocks-sha256", "payload"}) {
        CAPTURE(key);
        std::string text = "\n" + least();
        const std::size_t at = text.find("\n" + key + "=");
        text.erase(at, text.find('\n', at + 1) - at);
        omci::Manifest manifest;
        const omci::ManifestError error = read(text.substr(1), manifest);
        CHECK(error.fault == ManifestFault::missing_key);
        CHECK(error.line == 0);
        CHECK(error.key == key);
    }
    CHECK(error_of("").fault == ManifestFault::missing_key);
    CHECK(error_of(with("=raw", "=zstd")).fault == ManifestFault::missing_key);
    CHECK(error_of(with("=raw", "=delta\nframes-sha256=" + hash_a)).fault == ManifestFault::missing_key);
    CHECK(error_of(with("=raw", "=zstd\nframes-sha256=" + hash_a)).fault == ManifestFault::ok);
}

TEST_CASE("manifest: malformed ones are refused, and the line is named") {
    struct Row {
        std::string text;
        ManifestFault fault;
        std::uint32_t line;
    };
    const Row rows[] = {
        {"version", ManifestFault::no_line_feed, 1},
        {least() + "meta.a=1", ManifestFault::no_line_feed, 8},
        {least() + "\n", ManifestFault::no_equals_sign, 8},
        {least() + "meta.a\n", ManifestFault::no_equals_sign, 8},
        {with("version=", "Version="), ManifestFault::unknown_key, 1},
        {with("version=", "vers="), ManifestFault::unknown_key, 1},
        {with("version=", " version="), ManifestFault::unknown_key, 1},
        {with("version=", "version hash="), ManifestFault::unknown_key, 1},
        {least() + "=1\n", ManifestFault::unknown_key, 8},
        {least() + "meta.=1\n", ManifestFault::unknown_key, 8},
        {least() + "meta=1\n", ManifestFault::unknown_key, 8},
        {least() + "expires=2030\n", ManifestFault::unknown_key, 8},
        {least() + "version=R7\n", ManifestFault::repeated_key, 8},
        {least() + "meta.a=1\nmeta.ab=1\nmeta.a=2\n", ManifestFault::repeated_key, 10},
        {with("R7", ""), ManifestFault::bad_value, 1},
        {with("R7", "R7.2.1.2.3.4.55"), ManifestFault::bad_value, 1},
        {with("R7", "R\xC3\xB6"), ManifestFault::bad_value, 1},
        {with("HG1", std::string(26, 'x')), ManifestFault::bad_value, 2},
        {with("size=5", "size=0"), ManifestFault::bad_value, 3},
        {with("size=5", "size=05"), ManifestFault::bad_value, 3},
        {with("size=5", "size=+5"), ManifestFault::bad_value, 3},
        {with("size=5", "size=5 "), ManifestFault::bad_value, 3},
        {with("size=5", "size=0x5"), ManifestFault::bad_value, 3},
        {with("size=5", "size="), ManifestFault::bad_value, 3},
        {with("size=5", "size=4294967296"), ManifestFault::bad_value, 3},
        {with("size=5", "size=99999999999999999999999"), ManifestFault::bad_value, 3},
        {with("=" + hash_a, "=" + hash_a.substr(1)), ManifestFault::bad_value, 4},
        {with("=" + hash_a, "=" + hash_a + "a"), ManifestFault::bad_value, 4},
        {with("=" + hash_a, "=A" + hash_a.substr(1)), ManifestFault::bad_value, 4},
        {with("=" + hash_a, "=g" + hash_a.substr(1)), ManifestFault::bad_value, 4},
        {with("65536", "65537"), ManifestFault::bad_value, 5},
        {with("=raw", "=RAW"), ManifestFault::bad_value, 7},
        {with("=raw", "="), ManifestFault::bad_value, 7},
        {least() + "compatible=\n", ManifestFault::bad_value, 8},
        {least() + "compatible=A,,B\n", ManifestFault::bad_value, 8},
        {least() + "compatible=A,B,\n", ManifestFault::bad_value, 8},
        {least() + "compatible=,A\n", ManifestFault::bad_value, 8},
        {least() + "hardware=1.0," + std::string(15, '1') + "\n", ManifestFault::bad_value, 8},
        {least() + "requires=\n", ManifestFault::bad_value, 8},
        {least() + "min-free=-1\n", ManifestFault::bad_value, 8},
        // What says nothing for a raw payload would be a condition that is ignored.
        {least() + "frames-sha256=" + hash_a + "\n", ManifestFault::bad_value, 8},
        {least() + "meta.a=1\nbase-version=R6\n", ManifestFault::bad_value, 9},
        {least() + "base-sha256=" + hash_a + "\n", ManifestFault::bad_value, 8},
        {with("version=", std::string{'\0'} + "version="), ManifestFault::not_text, 1},
        {with("R7\n", "R7\r\n"), ManifestFault::not_text, 1},
        {least() + "meta.a=\t\n", ManifestFault::not_text, 8},
        {least() + "meta.a=\x7F\n", ManifestFault::not_text, 8},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const omci::ManifestError error = error_of(row.text);
        CHECK(std::string{omci::text(error.fault)} == omci::text(row.fault));
        CHECK(error.line == row.line);
    }
}

TEST_CASE("manifest: UTF-8 is taken in its one spelling") {
    const char* good[] = {"\xC2\xA0",     "\xDF\xBF",         "\xE0\xA0\x80",    "\xED\x9F\xBF",
                          "\xEF\xBF\xBD", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"};
    const char* bad[] = {"\x80",         "\xC0\x80",         "\xC1\xBF",         "\xC2",         "\xC2\x80",
                         "\xC2\x41",     "\xE0\x9F\xBF",     "\xE2\x82",         "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                         "\xF0\x90\x80", "\xF5\x80\x80\x80", "\xF4\x90\x80\x80", "\xFE"};
    for (const std::string text : good) CHECK(error_of(least() + "meta.a=" + text + "\n").fault == ManifestFault::ok);
    for (const std::string text : bad) {
        CAPTURE(text);
        CHECK(error_of(least() + "meta.a=" + text + "\n").fault == ManifestFault::not_text);
    }
}

TEST_CASE("manifest: there may be 64 keys of meta and no more") {
    std::string text = least();
    for (int i = 0; i < 64; ++i) text += "meta." + std::to_string(i) + "=\n";
    CHECK(error_of(text).fault == ManifestFault::ok);
    CHECK(error_of(text + "meta.x=\n").fault == ManifestFault::too_many_keys);
}

TEST_CASE("manifest: a list has an item only whole") {
    CHECK(omci::list_has("HG8010,HG8012", "HG8012"));
    CHECK(omci::list_has("HG8010,HG8012", "HG8010"));
    CHECK(omci::list_has("HG8010", "HG8010"));
    CHECK_FALSE(omci::list_has("HG8010,HG8012", "HG801"));
    CHECK_FALSE(omci::list_has("HG8010,HG8012", "HG8010,HG8012"));
    CHECK_FALSE(omci::list_has("HG8010", "HG80101"));
    CHECK_FALSE(omci::list_has("", "HG8010"));
    CHECK_FALSE(omci::list_has("", ""));
}

TEST_CASE("manifest: versions stand in the order in which people number them") {
    // Each before all that follow; those in one row are equal.
    const std::vector<std::vector<std::string>> ordered{{"~", "~"},
                                                        {"-"},
                                                        {""},
                                                        {"1.2~rc1"},
                                                        {"1.2-rc1", "1.2-rc01"},
                                                        {"1.2-rc2"},
                                                        {"1.2-rc10"},
                                                        {"1.2", "1.02", "01.2"},
                                                        {"1.2.0"},
                                                        {"1.2.1"},
                                                        {"1.2a"},
                                                        {"1.9"},
                                                        {"1.10"},
                                                        {"1.99999999999"},
                                                        {"1.100000000000"},
                                                        {"2"},
                                                        {"10"},
                                                        {"R6.9"},
                                                        {"R7"},
                                                        {"R7.2.1-rc3"},
                                                        {"R7.2.1"},
                                                        {"Ra"},
                                                        {"r1"}};
    for (std::size_t i = 0; i < ordered.size(); ++i)
        for (std::size_t k = 0; k < ordered.size(); ++k)
            for (const std::string& a : ordered[i])
                for (const std::string& b : ordered[k]) {
                    CAPTURE(a);
                    CAPTURE(b);
                    const int order = omci::compare_versions(a, b);
                    CHECK((order > 0) == (i > k));
                    CHECK((order < 0) == (i < k));
                }
}
