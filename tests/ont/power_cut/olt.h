// SPDX-License-Identifier: Apache-2.0
// The OLT's side of a run: commands of class 7 as extended frames, each told to the ledger before it goes out and when
// it is answered. When the power is gone and no answer came, Dark is thrown; when an answer came first, it counts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "omci/message.h"
#include "omci/software_image.h"
#include "tests/ont/power_cut/board.h"
#include "tests/ont/power_cut/images.h"
#include "tests/ont/power_cut/ledger.h"

namespace power_cut {

/// The power went out.
struct Dark {};

class Olt {
public:
    Olt(Board& board, Ledger& ledger) : board_{board}, ledger_{ledger} {}

    using Images = std::array<omci::SoftwareImage, 2>;

    // Results as they are answered.
    int start(std::uint8_t slot, std::uint8_t image);
    /// Windows from where the last one ended; at most `windows`. The answer to the last close.
    int send(std::uint8_t slot, std::uint8_t image, unsigned windows = 1'000'000);
    int end(std::uint8_t slot, std::uint8_t image);
    int abort(std::uint8_t slot);
    int activate(std::uint8_t slot);
    int commit(std::uint8_t slot);
    int reboot();
    /// Start to End, waiting while the ONT is busy. The last answer.
    int download(std::uint8_t slot, std::uint8_t image);

    /// Get of both images, told to the ledger.
    Images look();

    /// The ONT was reset: identifiers go on, the transfer does not.
    void forget() { sent_ = 0; }

private:
    template <typename Message>
    int ask(omci::MeClass me_class, std::uint16_t instance, const Message& message, const char* name);
    template <typename Message>
    void tell(omci::MeClass me_class, std::uint16_t instance, const Message& message, bool reply_wanted);
    omci::Frame frame() const;
    void work();

    Board& board_;
    Ledger& ledger_;
    std::uint16_t tci_ = 0x4000;
    std::size_t sections_ = 1;  ///< of a window, as agreed
    std::size_t sent_ = 0;      ///< octets of the image that were accepted
};

}  // namespace power_cut
