// SPDX-License-Identifier: Apache-2.0
// Raw Ethernet, type 0x88B5.
#include <stdexcept>

#include "tools/link/transport.h"

namespace tools {

std::unique_ptr<Transport> open_ethernet(Loop&, const LinkOptions& options, LinkEnd, std::uint16_t, std::uint16_t) {
    throw std::runtime_error{options.text + ": raw Ethernet is not there yet"};
}

}  // namespace tools
