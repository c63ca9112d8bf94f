// SPDX-License-Identifier: Apache-2.0
// A capture as "omcast replay" sees it: the frames of the ONTs that were asked for, each with its direction and its
// ONT. What cannot be read is told once and passed over; a capture that breaks off ends there.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "omci/frame.h"
#include "tools/capture/pcap_file.h"
#include "tools/replay/options.h"

namespace tools {

/// One ONT of a capture. A capture whose addresses tell no ONU-ID has a single one, which has no name.
struct OntKey {
    bool named = false;
    std::uint8_t pon = 0;
    std::uint16_t onu_id = 0;

    auto operator<=>(const OntKey&) const = default;
};

struct CapturedFrame {
    std::uint64_t packet = 0;  ///< its number in the capture, from 1
    std::uint64_t time_ns = 0;
    bool downstream = true;
    bool shared = false;  ///< to every ONT of the PON; then the key tells only the PON
    OntKey ont;
    std::vector<std::uint8_t> octets;
    omci::Frame frame;  ///< points into `octets`
};

class ReplayCapture {
public:
    /// Throws std::runtime_error naming the file. `complain` gets sentences without the program's name.
    ReplayCapture(const ReplayOptions& options, std::function<void(const std::string&)> complain);

    /// The next frame that concerns the chosen ONTs.
    std::optional<CapturedFrame> next();

    /// Every packet so far could be read.
    bool ok() const { return ok_; }

private:
    bool chosen(const CapturedFrame& frame) const;
    void bad(const std::string& sentence);

    const ReplayOptions& options_;
    std::function<void(const std::string&)> complain_;
    PcapReader reader_;
    bool ok_ = true;
};

}  // namespace tools
