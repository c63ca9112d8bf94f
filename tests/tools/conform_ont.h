// SPDX-License-Identifier: Apache-2.0
// The peer of the conform tests: the handler that ships behind a link in the same process, as it is or bent to do one
// thing wrong. It answers while its frame is being sent, so nothing but silence takes time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "omci/frame.h"
#include "tools/link/transport.h"
#include "tools/replay/memory_ont.h"

namespace tests {

/// What an ONT does wrong.
enum class Bend : std::uint8_t {
    none,
    accepts_gap,          ///< a hole in a window is filled with zeros, and the window accepted
    executes_repeats,     ///< a close that comes again is a close of the next window
    passes_wrong_crc,     ///< End says 0 whatever the CRC is
    valid_after_abort,    ///< an aborted image is shown as valid, until the next Start
    silent_to_bad_class,  ///< no answer where 4 is due
    ignores_check,        ///< a frame with a wrong check is as good as any
    drops_repeats,        ///< a section that comes twice spoils its window
    answers_unasked,      ///< AR=0 is answered too
    grants_too_much,      ///< agrees to twice the window asked for
    keeps_new_image,      ///< a reboot without Commit comes up with the new image
    dies_at_abort,        ///< never says anything again once a download was aborted
    falls_silent,         ///< says nothing for a while behind an End with a wrong CRC
};

class ConformOnt final : public tools::Transport {
public:
    ConformOnt(Bend bend, const tools::MemoryOntOptions& options, std::uint16_t onu_id = 5);

    bool send(const olt::Address& address, omci::Octets message) override;
    std::size_t flush() override;
    std::optional<tools::Arrival> receive() override;
    std::size_t take_strangers() override { return 0; }
    std::size_t message_max() const noexcept override { return message_max_; }

    void set_message_max(std::size_t octets) { message_max_ = octets; }
    /// Deaf on the shared port.
    void set_deaf() { deaf_ = true; }
    /// What comes on the shared port waits so long in a queue of its own.
    void set_shared_lag(olt::Duration lag) { shared_lag_ = lag; }

private:
    struct Frame {
        olt::Address address;
        std::vector<std::uint8_t> octets;
    };

    void hear(const Frame& frame);
    std::vector<std::uint8_t> ask(omci::Octets frame, ont_origin origin);
    void bend_command(std::vector<std::uint8_t>& octets, ont_origin origin);
    void bend_answer(const omci::Frame& command, std::vector<std::uint8_t>& answer);
    void fill_holes(const omci::Frame& close, ont_origin origin);

    Bend bend_;
    std::uint16_t onu_id_;
    tools::PagePool pool_;
    tools::MemoryOnt ont_;
    struct Late {
        Frame frame;
        std::chrono::steady_clock::time_point due;
    };

    std::deque<Frame> heard_, said_;
    std::deque<Late> late_;
    olt::Duration shared_lag_{};
    std::optional<Frame> given_;  ///< what receive() pointed into
    std::size_t message_max_ = 1980;
    bool deaf_ = false;
    unsigned dark_ = 0;  ///< frames that find the ONT restarting

    // What a bent one remembers.
    std::set<unsigned> sections_;
    bool twice_ = false;
    std::uint32_t accepted_ = 0, in_window_ = 0, announced_ = 0;  ///< octets of the image
    std::uint16_t last_close_ = 0, fresh_ = 0x7000;
    bool aborted_ = false;
    std::optional<std::uint8_t> unsettled_;  ///< activated, not committed
};

}  // namespace tests
