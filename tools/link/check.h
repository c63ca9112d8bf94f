// SPDX-License-Identifier: Apache-2.0
// How messages end on a link (--check): which trailer goes out, and which ones coming in are good. Readers meet 40, 44
// and 48 octets of baseline, extended with and without a MIC, MICs of zero, good ones and bad ones.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "olt/address.h"
#include "omci/frame.h"
#include "omci/mic.h"
#include "tools/aes.h"
#include "tools/link/link_options.h"

namespace tools {

class Check {
public:
    /// Throws std::runtime_error naming key file and line where that cannot be read. A key file holds one key a line:
    /// 32 hexadecimal digits, the OMCI_IK of G.9807.1, behind the ONU-ID it is for; without one it is for all others.
    Check(const LinkOptions& options, LinkEnd end);

    /// The message with the trailer it shall have, in `room`. Empty where it is no OMCI message.
    omci::Octets seal(const olt::Address& address, omci::Octets message,
                      std::array<std::uint8_t, omci::frame_max_octets>& room);

    enum class Verdict : std::uint8_t { good, bad, unreadable };
    /// Judges a message that came in, and takes the MIC off `message` where it was judged.
    Verdict open(const olt::Address& address, omci::Octets& message);

    bool keyed() const noexcept { return kind_ == CheckKind::cmac; }

private:
    std::optional<omci::Mic> mic(const olt::Address& address, omci::Direction direction, omci::Octets checked);

    CheckKind kind_;
    LinkEnd end_;
    bool peer_goes_without_ = false;  ///< automatic, at the ONTs' end: the OLT's last message had no check
    std::optional<Aes128> aes_;
    std::map<std::uint16_t, omci::Key128> keys_;
    std::optional<omci::Key128> common_key_;
};

}  // namespace tools
