// SPDX-License-Identifier: Apache-2.0
// What a link does to octets from outside before anybody reads them: the padding of an Ethernet frame comes off, and
// the check is judged. What was taken in can be sent on, and arrives as the same message.
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "tests/fuzz/demand.h"
#include "tools/capture/mac_layout.h"
#include "tools/link/check.h"

namespace {

bool begins_with(omci::Octets all, omci::Octets part) {
    return part.size() <= all.size() && std::equal(part.begin(), part.end(), all.begin());
}

std::vector<std::uint8_t> as_ethernet_payload(omci::Octets message) {
    std::vector<std::uint8_t> payload{message.begin(), message.end()};
    payload.resize(std::max(payload.size(), tools::ethernet_payload_octets_min));
    return payload;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using tools::Check;
    const omci::Octets payload{data, size};
    const omci::Octets message = tools::without_padding(payload);
    DEMAND(begins_with(payload, message));
    for (const char* kind : {"auto", "crc", "none"}) {
        const auto options = tools::parse_link("eth:any", kind, "");
        Check ont{options, tools::LinkEnd::ont};
        Check olt{options, tools::LinkEnd::olt};
        const olt::Address onu{0, 1};
        omci::Octets taken = message;
        if (ont.open(onu, taken) != Check::Verdict::good) continue;
        DEMAND(!taken.empty() && begins_with(message, taken));

        std::array<std::uint8_t, omci::frame_max_octets> room;
        const omci::Octets sealed = ont.seal(onu, taken, room);
        DEMAND(!sealed.empty());
        const std::vector<std::uint8_t> carried = as_ethernet_payload(sealed);
        omci::Octets arrived = tools::without_padding(carried);
        DEMAND(olt.open(onu, arrived) == Check::Verdict::good);
        const std::size_t same = std::min(taken.size(), arrived.size());  // a baseline message may gain its trailer
        DEMAND(begins_with(arrived, taken.first(same)) && arrived.size() + omci::mic_octets >= taken.size());
    }
    return 0;
}
