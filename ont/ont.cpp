// SPDX-License-Identifier: Apache-2.0
// The thin wall between C and C++: checks what the caller brought, and finds the agent in the caller's memory.
#include "ont/ont.h"

#include <new>
#include <type_traits>

#include "ont/agent.h"
#include "ont/platform.h"

namespace {

using ont::Agent;
using ont::complete;

// A quarter is left to grow into, so that a new release of the handler fits where the old one did.
static_assert(sizeof(Agent) <= sizeof(ont_handler) * 3 / 4);
static_assert(alignof(Agent) <= alignof(ont_handler));
static_assert(std::is_trivially_destructible_v<Agent>);

Agent* agent_of(ont_handler* handler) { return std::launder(reinterpret_cast<Agent*>(handler->octets)); }
const Agent* agent_of(const ont_handler* handler) {
    return std::launder(reinterpret_cast<const Agent*>(handler->octets));
}

bool sensible(const ont_platform& platform, const ont_options& options, const ont_identity& identity) {
    const std::size_t least = omci::speaks_extended(identity.omcc_version) ? omci::extended_section_max_octets
                                                                           : omci::baseline_section_octets;
    const bool judges = options.head != nullptr && platform.sha256_start != nullptr;
    if (judges && options.trust_anchor != 0 && platform.signature == nullptr) return false;
    if ((options.head == nullptr) != (options.head_octets == 0) ||
        (options.frame == nullptr) != (options.frame_octets == 0))
        return false;
    if (options.block != nullptr ? options.block_octets < ont::piece_octets_max : options.block_octets != 0)
        return false;
    return options.window != nullptr && options.window_octets >= least && options.window_sections_max >= 1 &&
           options.window_sections_max <= omci::window_sections_max;
}

}  // namespace

int ont_init(ont_handler* handler, const ont_platform* platform, const ont_identity* identity,
             const ont_options* options) {
    if (handler == nullptr || !complete(platform) || identity == nullptr || options == nullptr ||
        !sensible(*platform, *options, *identity))
        return ONT_ERROR_ARGUMENT;
    return (new (handler->octets) Agent{*platform, *identity, *options})->load();
}

void ont_handle(ont_handler* handler, const uint8_t* frame, size_t octets, enum ont_origin origin, uint64_t now_ms) {
    agent_of(handler)->handle({frame, octets}, origin, now_ms);
}

int ont_step(ont_handler* handler, uint64_t now_ms) { return agent_of(handler)->step(now_ms) ? 1 : 0; }

int ont_healthy(ont_handler* handler) { return agent_of(handler)->healthy(); }

int ont_update(const ont_handler* handler, int* state, unsigned* percent, int* refusal) {
    if (handler == nullptr) return ONT_ERROR_ARGUMENT;
    const ont::UpdateStatus status = agent_of(handler)->update_status();
    if (state != nullptr) *state = static_cast<int>(status.state);
    if (percent != nullptr) *percent = status.percent;
    if (refusal != nullptr) *refusal = static_cast<int>(status.last_refusal.refusal);
    return 0;
}

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
