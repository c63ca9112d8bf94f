// SPDX-License-Identifier: Apache-2.0
// Hashes of what is known. 128 ONTs hash the same blocks of the same image: each is hashed once, and an ONT that hashes
// it again only compares. What differs in one octet is hashed for real, so no verdict depends on this but its speed.
// Made by Plant, used by OntDevice.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/package_services.h"

namespace sim {

class KnownHashes {
public:
    /// Blocks of `installed` and frames of `stream`, a package; both outlive this object.
    KnownHashes(PackageServices& services, std::span<const std::uint8_t> installed,
                std::span<const std::uint8_t> stream);

    using Piece = std::span<const std::uint8_t>;

    /// The number of a piece that begins with `octets`, if there is one.
    std::optional<std::size_t> find(Piece octets) const;
    Piece piece(std::size_t number) const noexcept { return pieces_[number].octets; }
    const omci::Sha256& hash(std::size_t number);

    /// What the frame of the package at these octets unpacks to; empty where they are no such frame.
    Piece unpacked(Piece frame) const;

private:
    struct Known {
        Piece octets;
        std::optional<omci::Sha256> hash;
        Piece unpacked;
    };
    static constexpr std::size_t key_octets = 16;

    void add(Piece octets, Piece unpacked);
    static std::uint64_t key(Piece octets) noexcept;

    std::unique_ptr<RunningSha256> sha256_;
    std::vector<std::uint8_t> erased_;  ///< a block of a slot that was never written
    std::vector<Known> pieces_;
    std::unordered_multimap<std::uint64_t, std::size_t> by_key_;
};

/// One ONT's SHA-256: as long as what it is given goes on as a known piece does nothing is hashed.
class KnowingSha256 {
public:
    KnowingSha256(std::unique_ptr<RunningSha256> real, KnownHashes* known) : real_{std::move(real)}, known_{known} {}

    void start() noexcept;
    void update(std::span<const std::uint8_t> octets);
    omci::Sha256 finish();

private:
    void begin_for_real();

    std::unique_ptr<RunningSha256> real_;
    KnownHashes* known_;                ///< null: everything is hashed
    std::optional<std::size_t> piece_;  ///< it was all this so far
    std::size_t taken_ = 0;             ///< octets of it
    bool real_runs_ = false;
};

}  // namespace sim
