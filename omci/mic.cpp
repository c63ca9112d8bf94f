// SPDX-License-Identifier: Apache-2.0
#include "omci/mic.h"

#include <cstddef>
#include <cstring>

#include "omci/crc32.h"
#include "omci/wire.h"

namespace omci {
namespace {

using Block = std::array<std::uint8_t, 16>;

/// Twice `block` in GF(2^128), as RFC 4493 makes its subkeys.
Block doubled(const Block& block) {
    Block out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::uint8_t next = i + 1 < block.size() ? static_cast<std::uint8_t>(block[i + 1] >> 7) : 0;
        out[i] = static_cast<std::uint8_t>(block[i] << 1 | next);
    }
    if (block[0] & 0x80) out[15] ^= 0x87;
    return out;
}

/// AES-CMAC of `prefix | message` (RFC 4493), fed octet by octet so that nothing needs to be copied together.
Block cmac(const BlockCipher& cipher, const Key128& key, std::span<const std::uint8_t> prefix,
           std::span<const std::uint8_t> message) {
    Block state{};
    Block zero{};
    cipher.encrypt(cipher.context, key.data(), zero.data(), zero.data());
    const Block complete_key = doubled(zero);
    const Block padded_key = doubled(complete_key);

    std::size_t filled = 0;
    const auto absorb = [&](std::uint8_t octet) {
        if (filled == state.size()) {
            cipher.encrypt(cipher.context, key.data(), state.data(), state.data());
            filled = 0;
        }
        state[filled++] ^= octet;
    };
    for (const std::uint8_t octet : prefix) absorb(octet);
    for (const std::uint8_t octet : message) absorb(octet);

    const bool complete = filled == state.size();
    if (!complete) state[filled] ^= 0x80;
    const Block& last_key = complete ? complete_key : padded_key;
    for (std::size_t i = 0; i < state.size(); ++i) state[i] ^= last_key[i];
    cipher.encrypt(cipher.context, key.data(), state.data(), state.data());
    return state;
}

constexpr std::array<std::uint8_t, 8> session_label{'S', 'e', 's', 's', 'i', 'o', 'n', 'K'};
constexpr std::array<std::uint8_t, 16> integrity_label{'O', 'M', 'C', 'I', 'I', 'n', 't', 'e',
                                                       'g', 'r', 'i', 't', 'y', 'K', 'e', 'y'};

}  // namespace

Mic crc_mic(std::span<const std::uint8_t> octets_before_mic) noexcept {
    Mic mic;
    store_be(mic.data(), crc32(octets_before_mic));
    return mic;
}

Mic cmac_mic(const BlockCipher& cipher, const Key128& omci_integrity_key, Direction direction,
             std::span<const std::uint8_t> octets_before_mic) noexcept {
    const std::array<std::uint8_t, 1> prefix{static_cast<std::uint8_t>(direction)};
    const Block tag = cmac(cipher, omci_integrity_key, prefix, octets_before_mic);
    return {tag[0], tag[1], tag[2], tag[3]};
}

Key128 omci_integrity_key(const BlockCipher& cipher, const Key128& master_session_key,
                          std::span<const std::uint8_t, 8> serial_number,
                          std::span<const std::uint8_t, 8> pon_tag) noexcept {
    std::array<std::uint8_t, 24> text;
    std::memcpy(text.data(), serial_number.data(), 8);
    std::memcpy(text.data() + 8, pon_tag.data(), 8);
    std::memcpy(text.data() + 16, session_label.data(), 8);
    const Key128 session_key = cmac(cipher, master_session_key, {}, text);
    return cmac(cipher, session_key, {}, integrity_label);
}

}  // namespace omci
