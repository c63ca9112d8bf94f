// SPDX-License-Identifier: Apache-2.0
// Questions to ONTs over a link, one at a time each, and their answers: what the step-by-step commands and the
// acceptance test are made of. It repeats what stays silent under the same transaction, as G.988 B.2 wants, and keeps
// what nobody asked for. Every wait has a bound.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "olt/address.h"
#include "olt/time.h"
#include "omci/frame.h"
#include "tools/link/link.h"

namespace tools {

/// Ctrl-C while an answer was awaited.
class Interrupted : public std::runtime_error {
public:
    Interrupted() : std::runtime_error{"interrupted"} {}
};

/// A frame that came, kept.
struct Heard {
    olt::Address from;
    std::vector<std::uint8_t> octets;
    olt::Instant at{};  ///< when it came

    /// A view into `octets`. Frames are kept only if their header can be read.
    omci::Frame frame() const { return *omci::read_frame(octets); }
};

/// How long to wait for an answer, and how often to ask. G.988 B.2 wants every answer within 1 s.
struct Patience {
    olt::Duration timeout = std::chrono::seconds{1};  ///< per attempt
    unsigned attempts = 3;                            ///< the same transaction each time
};

class Conversation {
public:
    /// `first_transaction` should be random: an ONT may replay an answer to an earlier run.
    Conversation(Link& link, std::uint16_t first_transaction);

    /// Asks one ONT. None: it stayed silent.
    template <typename Message>
    std::optional<Heard> ask(const olt::Address& onu, omci::Action action, omci::MessageSet set, omci::MeClass me_class,
                             omci::MeInstance instance, const Message& message, const Patience& patience = {});

    /// A question ready to be sent.
    struct Question {
        olt::Address to;
        omci::Header header;
        std::vector<std::uint8_t> octets;  ///< the whole frame
    };
    template <typename Message>
    Question question(const olt::Address& to, omci::Action action, omci::MessageSet set, omci::MeClass me_class,
                      omci::MeInstance instance, const Message& message, bool reply_wanted = true);

    /// Asks many ONTs at once, one question each: answers by the place of their questions. Takes no longer than the
    /// slowest of them.
    std::vector<std::optional<Heard>> ask_all(std::span<const Question> questions, const Patience& patience = {});

    // --- for those who must have each frame in hand ---

    omci::TransactionId next_id() noexcept;
    void send(const olt::Address& to, omci::Octets frame) { link_.send(to, frame); }
    /// After a Ctrl-C there may be something to put in order: only the next one throws Interrupted then.
    void go_on_after_interrupt() { interrupts_taken_ = link_.loop().interrupts(); }
    /// The answer to transaction `id` of ONT `onu`, if it comes before `until`.
    std::optional<Heard> await(const olt::Address& onu, omci::TransactionId id, olt::Instant until);
    /// Lets time pass; what comes meanwhile is kept as strays.
    void rest_until(olt::Instant until);
    /// What came and was no answer awaited (notifications, late answers), since last asked; the oldest 1024.
    std::vector<Heard> take_strays();

    Link& link() noexcept { return link_; }

private:
    void keep(const Arrival& arrival);
    void heed_interrupts() const {
        if (link_.loop().interrupts() > interrupts_taken_) throw Interrupted{};
    }

    Link& link_;
    std::uint16_t next_id_;
    unsigned interrupts_taken_ = 0;
    std::vector<Heard> strays_;
};

template <typename Message>
Conversation::Question Conversation::question(const olt::Address& to, omci::Action action, omci::MessageSet set,
                                              omci::MeClass me_class, omci::MeInstance instance, const Message& message,
                                              bool reply_wanted) {
    Question out{to, omci::request(action, next_id(), set, me_class, instance, reply_wanted),
                 std::vector<std::uint8_t>(omci::frame_max_octets)};
    const auto size = omci::write_frame(out.header, message, out.octets);
    if (!size) throw std::logic_error{"a question that fits no frame"};
    out.octets.resize(*size);
    return out;
}

template <typename Message>
std::optional<Heard> Conversation::ask(const olt::Address& onu, omci::Action action, omci::MessageSet set,
                                       omci::MeClass me_class, omci::MeInstance instance, const Message& message,
                                       const Patience& patience) {
    const Question asked = question(onu, action, set, me_class, instance, message);
    return ask_all({&asked, 1}, patience).front();
}

}  // namespace tools
