// SPDX-License-Identifier: Apache-2.0
#include "omci/me_table.h"

#include <algorithm>
#include <array>

#include "omci/update_entity.h"

namespace omci {
namespace {

using enum Access;
using enum Shown;

// Sizes are spelled out: g++ 12 puts a constexpr std::array with a deduced one into writable memory.
constexpr std::array<Attribute, 1> onu_data{
    Attribute{"mib_data_sync", 1, read_write},
};

constexpr std::array<Attribute, 9> cardholder{
    Attribute{"actual_plugin_type", 1, read, number, false, true},
    Attribute{"expected_plugin_type", 1, read_write},
    Attribute{"expected_port_count", 1, read_write, number, true},
    Attribute{"expected_equipment_id", 20, read_write, text, true},
    Attribute{"actual_equipment_id", 20, read, text, true, true},
    Attribute{"protection_profile_ptr", 1, read, number, true},
    Attribute{"invoke_protection_switch", 1, read_write, number, true, true},
    Attribute{"arc", 1, read_write, number, true, true},
    Attribute{"arc_interval", 1, read_write, number, true},
};

constexpr std::array<Attribute, 14> circuit_pack{
    Attribute{"type", 1, read_write_create},
    Attribute{"number_of_ports", 1, read, number, true},
    Attribute{"serial_number", 8, read, octets},
    Attribute{"version", 14, read, text},
    Attribute{"vendor_id", 4, read, text, true},
    Attribute{"admin_state", 1, read_write},
    Attribute{"oper_state", 1, read, number, true, true},
    Attribute{"bridged_or_ip", 1, read_write, number, true},
    Attribute{"equipment_id", 20, read, text, true},
    Attribute{"card_configuration", 1, read_write_create, number, true},
    Attribute{"total_tcont_buffers", 1, read, number, true},
    Attribute{"total_priority_queues", 1, read, number, true},
    Attribute{"total_traffic_schedulers", 1, read, number, true},
    Attribute{"power_shed_override", 4, read_write, octets, true},
};

constexpr std::array<Attribute, 6> software_image{
    Attribute{"version", 14, read, text, false, true},     Attribute{"is_committed", 1, read, number, false, true},
    Attribute{"is_active", 1, read, number, false, true},  Attribute{"is_valid", 1, read, number, false, true},
    Attribute{"product_code", 25, read, text, true, true}, Attribute{"image_hash", 16, read, octets, true, true},
};

constexpr std::array<Attribute, 13> onu_g{
    Attribute{"vendor_id", 4, read, text},
    Attribute{"version", 14, read, text},
    Attribute{"serial_number", 8, read, octets},
    Attribute{"traffic_management", 1, read},
    Attribute{"deprecated", 1, read, number, true},
    Attribute{"battery_backup", 1, read_write},
    Attribute{"admin_state", 1, read_write},
    Attribute{"oper_state", 1, read, number, true, true},
    Attribute{"survival_time", 1, read, number, true},
    Attribute{"logical_onu_id", 24, read, text, true, true},
    Attribute{"logical_password", 12, read, text, true, true},
    Attribute{"credentials_status", 1, read_write, number, true},
    Attribute{"extended_tc_options", 2, read, number, true},
};

constexpr std::array<Attribute, 14> onu2_g{
    Attribute{"equipment_id", 20, read, text, true},
    Attribute{"omcc_version", 1, read},
    Attribute{"vendor_product_code", 2, read, number, true},
    Attribute{"security_capability", 1, read},
    Attribute{"security_mode", 1, read_write},
    Attribute{"total_priority_queue", 2, read},
    Attribute{"total_traffic_scheduler", 1, read},
    Attribute{"deprecated", 1, read},
    Attribute{"total_gem_port", 2, read},
    Attribute{"sysuptime", 4, read, number, true},
    Attribute{"connectivity_capability", 2, read, number, true},
    Attribute{"current_connectivity_mode", 1, read_write, number, true},
    Attribute{"qos_config_flexibility", 2, read, number, true},
    Attribute{"priority_queue_scale_factor", 2, read_write, number, true},
};

constexpr std::array<Attribute, 10> gem_port_network_ctp{
    Attribute{"port_id", 2, read_write_create},
    Attribute{"tcont_pointer", 2, read_write_create},
    Attribute{"direction", 1, read_write_create},
    Attribute{"upstream_traffic_management", 2, read_write_create},
    Attribute{"upstream_traffic_descriptor", 2, read_write_create},
    Attribute{"uni_counter", 1, read, number, true},
    Attribute{"downstream_priority_queue", 2, read_write_create},
    Attribute{"encryption_state", 1, read, number, true},
    Attribute{"downstream_traffic_descriptor", 2, read_write_create},
    Attribute{"encryption_key_ring", 1, read_write_create},
};

constexpr std::array<Attribute, 4> update{
    Attribute{"magic", 8, read, octets},
    Attribute{"update_state", 1, read, number, false, true},
    Attribute{"percent", 1, read},
    Attribute{"last_refusal", 8, read, octets, false, true},
};

constexpr std::array<MeRow, 8> rows{
    MeRow{MeClass::onu_data, "ONU data", onu_data},
    MeRow{MeClass::cardholder, "Cardholder", cardholder},
    MeRow{MeClass::circuit_pack, "Circuit pack", circuit_pack},
    MeRow{MeClass::software_image, "Software image", software_image},
    MeRow{MeClass::onu_g, "ONU-G", onu_g},
    MeRow{MeClass::onu2_g, "ONU2-G", onu2_g},
    MeRow{MeClass::gem_port_network_ctp, "GEM port network CTP", gem_port_network_ctp},
    MeRow{update_entity_class, "Update", update},
};

constexpr bool sound() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0 && rows[i - 1].me_class >= rows[i].me_class) return false;
        if (rows[i].attributes.empty() || rows[i].attributes.size() > 16) return false;
        for (const Attribute& attribute : rows[i].attributes)
            if (attribute.octets == 0 || (attribute.shown == number && attribute.octets > 4)) return false;
    }
    return true;
}
static_assert(sound(), "classes ascend, have 1 to 16 attributes, and a number has at most four octets");

}  // namespace

std::span<const MeRow> me_table() noexcept { return rows; }

const MeRow* find_me(MeClass me_class) noexcept {
    const auto* row = std::find_if(rows.begin(), rows.end(), [=](const MeRow& r) { return r.me_class == me_class; });
    return row == rows.end() ? nullptr : &*row;
}

std::size_t values_octets(const MeRow& row, AttributeMask mask) noexcept {
    std::size_t octets = 0;
    for (std::size_t number = 1; number <= row.attributes.size(); ++number)
        if (value(mask) & attribute_bit(number)) octets += row.attributes[number - 1].octets;
    return octets;
}

}  // namespace omci
