// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/fault_option.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "tools/units.h"
#include "tools/usage.h"

namespace tools {

const char* const fault_help =
    "  off@3s       its power is cut 3 s after the start, for good\n"
    "  on@20s       and comes back then (with off@)\n"
    "  s4           both of its images are in use: one is active, the other committed\n"
    "  window=8     agrees to windows of at most 8 sections\n"
    "  busy=20s     answers every command \"device busy\" for the first 20 s; busy=2s-20s: from 2 s to 20 s\n"
    "  deaf         does not hear the shared port\n"
    "  bad-boot     the new image does not boot on it\n"
    "  loss=0.2     loses that share of the downstream frames, whatever --loss says\n"
    "  slow=10      takes 10 times as long for each frame\n"
    "  full-slot    its slots are an octet too small for the image\n"
    "  tamper       a bit of the image is changed on the way to it, and every check of G.988 made right again;\n"
    "               tamper=2: in its first two downloads only\n"
    "and where the image is a package:\n"
    "  wrong-product  is another product than the package is for\n"
    "  old-ca         trusts other anchors than those of --ca: those of --old-ca, or none\n"
    "  high-counter   its security counter is one above the package's\n"
    "  small-head     has no room for the head of the package\n";

namespace {

constexpr std::uint32_t slower_max = 10'000;
constexpr std::uint32_t downloads_max = 1'000;

struct Item {
    std::string place;      ///< for errors: --fault "5:off@3s": off@3s
    std::string_view text;  ///< off@3s
    std::string_view argument{};

    [[noreturn]] void refuse(std::string_view cause) const { throw UsageError{fmt::format("{} {}", place, cause)}; }

    /// True where this is NAME followed by `separator` and an argument, which is then kept.
    bool is(std::string_view name, char separator) {
        if (!text.starts_with(name) || text.size() == name.size() || text[name.size()] != separator) return false;
        argument = text.substr(name.size() + 1);
        return true;
    }
};

void add_busy(sim::OntFault& fault, const Item& item) {
    if (fault.busy_until != 0) item.refuse("is said twice");
    const std::size_t dash = item.argument.find('-');
    if (dash != std::string_view::npos) fault.busy_from = parse_time(item.place, item.argument.substr(0, dash));
    fault.busy_until = parse_time(item.place, item.argument.substr(dash == std::string_view::npos ? 0 : dash + 1));
    if (fault.busy_until <= fault.busy_from) item.refuse("ends before it begins");
}

/// Faults that are told by one word and concern packages and their room; null for any other word.
bool* flag_of_packages(sim::OntFault& fault, std::string_view word) {
    if (word == "wrong-product") return &fault.wrong_product;
    if (word == "full-slot") return &fault.small_slot;
    if (word == "old-ca") return &fault.old_anchor;
    if (word == "high-counter") return &fault.high_counter;
    if (word == "small-head") return &fault.small_head;
    return nullptr;
}

void add_item(sim::OntFault& fault, Item item) {
    const auto once = [&](bool said_before) {
        if (said_before) item.refuse("is said twice");
    };
    if (item.is("off", '@')) {
        once(fault.off_at.has_value());
        fault.off_at = parse_time(item.place, item.argument);
    } else if (item.is("on", '@')) {
        once(fault.on_at.has_value());
        fault.on_at = parse_time(item.place, item.argument);
    } else if (item.is("window", '=')) {
        once(fault.window_sections != 0);
        fault.window_sections = static_cast<std::uint16_t>(parse_count(item.place, item.argument, 1, 256));
    } else if (item.is("busy", '=')) {
        add_busy(fault, item);
    } else if (item.is("loss", '=')) {
        once(fault.loss.has_value());
        fault.loss = parse_probability(item.place, item.argument);
    } else if (item.is("slow", '=')) {
        once(fault.slower != 1);
        fault.slower = static_cast<std::uint32_t>(parse_count(item.place, item.argument, 2, slower_max));
    } else if (item.text == "s4") {
        once(fault.both_images_in_use);
        fault.both_images_in_use = true;
    } else if (item.text == "deaf") {
        once(fault.deaf_on_shared_port);
        fault.deaf_on_shared_port = true;
    } else if (item.is("tamper", '=')) {
        once(fault.tamper.has_value());
        fault.tamper = static_cast<std::uint32_t>(parse_count(item.place, item.argument, 1, downloads_max));
    } else if (item.text == "tamper") {
        once(fault.tamper.has_value());
        fault.tamper = 0;  // every time
    } else if (bool* const set = flag_of_packages(fault, item.text)) {
        once(*set);
        *set = true;
    } else if (item.text == "bad-boot") {
        once(fault.new_image_fails_to_boot);
        fault.new_image_fails_to_boot = true;
    } else {
        item.refuse("is no fault; \"omcast simulate --help\" lists them");
    }
}

sim::OntFault& entry_of(std::vector<sim::OntFault>& faults, std::uint8_t pon, std::uint16_t onu_id) {
    const auto known = std::find_if(faults.begin(), faults.end(), [&](const sim::OntFault& fault) {
        return fault.pon == pon && fault.onu_id == onu_id;
    });
    if (known != faults.end()) return *known;
    sim::OntFault& fault = faults.emplace_back();
    fault.pon = pon;
    fault.onu_id = onu_id;
    return fault;
}

}  // namespace

void add_fault(std::vector<sim::OntFault>& faults, std::string_view text, unsigned pons, unsigned onts) {
    const std::string place = fmt::format("--fault \"{}\":", text);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size())
        throw UsageError{place + " is not of the form ONU:WHAT[,WHAT...], for example 5:off@3s,on@20s"};

    std::string_view who = text.substr(0, colon);
    std::uint8_t pon = 0;
    if (const std::size_t slash = who.find('/'); slash != std::string_view::npos) {
        pon = static_cast<std::uint8_t>(parse_count(place + " PON", who.substr(0, slash), 0, pons - 1));
        who.remove_prefix(slash + 1);
    }
    const auto onu_id = static_cast<std::uint16_t>(parse_count(place + " ONU-ID", who, 0, onts - 1));
    sim::OntFault& fault = entry_of(faults, pon, onu_id);

    for (std::string_view rest = text.substr(colon + 1);;) {
        const std::size_t comma = rest.find(',');
        const std::string_view what = rest.substr(0, comma);
        add_item(fault, {fmt::format("{} \"{}\"", place, what), what});
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    if (fault.on_at && !fault.off_at) throw UsageError{place + " on@ needs an off@ before it"};
    if (fault.on_at && *fault.on_at <= *fault.off_at) throw UsageError{place + " on@ is not after off@"};
}

}  // namespace tools
