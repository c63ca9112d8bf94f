// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade/step_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>
#include <vector>

#include "tools/decode/hex_lines.h"
#include "tools/report/campaign.h"

namespace tools {
namespace {

namespace json = boost::json;

std::string serial_text(const OntSeen& ont) { return ont.serial ? printable(olt::text(*ont.serial)) : "-"; }

std::string version_text(const ImageSeen& image) { return printable(omci::text(image.state.version)); }

std::string hash_text(const ImageSeen& image) {
    return image.hash ? to_hex(image.hash->data(), image.hash->size()) : std::string{};
}

/// The states of one image in three columns, as the table of G.988 Fig. I.3.1-1 draws them.
std::string state_text(const ImageSeen& image) {
    std::string out = "---";
    if (image.state.active) out[0] = 'A';
    if (image.state.committed) out[1] = 'C';
    if (image.state.valid) out[2] = 'V';
    return out;
}

/// "0 ACV, 1 --V"
std::string states_text(const OntSeen& ont) {
    std::string out;
    for (std::size_t i = 0; i < ont.images.size(); ++i)
        out += fmt::format("{}{} {}", i == 0 ? "" : ", ", i, ont.images[i] ? state_text(*ont.images[i]) : "???");
    return out;
}

/// Columns as wide as what stands in them; the last one is not padded. The first row is the heading.
std::string table_of(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    std::string out;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}", row[i], widths[i] + 2);
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

json::object image_json(const std::optional<ImageSeen>& image, unsigned number) {
    json::object out;
    out["image"] = number;
    out["readable"] = image.has_value();
    if (!image) return out;
    out["version"] = version_text(*image);
    out["active"] = image->state.active;
    out["committed"] = image->state.committed;
    out["valid"] = image->state.valid;
    if (image->hash) out["hash"] = hash_text(*image);
    if (!image->product_code.empty()) out["product_code"] = image->product_code;
    return out;
}

json::array images_json(const OntSeen& ont) {
    json::array out;
    for (unsigned i = 0; i < ont.images.size(); ++i) out.push_back(image_json(ont.images[i], i));
    return out;
}

json::object seen_json(const OntSeen& ont) {
    json::object out;
    out["pon"] = ont.onu.pon;
    out["onu_id"] = ont.onu.onu_id;
    out["serial"] = nullptr;
    if (ont.serial) out["serial"] = serial_text(ont);
    return out;
}

const char* result_text(std::size_t good, std::size_t all) {
    return text(good == all ? RunResult::done : good == 0 ? RunResult::failed : RunResult::partial);
}

/// "1 of 3 ONTs not activated: 2 (does not answer)" of (address, reason) pairs; ONTs of one reason share it.
std::string shortfall_of(const std::vector<std::pair<olt::Address, std::string>>& bad, std::size_t all,
                         const char* what) {
    if (bad.empty()) return "";
    std::vector<std::pair<std::string, std::vector<olt::Address>>> reasons;
    for (const auto& [onu, reason] : bad) {
        auto known = std::find_if(reasons.begin(), reasons.end(),
                                  [&wanted = reason](const auto& one) { return one.first == wanted; });
        if (known == reasons.end()) known = reasons.insert(known, {reason, {}});
        known->second.push_back(onu);
    }
    std::string out = fmt::format("{} of {} ONTs {}", bad.size(), all, what);
    const char* separator = ": ";
    for (const auto& [reason, onus] : reasons) {
        out += fmt::format("{}{} ({})", separator, text_of_ids(onus, false), reason);
        separator = ", ";
    }
    return out;
}

}  // namespace

std::string status_table(std::span<const OntSeen> onts) {
    std::vector<std::vector<std::string>> rows{
        {"ONU-ID", "serial", "OMCC", "image", "version", "active", "committed", "valid", "product code", "hash"}};
    for (const OntSeen& ont : onts) {
        std::vector<std::string> who{fmt::format("{}", ont.onu.onu_id), serial_text(ont),
                                     ont.omcc_version == 0 ? "-" : fmt::format("0x{:02X}", ont.omcc_version)};
        if (!ont.trouble.empty()) {
            who.insert(who.end(), {"-", ont.trouble});
            rows.push_back(who);
            continue;
        }
        for (std::size_t i = 0; i < ont.images.size(); ++i) {
            std::vector<std::string> row = i == 0 ? who : std::vector<std::string>(who.size());
            row.push_back(fmt::format("{}", i));
            if (const std::optional<ImageSeen>& image = ont.images[i]) {
                const std::string version = version_text(*image);
                row.insert(row.end(), {version.empty() ? "-" : version, image->state.active ? "active" : "-",
                                       image->state.committed ? "committed" : "-", image->state.valid ? "valid" : "-",
                                       image->product_code.empty() ? "-" : image->product_code,
                                       image->hash ? hash_text(*image) : "-"});
            } else {
                row.push_back("cannot be read");
            }
            rows.push_back(std::move(row));
        }
    }
    return table_of(rows);
}

json::object status_json(std::span<const OntSeen> onts) {
    json::array list;
    std::size_t good = 0;
    for (const OntSeen& ont : onts) {
        good += ont.trouble.empty();
        json::object one = seen_json(ont);
        one["omcc_version"] = ont.omcc_version;
        one["reason"] = ont.trouble;
        one["images"] = images_json(ont);
        list.push_back(std::move(one));
    }
    json::object out;
    out["result"] = result_text(good, onts.size());
    out["onts"] = std::move(list);
    return out;
}

std::string status_shortfall(std::span<const OntSeen> onts) {
    std::vector<std::pair<olt::Address, std::string>> bad;
    for (const OntSeen& ont : onts)
        if (!ont.trouble.empty()) bad.emplace_back(ont.onu, ont.trouble);
    return shortfall_of(bad, onts.size(), "cannot be read");
}

std::string step_table(std::span<const StepEnd> ends) {
    std::vector<std::vector<std::string>> rows{{"ONU-ID", "serial", "image", "before", "after", "outcome"}};
    for (const StepEnd& end : ends) {
        const bool looked = end.before.trouble.empty();
        rows.push_back({fmt::format("{}", end.before.onu.onu_id), serial_text(end.before),
                        end.image ? fmt::format("{}", *end.image) : "-", looked ? states_text(end.before) : "-",
                        looked ? states_text(end.after) : "-", end.outcome});
    }
    return table_of(rows) + "A active, C committed, V valid\n";
}

json::object step_json(Step step, std::span<const StepEnd> ends) {
    json::array list;
    std::size_t good = 0;
    for (const StepEnd& end : ends) {
        good += end.done;
        json::object one = seen_json(end.before);
        one["instance"] = nullptr;
        if (end.image) one["instance"] = *end.image;
        one["done"] = end.done;
        one["outcome"] = end.outcome;
        one["before"] = images_json(end.before);
        one["after"] = images_json(end.after);
        list.push_back(std::move(one));
    }
    json::object out;
    out["step"] = text(step);
    out["result"] = result_text(good, ends.size());
    out["onts"] = std::move(list);
    return out;
}

std::string step_shortfall(Step step, std::span<const StepEnd> ends) {
    std::vector<std::pair<olt::Address, std::string>> bad;
    for (const StepEnd& end : ends)
        if (!end.done) bad.emplace_back(end.before.onu, end.outcome);
    const char* what = step == Step::activate ? "not activated" : step == Step::commit ? "not committed" : "not ended";
    return shortfall_of(bad, ends.size(), what);
}

}  // namespace tools
