// SPDX-License-Identifier: Apache-2.0
#include "tools/ont/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>

#include "omci/software_download.h"
#include "omci/software_image.h"
#include "tools/command_line.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {
namespace {

constexpr std::uint16_t onu_id_max = 253;  // G.984.3
constexpr std::uint64_t busy_seconds_max = 24 * 3600;
constexpr std::size_t window_octets_max = omci::window_sections_max * omci::extended_section_max_octets;

// clang-format off
po::options_description described_options() {
    const auto text = text_value;
    po::options_description place{"Where", help_columns};
    place.add_options()
        ("link", text("LINK"), "the link to the OLT, see below")
        ("check", text("CHECK"), "how frames end on it, see below (default auto)")
        ("capture", text("FILE"), "every frame that goes by, for tcpdump, Wireshark and \"omcast decode\"")
        ("onu-id", text("N"), "ONU-ID of the ONT, 0 to 253")
        ("count", text("M"), "so many ONTs in this process, from ONU-ID N on: 1 to 128 (default 1)")
        ("slots", text("DIR"), "what the ONTs remember, each in its folder onuN: two slots and the boot record. Made "
                               "where missing; one process at a time for each ONT. For a single ONT also file:A,B or "
                               "block:A,B or mtd:A,B or ubi:A,B: its slots are these files, devices or volumes")
        ("boot-environment", text("CONFIG"), "a fw_env.config: the boot record is in U-Boot's environment, and its "
                                             "variables decide what boots; for a single ONT")
        ("boot-dialect", text("NAME"), "how they spell it: sw_active, committed_image, boot_order or bootcount")
        ("state", text("DIR"), "with slots on devices: the folder for boot record, counter and heads of packages");
    po::options_description box{"What kind of ONT", help_columns};
    box.add_options()
        ("slot-size", text("SIZE"), "room for one image: 32M, 8MiB (default 32M); a DIR keeps what it was made with")
        ("reboot-time", text("TIME"), "from a restart to the ONT being back: 5s, 90s, 0s (default 5s)")
        ("vendor", text("ABCD"), "vendor ID, four letters (default OMCT)")
        ("serial", text("SERIAL"), "serial number of the first ONT, OMCT0000002a or 16 hexadecimal digits; further "
                                   "ones count up (default: the vendor, PON and ONU-ID + 1)")
        ("equipment-id", text("TEXT"), "at most 20 characters (default OMCAST-ONT)")
        ("hardware-version", text("TEXT"), "at most 14 characters (default omcast)")
        ("product-code", text("TEXT"), "at most 25 characters; without it images have no such attribute")
        ("omcc-version", text("0xNN"), "0xA0 to 0xA3: baseline only; 0x96, 0xB0 to 0xB4: extended too (default 0xB4)")
        ("window-max", text("N"), "sections in a window at most, 1 to 256 (default 256)")
        ("window-octets", text("SIZE"), "memory for a window: 31 octets hold a baseline section, 1965 an extended one "
                                        "(default 64K)")
        ("busy-seconds", text("N"), "so long behind each boot every command to class 7 but Get is answered \"device "
                                    "busy\", as by an ONT whose flash is not ready yet (default 0)")
        ("trial-boots", text("N"), "boots that an image on trial may take to become healthy, 1 to 255 (default 3)")
        ("factory-image", text("0|1"), "the image that runs where DIR holds no ONT yet (default 0)")
        ("factory-version", text("TEXT"), "its version, 1 to 14 characters (default FACTORY0-1.0 or FACTORY1-1.0)");
    po::options_description packages{"Packages", help_columns};
    packages.add_options()
        ("packages", text("on|off"), "whether packages are taken, else they are refused by name (default: on with "
                                     "--ca); on without --ca: their hashes count, signatures do not");
    describe_trust(packages, "nothing but packages signed under one is taken");
    packages.add_options()
        ("permit-plain", "plain images are taken too, although --ca is given")
        ("block-buffer", text("on|off"), "on (default): a block is proven before it is written; off: it is written, "
                                         "read back and proven then, and a compressed package is refused");
    po::options_description output{"What comes out", help_columns};
    output.add_options()
        ("log", text("FILE"), "where the lines go that say what happens, behind what is there; else standard output")
        ("quiet", "no such lines")
        ("help,h", "this text");
    po::options_description all{help_columns};
    all.add(place).add(box).add(packages).add(output);
    return all;
}
// clang-format on

bool printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// A text of the identity, padded with zero octets.
template <std::size_t room>
void fill(const CommandLine& parsed, const char* name, const char* otherwise, std::uint8_t (&field)[room]) {
    const std::string text = parsed.has(name) ? parsed.text(name) : otherwise;
    if (text.size() > room || !printable(text))
        throw UsageError{fmt::format("--{}: \"{}\" is not at most {} printable characters", name, text, room)};
    std::fill(std::begin(field), std::end(field), std::uint8_t{0});
    std::copy(text.begin(), text.end(), std::begin(field));
}

/// A number of hexadecimal digits, all of `text`.
std::optional<std::uint64_t> read_hex(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::uint8_t parse_omcc_version(const std::string& place, const std::string& text) {
    const auto value =
        text.starts_with("0x") || text.starts_with("0X") ? read_hex(std::string_view{text}.substr(2)) : std::nullopt;
    if (!value || *value > 0xFF)
        throw UsageError{fmt::format("{}: \"{}\" is no OMCC version; write 0xA2 or 0xB4", place, text)};
    return static_cast<std::uint8_t>(*value);
}

olt::SerialNumber parse_serial(const std::string& text) {
    olt::SerialNumber serial;
    const std::string_view view = text;
    if (const auto all = text.size() == 16 ? read_hex(view) : std::nullopt) {
        omci::store_be(serial.octets.data(), *all);
        return serial;
    }
    const auto number = text.size() == 12 ? read_hex(view.substr(4)) : std::nullopt;
    if (!number || !printable(view.substr(0, 4)))
        throw UsageError{fmt::format(
            "--serial: \"{}\" is not four letters and 8 hexadecimal digits (OMCT0000002a), nor 16 such digits", text)};
    std::copy_n(text.begin(), 4, serial.octets.begin());
    omci::store_be(serial.octets.data() + 4, static_cast<std::uint32_t>(*number));
    return serial;
}

void parse_identity(const CommandLine& parsed, const OntOptions& options, ont_identity& identity) {
    fill(parsed, "equipment-id", "OMCAST-ONT", identity.equipment_id);
    fill(parsed, "hardware-version", "omcast", identity.hardware_version);
    fill(parsed, "product-code", "", identity.product_code);
    identity.omcc_version = 0xB4;
    parsed.parse("omcc-version", identity.omcc_version, parse_omcc_version);

    const std::string vendor = parsed.has("vendor") ? parsed.text("vendor") : "OMCT";
    if (vendor.size() != std::size(identity.vendor_id) || !printable(vendor))
        throw UsageError{fmt::format("--vendor: \"{}\" is not four letters", vendor)};
    std::copy(vendor.begin(), vendor.end(), identity.vendor_id);

    olt::SerialNumber serial;
    if (parsed.has("serial")) {
        serial = parse_serial(parsed.text("serial"));
        if (!parsed.has("vendor")) std::copy_n(serial.octets.begin(), 4, identity.vendor_id);
        const std::uint32_t first = omci::load_be<std::uint32_t>(serial.octets.data() + 4);
        if (first > std::numeric_limits<std::uint32_t>::max() - (options.count - 1u))
            throw UsageError{fmt::format("--serial: \"{}\" leaves no room to count up to {} ONTs",
                                         parsed.text("serial"), options.count)};
    } else {
        std::copy(vendor.begin(), vendor.end(), serial.octets.begin());
        const auto number = static_cast<std::uint32_t>(options.link.pon << 16 | (options.first + 1));
        omci::store_be(serial.octets.data() + 4, number);
    }
    std::copy(serial.octets.begin(), serial.octets.end(), identity.serial_number);
}

void parse_kind(const CommandLine& parsed, OntKind& kind) {
    const auto size = [&](const char* name, std::uint32_t& value, std::uint64_t least, std::uint64_t most) {
        if (!parsed.has(name)) return;
        value = static_cast<std::uint32_t>(parse_size(fmt::format("--{}", name), parsed.text(name), least, most));
    };
    size("slot-size", kind.slot_octets, 1024, std::numeric_limits<std::uint32_t>::max());
    const bool extended = omci::speaks_extended(kind.identity.omcc_version);
    size("window-octets", kind.window_octets,
         extended ? omci::extended_section_max_octets : omci::baseline_section_octets, window_octets_max);
    parsed.count("window-max", kind.window_sections_max, 1, omci::window_sections_max);
    parsed.count("trial-boots", kind.trial_boots, 1, 255);
    parsed.count("factory-image", kind.factory_image, 0, 1);
    kind.factory_version = omci::make_version(kind.factory_image == 0 ? "FACTORY0-1.0" : "FACTORY1-1.0");
    if (parsed.has("factory-version"))
        kind.factory_version = omci::make_version(parse_version(parsed.text("factory-version"), "--factory-version"));
    std::int64_t reboot_time = kind.reboot_time.count();
    parsed.parse("reboot-time", reboot_time, parse_time);
    kind.reboot_time = olt::Duration{reboot_time};
    std::uint32_t busy_seconds = 0;
    parsed.count("busy-seconds", busy_seconds, 0, busy_seconds_max);
    kind.busy_time = std::chrono::seconds{busy_seconds};
}

void parse_packages(const CommandLine& parsed, OntOptions& options) {
    OntPackageKind& packages = options.kind.packages;
    options.trust = parse_trust(parsed);
    packages.taken = options.trust.given();
    parsed.choice("packages", std::array{"off", "on"}, packages.taken);
    if (options.trust.given() && !packages.taken) throw UsageError{"--ca contradicts --packages off"};
    packages.signers_min = static_cast<std::uint8_t>(options.trust.signers_min);
    packages.permit_plain = parsed.has("permit-plain");
    if (packages.permit_plain && !options.trust.given())
        throw UsageError{"--permit-plain says nothing without --ca: plain images are taken then"};
    parsed.choice("block-buffer", std::array{"off", "on"}, packages.block_buffer);
    if (parsed.has("block-buffer") && !packages.taken)
        throw UsageError{"--block-buffer needs --ca FILE or --packages on"};
}

void parse_storage(const CommandLine& parsed, OntOptions& options) {
    options.slots = parsed.file("slots");
    options.kind.state_folder = parsed.file("state");
    const bool folder = parse_slots("--slots", options.slots).kind == ont::SlotSpec::Kind::folder;
    if (!folder && options.count > 1)
        throw UsageError{
            fmt::format("--slots: \"{}\" is room for one ONT, and --count says {}", options.slots, options.count)};
    if (!folder && options.kind.state_folder.empty())
        throw UsageError{fmt::format("--slots: \"{}\" needs a --state DIR for the boot record", options.slots)};
    options.kind.boot_environment = parsed.file("boot-environment");
    options.kind.boot_dialect = parsed.text("boot-dialect");
    if (parsed.has("boot-environment") != parsed.has("boot-dialect"))
        throw UsageError{"--boot-environment CONFIG and --boot-dialect NAME say something together only"};
    if (parsed.has("boot-dialect") && !ont::find_dialect(options.kind.boot_dialect))
        throw UsageError{
            fmt::format("--boot-dialect: \"{}\" is none of {}", options.kind.boot_dialect, ont::dialect_names())};
    if (parsed.has("boot-environment") && options.count > 1)
        throw UsageError{fmt::format("--boot-environment is that of one ONT, and --count says {}", options.count)};
    if (folder && parsed.has("state")) throw UsageError{"--state belongs to slots on devices: a folder has it all"};
}

}  // namespace

OntOptions parse_ont_options(int argc, const char* const* argv) {
    const CommandLine parsed{argc, argv, described_options()};
    OntOptions options;
    if (parsed.has("help")) {
        options.help = true;
        return options;
    }
    const std::string link = parsed.required("link", "udp:HOST:PORT or eth:INTERFACE");
    options.link = parse_link(link, parsed.text("check"), parsed.file("capture"));
    parsed.required("onu-id", "N");
    parsed.count("onu-id", options.first, 0, onu_id_max);
    parsed.count("count", options.count, 1, olt::onts_per_pon_max);
    if (options.first + options.count - 1 > onu_id_max)
        throw UsageError{fmt::format("--count: {} ONTs from ONU-ID {} on go beyond {}, the last one there is",
                                     options.count, options.first, onu_id_max)};
    parsed.required("slots", "DIR");
    parse_storage(parsed, options);
    options.log = parsed.file("log");
    options.quiet = parsed.has("quiet");
    if (options.quiet && parsed.has("log")) throw UsageError{"--log contradicts --quiet"};
    parse_identity(parsed, options, options.kind.identity);
    parse_kind(parsed, options.kind);
    parse_packages(parsed, options);
    return options;
}

std::string ont_help() {
    return fmt::format(
        "usage: omcast ont --link LINK --onu-id N [--count M] --slots DIR [OPTION...]\n\n"
        "Plays ONTs on a link: the handler that firmware links, with slots and boot record in files. Runs until "
        "Ctrl-C\n"
        "or SIGTERM, then exits with 0; with 1 if a file or the link fails it, 2 if called wrongly. It may be killed "
        "at\n"
        "any instant and goes on from DIR, as an ONT does after a power cut: a partial download is lost, an image "
        "that\n"
        "was active but not committed gives way to the committed one.\n"
        "It waits for nobody but the OLT: every command is answered at once, an ONT that restarts is back after\n"
        "--reboot-time, one that cannot boot tries again after that time or {} s.\n{}\n{}",
        std::chrono::ceil<std::chrono::seconds>(ont_boot_retry_min).count(), described_text(described_options()),
        link_help());
}

}  // namespace tools
