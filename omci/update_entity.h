// SPDX-License-Identifier: Apache-2.0
// The vendor-specific managed entity in which our handler says how an update goes: class 65344 (0xFF40), instance 0,
// read with Get on the OMCC. The class may belong to another vendor: who reads it checks the magic first.
//
//   # | attribute    | octets |
//   1 | Magic        | 8      | "OMCAST", version(2) = 1
//   2 | Update state | 1      | UpdateState, AVC
//   3 | Percent      | 1      | of that state, 0..100
//   4 | Last refusal | 8      | Refusal(2), UpdatePhase(1), image(1), milliseconds since Start(4); AVC
//
// 0xFF41 and 0xFF42 are kept for data and parity of a stream.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "omci/ids.h"
#include "omci/refusal.h"
#include "omci/wire.h"

namespace omci {

inline constexpr MeClass update_entity_class{0xFF40};
inline constexpr MeInstance update_entity_instance{0};
inline constexpr std::uint16_t update_entity_version = 1;
inline constexpr std::array<std::uint8_t, 8> update_entity_magic{'O', 'M', 'C', 'A',
                                                                 'S', 'T', 0,   update_entity_version};

/// Attribute bits.
namespace update_entity {
inline constexpr std::uint16_t magic = 0x8000;
inline constexpr std::uint16_t state = 0x4000;
inline constexpr std::uint16_t percent = 0x2000;
inline constexpr std::uint16_t last_refusal = 0x1000;
inline constexpr std::uint16_t all = magic | state | percent | last_refusal;  ///< 18 octets: one baseline Get
}  // namespace update_entity

/// What a person is told. `rollback`: the ONT gave a trial up and runs the committed image again, until the next Start.
enum class UpdateState : std::uint8_t { idle, downloading, verifying, applying, rebooting, rollback };

constexpr const char* text(UpdateState state) noexcept {
    constexpr std::array<const char*, 6> names{"Idle", "Downloading", "Verifying", "Applying", "Rebooting", "Rollback"};
    return static_cast<std::size_t>(state) < names.size() ? names[static_cast<std::size_t>(state)] : "unknown";
}

/// Attribute 4.
struct LastRefusal {
    Refusal refusal = Refusal::none;
    UpdatePhase phase = UpdatePhase::none;
    std::uint8_t image = 0;
    std::uint32_t milliseconds = 0;  ///< from Start to the refusal

    static constexpr std::size_t octets = 8;

    template <typename Wire, typename Self>
    static constexpr void layout(Wire& wire, Self& m) noexcept {
        wire.field("refusal", m.refusal);
        wire.field("phase", m.phase);
        wire.field("image", m.image);
        wire.field("milliseconds", m.milliseconds);
    }

    bool operator==(const LastRefusal&) const = default;
};

}  // namespace omci
