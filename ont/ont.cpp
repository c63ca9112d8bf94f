// SPDX-License-Identifier: Apache-2.0
// The thin wall between C and C++: checks what the caller brought, and finds the agent in the caller's memory.
#include "ont/ont.h"

#include <new>
#include <type_traits>

#include "ont/agent.h"
#include "ont/report.h"

namespace {

using ont::Agent;

// A quarter is left to grow into, so that a new release of the handler fits where the old one did.
static_assert(sizeof(Agent) <= sizeof(ont_handler) * 3 / 4);
static_assert(alignof(Agent) <= alignof(ont_handler));
static_assert(std::is_trivially_destructible_v<Agent>);

Agent* agent_of(ont_handler* handler) { return std::launder(reinterpret_cast<Agent*>(handler->octets)); }
const Agent* agent_of(const ont_handler* handler) {
    return std::launder(reinterpret_cast<const Agent*>(handler->octets));
}

bool complete(const ont_platform* p) {
    if (p == nullptr || p->version != ONT_PLATFORM_VERSION) return false;
    const bool hash_all = p->md5_start && p->md5_update && p->md5_finish;
    const bool hash_none = !p->md5_start && !p->md5_update && !p->md5_finish;
    return p->slot_octets && p->slot_erase_unit && p->slot_erase && p->slot_write && p->slot_read && p->slot_sync &&
           p->record_read && p->record_write && p->send && p->reboot && (hash_all || hash_none);
}

bool sensible(const ont_options& options, const ont_identity& identity) {
    const std::size_t least = omci::speaks_extended(identity.omcc_version) ? omci::extended_section_max_octets
                                                                           : omci::baseline_section_octets;
    return options.window != nullptr && options.window_octets >= least && options.window_sections_max >= 1 &&
           options.window_sections_max <= omci::window_sections_max;
}

void copy_version(omci::Version& to, const std::uint8_t* from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[i];
}

}  // namespace

int ont_factory_record(const ont_platform* platform, uint8_t image, const uint8_t version[14],
                       const uint8_t* other_version) {
    if (!complete(platform) || image >= ont::images || version == nullptr) return ONT_ERROR_ARGUMENT;
    ont::BootRecord record;
    record.active = record.committed = record.announced = image;
    record.image[image].valid = record.image[image].proven = true;  // the factory saw it run
    copy_version(record.image[image].version, version);
    if (other_version != nullptr) {
        record.image[ont::other(image)].valid = true;
        copy_version(record.image[ont::other(image)].version, other_version);
    }
    return ont::write_record(*platform, record) ? 0 : ONT_ERROR_STORAGE;
}

int ont_boot(const ont_platform* platform, const ont_options* options, uint8_t* image) {
    if (!complete(platform) || options == nullptr || image == nullptr) return ONT_ERROR_ARGUMENT;
    ont::BootRecord record;
    if (const int error = ont::read_record(*platform, record); error != 0) return error;
    const ont::BootRow& row = ont::boot_row(record);
    if (row.boots == ont::Boots::nothing) return ONT_ERROR_NO_IMAGE;
    const ont::BootRecord next = ont::after_boot(record, row);
    *image = next.active;
    if (next == record || ont::write_record(*platform, next)) return 0;
    // What cannot be stored does not happen: no uncounted trial. The committed image may run whatever the record says
    // of it, for it is never erased.
    ont::report(*platform, ONT_EVENT_STORAGE_FAILED, ont::record_storage);
    *image = record.committed;
    return record.image[record.committed].valid ? 0 : ONT_ERROR_STORAGE;
}

int ont_init(ont_handler* handler, const ont_platform* platform, const ont_identity* identity,
             const ont_options* options) {
    if (handler == nullptr || !complete(platform) || identity == nullptr || options == nullptr ||
        !sensible(*options, *identity))
        return ONT_ERROR_ARGUMENT;
    return (new (handler->octets) Agent{*platform, *identity, *options})->load();
}

void ont_handle(ont_handler* handler, const uint8_t* frame, size_t octets, enum ont_origin origin, uint64_t now_ms) {
    agent_of(handler)->handle({frame, octets}, origin, now_ms);
}

int ont_step(ont_handler* handler, uint64_t) { return agent_of(handler)->step() ? 1 : 0; }

int ont_healthy(ont_handler* handler) { return agent_of(handler)->healthy(); }

int ont_image_state(const ont_handler* handler, uint8_t image, uint8_t* valid, uint8_t* active, uint8_t* committed,
                    uint8_t version[14]) {
    if (handler == nullptr || image >= ont::images) return ONT_ERROR_ARGUMENT;
    const ont::BootRecord& record = agent_of(handler)->record();
    if (valid != nullptr) *valid = record.image[image].valid;
    if (active != nullptr) *active = record.active == image;
    if (committed != nullptr) *committed = record.committed == image;
    for (std::size_t i = 0; version != nullptr && i < omci::version_octets; ++i)
        version[i] = record.image[image].version[i];
    return 0;
}
