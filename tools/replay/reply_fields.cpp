// SPDX-License-Identifier: Apache-2.0
#include "tools/replay/reply_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "omci/format.h"
#include "tools/decode/hex_lines.h"

namespace tools {
namespace {

using omci::Action;
using omci::ResultCode;

/// Attributes that tell one ONT from another, whatever their class.
constexpr std::array<std::string_view, 13> identity_attributes{"version",
                                                               "serial_number",
                                                               "vendor_id",
                                                               "equipment_id",
                                                               "vendor_product_code",
                                                               "sysuptime",
                                                               "mib_data_sync",
                                                               "product_code",
                                                               "logical_onu_id",
                                                               "logical_password",
                                                               "omcc_version",
                                                               "actual_equipment_id",
                                                               "expected_equipment_id"};

/// Replies that show an ONT's own MIB or how it fares, piece by piece.
bool all_identity(Action action) {
    return action == Action::mib_upload || action == Action::mib_upload_next || action == Action::get_all_alarms ||
           action == Action::get_all_alarms_next;
}

std::string hex(omci::Octets octets) { return to_hex(octets.data(), octets.size()); }

class Collector : public omci::FieldVisitor {
public:
    explicit Collector(bool identity) : identity_{identity} {}

    void number(const char* name, std::uint32_t number) override {
        const std::string_view is{name};
        // The window stands there twice; the number of instances is told by the instances themselves.
        if (is != "window_size_minus1" && is != "number_of_instances") add(name, std::to_string(number));
    }
    void truth(const char* name, bool truth) override { add(name, truth ? "yes" : "no"); }
    void result(const char* name, ResultCode result) override {
        if (!this->code) this->code = result;
        add(name, std::to_string(omci::value(result)));
    }
    void mask(const char* name, omci::AttributeMask mask) override {
        add(name, fmt::format("0x{:04x}", omci::value(mask)));
    }
    void crc(const char* name, omci::ImageCrc crc) override { add(name, fmt::format("{:08x}", omci::raw(crc))); }
    void octets(const char* name, omci::Octets octets) override { add(name, hex(octets)); }
    void absent(const char*) override {}
    void instances(const char* name, std::span<const omci::MeInstance> instances) override {
        std::string text;
        for (const omci::MeInstance instance : instances) text += fmt::format(" {}", omci::value(instance));
        if (!text.empty()) add(name, text.substr(1));
    }
    /// An instance that succeeded says no more than the common result does.
    void results(const char* name, std::span<const omci::InstanceResults::Entry> entries) override {
        std::string text;
        for (const auto& entry : entries)
            if (entry.result != ResultCode::success)
                text += fmt::format(" {}:{}", omci::value(entry.instance), omci::value(entry.result));
        if (!text.empty()) add(name, text.substr(1));
    }
    void attributes(const char*, std::span<const omci::AttributeValue> values) override {
        std::erase_if(fields, [](const ReplyField& field) { return field.name == "attr_data"; });
        for (const omci::AttributeValue& value : values) {
            const std::string_view name = value.name;
            const bool zero = std::all_of(value.octets.begin(), value.octets.end(), [](auto c) { return c == 0; });
            const bool who =
                std::find(identity_attributes.begin(), identity_attributes.end(), name) != identity_attributes.end() ||
                // An image that was there before the capture has a hash that nobody else can know.
                (name == "image_hash" && zero);
            fields.push_back({std::string{name}, text(value), identity_ || who});
        }
    }

    std::vector<ReplyField> fields;
    std::optional<ResultCode> code;

private:
    void add(const char* name, std::string text) { fields.push_back({name, std::move(text), identity_}); }

    static std::string text(const omci::AttributeValue& value) {
        if (value.attribute->shown == omci::Shown::octets) return hex(value.octets);
        if (value.attribute->shown == omci::Shown::number) {
            std::uint32_t number = 0;
            for (const std::uint8_t octet : value.octets) number = number << 8 | octet;
            return std::to_string(number);
        }
        std::string text;
        for (const std::uint8_t octet : value.octets)
            if (octet != 0) text += octet >= 0x20 && octet <= 0x7E ? static_cast<char>(octet) : '.';
        return text.substr(0, text.find_last_not_of(' ') + 1);
    }

    bool identity_;
};

}  // namespace

std::vector<ReplyField> reply_fields(const omci::Frame& reply) {
    Collector collector{all_identity(reply.header.action)};
    omci::visit_fields(reply, collector);
    std::vector<ReplyField>& fields = collector.fields;
    if (!collector.code) return fields;
    const bool masks_speak = *collector.code == ResultCode::attributes_failed;
    const bool done = *collector.code == ResultCode::success;
    std::erase_if(fields, [&](const ReplyField& field) {
        if (field.name == "optional_attr_mask" || field.name == "attr_exec_mask") return !masks_speak;
        return !done && !masks_speak && field.name != "result" && field.name != "per_instance";
    });
    return fields;
}

std::string field_text(const std::vector<ReplyField>& fields, std::string_view name) {
    for (const ReplyField& field : fields)
        if (field.name == name) return field.text;
    return "";
}

std::vector<ReplyDifference> compare_replies(const omci::Frame& then, const omci::Frame& now) {
    std::vector<ReplyDifference> found;
    const auto compare = [&](const char* name, const std::string& a, const std::string& b) {
        if (a != b) found.push_back({name, a, b, false});
    };
    compare("type", omci::type_name(then.header), omci::type_name(now.header));
    const auto set = [](const omci::Frame& frame) {
        return frame.header.set == omci::MessageSet::baseline ? "baseline" : "extended";
    };
    compare("message_set", set(then), set(now));
    compare("me_class", std::to_string(omci::value(then.header.me_class)),
            std::to_string(omci::value(now.header.me_class)));
    compare("me_instance", std::to_string(omci::value(then.header.me_instance)),
            std::to_string(omci::value(now.header.me_instance)));

    std::vector<ReplyField> left = reply_fields(now);
    for (const ReplyField& field : reply_fields(then)) {
        const auto same_name =
            std::find_if(left.begin(), left.end(), [&](const auto& f) { return f.name == field.name; });
        const bool there = same_name != left.end();
        if (!there || same_name->text != field.text)
            found.push_back({field.name, field.text, there ? same_name->text : "",
                             field.identity || (there && same_name->identity)});
        if (there) left.erase(same_name);
    }
    for (const ReplyField& field : left) found.push_back({field.name, "", field.text, field.identity});
    // Where the results differ, everything else does so because of it.
    const bool results = std::any_of(found.begin(), found.end(), [](const auto& d) { return d.field == "result"; });
    if (results) std::erase_if(found, [](const auto& d) { return d.field != "result"; });
    return found;
}

}  // namespace tools
