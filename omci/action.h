// SPDX-License-Identifier: Apache-2.0
// Message types as a table (G.988 table 11.2.2-1): code, name, and whether it has a reply.
#pragma once

#include <array>
#include <cstdint>

namespace omci {

/// Bits 5-1 of octet 3.
enum class Action : std::uint8_t {
    create = 4,
    delete_me = 6,
    set = 8,
    get = 9,
    get_all_alarms = 11,
    get_all_alarms_next = 12,
    mib_upload = 13,
    mib_upload_next = 14,
    mib_reset = 15,
    alarm = 16,
    attribute_value_change = 17,
    test = 18,
    start_software_download = 19,
    download_section = 20,
    end_software_download = 21,
    activate_software = 22,
    commit_software = 23,
    synchronize_time = 24,
    reboot = 25,
    get_next = 26,
    test_result = 27,
    get_current_data = 28,
    set_table = 29,
};

struct ActionRow {
    Action action;
    const char* name;  ///< as it stands in traces and decoded frames
    bool autonomous;   ///< sent by the ONT unasked, never answered
};

// The size is spelled out: g++ 12 puts a constexpr std::array with a deduced one into writable memory.
inline constexpr std::array<ActionRow, 23> action_table{
    ActionRow{Action::create, "create", false},
    ActionRow{Action::delete_me, "delete", false},
    ActionRow{Action::set, "set", false},
    ActionRow{Action::get, "get", false},
    ActionRow{Action::get_all_alarms, "get_all_alarms", false},
    ActionRow{Action::get_all_alarms_next, "get_all_alarms_next", false},
    ActionRow{Action::mib_upload, "mib_upload", false},
    ActionRow{Action::mib_upload_next, "mib_upload_next", false},
    ActionRow{Action::mib_reset, "mib_reset", false},
    ActionRow{Action::alarm, "alarm", true},
    ActionRow{Action::attribute_value_change, "avc", true},
    ActionRow{Action::test, "test", false},
    ActionRow{Action::start_software_download, "start_software_download", false},
    ActionRow{Action::download_section, "download_section", false},
    ActionRow{Action::end_software_download, "end_software_download", false},
    ActionRow{Action::activate_software, "activate_software", false},
    ActionRow{Action::commit_software, "commit_software", false},
    ActionRow{Action::synchronize_time, "synchronize_time", false},
    ActionRow{Action::reboot, "reboot", false},
    ActionRow{Action::get_next, "get_next", false},
    ActionRow{Action::test_result, "test_result", true},
    ActionRow{Action::get_current_data, "get_current_data", false},
    ActionRow{Action::set_table, "set_table", false},
};

static_assert(action_table.back().action == Action::set_table, "as many rows as it has room for");

/// The row of `action`, or null for a code that G.988 does not define.
constexpr const ActionRow* find_action(Action action) noexcept {
    for (const ActionRow& row : action_table)
        if (row.action == action) return &row;
    return nullptr;
}

}  // namespace omci
