// SPDX-License-Identifier: Apache-2.0
// The five messages that bring an image to an ONT (G.988 A.2.31-A.2.39 and A.3.24-A.3.33), requests and responses.
// Offsets in the drawings count from the first octet of the contents: octet 9 of a baseline message, octet 11 of an
// extended one. Fields in [] may be left out of an extended message.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "omci/action.h"
#include "omci/frame.h"
#include "omci/ids.h"
#include "omci/wire.h"

namespace omci {

inline constexpr std::size_t baseline_section_octets = 31;
inline constexpr std::size_t extended_section_max_octets = 1965;
inline constexpr std::size_t window_sections_max = 256;
inline constexpr std::size_t parallel_images_max = 9;  ///< circuit packs updated by one Start or End

/// Octets of image that a full section of this set carries.
constexpr std::size_t section_octets(MessageSet set) noexcept {
    return set == MessageSet::baseline ? baseline_section_octets : extended_section_max_octets;
}

/// The instances a Start or End names, at most nine. The octets may be missing although the count is there.
struct TargetList {
    std::optional<std::uint8_t> count;
    std::array<MeInstance, parallel_images_max> instances{};

    static TargetList one(MeInstance target) noexcept {
        TargetList list;
        list.count = std::uint8_t{1};
        list.instances[0] = target;
        return list;
    }

    constexpr std::size_t size() const noexcept {
        return std::min<std::size_t>(count.value_or(0), parallel_images_max);
    }
    constexpr bool valid() const noexcept { return count.value_or(0) <= parallel_images_max; }

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m, const char* count_name) noexcept {
        wire.field(count_name, m.count);
        for (std::size_t i = 0; i < m.size(); ++i) {
            if (!wire.more()) break;
            wire.field(nullptr, m.instances[i]);
        }
        wire.derived("target_instances", m);
    }

    bool operator==(const TargetList&) const = default;
};

/// How each of several instances answered a Start or End: instance(2), result(1).
struct InstanceResults {
    struct Entry {
        MeInstance instance{};
        ResultCode result{};
        bool operator==(const Entry&) const = default;
    };

    std::optional<std::uint8_t> count;
    std::array<Entry, parallel_images_max> entries{};

    constexpr std::size_t size() const noexcept {
        return std::min<std::size_t>(count.value_or(0), parallel_images_max);
    }
    constexpr bool valid() const noexcept { return count.value_or(0) <= parallel_images_max; }

    /// What `instance` answered: its own entry if there is one, else `common`.
    constexpr ResultCode result_of(MeInstance instance, ResultCode common) const noexcept {
        if (common != ResultCode::success) return common;
        for (std::size_t i = 0; i < size(); ++i)
            if (entries[i].instance == instance) return entries[i].result;
        return common;
    }

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("number_of_instances", m.count);
        for (std::size_t i = 0; i < m.size(); ++i) {
            if (!wire.more()) break;
            wire.field(nullptr, m.entries[i].instance);
            wire.field(nullptr, m.entries[i].result);
        }
        wire.derived("per_instance", m);
    }

    bool operator==(const InstanceResults&) const = default;
};

/// Start software download, request.
///
///      0        1 ........ 4   5        6 .... 7
///     +--------+--------------+--------+--------+- - -
///     | window | image octets | count  | target |
///     | size-1 |              | (1..9) |        |
///     +--------+--------------+--------+--------+- - -
struct StartRequest {
    static constexpr Action action = Action::start_software_download;
    static constexpr bool is_response = false;

    std::uint8_t last_section = 0;  ///< sections in a window, less one: 0..255 means 1..256
    std::uint32_t image_octets = 0;
    TargetList targets;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("window_size_minus1", m.last_section);
        wire.derived("window_size", m.last_section + 1u);
        wire.field("image_size", m.image_octets);
        TargetList::layout(wire, m.targets, "number_of_circuit_packs");
    }

    constexpr bool valid() const noexcept { return targets.valid(); }
    bool operator==(const StartRequest&) const = default;
};

/// Start software download, response: the window may be smaller than asked for, and the OLT must take it.
///
///      0        1          2          3 .... 4    5
///     +--------+----------+----------+-----------+--------+- - -
///     | result | window-1 | [count]  | instance  | result |
///     +--------+----------+----------+-----------+--------+- - -
struct StartResponse {
    static constexpr Action action = Action::start_software_download;
    static constexpr bool is_response = true;

    ResultCode result{};
    std::uint8_t last_section = 0;
    InstanceResults instances;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("result", m.result);
        wire.field("window_size_minus1", m.last_section);
        wire.derived("window_size", m.last_section + 1u);
        InstanceResults::layout(wire, m.instances);
    }

    constexpr bool valid() const noexcept { return instances.valid(); }
    bool operator==(const StartResponse&) const = default;
};

/// Download section, request: 31 octets of image, zero padded (baseline), or 1..1965 octets (extended). AR=1 marks
/// the last section of a window. `data` points into the frame it was read from, or into the image to be sent.
///
///      0         1 ...
///     +---------+------ - - -
///     | section | data
///     +---------+------ - - -
struct SectionRequest {
    static constexpr Action action = Action::download_section;
    static constexpr bool is_response = false;

    std::uint8_t section_number = 0;
    Octets data;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("section_number", m.section_number);
        wire.octets("section_data", m.data, section_octets(wire.set()));
        wire.derived("section_data_len", m.data.size());
    }

    constexpr bool valid() const noexcept { return !data.empty(); }
};

/// Download section, response to the section with AR=1.
struct SectionResponse {
    static constexpr Action action = Action::download_section;
    static constexpr bool is_response = true;

    ResultCode result{};
    std::uint8_t section_number = 0;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("result", m.result);
        wire.field("section_number", m.section_number);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const SectionResponse&) const = default;
};

/// End software download, request. A size of 0 aborts the download, whatever the CRC says.
///
///      0 .... 3   4 ........ 7   8         9 .... 10
///     +----------+--------------+---------+---------+- - -
///     | CRC-32   | image octets | [count] | target  |
///     +----------+--------------+---------+---------+- - -
struct EndRequest {
    static constexpr Action action = Action::end_software_download;
    static constexpr bool is_response = false;

    ImageCrc image_crc{};
    std::uint32_t image_octets = 0;
    TargetList targets;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("image_crc32", m.image_crc);
        wire.field("image_size", m.image_octets);
        TargetList::layout(wire, m.targets, "number_of_instances");
    }

    constexpr bool is_abort() const noexcept { return image_octets == 0; }
    constexpr bool valid() const noexcept { return targets.valid(); }
    bool operator==(const EndRequest&) const = default;
};

/// End software download, response: 0 stored and good, 1 CRC wrong, 6 busy storing.
struct EndResponse {
    static constexpr Action action = Action::end_software_download;
    static constexpr bool is_response = true;

    ResultCode result{};
    InstanceResults instances;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("result", m.result);
        InstanceResults::layout(wire, m.instances);
    }

    constexpr bool valid() const noexcept { return instances.valid(); }
    bool operator==(const EndResponse&) const = default;
};

/// When an Activate or a Reboot may take the ONT's calls down (G.988 A.2.37).
enum class CallPolicy : std::uint8_t { always = 0, no_call = 1, no_emergency_call = 2 };

/// Activate software, request. A missing octet means 0.
struct ActivateRequest {
    static constexpr Action action = Action::activate_software;
    static constexpr bool is_response = false;

    std::optional<CallPolicy> flags;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("activate_flags", m.flags);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const ActivateRequest&) const = default;
};

/// A response that is one result octet and no more.
template <Action which>
struct ResultResponse {
    static constexpr Action action = which;
    static constexpr bool is_response = true;

    ResultCode result{};

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("result", m.result);
    }

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const ResultResponse&) const = default;
};

/// A request without contents.
template <Action which>
struct EmptyRequest {
    static constexpr Action action = which;
    static constexpr bool is_response = false;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire&, Self&) noexcept {}

    constexpr bool valid() const noexcept { return true; }
    bool operator==(const EmptyRequest&) const = default;
};

using ActivateResponse = ResultResponse<Action::activate_software>;
using CommitRequest = EmptyRequest<Action::commit_software>;
using CommitResponse = ResultResponse<Action::commit_software>;

}  // namespace omci
