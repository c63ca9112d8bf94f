// SPDX-License-Identifier: Apache-2.0
// The handler that ships, fresh, on slots and a boot record in memory: for tools that want to know what it answers. It
// has no time of its own and restarts at once when a command says so.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "omci/software_image.h"
#include "omci/wire.h"
#include "ont/ont.h"
#include "tools/replay/memory_slot.h"

namespace tools {

/// What the ONT is at first.
struct MemoryOntOptions {
    std::uint8_t active = 0;
    std::uint8_t committed = 0;
    bool other_valid = false;  ///< an image lies in the idle slot; where both are in use it does anyway
    std::uint8_t omcc_version = 0xB4;
    std::uint16_t window_sections_max = 256;
    std::array<std::string, ONT_IMAGES> versions{"REPLAY-0", "REPLAY-1"};  ///< of images that are there at first
    std::string product_code{};                                            ///< empty: the ONT has no such attribute
    bool hashes = true;                                                    ///< it has the image hash attribute

    bool operator==(const MemoryOntOptions&) const = default;
};

class MemoryOnt {
public:
    /// Throws std::runtime_error where the handler does not come up. `pool` must outlive this.
    MemoryOnt(const MemoryOntOptions& options, PagePool& pool);
    ~MemoryOnt();
    MemoryOnt(const MemoryOnt&) = delete;
    MemoryOnt& operator=(const MemoryOnt&) = delete;

    /// The answer to one frame, without MIC; empty where there is none. Valid until the next call of handle().
    omci::Octets handle(omci::Octets frame, ont_origin origin, std::uint64_t now_ms);

    /// Does all the work that waits behind the answers, a restart included.
    void work(std::uint64_t now_ms);

    /// The handler at one moment, to be returned to before work() was called again. Slots are not part of it: what a
    /// command that is taken back wrote there is written again by the command that replaces it.
    struct Moment {
        ont_handler handler;
        std::vector<std::uint8_t> window;
        std::vector<std::uint8_t> record;
    };
    Moment moment() const;
    void go_back(const Moment& moment);

private:
    struct Calls;
    struct Hash;

    ont_platform platform();
    void boot();

    MemoryOntOptions options_;
    std::array<MemorySlot, ONT_IMAGES> slots_;
    std::vector<std::uint8_t> record_;
    std::size_t window_octets_;
    std::unique_ptr<std::uint8_t[]> window_;
    std::unique_ptr<Hash> hash_;
    std::vector<std::uint8_t> answer_;
    bool restart_ = false;
    ont_handler handler_{};
};

}  // namespace tools
