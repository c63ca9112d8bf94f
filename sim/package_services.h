// SPDX-License-Identifier: Apache-2.0
// What simulated ONTs judge packages with. The simulator knows no cryptography: whoever runs it lends hashes,
// signatures and unpacking (tools with OpenSSL and zstd, the hunt with toys), and says what the package installs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "omci/package.h"

namespace sim {

/// SHA-256, or what plays its part, piece by piece.
class RunningSha256 {
public:
    virtual ~RunningSha256() = default;
    virtual void start() = 0;
    virtual void update(std::span<const std::uint8_t> octets) = 0;
    virtual omci::Sha256 finish() = 0;
};

/// One for each ONT; as unpack_start() and unpack_next() of ont.h.
class Unpacker {
public:
    virtual ~Unpacker() = default;
    virtual bool start(std::span<const std::uint8_t> frame) = 0;
    virtual bool next(std::span<std::uint8_t> out, std::size_t& count) = 0;
};

/// Used from the one thread that a world runs in.
class PackageServices {
public:
    /// Which certificates an ONT trusts.
    enum class Anchor : std::uint8_t {
        current,
        old,  ///< it was never told of the signer's
    };

    virtual ~PackageServices() = default;
    virtual std::unique_ptr<RunningSha256> make_sha256() = 0;
    /// 0 or an ONT_REFUSAL_*, as signature() of ont.h.
    virtual int signature(Anchor anchor, std::span<const std::uint8_t> cms, std::span<const std::uint8_t> manifest,
                          unsigned signers_min) = 0;
    /// Null: ONTs take raw payloads only.
    virtual std::unique_ptr<Unpacker> make_unpacker() = 0;
};

/// How the ONTs of a world take packages. Without services they know none.
struct PackageOptions {
    std::shared_ptr<PackageServices> services;
    /// What lies in a slot in the end, where the image of the campaign is a package; empty where it is none. Outlives
    /// the run.
    std::span<const std::uint8_t> installed;
    bool trust_anchor = false;  ///< ONTs ask for signatures, and take no plain image
    std::uint8_t signers_min = 1;
    bool block_buffer = true;            ///< a block is proven before it is written
    std::uint32_t head_octets = 0;       ///< lent for the head of a package; 0: as much as their slots may need
    std::uint32_t frame_octets = 0;      ///< lent for one travelling frame; 0: raw payloads only
    std::uint32_t unpack_octets = 0;     ///< what the unpacker needs beside it
    std::uint32_t security_counter = 0;  ///< in the ONTs' own store at first
    std::uint32_t package_counter = 0;   ///< that of the package
    std::string product_code;            ///< of all ONTs; empty: they have no such attribute
    std::string hardware = "SIM-1";

    bool guards() const noexcept { return services && !installed.empty(); }
};

}  // namespace sim
