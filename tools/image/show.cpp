// SPDX-License-Identifier: Apache-2.0
#include "tools/image/show.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "omci/software_download.h"
#include "ont/linux/package_trust.h"
#include "tools/decode/hex_lines.h"
#include "tools/image/signing_options.h"
#include "tools/image_file.h"

namespace tools {
namespace {

namespace json = boost::json;

constexpr std::uint64_t gem_header_octets = 5;

/// What one pass over an image costs in a message set.
struct Pass {
    std::uint64_t sections = 0;
    std::uint64_t octets = 0;  ///< of frames on the wire, GEM headers counted
};

Pass pass_of(std::uint64_t image_octets, omci::MessageSet set) {
    const std::uint64_t full = omci::section_octets(set);
    const std::uint64_t sections = (image_octets + full - 1) / full;
    if (set == omci::MessageSet::baseline)
        return {sections, sections * (gem_header_octets + omci::baseline_frame_octets)};
    // An extended section is never padded: each adds its headers, its number and its check to the octets it carries.
    constexpr std::uint64_t added = gem_header_octets + omci::extended_header_octets + 1 + omci::mic_octets;
    return {sections, image_octets + sections * added};
}

const char* format_of(omci::Octets image) {
    if (image.size() >= 4) {
        const std::uint32_t magic = omci::load_be<std::uint32_t>(image.data());
        if (magic == 0x2705'1956u) return "uImage";
        if (magic == 0xD00D'FEEDu) return "FIT";
        if (magic == 0x6873'7173u || magic == 0x7371'7368u) return "squashfs";
    }
    return "other";
}

std::string hex(omci::Octets octets) { return to_hex(octets.data(), octets.size()); }

std::string crc_text(std::uint32_t crc) {
    std::uint8_t octets[4];
    omci::store_be(octets, crc);
    return to_hex(octets, sizeof octets);
}

void print_row(const char* name, const std::string& text) { fmt::print("{:<22} {}\n", name, text); }

std::string pass_text(const Pass& pass) {
    return fmt::format("{} sections, {} octets a pass", pass.sections, pass.octets);
}

std::string size_text(std::size_t octets) {
    const std::size_t hundredths = octets * 100 / (1024 * 1024);
    return fmt::format("{} octets ({}.{:02} MiB)", octets, hundredths / 100, hundredths % 100);
}

const char* text_of(omci::Payload payload) {
    switch (payload) {
    case omci::Payload::raw: return "raw";
    case omci::Payload::zstd: return "zstd";
    case omci::Payload::delta: return "delta";
    }
    return "unknown";
}

std::vector<ont::PackageSigner> signers_of(const Package& package) {
    std::vector<ont::PackageSigner> signers;
    const ont::PackageTrust nobody;  // whose anchors are to be trusted is for "verify" to be told
    nobody.examine(package.head.cms, package.manifest_octets, 1, signers);
    return signers;
}

std::string_view manifest_text_of(const Package& package) {
    return {reinterpret_cast<const char*>(package.manifest_octets.data()), package.manifest_octets.size()};
}

/// Calls `each(key, value)` for every line of meta, without the prefix.
template <typename Each>
void each_meta(const Package& package, Each each) {
    std::string_view left = manifest_text_of(package);
    while (!left.empty()) {
        const std::string_view line = left.substr(0, left.find('\n'));
        left.remove_prefix(line.size() + 1);
        const std::size_t equals = line.find('=');
        if (line.starts_with("meta.")) each(line.substr(5, equals - 5), line.substr(equals + 1));
    }
}

struct Frames {
    std::size_t count = 0;
    std::uint32_t payload_octets = 0, longest = 0;
    bool sound = true;
};

Frames frames_of(const Package& package) {
    Frames frames;
    frames.count = package.head.frames.size() / omci::FrameEntry::wire_octets;
    if (frames.count > 0) frames.sound = omci::frames_sound(package.head.frames, frames.payload_octets, frames.longest);
    return frames;
}

json::object package_json(const Package& package) {
    const omci::Manifest& manifest = package.manifest;
    json::array signers;
    for (const ont::PackageSigner& signer : signers_of(package))
        signers.push_back(json::object{
            {"name", signer.name}, {"algorithm", signer.algorithm}, {"signature_good", signer.signature_good}});
    json::object metas;
    each_meta(package, [&](std::string_view key, std::string_view value) { metas[key] = value; });
    json::object object{{"format", omci::package_format},
                        {"head_octets", package.header.head_octets()},
                        {"cms_octets", package.header.manifest_octets},
                        {"blocks", package.header.blocks()},
                        {"frames", frames_of(package).count},
                        {"longest_frame_octets", frames_of(package).longest},
                        {"payload_octets", package.payload.size()},
                        {"payload", text_of(manifest.payload)},
                        {"product_code", manifest.product_code},
                        {"compatible", manifest.compatible},
                        {"hardware", manifest.hardware},
                        {"security_counter", manifest.security_counter},
                        {"size", manifest.size},
                        {"sha256", hex(manifest.sha256)},
                        {"requires", manifest.required_version},
                        {"min_free", manifest.min_free},
                        {"max_memory", manifest.max_memory},
                        {"meta", metas},
                        {"signers", signers}};
    if (manifest.payload == omci::Payload::delta) {
        object["base_version"] = manifest.base_version;
        object["base_sha256"] = hex(manifest.base_sha256);
    }
    return object;
}

std::string any_text(std::string_view text, const char* otherwise) {
    return text.empty() ? otherwise : std::string{text};
}

void print_package(const Package& package) {
    const omci::Manifest& manifest = package.manifest;
    const Frames frames = frames_of(package);
    print_row("format", fmt::format("package, format {}", omci::package_format));
    print_row("head",
              fmt::format("{} octets: header {}, CMS {}, block list {}, frame list {}; travels first, and lets "
                          "an ONT decide",
                          package.header.head_octets(), omci::package_header_octets, package.header.manifest_octets,
                          package.header.blocks_octets, package.header.frames_octets));
    print_row("version", std::string{manifest.version} + " (what an ONT will report)");
    print_row("product code", std::string{manifest.product_code});
    print_row("compatible", any_text(manifest.compatible, "no further product codes"));
    print_row("hardware", any_text(manifest.hardware, "any"));
    print_row("security counter",
              fmt::format("{} (an ONT that has committed a higher one refuses it)", manifest.security_counter));
    print_row("requires", manifest.required_version.empty()
                              ? "any running version"
                              : fmt::format("running version {} or later", manifest.required_version));
    print_row("min-free", fmt::format("{} octets of the slot behind the image", manifest.min_free));
    print_row("max-memory", manifest.max_memory == 0
                                ? "nothing to unpack"
                                : fmt::format("{} octets: the longest frame and the decoder", manifest.max_memory));
    print_row("payload", frames.count == 0
                             ? fmt::format("{}: {} octets", text_of(manifest.payload), package.payload.size())
                             : fmt::format("{}: {} octets in {} frames, the longest {}", text_of(manifest.payload),
                                           package.payload.size(), frames.count, frames.longest));
    if (manifest.payload == omci::Payload::delta) {
        print_row("base version", std::string{manifest.base_version});
        print_row("base SHA-256", hex(manifest.base_sha256));
    }
    print_row("installed image", size_text(manifest.size) + fmt::format(", {} blocks", package.header.blocks()));
    print_row("SHA-256 of it", hex(manifest.sha256));
    each_meta(package, [](std::string_view key, std::string_view value) {
        print_row(fmt::format("meta.{}", key).c_str(), std::string{value});
    });
    const std::vector<ont::PackageSigner> signers = signers_of(package);
    if (signers.empty()) print_row("signed by", "nobody");
    for (const ont::PackageSigner& signer : signers)
        print_row("signed by",
                  fmt::format("{}{}{}", signer.name, signer.algorithm.empty() ? "" : ", " + signer.algorithm,
                              signer.signature_good ? "; \"verify\" tells whether to trust it" : ": " + signer.cause));
}

/// Loads an image. A package that is damaged is loaded as far as its manifest; then its error is returned.
std::optional<PackageError> load_for_show(const std::string& path, ImageFile& image) {
    std::optional<PackageError> damage;
    image.octets = load_octets(path);
    if (begins_as_package(image.octets, path)) {
        image.package = read_package(image.octets, path);
        try {
            check_lists(*image.package, path);
            image.unpacked = unpack(*image.package, path);
        } catch (const PackageError& error) {
            damage = error;
        }
    }
    describe_image(image);
    return damage;
}

void print_json(const std::string& path, const ImageFile& image, const std::optional<PackageError>& damage) {
    const auto pass_object = [&](omci::MessageSet set) {
        const Pass pass = pass_of(image.octets.size(), set);
        return json::object{{"sections", pass.sections}, {"pass_octets", pass.octets}};
    };
    json::object object{{"file", path},
                        {"image_octets", image.octets.size()},
                        {"format", image.package ? "package" : format_of(image.octets)},
                        {"version", omci::text(image.version)},
                        {"crc32", crc_text(image.crc)}};
    if (!damage) object["md5"] = hex(image.md5);
    object["sha256"] = hex(digest("SHA256", image.octets));
    object["baseline"] = pass_object(omci::MessageSet::baseline);
    object["extended"] = pass_object(omci::MessageSet::extended);
    if (image.package) object["package"] = package_json(*image.package);
    if (damage) object["damage"] = json::object{{"refusal", omci::row(damage->refusal).name}, {"text", damage->what()}};
    fmt::print("{}\n", json::serialize(object));
}

void print_text(const std::string& path, const ImageFile& image, const std::optional<PackageError>& damage) {
    print_row("file", path);
    print_row("size", size_text(image.octets.size()));
    if (image.package) {
        print_package(*image.package);
    } else {
        print_row("format", format_of(image.octets));
        print_row("version", std::string{omci::text(image.version)});
    }
    print_row("CRC-32 (I.363.5)", crc_text(image.crc));
    if (!damage) print_row(image.package ? "MD5 of it installed" : "MD5", hex(image.md5));
    print_row("SHA-256", hex(digest("SHA256", image.octets)));
    print_row("baseline", pass_text(pass_of(image.octets.size(), omci::MessageSet::baseline)));
    print_row("extended", pass_text(pass_of(image.octets.size(), omci::MessageSet::extended)));
}

int show(const std::string& path, bool as_json) {
    ImageFile image;
    const std::optional<PackageError> damage = load_for_show(path, image);
    if (as_json)
        print_json(path, image, damage);
    else
        print_text(path, image, damage);
    std::fflush(stdout);
    if (damage) throw *damage;
    return 0;
}

}  // namespace

int image_show(int argc, const char* const* argv) {
    po::options_description described{help_columns};
    described.add_options()("json", "one JSON object")("help,h", "this text");
    po::options_description all{help_columns};
    all.add(described).add_options()("file", texts_value("FILE"), "");
    const CommandLine parsed{argc, argv, all, "file"};
    if (parsed.has("help")) {
        fmt::print(
            "usage: omcast image show FILE [--json]\n\nShows what an image or a package is (size, checks, format, the "
            "version an ONT will report, each field\nof a manifest) and what sending it once takes in each "
            "message set, 5-octet GEM headers counted.\n\n{}",
            described_text(described));
        return 0;
    }
    return show(only_file(parsed, "image show", "FILE"), parsed.has("json"));
}

}  // namespace tools
