// SPDX-License-Identifier: Apache-2.0
// The managed entities of a small but believable ONT: one Ethernet card, one GPON interface, two software images, the
// vendor-specific update entity, and the GEM port network CTPs that the OLT creates.
//
// What an OLT may change lies in MibValues, a few octets, so that a MIB upload can take all of it as its snapshot.
// Identity and image states come from where they live.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "omci/me_table.h"
#include "omci/mib_messages.h"
#include "ont/boot_record.h"
#include "ont/ont.h"
#include "ont/update_state.h"

namespace ont {

inline constexpr std::size_t gem_ports_max = 8;       ///< GEM port network CTPs that an OLT may create here
inline constexpr std::size_t gem_port_octets = 14;    ///< their set-by-create values
inline constexpr std::size_t settable_count = 13;     ///< rows of `settable` in mib.cpp
inline constexpr std::size_t values_octets_max = 96;  ///< values of the largest entity

struct GemPort {
    bool created = false;
    std::uint16_t instance = 0;
    std::array<std::uint8_t, gem_port_octets> values{};
};

/// All that a command can change.
struct MibValues {
    std::uint8_t sync = 0;  ///< MIB data sync: 1..255, after a reset 0
    std::array<std::uint8_t, settable_count> set{};
    std::array<GemPort, gem_ports_max> gem_ports{};
};

/// Where values that no command changes come from.
struct MibSource {
    const ont_identity& identity;
    const BootRecord& record;
    UpdateStatus update;
    bool hashes = false;             ///< the images have an MD5 attribute
    std::uint32_t uptime_10_ms = 0;  ///< ONU2-G 10
};

/// An entity that exists: its class, instance and the attributes it has.
struct Entity {
    omci::MeClass me_class{};
    omci::MeInstance instance{};
    std::uint16_t attributes = 0;
};

class Mib {
public:
    Mib() noexcept { reset(); }

    const MibValues& values() const noexcept { return values_; }

    /// The MIB as it is without an OLT's doing; MIB data sync 0 (MIB reset, restart).
    void reset() noexcept;

    /// A command changed something: MIB data sync moves, 1..255 and round to 1.
    void changed() noexcept;

    /// 0, or why `action` cannot be done to the entity: 4 unknown class, 2 not an action of it, 5 unknown instance.
    omci::ResultCode known(omci::Action action, omci::MeClass me_class, omci::MeInstance instance) const noexcept;

    /// Get: as many of the wanted values as fit into `room`. The response points into it.
    omci::GetResponse get(const MibSource& source, omci::MeClass me_class, omci::MeInstance instance,
                          omci::AttributeMask wanted, std::span<std::uint8_t> room) const noexcept;

    omci::SetResponse set(omci::MeClass me_class, omci::MeInstance instance, const omci::SetRequest& request) noexcept;

    /// Create and delete of a GEM port network CTP, the one class for which known() lets them pass.
    omci::CreateResponse create(omci::MeInstance instance, const omci::CreateRequest& request) noexcept;
    void remove(omci::MeInstance instance) noexcept;

private:
    MibValues values_;
};

/// Writes the wanted attributes of the update entity, those that change, one behind the other. Returns their octets.
std::size_t write_update(const UpdateStatus& update, std::uint16_t mask, std::span<std::uint8_t> out) noexcept;

/// Entity number `index` in upload order; its attributes are 0 behind the last one.
Entity entity_at(const MibValues& values, const MibSource& source, std::size_t index) noexcept;

/// Writes the values of `mask`, which `entity` has, one behind the other. Returns how many octets they take.
std::size_t read_values(const MibValues& values, const MibSource& source, const Entity& entity, std::uint16_t mask,
                        std::uint8_t* out) noexcept;

}  // namespace ont
