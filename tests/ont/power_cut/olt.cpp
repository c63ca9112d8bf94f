// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/olt.h"

#include <algorithm>

#include "omci/crc32.h"

namespace power_cut {
namespace {

constexpr int busy = 6;
constexpr int no_answer = -1;
constexpr int polls_max = 1000;
constexpr std::size_t section_octets = omci::extended_section_max_octets;

omci::MessageSet set() { return omci::MessageSet::extended; }

}  // namespace

template <typename Message>
void Olt::tell(omci::MeClass me_class, std::uint16_t instance, const Message& message, bool reply_wanted) {
    if (board_.power.dark()) throw Dark{};
    std::array<std::uint8_t, omci::frame_max_octets> room;
    omci::TrailerChoice choice;
    choice.trailer = omci::Trailer::none;
    const auto header = omci::request(Message::action, omci::TransactionId{++tci_}, set(), me_class,
                                      omci::MeInstance{instance}, reply_wanted);
    const auto size = omci::write_frame(header, message, room, choice);
    if (!size) throw std::logic_error{"a command does not fit its frame"};
    board_.hear(std::span{room}.first(*size));
}

template <typename Message>
int Olt::ask(omci::MeClass me_class, std::uint16_t instance, const Message& message, const char* name) {
    tell(me_class, instance, message, true);
    if (board_.reply().empty()) {
        if (board_.power.dark()) throw Dark{};
        throw Violation{std::string{name} + " was not answered"};
    }
    const omci::Frame answer = frame();
    if (answer.header.transaction_id != omci::TransactionId{tci_} || answer.contents.empty())
        throw Violation{std::string{name} + " was answered with something else"};
    board_.say("  %s %u: answer %u", name, instance, answer.contents[0]);
    return answer.contents[0];
}

omci::Frame Olt::frame() const {
    const auto read = omci::read_frame(board_.reply());
    if (!read) throw Violation{"an answer cannot be read"};
    return *read;
}

void Olt::work() {
    board_.work();
    if (board_.power.dark()) throw Dark{};
}

int Olt::start(std::uint8_t slot, std::uint8_t image) {
    omci::StartRequest request;
    request.last_section = 255;
    request.image_octets = static_cast<std::uint32_t>(board_.setup.library->image[image].wire.size());
    request.targets = omci::TargetList::one(omci::MeInstance{slot});
    const Ledger before = ledger_;
    ledger_.start_sent(slot);
    const int answer = ask(omci::MeClass::software_image, slot, request, "Start");
    if (answer != 0) {
        ledger_ = before;
        return answer;
    }
    ledger_.started(slot);
    sections_ = std::size_t{frame().contents[1]} + 1;
    sent_ = 0;
    return answer;
}

int Olt::send(std::uint8_t slot, std::uint8_t image, unsigned windows) {
    const Bytes& wire = board_.setup.library->image[image].wire;
    int answer = 0;
    for (; windows > 0 && answer == 0 && sent_ < wire.size(); --windows) {
        const std::size_t until = std::min(wire.size(), sent_ + sections_ * section_octets);
        omci::SectionRequest section;
        for (std::size_t at = sent_; at < until; at += section_octets) {
            const std::size_t size = std::min(section_octets, until - at);
            section = {static_cast<std::uint8_t>((at - sent_) / section_octets), omci::Octets{wire}.subspan(at, size)};
            if (at + size < until) tell(omci::MeClass::software_image, slot, section, false);
        }
        answer = ask(omci::MeClass::software_image, slot, section, "close of a window for");
        for (int polls = 0; answer == busy && polls < polls_max; ++polls) {
            work();
            answer = ask(omci::MeClass::software_image, slot, section, "close of a window for");
        }
        if (answer == 0) sent_ = until;
    }
    return answer;
}

int Olt::end(std::uint8_t slot, std::uint8_t image) {
    const Bytes& wire = board_.setup.library->image[image].wire;
    omci::EndRequest request;
    request.image_crc = omci::ImageCrc{omci::crc32(wire)};
    request.image_octets = static_cast<std::uint32_t>(wire.size());
    ledger_.end_sent(slot, image);
    int answer = busy;
    for (int polls = 0; answer == busy && polls < polls_max; ++polls) {
        if (polls > 0) work();
        answer = ask(omci::MeClass::software_image, slot, request, "End");
    }
    if (answer == 0)
        ledger_.ended(slot);
    else
        ledger_.end_refused(slot);
    return answer;
}

int Olt::abort(std::uint8_t slot) {
    omci::EndRequest request;
    request.image_crc = omci::ImageCrc{0xFFFF'FFFFu};
    const int answer = ask(omci::MeClass::software_image, slot, request, "End, abort,");
    ledger_.end_refused(slot);
    return answer;
}

int Olt::activate(std::uint8_t slot) {
    const Ledger before = ledger_;
    ledger_.activate_sent(slot);
    const int answer =
        ask(omci::MeClass::software_image, slot, omci::ActivateRequest{omci::CallPolicy::always}, "Activate");
    if (answer == 0)
        ledger_.activated(slot);
    else
        ledger_ = before;
    return answer;
}

int Olt::commit(std::uint8_t slot) {
    const Ledger before = ledger_;
    ledger_.commit_sent(slot);
    const int answer = ask(omci::MeClass::software_image, slot, omci::CommitRequest{}, "Commit");
    if (answer == 0)
        ledger_.committed(slot);
    else
        ledger_ = before;
    return answer;
}

int Olt::reboot() {
    const Ledger before = ledger_;
    ledger_.reboot_sent();
    const int answer = ask(omci::MeClass::onu_g, 0, omci::RebootRequest{}, "Reboot");
    if (answer == 0)
        ledger_.rebooted();
    else
        ledger_ = before;
    return answer;
}

int Olt::download(std::uint8_t slot, std::uint8_t image) {
    if (const int answer = start(slot, image); answer != 0) return answer;
    work();
    if (const int answer = send(slot, image); answer != 0) {
        // Nothing more will come: the ONT may forget it.
        if (abort(slot) == 0) throw Violation{"a download that was refused is answered as stored"};
        return answer;
    }
    return end(slot, image);
}

Olt::Images Olt::look() {
    Images images;
    for (std::uint8_t slot = 0; slot < 2; ++slot) {
        const omci::GetRequest request{omci::AttributeMask{omci::software_image::state}};
        if (ask(omci::MeClass::software_image, slot, request, "Get of image") != 0)
            throw Violation{"the state of an image cannot be read"};
        constexpr std::size_t values_at = 7;  // extended: result, mask, and the masks of what is missing
        images[slot] = omci::SoftwareImage::from_values(frame().contents.subspan(values_at));
        board_.say("  image %u: %.14s%s%s%s", slot, reinterpret_cast<const char*>(images[slot].version.data()),
                   images[slot].active ? " active" : "", images[slot].committed ? " committed" : "",
                   images[slot].valid ? " valid" : "");
    }
    ledger_.shown(images, {board_.slot(0), board_.slot(1)});
    return images;
}

}  // namespace power_cut
