// SPDX-License-Identifier: Apache-2.0
// The PONs of one engine, and when each has something to do: a call looks at sixteen times, and at no PON that has
// nothing to do. Only touch() and touch_all() lead to a PON, and note that it may change: its times are taken anew
// before the next one is asked for. A reference is not kept beyond that; a debug build looks whether one was.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "olt/pon.h"

namespace olt {

class Pons {
public:
    explicit Pons(Context& context) {
        for (std::size_t pon = 0; pon < pons_max; ++pon)
            pons_.push_back(std::make_unique<Pon>(context, static_cast<std::uint8_t>(pon)));
    }

    Pon& touch(std::size_t pon) noexcept {
        touched_ |= std::uint32_t{1} << pon;
        return *pons_[pon];
    }

    std::vector<std::unique_ptr<Pon>>& touch_all() noexcept {
        touched_ = all;
        return pons_;
    }

    /// When transmit() of this PON may have a frame.
    Instant sends_at(std::size_t pon) {
        take_times();
        return sends_at_[pon];
    }

    /// When advance() of this PON has something to do, or transmit() may have a frame.
    Instant due(std::size_t pon) {
        take_times();
        return due_[pon];
    }

    Instant first_due() {
        take_times();
        assert_times();
        return *std::min_element(due_.begin(), due_.end());
    }

private:
    static_assert(pons_max <= 32, "a bit for each");
    static constexpr std::uint32_t all = 0xFFFF'FFFFu >> (32 - pons_max);

    void take_times() {
        for (; touched_ != 0; touched_ &= touched_ - 1) {
            const auto pon = static_cast<std::size_t>(std::countr_zero(touched_));
            sends_at_[pon] = pons_[pon]->sends_at();
            due_[pon] = pons_[pon]->deadline();
        }
    }

    /// Costs what the times are kept to save, so only where olt/meson.build asks for it: in debug builds.
    void assert_times() const {
#ifdef OLT_ASSERT_TIMES
        for (std::size_t pon = 0; pon < pons_max; ++pon)
            assert(due_[pon] == pons_[pon]->deadline() && sends_at_[pon] == pons_[pon]->sends_at());
#endif
    }

    std::vector<std::unique_ptr<Pon>> pons_;
    std::array<Instant, pons_max> sends_at_{};
    std::array<Instant, pons_max> due_{};
    std::uint32_t touched_ = all;  ///< a bit for each PON whose times are out of date
};

}  // namespace olt
