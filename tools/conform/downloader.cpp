// SPDX-License-Identifier: Apache-2.0
#include "tools/conform/downloader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "omci/crc32.h"
#include "tools/units.h"

namespace tools::conform {
namespace {

using namespace std::chrono_literals;
using omci::Action;
using omci::MeClass;
using omci::ResultCode;

constexpr unsigned window_attempts = 3;
constexpr auto poll_interval_max = 500ms;  ///< between two Ends, or two closes, that are answered with 6
constexpr auto worth_a_rest = 150us;       ///< what a timer can tell apart
constexpr std::array<std::uint8_t, omci::baseline_section_octets> zeros{};

}  // namespace

Downloader::Downloader(Bench& bench, omci::Octets image)
    : bench_{bench}, image_{image}, payload_{payload_of(bench.variant())} {
    const std::size_t frame = omci::extended_header_octets + 1 + payload_ + omci::mic_octets;
    const std::size_t most = bench.talk().link().message_max();
    if (bench.set() == omci::MessageSet::extended && frame > most)
        throw NotApplicable{fmt::format("the link carries messages of {} octets, this one has {}", most, frame)};
}

Heard Downloader::ask_start(unsigned sections) {
    asked_ = sections;
    bench_.download_begins();
    return bench_.demand(bench_.question(Action::start_software_download, MeClass::software_image, bench_.target(),
                                         omci::StartRequest{static_cast<std::uint8_t>(sections - 1),
                                                            static_cast<std::uint32_t>(image_.size()),
                                                            omci::TargetList::one(bench_.target())}),
                         "Start");
}

void Downloader::start(unsigned sections, std::optional<std::uint32_t> octets) {
    const omci::Octets whole = image_;
    if (octets) image_ = image_.first(*octets);
    const Heard answer = ask_start(sections);
    image_ = whole;
    const auto response = omci::read_message<omci::StartResponse>(answer.frame());
    if (result_of(answer) != ResultCode::success || !response ||
        response->instances.result_of(bench_.target(), ResultCode::success) != ResultCode::success)
        throw Failure{fmt::format("Start: expected result 0, came {}", came(answer))};
    window_ = response->last_section + 1u;
    if (window_ > sections)
        throw Failure{fmt::format("Start with windows of {}: expected as many sections or fewer, came {}: {}", sections,
                                  window_, came(answer))};
    at_ = 0;
}

Conversation::Question Downloader::section(const Window& window, std::size_t number, std::size_t total) {
    const std::size_t from = std::min(at_ + number * payload_, image_.size());
    omci::SectionRequest request;
    request.section_number = static_cast<std::uint8_t>(number);
    request.data = image_.subspan(from, std::min(payload_, image_.size() - from));
    if (request.data.empty()) request.data = zeros;
    const bool last = number + 1 == total;
    const bool shared = last ? window.shared_close : window.shared;
    const olt::Address to = shared ? olt::Address::shared(bench_.onu().pon) : bench_.onu();
    return bench_.talk().question(to, Action::download_section, bench_.set(), MeClass::software_image, bench_.target(),
                                  request, last);
}

/// Keeps section `sent` + 1 from leaving before its time. Rests that a timer cannot tell are saved up.
void Downloader::pace(const Window& window, olt::Instant began, std::size_t sent) {
    const std::uint64_t rate = window.pace != 0 ? window.pace : bench_.settings().pace;
    const auto due = began + olt::Duration{static_cast<std::int64_t>(sent * 1'000'000'000u / rate)};
    if (due - bench_.now() > worth_a_rest) bench_.talk().rest_until(due);
}

Conversation::Question Downloader::send_sections(const Window& window) {
    const std::size_t sections =
        window.sections != 0 ? window.sections : std::min<std::size_t>(window_, sections_left());
    const std::size_t total = sections + window.padding;
    const olt::Instant began = bench_.now();
    std::size_t sent = 0;
    sections_.clear();
    for (std::size_t number = 0; number + 1 < total; ++number) {
        if (window.left_out == number) continue;
        auto& one = sections_.emplace_back(section(window, number, total));
        if (window.spoilt == number) {
            for (std::size_t i = 1; i <= omci::mic_octets; ++i) one.octets[one.octets.size() - i] ^= 0x5A;
            bench_.talk().link().send_as_is(one.to, one.octets);
        } else {
            bench_.talk().send(one.to, one.octets);
        }
        pace(window, began, ++sent);
        if (!window.twice) continue;
        bench_.talk().send(one.to, one.octets);
        pace(window, began, ++sent);
    }
    if (window.guard > olt::Duration::zero()) {
        bench_.talk().rest_until(bench_.now() + 1us);  // what was taken to be sent leaves first
        bench_.rest(window.guard);
    }
    ++windows_sent_;
    return section(window, total - 1, total);
}

void Downloader::accept(const Window& window) noexcept {
    const std::size_t sections =
        window.sections != 0 ? window.sections : std::min<std::size_t>(window_, sections_left());
    at_ = std::min(at_ + sections * payload_, image_.size());
}

Heard Downloader::close(Conversation::Question& question) {
    for (const olt::Instant until = bench_.now() + bench_.settings().store_time;;) {
        Heard answer = bench_.demand(question, "close of a window");
        if (result_of(answer) != ResultCode::device_busy) return answer;
        if (bench_.now() >= until)
            throw Failure{fmt::format("close of a window: expected an answer other than 6 within {}, came {}",
                                      time_text(bench_.settings().store_time.count()), came(answer))};
        bench_.rest(std::min<olt::Duration>(poll_interval_max, bench_.settings().answer_time));
        question.header.transaction_id = bench_.talk().next_id();
        omci::store_be(question.octets.data(), value(question.header.transaction_id));
    }
}

std::optional<ResultCode> Downloader::try_close(Conversation::Question question) {
    auto answer = bench_.ask(question, Insist::yes);
    if (answer && result_of(*answer) == ResultCode::device_busy) answer = close(question);
    return answer ? result_of(*answer) : std::nullopt;
}

Downloader::Closed Downloader::send_well(const Window& window) {
    for (unsigned attempt = 1;; ++attempt) {
        auto question = send_sections(window);
        Heard answer = close(question);
        const auto response = omci::read_message<omci::SectionResponse>(answer.frame());
        const std::uint8_t number =
            omci::read_message<omci::SectionRequest>(*omci::read_frame(question.octets))->section_number;
        if (result_of(answer) == ResultCode::success) {
            if (!response || response->section_number != number)
                throw Failure{
                    fmt::format("close of a window: expected section {} acknowledged, came {}", number, came(answer))};
            accept(window);
            return {std::move(question), std::move(answer)};
        }
        // A lost section is no fault of the ONT: A.3.24 has the window sent again.
        if (attempt == window_attempts)
            throw Failure{fmt::format("close of a window with {} sections, sent {} times: expected result 0, came {}",
                                      number + 1, attempt, came(answer))};
        ++resent_;
    }
}

void Downloader::transfer(bool padded) {
    while (!complete()) {
        Window window;
        window.sections = std::min<std::size_t>(window_, sections_left());
        if (padded && window.sections < window_) window.padding = window_ - window.sections;
        send_well(window);
    }
}

Heard Downloader::end(omci::ImageCrc crc, std::uint32_t octets) {
    for (const olt::Instant until = bench_.now() + bench_.settings().store_time;;) {
        end_ = bench_.question(Action::end_software_download, MeClass::software_image, bench_.target(),
                               omci::EndRequest{crc, octets, omci::TargetList::one(bench_.target())});
        const Heard answer = bench_.demand(end_, "End");
        if (result_of(answer) != ResultCode::device_busy) {
            // An abort, or a good End; after any other one it is not sure that the ONT left the download.
            if (octets == 0 || result_of(answer) == ResultCode::success) bench_.download_is_over();
            return answer;
        }
        if (bench_.now() >= until)
            throw Failure{fmt::format("End: expected an answer other than 6 within {}, came {}",
                                      time_text(bench_.settings().store_time.count()), came(answer))};
        bench_.rest(std::min<olt::Duration>(poll_interval_max, bench_.settings().answer_time));
    }
}

Heard Downloader::end() { return end(omci::ImageCrc{omci::crc32(image_)}, static_cast<std::uint32_t>(image_.size())); }

void Downloader::finish() {
    const Heard answer = end();
    const auto response = omci::read_message<omci::EndResponse>(answer.frame());
    if (result_of(answer) != ResultCode::success || !response ||
        response->instances.result_of(bench_.target(), ResultCode::success) != ResultCode::success)
        throw Failure{fmt::format("End: expected result 0, came {}", came(answer))};
    bench_.expect_image(bench_.found().idle(), "after a good End", true, false, false);
    bench_.learnt().downloads[bench_.place()] = true;
}

std::string Downloader::summary() const {
    std::string text = fmt::format("{} window{} of {}", windows_sent_, windows_sent_ == 1 ? "" : "s", window_);
    if (window_ < asked_) text += fmt::format(" ({} offered)", asked_);
    if (resent_ > 0) text += fmt::format(", {} sent again", resent_);
    return text;
}

}  // namespace tools::conform
