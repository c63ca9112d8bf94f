// SPDX-License-Identifier: Apache-2.0
#include "ont/mib.h"

#include <algorithm>
#include <cstring>

namespace ont {
namespace {

using omci::Action;
using omci::attribute_bit;
using omci::MeClass;
using omci::MeInstance;
using omci::ResultCode;

constexpr MeInstance only{0};
constexpr MeInstance ethernet_card{0x0101};
constexpr MeInstance gpon_card{0x0180};
constexpr std::uint8_t type_ethernet = 47;  // 10/100/1000BASE-T (G.988 table 9.1.5-1)
constexpr std::uint8_t type_gpon = 248;     // GPON 2488 down, 1244 up

// Sizes are spelled out: a deduced constexpr array is writable data to g++ 12, and firmware has little of that.

/// Fixed entities, in upload order, with the attributes that this ONT has.
constexpr std::array<Entity, 10> entities{{
    {MeClass::onu_data, only, 0x8000},
    {MeClass::cardholder, ethernet_card, 0xE000},
    {MeClass::cardholder, gpon_card, 0xE000},
    {MeClass::circuit_pack, ethernet_card, 0xFF38},
    {MeClass::circuit_pack, gpon_card, 0xFF38},
    {MeClass::software_image, MeInstance{0}, 0xF000},
    {MeClass::software_image, MeInstance{1}, 0xF000},
    {MeClass::onu_g, only, 0xF7F8},
    {MeClass::onu2_g, only, 0xFFF8},
    {omci::update_entity_class, omci::update_entity_instance, omci::update_entity::all},
}};
constexpr std::uint16_t gem_port_attributes = 0xFBC0;  // all but the UNI counter (attribute 6)
constexpr std::uint16_t gem_port_created = 0xFAC0;     // set by create: without the encryption state too

/// Attributes that a Set may change, each of one octet, and what they are before.
struct Settable {
    MeClass me_class;
    MeInstance instance;
    std::uint8_t attribute;
    std::uint8_t initial;
};
constexpr std::array<Settable, settable_count> settable{{
    {MeClass::cardholder, ethernet_card, 2, type_ethernet},  // expected plug-in type
    {MeClass::cardholder, ethernet_card, 3, 0},              // expected port count
    {MeClass::cardholder, gpon_card, 2, type_gpon},
    {MeClass::cardholder, gpon_card, 3, 0},
    {MeClass::circuit_pack, ethernet_card, 6, 0},  // administrative state
    {MeClass::circuit_pack, ethernet_card, 8, 2},  // bridged or IP: depends on the parent circuit pack
    {MeClass::circuit_pack, gpon_card, 6, 0},
    {MeClass::circuit_pack, gpon_card, 8, 2},
    {MeClass::onu_g, only, 6, 0},    // battery backup
    {MeClass::onu_g, only, 7, 0},    // administrative state
    {MeClass::onu_g, only, 12, 0},   // credentials status
    {MeClass::onu2_g, only, 5, 1},   // security mode: AES
    {MeClass::onu2_g, only, 12, 0},  // connectivity mode
}};

constexpr std::uint32_t bit(Action action) { return 1u << static_cast<unsigned>(action); }
constexpr std::uint32_t get_set = bit(Action::get) | bit(Action::set);

/// What may be asked of each class.
struct ClassActions {
    MeClass me_class;
    std::uint32_t actions;
};
constexpr std::array<ClassActions, 8> class_actions{{
    {MeClass::onu_data, get_set | bit(Action::get_all_alarms) | bit(Action::get_all_alarms_next) |
                            bit(Action::mib_upload) | bit(Action::mib_upload_next) | bit(Action::mib_reset)},
    {MeClass::cardholder, get_set},
    {MeClass::circuit_pack, get_set},
    {MeClass::software_image, bit(Action::get) | bit(Action::start_software_download) | bit(Action::download_section) |
                                  bit(Action::end_software_download) | bit(Action::activate_software) |
                                  bit(Action::commit_software)},
    {MeClass::onu_g, get_set | bit(Action::reboot) | bit(Action::synchronize_time)},
    {MeClass::onu2_g, get_set},
    {omci::update_entity_class, bit(Action::get)},
    {MeClass::gem_port_network_ctp, get_set | bit(Action::create) | bit(Action::delete_me)},
}};

template <typename Values>
auto* find_gem_port(Values& values, MeInstance instance) {
    const auto at = std::find_if(values.gem_ports.begin(), values.gem_ports.end(), [=](const GemPort& port) {
        return port.created && port.instance == omci::value(instance);
    });
    return at == values.gem_ports.end() ? nullptr : &*at;
}

/// Where a settable attribute's octet lies, or settable_count.
std::size_t settable_index(const Entity& entity, std::size_t attribute) {
    std::size_t i = 0;
    while (i < settable.size() && !(settable[i].me_class == entity.me_class &&
                                    settable[i].instance == entity.instance && settable[i].attribute == attribute))
        ++i;
    return i;
}

/// Where an attribute of a GEM port begins in its set-by-create values.
std::size_t gem_port_offset(std::size_t attribute) {
    const omci::MeRow* row = omci::find_me(MeClass::gem_port_network_ctp);
    std::size_t at = 0;
    for (std::size_t number = 1; number < attribute; ++number)
        if (gem_port_created & attribute_bit(number)) at += row->attributes[number - 1].octets;
    return at;
}

Entity find_entity(const MibValues& values, MeClass me_class, MeInstance instance) {
    for (const Entity& entity : entities)
        if (entity.me_class == me_class && entity.instance == instance) return entity;
    if (me_class == MeClass::gem_port_network_ctp && find_gem_port(values, instance) != nullptr)
        return {me_class, instance, gem_port_attributes};
    return {};
}

/// Optional attributes that depend on what the platform brings.
Entity complete(Entity entity, const MibSource& source) {
    if (entity.me_class != MeClass::software_image || entity.attributes == 0) return entity;
    constexpr ProductCode none{};
    const bool of_ont = std::memcmp(source.identity.product_code, none.data(), none.size()) != 0;
    if (of_ont || source.record.image[0].product_code != none || source.record.image[1].product_code != none)
        entity.attributes |= omci::software_image::product_code;
    if (source.hashes) entity.attributes |= omci::software_image::image_hash;
    return entity;
}

void copy(std::uint8_t* out, const std::uint8_t* from, std::size_t count) { std::memcpy(out, from, count); }

/// Values that are neither settable nor zero. `out` holds zeros.
void read_fixed(const MibSource& source, const Entity& entity, std::size_t attribute, std::uint8_t* out) {
    const ont_identity& identity = source.identity;
    const bool gpon = entity.instance == gpon_card;
    if (entity.me_class == omci::update_entity_class) {
        const std::size_t size = omci::find_me(entity.me_class)->attributes[attribute - 1].octets;
        write_update(source.update, attribute_bit(attribute), {out, size});
        return;
    }
    switch (entity.me_class) {
    case MeClass::cardholder:
        if (attribute == 1) out[0] = gpon ? type_gpon : type_ethernet;
        break;
    case MeClass::circuit_pack:
        if (attribute == 1) out[0] = gpon ? type_gpon : type_ethernet;
        if (attribute == 2) out[0] = 1;
        if (attribute == 3) copy(out, identity.serial_number, sizeof identity.serial_number);
        if (attribute == 4) copy(out, identity.hardware_version, sizeof identity.hardware_version);
        if (attribute == 5) copy(out, identity.vendor_id, sizeof identity.vendor_id);
        if (attribute == 11 && gpon) out[0] = 8;      // T-CONT buffers
        if (attribute == 12) out[0] = gpon ? 64 : 8;  // priority queues
        break;
    case MeClass::software_image: {
        const auto image = static_cast<std::uint8_t>(omci::value(entity.instance));
        const ImageRecord& record = source.record.image[image];
        if (attribute == 1) copy(out, record.version.data(), record.version.size());
        if (attribute == 2) out[0] = source.record.committed == image;
        if (attribute == 3) out[0] = source.record.active == image;
        if (attribute == 4) out[0] = record.valid;
        if (attribute == 5)
            copy(out, record.product_code[0] != 0 ? record.product_code.data() : identity.product_code,
                 omci::product_code_octets);
        if (attribute == 6) copy(out, record.hash.data(), record.hash.size());
        break;
    }
    case MeClass::onu_g:
        if (attribute == 1) copy(out, identity.vendor_id, sizeof identity.vendor_id);
        if (attribute == 2) copy(out, identity.hardware_version, sizeof identity.hardware_version);
        if (attribute == 3) copy(out, identity.serial_number, sizeof identity.serial_number);
        if (attribute == 4) out[0] = 2;  // traffic management: priority and rate controlled
        break;
    case MeClass::onu2_g:
        if (attribute == 1) copy(out, identity.equipment_id, sizeof identity.equipment_id);
        if (attribute == 2) out[0] = identity.omcc_version;
        if (attribute == 4) out[0] = 1;    // security capability: AES
        if (attribute == 6) out[1] = 72;   // priority queues
        if (attribute == 8) out[0] = 1;    // deprecated: always 1
        if (attribute == 9) out[1] = 128;  // GEM ports
        if (attribute == 10) omci::store_be(out, source.uptime_10_ms);
        if (attribute == 11) out[1] = 0x7F;  // connectivity: every one of table 9.1.13-1
        break;
    default: break;
    }
}

void read_value(const MibValues& values, const MibSource& source, const Entity& entity, std::size_t attribute,
                std::size_t octets, std::uint8_t* out) {
    std::memset(out, 0, octets);
    const std::size_t index = settable_index(entity, attribute);
    if (index < settable.size()) {
        out[0] = values.set[index];
    } else if (entity.me_class == MeClass::onu_data) {
        out[0] = values.sync;
    } else if (entity.me_class == MeClass::gem_port_network_ctp) {
        const GemPort* port = find_gem_port(values, entity.instance);
        if (port != nullptr && (gem_port_created & attribute_bit(attribute)))
            copy(out, port->values.data() + gem_port_offset(attribute), octets);
    } else {
        read_fixed(source, entity, attribute, out);
    }
}

}  // namespace

void Mib::reset() noexcept {
    values_ = {};
    for (std::size_t i = 0; i < settable.size(); ++i) values_.set[i] = settable[i].initial;
}

void Mib::changed() noexcept {
    values_.sync = values_.sync == 255 ? std::uint8_t{1} : static_cast<std::uint8_t>(values_.sync + 1);
}

ResultCode Mib::known(Action action, MeClass me_class, MeInstance instance) const noexcept {
    const auto* row = std::find_if(class_actions.begin(), class_actions.end(),
                                   [=](const ClassActions& r) { return r.me_class == me_class; });
    if (row == class_actions.end()) return ResultCode::unknown_me;
    if ((row->actions & bit(action)) == 0) return ResultCode::not_supported;
    const bool exists = find_entity(values_, me_class, instance).attributes != 0;
    return exists || action == Action::create ? ResultCode::success : ResultCode::unknown_instance;
}

omci::GetResponse Mib::get(const MibSource& source, MeClass me_class, MeInstance instance, omci::AttributeMask wanted,
                           std::span<std::uint8_t> room) const noexcept {
    const Entity entity = complete(find_entity(values_, me_class, instance), source);
    const omci::MeRow& row = *omci::find_me(me_class);
    const std::uint16_t mask = omci::value(wanted);
    std::uint16_t read = 0;
    std::uint16_t no_room = 0;
    std::size_t size = 0;
    for (std::size_t number = 1; number <= row.attributes.size(); ++number) {
        const std::uint16_t asked = mask & entity.attributes & attribute_bit(number);
        const std::size_t octets = row.attributes[number - 1].octets;
        if (asked == 0) continue;
        if (octets > room.size() - size) {
            no_room |= asked;
            continue;
        }
        read_value(values_, source, entity, number, octets, room.data() + size);
        size += octets;
        read |= asked;
    }
    omci::GetResponse response;
    response.result = read == mask ? ResultCode::success : ResultCode::attributes_failed;
    response.mask = omci::AttributeMask{read};
    response.optional_mask = omci::AttributeMask{static_cast<std::uint16_t>(mask & ~entity.attributes)};
    response.execution_mask = omci::AttributeMask{no_room};
    response.values = room.first(size);
    return response;
}

omci::SetResponse Mib::set(MeClass me_class, MeInstance instance, const omci::SetRequest& request) noexcept {
    const Entity entity = find_entity(values_, me_class, instance);
    const omci::MeRow& row = *omci::find_me(me_class);
    const std::uint16_t mask = omci::value(request.mask);
    std::uint16_t done = 0;
    std::size_t at = 0;
    for (std::size_t number = 1; number <= row.attributes.size(); ++number) {
        if ((mask & attribute_bit(number)) == 0) continue;
        const std::size_t octets = row.attributes[number - 1].octets;
        std::array<std::uint8_t, 32> value{};  // octets that an extended Set leaves out are zero
        if (at < request.values.size())
            copy(value.data(), request.values.data() + at, std::min(octets, request.values.size() - at));
        at += octets;
        if ((entity.attributes & attribute_bit(number)) == 0) continue;
        const std::size_t index = settable_index(entity, number);
        GemPort* port = me_class == MeClass::gem_port_network_ctp ? find_gem_port(values_, instance) : nullptr;
        if (index < settable.size())
            values_.set[index] = value[0];
        else if (me_class == MeClass::onu_data)
            values_.sync = value[0];
        else if (port != nullptr && (gem_port_created & attribute_bit(number)))
            copy(port->values.data() + gem_port_offset(number), value.data(), octets);
        else
            continue;
        done |= attribute_bit(number);
    }
    if (done != 0) changed();
    omci::SetResponse response;
    if (done == mask) return response;
    response.result = ResultCode::attributes_failed;
    response.optional_mask = omci::AttributeMask{static_cast<std::uint16_t>(mask & ~entity.attributes)};
    response.execution_mask = omci::AttributeMask{static_cast<std::uint16_t>(mask & entity.attributes & ~done)};
    return response;
}

omci::CreateResponse Mib::create(MeInstance instance, const omci::CreateRequest& request) noexcept {
    omci::CreateResponse response;
    const auto free = std::find_if(values_.gem_ports.begin(), values_.gem_ports.end(),
                                   [](const GemPort& port) { return !port.created; });
    GemPort port{true, omci::value(instance), {}};
    copy(port.values.data(), request.values.data(), std::min(port.values.size(), request.values.size()));
    const std::uint8_t direction = port.values[gem_port_offset(3)];
    if (find_gem_port(values_, instance) != nullptr) {
        response.result = ResultCode::instance_exists;
    } else if (direction < 1 || direction > 3) {  // upstream, downstream, both
        response.result = ResultCode::parameter_error;
        response.execution_mask = omci::AttributeMask{attribute_bit(3)};
    } else if (free == values_.gem_ports.end()) {
        response.result = ResultCode::processing_error;
    } else {
        *free = port;
        changed();
    }
    return response;
}

void Mib::remove(MeInstance instance) noexcept {
    GemPort* port = find_gem_port(values_, instance);
    if (port == nullptr) return;
    *port = {};
    changed();
}

std::size_t write_update(const UpdateStatus& update, std::uint16_t mask, std::span<std::uint8_t> out) noexcept {
    omci::Writer writer{out, omci::MessageSet::extended};
    if ((mask & omci::update_entity::magic) != 0) writer.rest(nullptr, omci::update_entity_magic);
    if ((mask & omci::update_entity::state) != 0) writer.field(nullptr, update.state);
    if ((mask & omci::update_entity::percent) != 0) writer.field(nullptr, update.percent);
    if ((mask & omci::update_entity::last_refusal) != 0) omci::LastRefusal::layout(writer, update.last_refusal);
    return writer.size();
}

Entity entity_at(const MibValues& values, const MibSource& source, std::size_t index) noexcept {
    if (index < entities.size()) return complete(entities[index], source);
    index -= entities.size();
    for (const GemPort& port : values.gem_ports)
        if (port.created && index-- == 0)
            return {MeClass::gem_port_network_ctp, MeInstance{port.instance}, gem_port_attributes};
    return {};
}

std::size_t read_values(const MibValues& values, const MibSource& source, const Entity& entity, std::uint16_t mask,
                        std::uint8_t* out) noexcept {
    const omci::MeRow& row = *omci::find_me(entity.me_class);
    std::size_t size = 0;
    for (std::size_t number = 1; number <= row.attributes.size(); ++number) {
        if ((mask & entity.attributes & attribute_bit(number)) == 0) continue;
        const std::size_t octets = row.attributes[number - 1].octets;
        read_value(values, source, entity, number, octets, out + size);
        size += octets;
    }
    return size;
}

}  // namespace ont
