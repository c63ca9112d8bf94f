// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/conform_ont.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "omci/mib_messages.h"
#include "omci/software_download.h"

namespace tests {
namespace {

using omci::Action;
using omci::MeClass;
using omci::ResultCode;

constexpr unsigned dark_frames = 3;
constexpr unsigned silent_frames = 10;

std::uint64_t now_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

std::size_t result_at(omci::MessageSet set) { return set == omci::MessageSet::baseline ? 8 : 10; }

/// The handler's answers carry no check: that is its driver's.
void set_result(std::vector<std::uint8_t>& answer, omci::MessageSet set, ResultCode result) {
    answer[result_at(set)] = value(result);
}

}  // namespace

ConformOnt::ConformOnt(Bend bend, const tools::MemoryOntOptions& options, std::uint16_t onu_id)
    : bend_{bend}, onu_id_{onu_id}, ont_{options, pool_} {}

bool ConformOnt::send(const olt::Address& address, omci::Octets message) {
    if (message.size() > message_max_) return false;
    heard_.push_back({address, {message.begin(), message.end()}});
    return true;
}

std::size_t ConformOnt::flush() {
    for (; !heard_.empty(); heard_.pop_front()) {
        const auto now = std::chrono::steady_clock::now();
        for (; !late_.empty() && late_.front().due <= now; late_.pop_front()) hear(late_.front().frame);
        if (heard_.front().address.is_shared() && shared_lag_ > olt::Duration::zero())
            late_.push_back({std::move(heard_.front()), now + shared_lag_});
        else
            hear(heard_.front());
    }
    return 0;
}

std::optional<tools::Arrival> ConformOnt::receive() {
    if (said_.empty()) return std::nullopt;
    given_ = std::move(said_.front());
    said_.pop_front();
    return tools::Arrival{given_->address, given_->octets};
}

std::vector<std::uint8_t> ConformOnt::ask(omci::Octets frame, ont_origin origin) {
    const omci::Octets answer = ont_.handle(frame, origin, now_ms());
    return {answer.begin(), answer.end()};
}

void ConformOnt::hear(const Frame& frame) {
    if (dark_ > 0) {
        --dark_;
        return;
    }
    if (frame.address.is_shared() ? deaf_ : frame.address.onu_id != onu_id_) return;
    const ont_origin origin = frame.address.is_shared() ? ONT_FROM_SHARED_PORT : ONT_FROM_OMCC;
    std::vector<std::uint8_t> octets = frame.octets;
    bend_command(octets, origin);
    std::vector<std::uint8_t> answer = ask(octets, origin);
    const auto command = *omci::read_frame(frame.octets);
    if (!answer.empty()) {
        bend_answer(command, answer);
        const bool restarts =
            command.header.action == Action::activate_software || command.header.action == Action::reboot;
        if (restarts && answer[result_at(command.header.set)] == 0) dark_ = dark_frames;
    }
    if (!answer.empty()) said_.push_back({{frame.address.pon, onu_id_}, answer});
    ont_.work(now_ms());
}

/// Sections that are missing in the window that `close` closes arrive after all, all zeros.
void ConformOnt::fill_holes(const omci::Frame& close, ont_origin origin) {
    const auto request = omci::read_message<omci::SectionRequest>(close);
    const std::vector<std::uint8_t> zeros(request->data.size());
    for (unsigned number = 0; number < request->section_number; ++number) {
        if (sections_.contains(number)) continue;
        omci::Header header = close.header;
        header.acknowledge_request = false;
        std::array<std::uint8_t, omci::frame_max_octets> room;
        const auto size =
            omci::write_frame(header, omci::SectionRequest{static_cast<std::uint8_t>(number), zeros}, room);
        ask(omci::Octets{room}.first(*size), origin);
    }
}

void ConformOnt::bend_command(std::vector<std::uint8_t>& octets, ont_origin origin) {
    const auto frame = *omci::read_frame(octets);
    const omci::Header& header = frame.header;
    const bool good = omci::check_crc(frame) != omci::MicState::bad;
    if (!good && bend_ == Bend::ignores_check) {
        octets.resize(frame.checked.size());
        return;
    }
    if (!good) return;
    const std::uint16_t id = value(header.transaction_id);
    const bool section = header.action == Action::download_section && header.me_class == MeClass::software_image;
    if (header.action == Action::start_software_download) {
        const auto request = omci::read_message<omci::StartRequest>(frame);
        announced_ = request ? request->image_octets : 0;
        accepted_ = in_window_ = 0;
        aborted_ = false;
    }
    if (!section) {
        if (bend_ == Bend::answers_unasked && !header.acknowledge_request && !header.acknowledgement) {
            octets[2] |= 0x40;
            octets.resize(frame.checked.size());
        }
        // A handler that loses its trial comes up with the old image: so this one commits behind the OLT's back.
        if (bend_ == Bend::keeps_new_image && header.action == Action::reboot && unsettled_) {
            std::array<std::uint8_t, omci::baseline_frame_octets> room;
            const auto size = omci::write_frame(
                omci::request(Action::commit_software, omci::TransactionId{fresh_++}, omci::MessageSet::baseline,
                              MeClass::software_image, omci::MeInstance{*unsettled_}),
                omci::CommitRequest{}, room);
            ask(omci::Octets{room}.first(*size), origin);
        }
        return;
    }
    const std::uint8_t number = frame.contents[0];
    const bool repeat = header.acknowledge_request && id == last_close_;
    if (sections_.insert(number).second)
        in_window_ += static_cast<std::uint32_t>(frame.contents.size() - 1);
    else
        twice_ = true;
    if (!header.acknowledge_request) return;
    if (bend_ == Bend::accepts_gap && !repeat) fill_holes(frame, origin);
    if (bend_ == Bend::drops_repeats && twice_) {
        octets.resize(frame.checked.size());
        octets[result_at(header.set)] = 0xFF;  // a section that would not close this window
    }
    if (bend_ == Bend::executes_repeats && repeat) {
        octets.resize(frame.checked.size());
        omci::store_be(octets.data(), fresh_++);
    }
    last_close_ = id;
    sections_.clear();
}

void ConformOnt::bend_answer(const omci::Frame& command, std::vector<std::uint8_t>& answer) {
    const omci::Header& header = command.header;
    const std::size_t at = result_at(header.set);
    const auto result = static_cast<ResultCode>(answer[at]);
    switch (header.action) {
    case Action::download_section:
        omci::store_be(answer.data(), value(header.transaction_id));  // of a repeat that was executed
        answer[at + 1] = command.contents[0];                         // of a close that was bent
        if (result == ResultCode::success) accepted_ += in_window_;
        in_window_ = 0;
        twice_ = false;
        break;
    case Action::start_software_download:
        if (bend_ == Bend::grants_too_much && result == ResultCode::success)
            answer[at + 1] = static_cast<std::uint8_t>(2 * (answer[at + 1] + 1) - 1);
        break;
    case Action::end_software_download: {
        const auto request = omci::read_message<omci::EndRequest>(command);
        const bool abort = request && request->is_abort();
        if (bend_ == Bend::valid_after_abort && abort) aborted_ = true;
        if (bend_ == Bend::dies_at_abort && abort) dark_ = ~0u;
        const bool whole = request && !abort && request->image_octets == announced_ && accepted_ >= announced_;
        if (result == ResultCode::processing_error && whole) {
            if (bend_ == Bend::passes_wrong_crc) set_result(answer, header.set, ResultCode::success);
            if (bend_ == Bend::falls_silent) dark_ = silent_frames;
        }
        break;
    }
    case Action::activate_software:
        if (result == ResultCode::success) unsettled_ = static_cast<std::uint8_t>(value(header.me_instance));
        break;
    case Action::commit_software:
        if (result == ResultCode::success) unsettled_.reset();
        break;
    case Action::get: {
        const auto response = omci::read_message<omci::GetResponse>(*omci::read_frame(answer));
        const bool state = response && value(response->mask) == omci::software_image::state;
        if (bend_ == Bend::valid_after_abort && aborted_ && state && header.me_instance == omci::image_instance(1)) {
            const std::size_t values = header.set == omci::MessageSet::baseline ? at + 3 : at + 7;
            answer[values + omci::SoftwareImage::octets - 1] = 1;
        }
        break;
    }
    default: break;
    }
    if (bend_ == Bend::silent_to_bad_class && static_cast<ResultCode>(answer[at]) == ResultCode::unknown_me)
        answer.clear();
}

}  // namespace tests
