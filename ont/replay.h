// SPDX-License-Identifier: Apache-2.0
// The last command of each priority and the reply it got (G.988 B.2): a command that comes again gets that reply again
// and executes nothing. There are three memories: baseline low and high priority, and extended, which has one class.
//
// A command comes again when its whole header does: transaction, type, class and instance. Replies of at most 48
// octets are kept; longer ones are extended answers to reading commands, which are simply executed again.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "omci/frame.h"

namespace ont {

class Replay {
public:
    /// The reply that `command` got when it came before, or nothing.
    omci::Octets find(const omci::Header& command) const noexcept {
        const Memory& memory = of(command);
        if (memory.size == 0 || !command.acknowledge_request) return {};
        const std::uint8_t* reply = memory.octets.data();
        const bool same = omci::load_be<std::uint16_t>(reply) == omci::value(command.transaction_id) &&
                          reply[2] == omci::response_to(command).type_octet() &&
                          omci::load_be<std::uint16_t>(reply + 4) == omci::value(command.me_class) &&
                          omci::load_be<std::uint16_t>(reply + 6) == omci::value(command.me_instance);
        return same ? omci::Octets{reply, memory.size} : omci::Octets{};
    }

    void remember(const omci::Header& command, omci::Octets reply) noexcept {
        Memory& memory = memories_[index(command)];
        memory.size = static_cast<std::uint8_t>(reply.size() <= memory.octets.size() ? reply.size() : 0);
        if (memory.size > 0) std::memcpy(memory.octets.data(), reply.data(), memory.size);
    }

private:
    struct Memory {
        std::uint8_t size = 0;
        std::array<std::uint8_t, omci::baseline_frame_octets> octets;
    };

    static std::size_t index(const omci::Header& command) noexcept {
        if (command.set == omci::MessageSet::extended) return 2;
        return omci::high_priority(command.transaction_id, command.set) ? 1 : 0;
    }
    const Memory& of(const omci::Header& command) const noexcept { return memories_[index(command)]; }

    std::array<Memory, 3> memories_{};
};

}  // namespace ont
