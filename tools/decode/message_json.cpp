// SPDX-License-Identifier: Apache-2.0
#include "tools/decode/message_json.h"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <cstdio>
#include <string>

#include "omci/format.h"
#include "tools/decode/hex_lines.h"

namespace tools {
namespace {

namespace json = boost::json;

template <int digits>
std::string hex_number(std::uint32_t number) {
    char room[9];
    std::snprintf(room, sizeof room, "%0*x", digits, number);
    return room;
}

std::string hex(omci::Octets octets) { return to_hex(octets.data(), octets.size()); }

/// What is not printable ASCII is shown as a full stop.
std::string ascii(omci::Octets octets) {
    std::string text;
    for (const std::uint8_t octet : octets) text += octet >= 0x20 && octet <= 0x7E ? static_cast<char>(octet) : '.';
    return text;
}

class ObjectVisitor : public omci::FieldVisitor {
public:
    explicit ObjectVisitor(json::object& fields) : fields_{fields} {}

    void number(const char* name, std::uint32_t number) override { fields_[name] = number; }
    void truth(const char* name, bool truth) override { fields_[name] = truth; }
    void result(const char* name, omci::ResultCode result) override { fields_[name] = omci::value(result); }
    void mask(const char* name, omci::AttributeMask mask) override {
        fields_[name] = "0x" + hex_number<4>(omci::value(mask));
    }
    void crc(const char* name, omci::ImageCrc crc) override { fields_[name] = hex_number<8>(omci::raw(crc)); }
    void octets(const char* name, omci::Octets octets) override { fields_[name] = hex(octets); }
    void absent(const char* name) override { fields_[name] = nullptr; }

    void instances(const char* name, std::span<const omci::MeInstance> instances) override {
        json::array list;
        for (const omci::MeInstance instance : instances) list.push_back(omci::value(instance));
        fields_[name] = std::move(list);
    }
    void results(const char* name, std::span<const omci::InstanceResults::Entry> entries) override {
        json::array list;
        for (const auto& entry : entries)
            list.push_back(
                json::object{{"instance", omci::value(entry.instance)}, {"result", omci::value(entry.result)}});
        fields_[name] = std::move(list);
    }
    void attributes(const char* name, std::span<const omci::AttributeValue> values) override {
        json::object object;
        for (const omci::AttributeValue& entry : values) {
            const std::string key = entry.name;
            if (entry.attribute->shown == omci::Shown::number) {
                std::uint32_t number = 0;
                for (const std::uint8_t octet : entry.octets) number = number << 8 | octet;
                object[key] = number;
                continue;
            }
            object[key] = hex(entry.octets);
            if (entry.attribute->shown == omci::Shown::text) object[key + "_ascii"] = ascii(entry.octets);
        }
        fields_[name] = std::move(object);
    }

private:
    json::object& fields_;
};

const char* trailer_name(const omci::Frame& frame) {
    if (frame.header.set == omci::MessageSet::extended) return frame.trailer == omci::Trailer::mic ? "mic" : "none";
    switch (frame.trailer) {
    case omci::Trailer::none: return "none";
    case omci::Trailer::length: return "uu_cpi_len";
    case omci::Trailer::mic: return "uu_cpi_len_mic";
    }
    return "none";
}

const char* mic_word(omci::MicState state) {
    switch (state) {
    case omci::MicState::good: return "crc32_i363.5";
    case omci::MicState::zero: return "zero (not yet inserted)";
    case omci::MicState::absent:
    case omci::MicState::bad: break;
    }
    return "unverified (not the CRC-32; an AES-CMAC needs its key)";
}

json::object header_fields(const omci::Frame& frame) {
    const omci::Header& header = frame.header;
    const bool baseline = header.set == omci::MessageSet::baseline;
    json::object fields;
    fields["tci"] = omci::value(header.transaction_id);
    fields["message_type_byte"] = "0x" + hex_number<2>(header.type_octet());
    fields["db"] = header.destination ? 1 : 0;
    fields["ar"] = header.acknowledge_request ? 1 : 0;
    fields["ak"] = header.acknowledgement ? 1 : 0;
    fields["mt"] = static_cast<unsigned>(header.action);
    fields["device_id"] = baseline ? "0x0a" : "0x0b";
    fields["me_class"] = omci::value(header.me_class);
    fields["me_instance"] = omci::value(header.me_instance);
    if (const char* name = omci::class_name(header.me_class)) fields["me_class_name"] = name;
    if (const auto* row = omci::find_action(header.action); row && row->autonomous) fields["autonomous"] = true;
    fields["priority"] = omci::high_priority(header.transaction_id, header.set) ? "high" : "low";
    if (!baseline) fields["contents_length"] = frame.contents_octets;
    if (frame.truncated) fields["truncated"] = true;
    if (baseline && frame.trailer != omci::Trailer::none) {
        fields["cpcs_uu_cpi"] = hex_number<4>(frame.uu_cpi);
        fields["cpcs_sdu_len"] = frame.sdu_length;
    }
    if (frame.trailer == omci::Trailer::mic) {
        fields["mic"] = hex(frame.mic);
        fields["mic_check"] = mic_word(omci::check_crc(frame));
    }
    return fields;
}

}  // namespace

boost::json::object to_json(const omci::Frame& frame, omci::Octets octets) {
    json::object fields = header_fields(frame);
    ObjectVisitor visitor{fields};
    omci::visit_fields(frame, visitor);
    json::object object;
    object["hex"] = hex(octets);
    object["direction"] = omci::is_from_ont(frame.header) ? "response" : "request";
    object["format"] = frame.header.set == omci::MessageSet::baseline ? "baseline" : "extended";
    object["type"] = omci::type_name(frame.header);
    object["trailer"] = trailer_name(frame);
    object["fields"] = std::move(fields);
    return object;
}

}  // namespace tools
