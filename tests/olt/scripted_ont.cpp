// SPDX-License-Identifier: Apache-2.0
#include "tests/olt/scripted_ont.h"

#include <algorithm>
#include <utility>

#include "omci/crc32.h"

namespace olt_test {
namespace {

using omci::Action;
using omci::ResultCode;

template <typename Message>
std::vector<std::uint8_t> reply(const omci::Header& command, const Message& message) {
    std::vector<std::uint8_t> octets(omci::frame_max_octets);
    octets.resize(*omci::write_frame(omci::response_to(command), message, octets));
    return octets;
}

std::vector<std::uint8_t> result_reply(const omci::Header& command, ResultCode result) {
    switch (command.action) {
    case Action::start_software_download: return reply(command, omci::StartResponse{result, 0, {}});
    case Action::download_section: return reply(command, omci::SectionResponse{result, 0});
    case Action::end_software_download: return reply(command, omci::EndResponse{result, {}});
    case Action::activate_software: return reply(command, omci::ActivateResponse{result});
    case Action::commit_software: return reply(command, omci::CommitResponse{result});
    default: {
        omci::GetResponse response;
        response.result = result;
        return reply(command, response);
    }
    }
}

}  // namespace

ResultCode ScriptedOnt::close_window(omci::MessageSet set, const omci::SectionRequest& last) {
    window_[last.section_number].assign(last.data.begin(), last.data.end());
    const std::size_t full = omci::section_octets(set);
    for (unsigned i = 0; ignores_holes && i < last.section_number; ++i)
        window_.try_emplace(static_cast<std::uint8_t>(i), full, std::uint8_t{0xFF});
    const bool hole = window_.size() != last.section_number + 1u;
    std::size_t octets = stored.size();
    bool odd = false;
    for (const auto& [number, data] : window_) {
        octets += data.size();
        odd = odd || (full_sections_only && data.size() != full && octets != announced);
    }
    if (hole || odd || !downloading) {
        window_.clear();
        return ResultCode::processing_error;
    }
    for (const auto& [number, data] : window_) stored.insert(stored.end(), data.begin(), data.end());
    window_.clear();
    ++windows_acknowledged;
    return ResultCode::success;
}

bool ScriptedOnt::image_is_good(const omci::Frame& end) {
    const auto request = omci::read_message<omci::EndRequest>(end);
    if (stored.size() > announced) stored.resize(announced);
    const std::size_t full = omci::section_octets(end.header.set);
    if (counts_sections && sections != (announced + full - 1) / full) return false;
    return downloading && request->image_octets == announced && stored.size() == announced &&
           omci::ImageCrc{omci::crc32(stored)} == request->image_crc;
}

std::optional<std::vector<std::uint8_t>> ScriptedOnt::handle(std::span<const std::uint8_t> octets) {
    const auto frame = omci::read_frame(octets);
    if (!frame || omci::check_crc(*frame) != omci::MicState::good) return std::nullopt;
    const omci::Header& header = frame->header;
    sections += header.action == Action::download_section;
    if (!header.acknowledge_request) {
        const auto section = omci::read_message<omci::SectionRequest>(*frame);
        if (section) window_[section->section_number].assign(section->data.begin(), section->data.end());
        return std::nullopt;
    }
    if (last_id_ == header.transaction_id) {
        if (header.action == Action::download_section) close_ids.push_back(omci::value(header.transaction_id));
        return last_reply_;
    }
    if (header.action != Action::download_section) heard.emplace_back(omci::find_action(header.action)->name);
    if (filter)
        if (const auto bent = filter(*frame)) {
            if (!*bent) return std::nullopt;
            return result_reply(header, **bent);
        }
    if (header.action == Action::download_section) close_ids.push_back(omci::value(header.transaction_id));
    const unsigned instance = omci::value(header.me_instance) & 1u;
    omci::SoftwareImage& image = images[instance];
    std::vector<std::uint8_t> answer;
    switch (header.action) {
    case Action::get: {
        omci::GetResponse response;
        const auto request = omci::read_message<omci::GetRequest>(*frame);
        response.mask = request->mask;
        std::vector<std::uint8_t> values;
        if (header.me_class == omci::update_entity_class) {
            if (!update) {
                answer = result_reply(header, ResultCode::unknown_me);
                break;
            }
            values.assign(update->magic.begin(), update->magic.end());
            values.push_back(static_cast<std::uint8_t>(update->state));
            values.push_back(0);
            values.resize(values.size() + omci::LastRefusal::octets);
            omci::Writer writer{std::span{values}.last(omci::LastRefusal::octets), header.set};
            omci::LastRefusal::layout(writer, update->last_refusal);
        } else if (header.me_class == omci::MeClass::onu2_g) {
            values = {omcc_version};
        } else if (omci::value(request->mask) == omci::software_image::state) {
            values.assign(image.version.begin(), image.version.end());
            values.push_back(image.committed);
            values.push_back(image.active);
            values.push_back(image.valid);
        } else if (omci::value(request->mask) == omci::software_image::is_valid) {
            values = {image.valid};
        } else {
            response.result = ResultCode::attributes_failed;
            response.optional_mask = request->mask;
            response.mask = {};
        }
        response.values = values;
        answer = reply(header, response);
        break;
    }
    case Action::start_software_download: {
        const auto request = omci::read_message<omci::StartRequest>(*frame);
        if (image.active || image.committed) {
            answer = result_reply(header, ResultCode::parameter_error);
            break;
        }
        downloading = true;
        image = {};
        stored.clear();
        window_.clear();
        sections = 0;
        announced = request->image_octets;
        const unsigned window = std::min<unsigned>(request->last_section + 1u, window_max);
        answer = reply(header, omci::StartResponse{ResultCode::success, static_cast<std::uint8_t>(window - 1), {}});
        break;
    }
    case Action::download_section: {
        const auto section = omci::read_message<omci::SectionRequest>(*frame);
        answer = reply(header, omci::SectionResponse{close_window(header.set, *section), section->section_number});
        break;
    }
    case Action::end_software_download: {
        const bool good = image_is_good(*frame);
        if (good) {
            image.valid = true;
            image.version = omci::make_version("new");
            if (version_from_image) std::copy_n(stored.begin(), image.version.size(), image.version.begin());
        }
        downloading = false;
        answer = result_reply(header, good ? ResultCode::success : ResultCode::processing_error);
        break;
    }
    case Action::activate_software:
        if (image.valid) {
            trial_ = instance;
            wants_reboot = true;
        }
        answer = result_reply(header, image.valid ? ResultCode::success : ResultCode::parameter_error);
        break;
    case Action::commit_software:
        for (auto& other : images) other.committed = false;
        image.committed = true;
        answer = result_reply(header, ResultCode::success);
        break;
    default: answer = result_reply(header, ResultCode::not_supported);
    }
    last_id_ = header.transaction_id;
    last_reply_ = answer;
    return answer;
}

void ScriptedOnt::reboot() {
    ++reboots;
    wants_reboot = false;
    const unsigned boots = trial_ ? *trial_ : images[0].committed ? 0u : 1u;
    trial_.reset();
    images[boots].active = true;
    images[boots ^ 1u].active = false;
    downloading = false;
    window_.clear();
    last_id_.reset();
}

Rig::Rig(std::size_t count, olt::EngineOptions options, std::uint8_t pons) : engine{options} {
    for (std::uint8_t pon = 0; pon < pons; ++pon)
        for (std::uint16_t id = 0; id < count; ++id) {
            onts[{pon, id}];
            engine.onu_up({pon, id}, serial(pon, id), olt::LinkKind::gpon, now);
        }
}

olt::SerialNumber Rig::serial(std::uint8_t pon, std::uint16_t onu_id) {
    return {{'T', 'E', 'S', 'T', 0, pon, static_cast<std::uint8_t>(onu_id >> 8), static_cast<std::uint8_t>(onu_id)}};
}

void Rig::deliver(olt::Address to, std::span<const std::uint8_t> octets) {
    const std::vector<std::uint8_t> copy(octets.begin(), octets.end());
    for (auto& [key, ont] : onts) {
        const olt::Address address{key.first, key.second};
        const bool for_it = to.is_shared() ? key.first == to.pon && ont.hears_shared : to == address;
        if (!for_it) continue;
        auto answer = ont.handle(copy);
        if (answer && ont.rewrite) answer = ont.rewrite(*omci::read_frame(copy), std::move(*answer));
        if (answer && !answer->empty()) engine.receive(address, *answer, now);
        if (!ont.wants_reboot) continue;
        if (ont.goes_down_to_reboot) engine.onu_down(address, now);
        ont.reboot();
        if (ont.goes_down_to_reboot) engine.onu_up(address, serial(key.first, key.second), olt::LinkKind::gpon, now);
    }
}

void Rig::drain_events() {
    while (auto event = engine.poll_event()) {
        events.push_back(*event);
        if (const auto* want = std::get_if<olt::WantShared>(&*event); want && provide_shared_port)
            engine.shared_ready(want->onu, now);
        if (const auto* record = std::get_if<olt::Record>(&*event); record && store_records)
            engine.stored(record->number, now);
        if (const auto* done = std::get_if<olt::OntDone>(&*event)) outcomes.push_back(*done);
    }
}

void Rig::run(olt::Instant until) {
    drain_events();
    std::size_t steps = 0;
    while (!engine.idle() && ++steps < steps_max) {
        while (const auto frame = engine.transmit(now)) {
            if (++steps >= steps_max) return;
            frames_shared += frame->to.is_shared();
            if (!wire || wire(*frame)) deliver(frame->to, frame->octets);
            drain_events();
        }
        drain_events();
        const olt::Instant next = engine.deadline();
        if (next == olt::never || next > until) return;
        now = std::max(now, next);
        engine.advance(now);
        drain_events();
    }
}

const olt::OntDone& Rig::outcome(std::uint16_t onu_id, std::uint8_t pon) const {
    for (const auto& done : outcomes)
        if (done.serial == serial(pon, onu_id)) return done;
    // An ONT without an outcome must not pass for an upgraded one.
    static const olt::OntDone none{.serial = serial(0xFF, 0xFFFF), .result = olt::Result::lost};
    return none;
}

std::vector<std::uint8_t> some_image(std::size_t octets) {
    std::vector<std::uint8_t> image(octets);
    std::uint32_t state = 12345;
    for (auto& octet : image) octet = static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
    return image;
}

olt::Campaign campaign_of(const std::vector<std::uint8_t>& image) {
    olt::Campaign campaign;
    campaign.image = olt::make_image(image, omci::make_version("new"), std::nullopt);
    return campaign;
}

}  // namespace olt_test
