// SPDX-License-Identifier: Apache-2.0
// The plug: counts every operation that changes what a device stores, and is pulled at a given one, in one of four
// ways. Every model of storage (media.h, flash_model.h) asks it what becomes of an operation. After the cut nothing
// works until the power is back. The dice draw what a cut leaves of what was on its way: the same seed, the same
// rubble.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace power_cut {

using Bytes = std::vector<std::uint8_t>;

/// A counter that steps by 2^64 / golden ratio, scrambled by two rounds of shift and multiply: integers only.
class Dice {
public:
    explicit Dice(std::uint64_t seed = 0) : state_{seed} {}

    std::uint64_t next() {
        std::uint64_t x = state_ += 0x9E37'79B9'7F4A'7C15u;
        x = (x ^ (x >> 32)) * 0xD6E8'FEB8'6659'FD93u;
        x = (x ^ (x >> 32)) * 0xD6E8'FEB8'6659'FD93u;
        return x ^ (x >> 32);
    }
    /// 0 .. bound - 1; 0 where the bound is 0.
    std::uint32_t below(std::size_t bound) {
        return bound == 0 ? 0 : static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
    }
    bool one_in(std::uint32_t n) { return below(n) == 0; }
    std::uint8_t octet() { return static_cast<std::uint8_t>(next() >> 56); }

private:
    std::uint64_t state_;
};

/// How a cut meets the operation that it hits.
enum class CutMode : std::uint8_t {
    before,        ///< it is not done at all
    torn_prefix,   ///< its first part is done
    torn_garbage,  ///< its first part is done, and rubbish lies where it was
    unsynced,      ///< it is done as it always is: what nobody waited for may be lost
};
inline constexpr std::array<const char*, 4> cut_mode_names{"before", "torn-prefix", "torn-garbage", "unsynced"};
inline constexpr std::size_t cut_modes = cut_mode_names.size();

struct Cut {
    std::uint32_t operation = 0;  ///< counted from 0
    CutMode mode = CutMode::before;
};

/// What becomes of one operation.
enum class Fate : std::uint8_t {
    done,
    last,  ///< done, and then the power is gone: the caller does not hear of it any more
    nothing,
    prefix,
    garbage,
};

class Power {
public:
    /// From now on operations are counted from 0, and the plug is pulled at `cut`.
    void arm(std::optional<Cut> cut) {
        cut_ = cut;
        operations_ = 0;
        dark_ = false;
    }

    bool dark() const { return dark_; }
    std::uint32_t operations() const { return operations_; }

    /// One more operation. `what` and `where` are for the trace.
    Fate operation(const char* what, const char* where, std::uint64_t offset, std::uint64_t octets) {
        if (dark_) return Fate::nothing;
        const std::uint32_t number = operations_++;
        const bool hit = cut_ && number == cut_->operation;
        if (log != nullptr) note(number, what, where, offset, octets, hit);
        digest = (digest ^ (offset * 31 + octets + static_cast<unsigned char>(what[0]))) * 0x100'0000'01B3u;
        if (!hit) return Fate::done;
        dark_ = true;
        constexpr std::array<Fate, cut_modes> fates{Fate::nothing, Fate::prefix, Fate::garbage, Fate::last};
        return fates[static_cast<std::size_t>(cut_->mode)];
    }

    Dice dice;
    std::uint64_t digest = 0xCBF2'9CE4'8422'2325u;  ///< of all operations: the same run, the same digest
    std::FILE* log = nullptr;

private:
    void note(std::uint32_t number, const char* what, const char* where, std::uint64_t offset, std::uint64_t octets,
              bool hit) const {
        std::fprintf(log, "    %4u %-8s %-14s %7llu +%llu%s%s\n", number, what, where,
                     static_cast<unsigned long long>(offset), static_cast<unsigned long long>(octets),
                     hit ? "   <== power cut, " : "", hit ? cut_mode_names[static_cast<std::size_t>(cut_->mode)] : "");
    }

    std::optional<Cut> cut_;
    std::uint32_t operations_ = 0;
    bool dark_ = false;
};

}  // namespace power_cut
