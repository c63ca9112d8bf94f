// SPDX-License-Identifier: Apache-2.0
// When staged ONTs activate: one canary first, and when it is back and committed all the others. If the canaries fail,
// nobody else is touched. Activation begins when the last group of every PON is done.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "olt/context.h"
#include "olt/pon.h"

namespace olt {

class Waves {
public:
    void begin() noexcept { *this = Waves{}; }

    /// Lets those activate that may. To be called whenever stages have changed.
    void progress(const Context& context, std::vector<std::unique_ptr<Pon>>& pons, Instant now);

private:
    enum class Gate : std::uint8_t { closed, canary, open, shut };

    Gate gate_ = Gate::closed;
    Session* canary_ = nullptr;
    std::uint8_t canaries_ = 0;
};

}  // namespace olt
