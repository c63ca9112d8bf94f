// SPDX-License-Identifier: Apache-2.0
// The rest of what an OLT and an ONT say around an upgrade (G.988 A.2 and A.3): MIB reset and upload, notifications,
// time and reboot. What is said about one entity's attributes stands in entity_messages.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "omci/action.h"
#include "omci/entity_messages.h"
#include "omci/software_download.h"
#include "omci/wire.h"

namespace omci {

inline constexpr std::size_t baseline_upload_values_octets = 26;  ///< values in one baseline MIB upload next
inline constexpr std::size_t alarm_bitmap_octets = 28;

using MibResetRequest = EmptyRequest<Action::mib_reset>;
using MibResetResponse = ResultResponse<Action::mib_reset>;
using MibUploadRequest = EmptyRequest<Action::mib_upload>;

struct MibUploadResponse {
    static constexpr Action action = Action::mib_upload;
    static constexpr bool is_response = true;

    std::uint16_t next_count = 0;  ///< how many MIB upload next commands the snapshot takes

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("number_of_mib_upload_next", m.next_count);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const MibUploadResponse&) const = default;
};

/// MIB upload next and get all alarms next, request: which one, from 0.
template <Action which>
struct SequenceRequest {
    static constexpr Action action = which;
    static constexpr bool is_response = false;

    std::uint16_t sequence = 0;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("sequence_number", m.sequence);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const SequenceRequest&) const = default;
};

using MibUploadNextRequest = SequenceRequest<Action::mib_upload_next>;
using GetAllAlarmsNextRequest = SequenceRequest<Action::get_all_alarms_next>;

/// MIB upload next, response: one ME's attributes. An extended response repeats {octets of the values, class, instance,
/// mask, values}; this is its first entry, and `more` are the others as they travel.
struct MibUploadNextResponse {
    static constexpr Action action = Action::mib_upload_next;
    static constexpr bool is_response = true;

    std::uint16_t values_octets = 0;  ///< extended only
    MeClass me_class{};
    MeInstance me_instance{};
    AttributeMask mask{};
    Octets values;
    Octets more;

    /// False in the answer to a sequence number out of range or too late: all zero, or no contents if extended.
    constexpr bool present() const noexcept {
        return values_octets != 0 || value(me_class) != 0 || value(me_instance) != 0 || value(mask) != 0 ||
               !more.empty();
    }

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        const bool extended = wire.set() == MessageSet::extended;
        if (extended && !(Wire::reading ? wire.more() : m.present())) return;  // out of range or too late: no entry
        if (extended) wire.field("values_octets", m.values_octets);
        wire.field("reported_class", m.me_class);
        wire.field("reported_instance", m.me_instance);
        wire.field("attr_mask", m.mask);
        wire.octets("attr_data", m.values, extended ? m.values_octets : baseline_upload_values_octets);
        if (extended) wire.rest("further_entries", m.more);
    }

    constexpr bool valid() const noexcept { return true; }
};

/// Attribute value change: sent by the ONT unasked, transaction 0.
struct AttributeValueChange {
    static constexpr Action action = Action::attribute_value_change;
    static constexpr bool is_response = false;

    AttributeMask mask{};
    Octets values;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("attr_mask", m.mask);
        wire.rest("attr_data", m.values);
    }

    constexpr bool valid() const noexcept { return true; }
};

/// Alarm: sent by the ONT unasked; its sequence number goes from 1 to 255 and starts again.
struct Alarm {
    static constexpr Action action = Action::alarm;
    static constexpr bool is_response = false;

    Octets bitmap;
    std::uint8_t sequence = 0;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.fixed("alarm_bitmap", m.bitmap, alarm_bitmap_octets);
        std::uint8_t padding = 0;
        if (wire.set() == MessageSet::baseline)
            for (int i = 0; i < 3; ++i) wire.field(nullptr, padding);
        wire.field("alarm_sequence", m.sequence);
    }

    constexpr bool valid() const noexcept { return true; }
};

struct GetAllAlarmsRequest {
    static constexpr Action action = Action::get_all_alarms;
    static constexpr bool is_response = false;

    std::uint8_t mode = 0;  ///< 0: all alarms; 1: those not under alarm reporting control

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("arc_mode", m.mode);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const GetAllAlarmsRequest&) const = default;
};

struct GetAllAlarmsResponse {
    static constexpr Action action = Action::get_all_alarms;
    static constexpr bool is_response = true;

    std::optional<std::uint16_t> next_count;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("number_of_next", m.next_count);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const GetAllAlarmsResponse&) const = default;
};

struct GetAllAlarmsNextResponse {
    static constexpr Action action = Action::get_all_alarms_next;
    static constexpr bool is_response = true;

    MeClass me_class{};
    MeInstance me_instance{};
    Octets bitmap;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("reported_class", m.me_class);
        wire.field("reported_instance", m.me_instance);
        wire.fixed("alarm_bitmap", m.bitmap, alarm_bitmap_octets);
    }

    constexpr bool valid() const noexcept { return true; }
};

struct SynchronizeTimeRequest {
    static constexpr Action action = Action::synchronize_time;
    static constexpr bool is_response = false;

    std::uint16_t year = 0;
    std::uint8_t month = 0, day = 0, hour = 0, minute = 0, second = 0;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("year", m.year);
        wire.field("month", m.month);
        wire.field("day", m.day);
        wire.field("hour", m.hour);
        wire.field("minute", m.minute);
        wire.field("second", m.second);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const SynchronizeTimeRequest&) const = default;
};

struct SynchronizeTimeResponse {
    static constexpr Action action = Action::synchronize_time;
    static constexpr bool is_response = true;

    ResultCode result{};
    std::optional<std::uint8_t> success_info;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("result", m.result);
        wire.field("success_info", m.success_info);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const SynchronizeTimeResponse&) const = default;
};

struct RebootRequest {
    static constexpr Action action = Action::reboot;
    static constexpr bool is_response = false;

    std::optional<CallPolicy> flags;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("reboot_flags", m.flags);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const RebootRequest&) const = default;
};

using RebootResponse = ResultResponse<Action::reboot>;

/// Contents that are handed on as they travel: tests and their results, and every message this library has no type for.
struct RawContents {
    Octets contents;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.rest("contents", m.contents);
    }

    constexpr bool valid() const noexcept { return true; }
};

}  // namespace omci
