// SPDX-License-Identifier: Apache-2.0
#include "tools/ont/rack.h"

#include <fmt/format.h>

#include <algorithm>

#include "omci/wire.h"

namespace tools {
namespace {

/// The serial number of the ONT `index` places behind the one that `first` is; vendor and wrap-around stay.
olt::SerialNumber serial_behind(const std::uint8_t (&first)[8], std::uint32_t index) {
    olt::SerialNumber serial;
    std::copy(std::begin(first), std::end(first), serial.octets.begin());
    omci::store_be(serial.octets.data() + 4, omci::load_be<std::uint32_t>(serial.octets.data() + 4) + index);
    return serial;
}

/// Only commands leave work behind their answer; sections between them are most of what an ONT ever hears.
bool leaves_work(omci::Octets frame) noexcept {
    constexpr std::uint8_t section_without_reply = static_cast<std::uint8_t>(omci::Action::download_section);
    return frame.size() > 2 && frame[2] != section_without_reply;
}

}  // namespace

void OntRack::Turns::add(std::size_t ont) noexcept {
    if (waits_[ont] != 0) return;
    waits_[ont] = 1;
    ring_[(head_ + size_++) % ring_.size()] = static_cast<std::uint16_t>(ont);
}

std::size_t OntRack::Turns::take() noexcept {
    const std::size_t ont = ring_[head_];
    head_ = (head_ + 1) % ring_.size();
    --size_;
    waits_[ont] = 0;
    return ont;
}

OntRack::OntRack(const OntKind& kind, std::uint16_t first, std::uint16_t count, const std::string& slots,
                 OntOutside& outside)
    : first_{first}, work_{count} {
    onts_.reserve(count);
    const bool folders = parse_slots("--slots", slots).kind == ont::SlotSpec::Kind::folder;
    for (std::uint16_t i = 0; i < count; ++i) {
        const auto onu_id = static_cast<std::uint16_t>(first + i);
        onts_.push_back(std::make_unique<OntDaemon>(kind, onu_id, serial_behind(kind.identity.serial_number, i),
                                                    folders ? fmt::format("{}/onu{}", slots, onu_id) : slots, outside));
    }
}

void OntRack::power_on(olt::Instant now) {
    for (const auto& ont : onts_) ont->boot(now);
    find_deadline();
}

void OntRack::deliver(const olt::Address& address, omci::Octets frame, olt::Instant now) {
    const bool work = leaves_work(frame);
    if (address.is_shared()) {
        for (const auto& ont : onts_) ont->handle(frame, ONT_FROM_SHARED_PORT, now);
        for (std::size_t i = 0; work && i < onts_.size(); ++i) work_.add(i);
        return;
    }
    const std::size_t index = static_cast<std::size_t>(address.onu_id) - first_;
    if (index >= onts_.size()) return;
    onts_[index]->handle(frame, ONT_FROM_OMCC, now);
    if (work) work_.add(index);
}

void OntRack::step(olt::Instant now) {
    if (work_.empty()) return;
    const std::size_t index = work_.take();
    OntDaemon& ont = *onts_[index];
    if (ont.step(now)) work_.add(index);
    deadline_ = std::min(deadline_, ont.boots_at());
}

void OntRack::advance(olt::Instant now) {
    if (now < deadline_) return;
    for (const auto& ont : onts_)
        if (ont->boots_at() <= now) ont->boot(now);
    find_deadline();
}

void OntRack::find_deadline() noexcept {
    deadline_ = olt::never;
    for (const auto& ont : onts_) deadline_ = std::min(deadline_, ont->boots_at());
}

}  // namespace tools
