// SPDX-License-Identifier: Apache-2.0
// The commands that change images: Start, End, Activate, Commit (G.988 A.2.31-A.2.39), and Reboot, which shares
// Activate's flags. What may be done says the table of image_bank.h; here is how, and in which order: first the
// record, then the reply, then the deed.
#include <algorithm>

#include "ont/agent.h"
#include "ont/counter.h"
#include "ont/report.h"

namespace ont {
namespace {

using omci::ResultCode;

/// known() let the command pass, so the instance is 0 or 1.
std::uint8_t image_of(const omci::Header& header) { return static_cast<std::uint8_t>(omci::value(header.me_instance)); }

/// Sections of a window that completes no more than one whole block of a package: that is proven behind its answer.
std::size_t window_bound(const Host& host, omci::MessageSet set) {
    return host.takes_packages() ? piece_octets_max / omci::section_octets(set) : omci::window_sections_max;
}

}  // namespace

void Agent::start(const omci::Frame& frame, std::uint64_t now_ms) noexcept {
    const omci::Header& header = frame.header;
    const std::uint8_t image = image_of(header);
    const auto request = omci::read_message<omci::StartRequest>(frame);
    ResultCode result = request ? bank_.answer(Event::start, image, download_.running()) : ResultCode::parameter_error;
    update_.started(now_ms);
    const auto refuse_image = [&](omci::Refusal why, ResultCode answer) {
        update_.refused(why, omci::UpdatePhase::judging, image, now_ms);
        report(platform_, ONT_EVENT_REFUSED, static_cast<std::uint32_t>(why));
        result = answer;
    };
    if (result == ResultCode::success && request->image_octets == 0) result = ResultCode::parameter_error;
    // The head of a package does not go into the slot. Whether this is one, its first octets will tell.
    const std::uint64_t room = std::uint64_t{platform_.slot_octets(platform_.context, image)} +
                               (host().takes_packages() ? options_.head_octets : 0);
    if (result == ResultCode::success && request->image_octets > room)
        refuse_image(omci::Refusal::slot_too_small, ResultCode::parameter_error);
    // Not now: of the results that G.988 has, 6 is the one after which an OLT asks again.
    if (result == ResultCode::success && !host().permits(ONT_MAY_START, nullptr))
        refuse_image(omci::Refusal::not_permitted, ResultCode::device_busy);
    // Before the first octet of the slot changes, the record says that it holds no image.
    if (result == ResultCode::success && !bank_.clear(platform_, image)) result = ResultCode::processing_error;
    if (result != ResultCode::success) return refuse(header, result);

    const std::size_t sections =
        std::min({request->last_section + std::size_t{1}, std::size_t{options_.window_sections_max},
                  Window::capacity(header.set, options_.window_octets), window_bound(host(), header.set)});
    download_.start(host(), image, request->image_octets, header.set, sections);
    mib_.changed();
    reply(header, omci::StartResponse{result, static_cast<std::uint8_t>(sections - 1), {}});
}

void Agent::end(const omci::Frame& frame) noexcept {
    const auto request = omci::read_message<omci::EndRequest>(frame);
    ResultCode result = ResultCode::processing_error;
    if (request) result = download_.end(host(), image_of(frame.header), *request);
    if (result == ResultCode::success) mib_.changed();
    omci::EndResponse response;
    response.result = result;
    reply(frame.header, response);
}

/// 0; 3 for flags that may not exist; 6 where a call is up that the flags protect.
ResultCode Agent::calls_permit(std::optional<omci::CallPolicy> flags) const noexcept {
    const ont_calls calls = platform_.calls != nullptr ? platform_.calls(platform_.context) : ONT_NO_CALL;
    switch (flags.value_or(omci::CallPolicy::always)) {
    case omci::CallPolicy::always: return ResultCode::success;
    case omci::CallPolicy::no_call: return calls == ONT_NO_CALL ? ResultCode::success : ResultCode::device_busy;
    case omci::CallPolicy::no_emergency_call:
        return calls == ONT_EMERGENCY_CALL_UP ? ResultCode::device_busy : ResultCode::success;
    }
    return ResultCode::parameter_error;
}

/// 3 for an image with a lower security counter than the ONT's: it was judged before the counter rose, or ran before,
/// and an OLT must not bring its holes back. What is committed may always be gone back to, and what runs be committed:
/// a fallback has no choice. A plain image has no counter: where an anchor is set, it needs the permission it needs to
/// be installed.
ResultCode Agent::counter_permits(std::uint8_t image, std::uint64_t now_ms) noexcept {
    const BootRecord& record = bank_.record();
    const ImageRecord& wanted = record.image[image];
    if (!build::packages || image == record.active || image == record.committed) return ResultCode::success;
    std::uint32_t least = 0;
    if (!read_counter(platform_, record, least)) least = record.counter;
    if (wanted.security_counter >= least) return ResultCode::success;
    const bool plain = wanted.product_code == ProductCode{};
    if (plain && (options_.trust_anchor == 0 || host().permits(ONT_MAY_INSTALL_PLAIN, nullptr)))
        return ResultCode::success;
    update_.refused(omci::Refusal::counter_too_low, omci::UpdatePhase::applying, image, now_ms);
    report(platform_, ONT_EVENT_REFUSED, static_cast<std::uint32_t>(omci::Refusal::counter_too_low));
    return ResultCode::parameter_error;
}

void Agent::activate(const omci::Frame& frame, std::uint64_t now_ms) noexcept {
    const std::uint8_t image = image_of(frame.header);
    const auto request = omci::read_message<omci::ActivateRequest>(frame);
    ResultCode result = bank_.answer(Event::activate, image, download_.running());
    if (result == ResultCode::success) result = calls_permit(request->flags);
    if (result == ResultCode::success) result = counter_permits(image, now_ms);
    if (result == ResultCode::success && !bank_.activate(platform_, image, tries()))
        result = ResultCode::processing_error;
    if (result == ResultCode::success) {
        mib_.changed();
        report(platform_, ONT_EVENT_ACTIVATE, image);
        restarting_ = true;
    }
    reply(frame.header, omci::ActivateResponse{result});
}

void Agent::commit(const omci::Frame& frame, std::uint64_t now_ms) noexcept {
    const std::uint8_t image = image_of(frame.header);
    ResultCode result = bank_.answer(Event::commit, image, download_.running());
    if (result == ResultCode::success) result = counter_permits(image, now_ms);
    if (result == ResultCode::success && !bank_.commit(platform_, image, tries()))
        result = ResultCode::processing_error;
    if (result == ResultCode::success) {
        mib_.changed();
        download_.forget_answer();
        report(platform_, ONT_EVENT_COMMIT, image);
    }
    reply(frame.header, omci::CommitResponse{result});
}

void Agent::reboot(const omci::Frame& frame) noexcept {
    const auto request = omci::read_message<omci::RebootRequest>(frame);
    ResultCode result = calls_permit(request->flags);
    if (result == ResultCode::success && !bank_.end_trial(platform_)) result = ResultCode::processing_error;
    restarting_ = result == ResultCode::success;
    reply(frame.header, omci::RebootResponse{result});
}

}  // namespace ont
