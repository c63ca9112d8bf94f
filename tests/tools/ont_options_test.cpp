// SPDX-License-Identifier: Apache-2.0
// The command line of "omcast ont": what it becomes, and the sentence that answers what it cannot be.
#include "tools/ont/options.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tools/usage.h"

namespace {

tools::OntOptions parse(const std::vector<const char*>& more) {
    std::vector<const char*> all{"ont", "--link", "udp:127.0.0.1:5000,pon=2"};
    const bool places = std::any_of(more.begin(), more.end(), [](std::string_view word) { return word == "--slots"; });
    if (!places) all.insert(all.end(), {"--slots", "DIR"});
    all.insert(all.end(), more.begin(), more.end());
    return tools::parse_ont_options(static_cast<int>(all.size()), all.data());
}

std::string complaint(const std::vector<const char*>& more) {
    try {
        parse(more);
    } catch (const tools::UsageError& error) {
        return error.what();
    }
    return "";
}

template <std::size_t size>
std::string text(const std::uint8_t (&field)[size]) {
    return {field, std::find(field, field + size, 0)};
}

std::string serial(const tools::OntOptions& options) {
    olt::SerialNumber serial;
    std::copy_n(options.kind.identity.serial_number, 8, serial.octets.begin());
    return olt::text(serial);
}

}  // namespace

TEST_CASE("ont options: little has to be said") {
    const auto options = parse({"--onu-id", "41"});
    CHECK(options.first == 41);
    CHECK(options.count == 1);
    CHECK(options.slots == "DIR");
    CHECK(options.kind.slot_octets == 32 * 1024 * 1024);
    CHECK(options.kind.reboot_time == std::chrono::seconds{5});
    CHECK(options.kind.identity.omcc_version == 0xB4);
    CHECK(omci::text(options.kind.factory_version) == "FACTORY0-1.0");
    // Another PON, another ONU-ID: another box.
    CHECK(serial(options) == "OMCT0002002a");
}

TEST_CASE("ont options: other boxes") {
    const auto options = parse(
        {"--onu-id",       "0",    "--count",         "128",   "--slot-size",        "8MiB", "--reboot-time",  "90s",
         "--vendor",       "ACME", "--equipment-id",  "BOX 7", "--hardware-version", "rev3", "--product-code", "P-1",
         "--omcc-version", "0xA2", "--window-max",    "16",    "--window-octets",    "8K",   "--busy-seconds", "30",
         "--trial-boots",  "1",    "--factory-image", "1",     "--factory-version",  "V1.2", "--quiet"});
    CHECK(options.count == 128);
    CHECK(options.kind.slot_octets == 8 * 1024 * 1024);
    CHECK(options.kind.reboot_time == std::chrono::seconds{90});
    CHECK(options.kind.busy_time == std::chrono::seconds{30});
    CHECK(options.kind.window_sections_max == 16);
    CHECK(options.kind.window_octets == 8192);
    CHECK(options.kind.trial_boots == 1);
    CHECK(options.kind.factory_image == 1);
    CHECK(omci::text(options.kind.factory_version) == "V1.2");
    CHECK(text(options.kind.identity.vendor_id) == "ACME");
    CHECK(text(options.kind.identity.equipment_id) == "BOX 7");
    CHECK(text(options.kind.identity.hardware_version) == "rev3");
    CHECK(text(options.kind.identity.product_code) == "P-1");
    CHECK(options.kind.identity.omcc_version == 0xA2);
    CHECK(serial(options) == "ACME00020001");
    CHECK(serial(parse({"--onu-id", "0", "--serial", "ZZZZ0000002a"})) == "ZZZZ0000002a");
    CHECK(serial(parse({"--onu-id", "0", "--serial", "4f4d435400000a0b"})) == "OMCT00000a0b");
    CHECK(text(parse({"--onu-id", "0", "--serial", "ZZZZ0000002a"}).kind.identity.vendor_id) == "ZZZZ");
}

TEST_CASE("ont options: what cannot be is refused by the name of its flag") {
    struct Row {
        std::vector<const char*> options;
        const char* begins;
    };
    for (const Row& row : std::vector<Row>{
             {{}, "ont needs --onu-id N"},
             {{"--onu-id", "254"}, "--onu-id: \"254\" is not from 0 to 253"},
             {{"--onu-id", "1", "--count", "129"}, "--count: \"129\" is not from 1 to 128"},
             {{"--onu-id", "200", "--count", "60"}, "--count: 60 ONTs from ONU-ID 200 on go beyond 253"},
             {{"--onu-id", "1", "--slot-size", "5G"}, "--slot-size: \"5G\" is not"},
             {{"--onu-id", "1", "--slot-size", "big"}, "--slot-size: \"big\" is no size"},
             {{"--onu-id", "1", "--window-octets", "1000"}, "--window-octets: \"1000\" is not"},
             {{"--onu-id", "1", "--window-max", "257"}, "--window-max: \"257\" is not from 1 to 256"},
             {{"--onu-id", "1", "--vendor", "ABC"}, "--vendor: \"ABC\" is not four letters"},
             {{"--onu-id", "1", "--serial", "OMCT2a"}, "--serial: \"OMCT2a\" is not four letters and 8"},
             {{"--onu-id", "1", "--serial", "OMCT0000002x"}, "--serial: \"OMCT0000002x\" is not"},
             {{"--onu-id", "1", "--count", "2", "--serial", "OMCTffffffff"},
              "--serial: \"OMCTffffffff\" leaves no room"},
             {{"--onu-id", "1", "--omcc-version", "180"}, "--omcc-version: \"180\" is no OMCC version"},
             {{"--onu-id", "1", "--omcc-version", "0x1FF"}, "--omcc-version: \"0x1FF\" is no OMCC version"},
             {{"--onu-id", "1", "--equipment-id", "123456789012345678901"}, "--equipment-id: "},
             {{"--onu-id", "1", "--reboot-time", "5"}, "--reboot-time: \"5\" is no time"},
             {{"--onu-id", "1", "--factory-image", "2"}, "--factory-image: \"2\" is not from 0 to 1"},
             {{"--onu-id", "1", "--factory-version", "a b"}, "--factory-version: \"a b\" is not 1 to 14"},
             {{"--onu-id", "1", "--log", ""}, "--log: the file has no name"},
             {{"--onu-id", "1", "--log", "l", "--quiet"}, "--log contradicts --quiet"},
             {{"--onu-id", "1", "stray"}, "ont takes options only"}}) {
        const std::string said = complaint(row.options);
        CAPTURE(said);
        CHECK(said.starts_with(row.begins));
    }
}

TEST_CASE("ont options: packages, and slots on devices") {
    const auto plain = parse({"--onu-id", "1"});
    CHECK_FALSE(plain.kind.packages.taken);
    const auto options = parse({"--onu-id", "1", "--ca", "a.pem", "--ca", "b.pem", "--crl", "c.pem", "--require", "2",
                                "--permit-plain", "--block-buffer", "off"});
    CHECK(options.trust.anchors == std::vector<std::string>{"a.pem", "b.pem"});
    CHECK(options.trust.revocations == std::vector<std::string>{"c.pem"});
    CHECK(options.kind.packages.taken);
    CHECK(options.kind.packages.signers_min == 2);
    CHECK(options.kind.packages.permit_plain);
    CHECK_FALSE(options.kind.packages.block_buffer);
    CHECK(parse({"--onu-id", "1", "--packages", "on"}).kind.packages.taken);
    for (const auto& [words, begins] : std::vector<std::pair<std::vector<const char*>, const char*>>{
             {{"--require", "2"}, "--require needs --ca FILE"},
             {{"--permit-plain"}, "--permit-plain says nothing without --ca"},
             {{"--ca", "a", "--packages", "off"}, "--ca contradicts --packages off"},
             {{"--block-buffer", "off"}, "--block-buffer needs --ca FILE or --packages on"},
             {{"--slots", "nand:a,b"}, "--slots: \"nand\" is no kind of slots"},
             {{"--slots", "mtd:a,b"}, "--slots: \"mtd:a,b\" needs a --state DIR"},
             {{"--slots", "file:a,b", "--state", "s", "--count", "2"}, "--slots: \"file:a,b\" is room for one ONT"},
             {{"--boot-dialect", "sw_active"}, "--boot-environment CONFIG and --boot-dialect NAME"},
             {{"--boot-environment", "c", "--boot-dialect", "grub"}, "--boot-dialect: \"grub\" is none of sw_active"},
             {{"--state", "s"}, "--state belongs to slots on devices"}}) {
        std::vector<const char*> all{"--onu-id", "1"};
        all.insert(all.end(), words.begin(), words.end());
        const std::string said = complaint(all);
        CAPTURE(said);
        CHECK(said.starts_with(begins));
    }
}
