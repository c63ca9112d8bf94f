// SPDX-License-Identifier: Apache-2.0
// A capture, read from its beginning to its end.
#pragma once

#include <stdexcept>
#include <string>

#include "tools/capture/pcap_file.h"

namespace tests {

/// What goes wrong while all of the capture is read, as text; empty where nothing does.
inline std::string capture_error(const std::string& path) {
    try {
        tools::PcapReader reader{path};
        while (reader.next()) continue;
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace tests
