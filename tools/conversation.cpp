// SPDX-License-Identifier: Apache-2.0
#include "tools/conversation.h"

#include <algorithm>
#include <utility>

namespace tools {
namespace {

/// Below the range that sections use by custom (omci.md, 4), without 0.
constexpr std::uint16_t transaction_last = 0x3FFF;
constexpr std::size_t strays_max = 1024;

}  // namespace

Conversation::Conversation(Link& link, std::uint16_t first_transaction)
    : link_{link}, next_id_{static_cast<std::uint16_t>(first_transaction % transaction_last + 1)} {}

omci::TransactionId Conversation::next_id() noexcept {
    const std::uint16_t id = next_id_;
    next_id_ = id == transaction_last ? std::uint16_t{1} : static_cast<std::uint16_t>(id + 1);
    return omci::TransactionId{id};
}

void Conversation::keep(const Arrival& arrival) {
    if (strays_.size() < strays_max)
        strays_.push_back({arrival.address, {arrival.octets.begin(), arrival.octets.end()}, link_.now()});
}

std::vector<Heard> Conversation::take_strays() { return std::exchange(strays_, {}); }

std::vector<std::optional<Heard>> Conversation::ask_all(std::span<const Question> questions, const Patience& patience) {
    std::vector<std::optional<Heard>> answers(questions.size());
    std::size_t open = questions.size();
    for (unsigned attempt = 0; attempt < patience.attempts && open > 0; ++attempt) {
        for (std::size_t i = 0; i < questions.size(); ++i)
            if (!answers[i]) link_.send(questions[i].to, questions[i].octets);
        const olt::Instant until = link_.now() + patience.timeout;
        while (open > 0 && link_.now() < until) {
            const auto arrival = link_.wait_until(until);
            heed_interrupts();
            if (!arrival) continue;
            const auto frame = omci::read_frame(arrival->octets);
            std::size_t i = 0;
            for (; i < questions.size(); ++i)
                if (!answers[i] && questions[i].to == arrival->address && frame->header.acknowledgement &&
                    frame->header.transaction_id == questions[i].header.transaction_id &&
                    frame->header.action == questions[i].header.action)
                    break;
            if (i == questions.size()) {
                keep(*arrival);
                continue;
            }
            answers[i] = {arrival->address, {arrival->octets.begin(), arrival->octets.end()}, link_.now()};
            --open;
        }
    }
    return answers;
}

std::optional<Heard> Conversation::await(const olt::Address& onu, omci::TransactionId id, olt::Instant until) {
    do {
        const auto arrival = link_.wait_until(until);
        heed_interrupts();
        if (!arrival) continue;
        const omci::Header header = omci::read_frame(arrival->octets)->header;
        if (arrival->address == onu && header.acknowledgement && header.transaction_id == id)
            return Heard{arrival->address, {arrival->octets.begin(), arrival->octets.end()}, link_.now()};
        keep(*arrival);
    } while (link_.now() < until);
    return std::nullopt;
}

void Conversation::rest_until(olt::Instant until) {
    while (link_.now() < until) {
        const auto arrival = link_.wait_until(until);
        heed_interrupts();
        if (arrival) keep(*arrival);
    }
}

}  // namespace tools
