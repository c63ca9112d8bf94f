// SPDX-License-Identifier: Apache-2.0
// A message for people: its fields by name, and one line of text for traces. Walks the same layout() as Reader and
// Writer do. It is for the simulator and the tools; firmware does not link this translation unit.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "omci/frame.h"
#include "omci/me_table.h"
#include "omci/software_download.h"

namespace omci {

/// One attribute out of the values of a message.
struct AttributeValue {
    const char* name = nullptr;
    const Attribute* attribute = nullptr;
    Octets octets;  ///< as many as the attribute has
};

/// Gets the fields of a message in wire order. The names are those of decoded frames, and static.
class FieldVisitor {
public:
    virtual ~FieldVisitor() = default;
    virtual void number(const char* name, std::uint32_t number) = 0;
    virtual void truth(const char* name, bool truth) = 0;
    virtual void result(const char* name, ResultCode result) = 0;
    virtual void mask(const char* name, AttributeMask mask) = 0;
    virtual void crc(const char* name, ImageCrc crc) = 0;
    virtual void octets(const char* name, Octets octets) = 0;
    virtual void absent(const char* name) = 0;  ///< an optional field that an extended message leaves out
    virtual void instances(const char* name, std::span<const MeInstance> instances) = 0;
    virtual void results(const char* name, std::span<const InstanceResults::Entry> entries) = 0;
    virtual void attributes(const char* name, std::span<const AttributeValue> values) = 0;
};

/// Shows the contents of `frame` to `visitor`, without the header. What a truncated frame lacks reads as zero.
void visit_fields(const Frame& frame, FieldVisitor& visitor);

/// "start_software_download_request", "commit_software_response", "avc", "alarm", "test_result", "action_7_request".
std::string type_name(const Header& header);

/// True for a response and for what an ONT sends unasked; AR and AK clear alone make no response (Download section).
bool is_from_ont(const Header& header) noexcept;

/// The name of a class as G.988 writes it, also of some that have no row in the table; null for the others.
const char* class_name(MeClass me_class) noexcept;

/// One line of text without an end of line, the header first:
/// "tci 0x4001 download_section_request software_image 1 section 12 (31 octets)".
std::string format(const Frame& frame);

}  // namespace omci
