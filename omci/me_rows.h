// SPDX-License-Identifier: Apache-2.0
// The managed entities as people write and read them, one row an attribute, names included. Of these rows me_table.cpp
// makes the table that the layers use, without names, and me_names.cpp the names, so that firmware carries no words:
// only these two include this file, and firmware never pulls in the second.
#pragma once

#include <array>
#include <span>

#include "omci/me_table.h"
#include "omci/update_entity.h"

namespace omci::me_rows {

using enum Access;
using enum Shown;

/// An Attribute and its name.
struct NamedAttribute {
    const char* name;
    std::uint8_t octets;
    Access access = Access::read;
    Shown shown = Shown::number;
    bool optional = false;
    bool avc = false;
    bool table = false;
};

struct NamedRow {
    MeClass me_class;
    const char* name;
    std::span<const NamedAttribute> attributes;
};

// Sizes are spelled out: g++ 12 puts a constexpr std::array with a deduced one into writable memory.
inline constexpr std::array<NamedAttribute, 1> onu_data{
    NamedAttribute{"mib_data_sync", 1, read_write},
};

inline constexpr std::array<NamedAttribute, 9> cardholder{
    NamedAttribute{"actual_plugin_type", 1, read, number, false, true},
    NamedAttribute{"expected_plugin_type", 1, read_write},
    NamedAttribute{"expected_port_count", 1, read_write, number, true},
    NamedAttribute{"expected_equipment_id", 20, read_write, text, true},
    NamedAttribute{"actual_equipment_id", 20, read, text, true, true},
    NamedAttribute{"protection_profile_ptr", 1, read, number, true},
    NamedAttribute{"invoke_protection_switch", 1, read_write, number, true, true},
    NamedAttribute{"arc", 1, read_write, number, true, true},
    NamedAttribute{"arc_interval", 1, read_write, number, true},
};

inline constexpr std::array<NamedAttribute, 14> circuit_pack{
    NamedAttribute{"type", 1, read_write_create},
    NamedAttribute{"number_of_ports", 1, read, number, true},
    NamedAttribute{"serial_number", 8, read, octets},
    NamedAttribute{"version", 14, read, text},
    NamedAttribute{"vendor_id", 4, read, text, true},
    NamedAttribute{"admin_state", 1, read_write},
    NamedAttribute{"oper_state", 1, read, number, true, true},
    NamedAttribute{"bridged_or_ip", 1, read_write, number, true},
    NamedAttribute{"equipment_id", 20, read, text, true},
    NamedAttribute{"card_configuration", 1, read_write_create, number, true},
    NamedAttribute{"total_tcont_buffers", 1, read, number, true},
    NamedAttribute{"total_priority_queues", 1, read, number, true},
    NamedAttribute{"total_traffic_schedulers", 1, read, number, true},
    NamedAttribute{"power_shed_override", 4, read_write, octets, true},
};

inline constexpr std::array<NamedAttribute, 6> software_image{
    NamedAttribute{"version", 14, read, text, false, true},
    NamedAttribute{"is_committed", 1, read, number, false, true},
    NamedAttribute{"is_active", 1, read, number, false, true},
    NamedAttribute{"is_valid", 1, read, number, false, true},
    NamedAttribute{"product_code", 25, read, text, true, true},
    NamedAttribute{"image_hash", 16, read, octets, true, true},
};

inline constexpr std::array<NamedAttribute, 13> onu_g{
    NamedAttribute{"vendor_id", 4, read, text},
    NamedAttribute{"version", 14, read, text},
    NamedAttribute{"serial_number", 8, read, octets},
    NamedAttribute{"traffic_management", 1, read},
    NamedAttribute{"deprecated", 1, read, number, true},
    NamedAttribute{"battery_backup", 1, read_write},
    NamedAttribute{"admin_state", 1, read_write},
    NamedAttribute{"oper_state", 1, read, number, true, true},
    NamedAttribute{"survival_time", 1, read, number, true},
    NamedAttribute{"logical_onu_id", 24, read, text, true, true},
    NamedAttribute{"logical_password", 12, read, text, true, true},
    NamedAttribute{"credentials_status", 1, read_write, number, true},
    NamedAttribute{"extended_tc_options", 2, read, number, true},
};

inline constexpr std::array<NamedAttribute, 14> onu2_g{
    NamedAttribute{"equipment_id", 20, read, text, true},
    NamedAttribute{"omcc_version", 1, read},
    NamedAttribute{"vendor_product_code", 2, read, number, true},
    NamedAttribute{"security_capability", 1, read},
    NamedAttribute{"security_mode", 1, read_write},
    NamedAttribute{"total_priority_queue", 2, read},
    NamedAttribute{"total_traffic_scheduler", 1, read},
    NamedAttribute{"deprecated", 1, read},
    NamedAttribute{"total_gem_port", 2, read},
    NamedAttribute{"sysuptime", 4, read, number, true},
    NamedAttribute{"connectivity_capability", 2, read, number, true},
    NamedAttribute{"current_connectivity_mode", 1, read_write, number, true},
    NamedAttribute{"qos_config_flexibility", 2, read, number, true},
    NamedAttribute{"priority_queue_scale_factor", 2, read_write, number, true},
};

inline constexpr std::array<NamedAttribute, 10> gem_port_network_ctp{
    NamedAttribute{"port_id", 2, read_write_create},
    NamedAttribute{"tcont_pointer", 2, read_write_create},
    NamedAttribute{"direction", 1, read_write_create},
    NamedAttribute{"upstream_traffic_management", 2, read_write_create},
    NamedAttribute{"upstream_traffic_descriptor", 2, read_write_create},
    NamedAttribute{"uni_counter", 1, read, number, true},
    NamedAttribute{"downstream_priority_queue", 2, read_write_create},
    NamedAttribute{"encryption_state", 1, read, number, true},
    NamedAttribute{"downstream_traffic_descriptor", 2, read_write_create},
    NamedAttribute{"encryption_key_ring", 1, read_write_create},
};

inline constexpr std::array<NamedAttribute, 4> update{
    NamedAttribute{"magic", 8, read, octets},
    NamedAttribute{"update_state", 1, read, number, false, true},
    NamedAttribute{"percent", 1, read},
    NamedAttribute{"last_refusal", 8, read, octets, false, true},
};

inline constexpr std::array<NamedRow, 8> rows{
    NamedRow{MeClass::onu_data, "ONU data", onu_data},
    NamedRow{MeClass::cardholder, "Cardholder", cardholder},
    NamedRow{MeClass::circuit_pack, "Circuit pack", circuit_pack},
    NamedRow{MeClass::software_image, "Software image", software_image},
    NamedRow{MeClass::onu_g, "ONU-G", onu_g},
    NamedRow{MeClass::onu2_g, "ONU2-G", onu2_g},
    NamedRow{MeClass::gem_port_network_ctp, "GEM port network CTP", gem_port_network_ctp},
    NamedRow{update_entity_class, "Update", update},
};

constexpr bool sound() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0 && rows[i - 1].me_class >= rows[i].me_class) return false;
        if (rows[i].attributes.empty() || rows[i].attributes.size() > 16) return false;
        for (const NamedAttribute& attribute : rows[i].attributes)
            if (attribute.octets == 0 || (attribute.shown == number && attribute.octets > 4)) return false;
    }
    return true;
}
static_assert(sound(), "classes ascend, have 1 to 16 attributes, and a number has at most four octets");

}  // namespace omci::me_rows
