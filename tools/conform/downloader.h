// SPDX-License-Identifier: Apache-2.0
// One download, in steps that a case can bend: Start, windows with a hole, a wrong check, repeats or padding, closes,
// End and abort. What a good OLT does is transfer() and finish(); each case does one thing otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/conform/bench.h"

namespace tools::conform {

/// One window, as it goes out.
struct Window {
    std::size_t sections = 0;               ///< 0: as many as agreed, or as are left
    std::size_t padding = 0;                ///< sections of zeros behind them (baseline, G.988 I.3.2.1)
    std::optional<std::size_t> left_out{};  ///< this one is never sent
    std::optional<std::size_t> spoilt{};    ///< this one is sent with a wrong check
    bool twice = false;                     ///< each section but the last goes out twice
    bool shared = false;                    ///< all but the last go out on the shared port ...
    bool shared_close = false;              ///< ... and the last one too
    olt::Duration guard{};                  ///< rest before the last
    std::uint32_t pace = 0;                 ///< sections per second; 0: that of the settings
};

class Downloader {
public:
    /// Sends `image`, which must live as long. Sections carry what the running case's shape has.
    Downloader(Bench& bench, omci::Octets image);

    /// Start, answered as the ONT likes.
    Heard ask_start(unsigned sections);
    /// Start, answered with 0 and a window that was offered. Announces `octets` where given, not the image's size.
    void start(unsigned sections, std::optional<std::uint32_t> octets = {});
    unsigned window() const noexcept { return window_; }  ///< sections agreed

    void set_payload(std::size_t octets) noexcept { payload_ = octets; }
    std::size_t sections_left() const noexcept { return (image_.size() - at_ + payload_ - 1) / payload_; }
    bool complete() const noexcept { return at_ >= image_.size(); }
    unsigned windows_sent() const noexcept { return windows_sent_; }

    /// Sends the window but for its last section: that is the close, ready to be sent.
    Conversation::Question send_sections(const Window& window);
    /// The window's octets are in the ONT: what is sent next lies behind them.
    void accept(const Window& window) noexcept;
    /// The frames of the window that send_sections() sent last, without the close.
    const std::vector<Conversation::Question>& last_sections() const noexcept { return sections_; }
    /// Sends a close until it is answered with something else than 6, each time as a new transaction, as often as
    /// --store-time allows. Throws Failure where it stays silent.
    /// `close` is then the one that got this answer.
    Heard close(Conversation::Question& close);
    /// The whole window, and what was answered to its close.
    Heard send(const Window& window) {
        auto last = send_sections(window);
        return close(last);
    }
    /// A close that may be lost: none where nothing is heard.
    std::optional<omci::ResultCode> try_close(Conversation::Question close);

    /// A close, and what was answered to it.
    struct Closed {
        Conversation::Question close;
        Heard answer;
    };
    /// A window as a good OLT sends it: again, if it is refused, twice at most. Then it must have been accepted.
    Closed send_well(const Window& window);
    /// All that is left, in windows as agreed; the last one padded to its full length, or as short as it is.
    void transfer(bool padded = false);

    /// End, polled while the answer is 6. The first answer that is something else.
    Heard end(omci::ImageCrc crc, std::uint32_t octets);
    Heard end();  ///< with the true CRC and size
    /// End must say 0, and then the image is valid, neither active nor committed.
    void finish();
    /// The End that got the answer.
    const Conversation::Question& last_end() const noexcept { return end_; }
    Heard abort() { return end(omci::ImageCrc{0xFFFF'FFFF}, 0); }

    /// "5 windows of 16".
    std::string summary() const;

private:
    Conversation::Question section(const Window& window, std::size_t number, std::size_t total);
    void pace(const Window& window, olt::Instant began, std::size_t sent);

    Bench& bench_;
    omci::Octets image_;
    std::size_t payload_;
    std::size_t at_ = 0;
    std::vector<Conversation::Question> sections_;
    Conversation::Question end_;
    unsigned window_ = 1;
    unsigned asked_ = 1;
    unsigned windows_sent_ = 0;
    unsigned resent_ = 0;
};

}  // namespace tools::conform
