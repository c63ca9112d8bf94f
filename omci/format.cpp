// SPDX-License-Identifier: Apache-2.0
#include "omci/format.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <string_view>
#include <type_traits>

#include "omci/message.h"

namespace omci {
namespace {

/// The third direction in which a layout() is walked: every field goes to a visitor.
class Walker {
public:
    static constexpr bool reading = false;

    Walker(FieldVisitor& visitor, MessageSet set) : visitor_{visitor}, set_{set} {}

    MessageSet set() const { return set_; }
    bool more() const { return true; }

    template <WireNumber T>
    void field(const char* name, const T& number) {
        if (!name) return;
        if constexpr (std::is_same_v<T, ResultCode>)
            visitor_.result(name, number);
        else if constexpr (std::is_same_v<T, AttributeMask>)
            visitor_.mask(name, number);
        else if constexpr (std::is_same_v<T, ImageCrc>)
            visitor_.crc(name, number);
        else
            visitor_.number(name, raw(number));
    }

    template <WireNumber T>
    void field(const char* name, const std::optional<T>& number) {
        if (number)
            field(name, *number);
        else if (name)
            visitor_.absent(name);
    }

    void octets(const char* name, Octets octets, std::size_t) { visitor_.octets(name, octets); }
    void fixed(const char* name, Octets octets, std::size_t) { visitor_.octets(name, octets); }
    void rest(const char* name, Octets octets) { visitor_.octets(name, octets); }

    template <std::unsigned_integral T>
    void derived(const char* name, T number) {
        visitor_.number(name, static_cast<std::uint32_t>(number));
    }
    void derived(const char* name, const TargetList& list) {
        visitor_.instances(name, std::span{list.instances}.first(list.size()));
    }
    void derived(const char* name, const InstanceResults& list) {
        visitor_.results(name, std::span{list.entries}.first(list.size()));
    }

private:
    FieldVisitor& visitor_;
    MessageSet set_;
};

/// Cuts `values` into the attributes that `mask` names, as far as they are known and there.
void visit_attributes(MeClass me_class, AttributeMask mask, Octets values, FieldVisitor& visitor) {
    const MeRow* row = find_me(me_class);
    if (!row || value(mask) == 0) return;
    std::array<AttributeValue, 16> cut;
    std::size_t count = 0;
    for (std::size_t number = 1; number <= row->attributes.size(); ++number) {
        const Attribute& attribute = row->attributes[number - 1];
        if (!(value(mask) & attribute_bit(number))) continue;
        if (values.size() < attribute.octets) break;
        cut[count++] = {attribute_name(me_class, number), &attribute, values.first(attribute.octets)};
        values = values.subspan(attribute.octets);
    }
    if (count > 0) visitor.attributes("attributes", std::span{cut}.first(count));
}

template <typename T>
concept CarriesValues = requires(const T& message) {
    { message.mask } -> std::convertible_to<AttributeMask>;
    { message.values } -> std::convertible_to<Octets>;
};

template <typename T>
void visit_message(const Header& header, const T& message, FieldVisitor& visitor) {
    Walker walker{visitor, header.set};
    if constexpr (std::is_same_v<T, SetResponse>)
        if (message.result != ResultCode::attributes_failed) return visitor.result("result", message.result);
    T::layout(walker, message);
    if constexpr (std::is_same_v<T, SectionRequest>) visitor.truth("last_in_window", header.acknowledge_request);
    if constexpr (std::is_same_v<T, MibUploadNextResponse>)
        visit_attributes(message.me_class, message.mask, message.values, visitor);
    else if constexpr (CarriesValues<T> && !std::is_same_v<T, GetNextResponse>)  // a table travels in pieces
        visit_attributes(header.me_class, message.mask, message.values, visitor);
}

struct ClassName {
    std::uint16_t me_class;
    const char* name;
};

/// Classes that traffic names often and that this library needs no table of.
constexpr std::array other_classes{
    ClassName{11, "PPTP Ethernet UNI"},
    ClassName{45, "MAC bridge service profile"},
    ClassName{130, "802.1p mapper service profile"},
    ClassName{131, "OLT-G"},
    ClassName{171, "Ext VLAN tagging op cfg"},
    ClassName{262, "T-CONT"},
    ClassName{263, "ANI-G"},
    ClassName{272, "GAL Ethernet profile"},
    ClassName{278, "Traffic scheduler"},
};

const char* result_text(ResultCode result) {
    switch (result) {
    case ResultCode::success: return "success";
    case ResultCode::processing_error: return "command processing error";
    case ResultCode::not_supported: return "not supported";
    case ResultCode::parameter_error: return "parameter error";
    case ResultCode::unknown_me: return "unknown ME class";
    case ResultCode::unknown_instance: return "unknown ME instance";
    case ResultCode::device_busy: return "device busy";
    case ResultCode::instance_exists: return "instance exists";
    case ResultCode::attributes_failed: return "attributes failed or unknown";
    }
    return "unknown result";
}

template <typename... Arguments>
void print(std::string& text, const char* pattern, Arguments... arguments) {
    std::array<char, 96> room;
    const int size = std::snprintf(room.data(), room.size(), pattern, arguments...);
    if (size > 0) text.append(room.data(), std::min(static_cast<std::size_t>(size), room.size() - 1));
}

/// "Software image" as it stands in a trace: software_image.
std::string word(const char* name) {
    std::string text;
    for (const char* at = name; *at; ++at)
        text += std::isalnum(static_cast<unsigned char>(*at)) ? static_cast<char>(std::tolower(*at)) : '_';
    return text;
}

/// Appends the fields to a line. Bulk is told by its size, a window by its size alone.
class LineVisitor : public FieldVisitor {
public:
    explicit LineVisitor(std::string& line) : line_{line} {}

    void number(const char* name, std::uint32_t number) override {
        const std::string_view is{name};
        if (is == "window_size_minus1" || is == "section_data_len") return;
        print(line_, " %s %u", is == "section_number" ? "section" : name, number);
    }
    void truth(const char* name, bool truth) override {
        if (truth) print(line_, " %s", name);
    }
    void result(const char* name, ResultCode result) override {
        print(line_, " %s %u (%s)", name, static_cast<unsigned>(result), result_text(result));
    }
    void mask(const char* name, AttributeMask mask) override { print(line_, " %s 0x%04x", name, value(mask)); }
    void crc(const char* name, ImageCrc crc) override { print(line_, " %s %08x", name, raw(crc)); }
    void octets(const char* name, Octets octets) override {
        const std::string_view is{name};
        if (is != "section_data" && is != "attr_data") print(line_, " %s", name);
        print(line_, " (%zu octets)", octets.size());
    }
    void absent(const char*) override {}
    void instances(const char* name, std::span<const MeInstance> instances) override {
        if (instances.empty()) return;
        print(line_, " %s", name);
        for (const MeInstance instance : instances) print(line_, " %u", value(instance));
    }
    void results(const char* name, std::span<const InstanceResults::Entry> entries) override {
        if (entries.empty()) return;
        print(line_, " %s", name);
        for (const auto& entry : entries)
            print(line_, " %u:%u", value(entry.instance), static_cast<unsigned>(entry.result));
    }
    void attributes(const char*, std::span<const AttributeValue> values) override {
        for (const AttributeValue& entry : values) {
            print(line_, " %s ", entry.name);
            one(entry);
        }
    }

private:
    void one(const AttributeValue& entry) {
        std::uint32_t number = 0;
        if (entry.attribute->shown == Shown::text) line_ += '"';
        for (const std::uint8_t octet : entry.octets) {
            number = number << 8 | octet;
            if (entry.attribute->shown == Shown::octets) print(line_, "%02x", octet);
            if (entry.attribute->shown == Shown::text && octet != 0)
                line_ += octet >= 0x20 && octet <= 0x7E ? static_cast<char>(octet) : '.';
        }
        if (entry.attribute->shown == Shown::text) line_ += '"';
        if (entry.attribute->shown == Shown::number) print(line_, "%u", number);
    }

    std::string& line_;
};

}  // namespace

void visit_fields(const Frame& frame, FieldVisitor& visitor) {
    std::visit([&](const auto& message) { visit_message(frame.header, message, visitor); }, decode_message(frame));
}

std::string type_name(const Header& header) {
    const ActionRow* row = find_action(header.action);
    std::string name = row ? row->name : "action_" + std::to_string(static_cast<unsigned>(header.action));
    if (row && row->autonomous) return name;
    return name + (header.acknowledgement ? "_response" : "_request");
}

bool is_from_ont(const Header& header) noexcept {
    const ActionRow* row = find_action(header.action);
    return header.acknowledgement || (row && row->autonomous);
}

const char* class_name(MeClass me_class) noexcept {
    if (const char* name = me_name(me_class)) return name;
    for (const ClassName& other : other_classes)
        if (MeClass{other.me_class} == me_class) return other.name;
    return nullptr;
}

std::string format(const Frame& frame) {
    const Header& header = frame.header;
    std::string line;
    print(line, "tci 0x%04x ", value(header.transaction_id));
    line += type_name(header);
    if (header.set == MessageSet::extended) line += " extended";
    if (const char* name = class_name(header.me_class))
        line += ' ' + word(name);
    else
        print(line, " class %u", value(header.me_class));
    print(line, " %u", value(header.me_instance));
    LineVisitor visitor{line};
    visit_fields(frame, visitor);
    if (frame.truncated) line += " truncated";
    return line;
}

}  // namespace omci
