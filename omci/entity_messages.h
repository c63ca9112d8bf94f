// SPDX-License-Identifier: Apache-2.0
// What an OLT does to managed entities and their attributes (G.988 A.2 and A.3): get, set, create, delete. Where the
// two message sets order their fields differently, layout() says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "omci/action.h"
#include "omci/software_download.h"
#include "omci/wire.h"

namespace omci {

inline constexpr std::size_t baseline_get_values_octets = 25;  ///< values in one baseline Get response

/// Get and get current data, request: which attributes.
template <Action which>
struct MaskRequest {
    static constexpr Action action = which;
    static constexpr bool is_response = false;

    AttributeMask mask{};

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("attr_mask", m.mask);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const MaskRequest&) const = default;
};

using GetRequest = MaskRequest<Action::get>;
using GetCurrentDataRequest = MaskRequest<Action::get_current_data>;

/// Get and get current data, response.
///
///     baseline   result | mask(2) | values(25) | optional mask(2) | execution mask(2)
///     extended   result | mask(2) | optional mask(2) | execution mask(2) | values
///
/// The two masks behind the values speak only under result 9.
template <Action which>
struct ValuesResponse {
    static constexpr Action action = which;
    static constexpr bool is_response = true;

    ResultCode result{};
    AttributeMask mask{};
    AttributeMask optional_mask{};   ///< attributes asked for that this ONT does not have
    AttributeMask execution_mask{};  ///< attributes that could not be read
    Octets values;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("result", m.result);
        wire.field("attr_mask", m.mask);
        if (wire.set() == MessageSet::baseline) wire.octets("attr_data", m.values, baseline_get_values_octets);
        wire.field("optional_attr_mask", m.optional_mask);
        wire.field("attr_exec_mask", m.execution_mask);
        if (wire.set() == MessageSet::extended) wire.rest("attr_data", m.values);
    }

    constexpr bool valid() const noexcept { return true; }
};

using GetResponse = ValuesResponse<Action::get>;

/// Get current data, response: as Get, but a baseline one has no masks behind its values.
struct GetCurrentDataResponse {
    static constexpr Action action = Action::get_current_data;
    static constexpr bool is_response = true;

    ResultCode result{};
    AttributeMask mask{};
    Octets values;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("result", m.result);
        wire.field("attr_mask", m.mask);
        wire.rest("attr_data", m.values);
    }

    constexpr bool valid() const noexcept { return true; }
};

/// Set, request, and set table, request (extended only; its data is whole rows).
struct SetRequest {
    static constexpr Action action = Action::set;
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

struct SetTableRequest {
    static constexpr Action action = Action::set_table;
    static constexpr bool is_response = false;

    AttributeMask mask{};
    Octets rows;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("attr_mask", m.mask);
        wire.rest("row_data", m.rows);
    }

    constexpr bool valid() const noexcept { return true; }
};

/// Set, response: the masks speak only under result 9, and an extended response may leave them out.
struct SetResponse {
    static constexpr Action action = Action::set;
    static constexpr bool is_response = true;

    ResultCode result{};
    std::optional<AttributeMask> optional_mask;
    std::optional<AttributeMask> execution_mask;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("result", m.result);
        wire.field("optional_attr_mask", m.optional_mask);
        wire.field("attr_exec_mask", m.execution_mask);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const SetResponse&) const = default;
};

using SetTableResponse = ResultResponse<Action::set_table>;

/// Create, request: the set-by-create attributes, at most 32 octets in a baseline message.
struct CreateRequest {
    static constexpr Action action = Action::create;
    static constexpr bool is_response = false;

    Octets values;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.rest("attr_data", m.values);
    }

    constexpr bool valid() const noexcept { return true; }
};

/// Create, response: the execution mask speaks under result 3.
struct CreateResponse {
    static constexpr Action action = Action::create;
    static constexpr bool is_response = true;

    ResultCode result{};
    std::optional<AttributeMask> execution_mask;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("result", m.result);
        wire.field("attr_exec_mask", m.execution_mask);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const CreateResponse&) const = default;
};

using DeleteRequest = EmptyRequest<Action::delete_me>;
using DeleteResponse = ResultResponse<Action::delete_me>;

struct GetNextRequest {
    static constexpr Action action = Action::get_next;
    static constexpr bool is_response = false;

    AttributeMask mask{};
    std::uint16_t sequence = 0;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("attr_mask", m.mask);
        wire.field("sequence_number", m.sequence);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const GetNextRequest&) const = default;
};

struct GetNextResponse {
    static constexpr Action action = Action::get_next;
    static constexpr bool is_response = true;

    ResultCode result{};
    AttributeMask mask{};
    Octets values;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("result", m.result);
        wire.field("attr_mask", m.mask);
        wire.rest("attr_data", m.values);
    }

    constexpr bool valid() const noexcept { return true; }
};

}  // namespace omci
