// SPDX-License-Identifier: Apache-2.0
// From a frame to the command it is, and back to the reply.
#include "ont/agent.h"

#include <array>

#include "ont/report.h"

namespace ont {
namespace {

using omci::Action;
using omci::MeClass;
using omci::ResultCode;

constexpr std::size_t result_at(omci::MessageSet set) {
    return set == omci::MessageSet::baseline ? omci::baseline_header_octets : omci::extended_header_octets;
}

}  // namespace

int Agent::load() noexcept {
    const int error = bank_.load(platform_);
    if (error != 0) return error;
    return record().image[record().active].valid ? 0 : ONT_ERROR_NO_IMAGE;
}

void Agent::handle(omci::Octets octets, ont_origin origin, std::uint64_t now_ms) noexcept {
    if (restarting_) return drop(ONT_DROP_RESTARTING);
    const auto frame = omci::read_frame(octets);
    if (!frame || frame->truncated) return drop(ONT_DROP_MALFORMED);
    if (omci::check_crc(*frame) == omci::MicState::bad) return drop(ONT_DROP_BAD_MIC);
    const omci::Header& header = frame->header;
    const bool understood = header.set == omci::MessageSet::baseline || omci::speaks_extended(identity_.omcc_version);
    if (header.acknowledgement || header.destination || !understood) return drop(ONT_DROP_MALFORMED);
    if (origin != ONT_FROM_OMCC && !allowed_on_shared_port(header)) return drop(ONT_DROP_NOT_FOR_SHARED_PORT);
    if (header.action == Action::download_section && header.me_class == MeClass::software_image)
        return section(*frame, now_ms);
    if (replayed(header)) return;
    execute(*frame, now_ms);
    observe(now_ms);
}

/// The hot path: nearly every frame of an upgrade ends here.
void Agent::section(const omci::Frame& frame, std::uint64_t now_ms) noexcept {
    const omci::Header& header = frame.header;
    if (replayed(header)) return;
    omci::SectionRequest request;
    omci::Reader reader{frame.contents, header.set};
    omci::SectionRequest::layout(reader, request);
    const std::uint16_t instance = omci::value(header.me_instance);
    download_.section(static_cast<std::uint8_t>(instance < images ? instance : images), header.set, request);
    if (!header.acknowledge_request) return;
    const ResultCode result =
        instance < images ? download_.close(host(), request.section_number) : ResultCode::unknown_instance;
    reply(header, omci::SectionResponse{result, request.section_number});
    if (result == ResultCode::success) download_.write_window(host());
    observe(now_ms);
}

void Agent::execute(const omci::Frame& frame, std::uint64_t now_ms) noexcept {
    const omci::Header& header = frame.header;
    const ResultCode known = mib_.known(header.action, header.me_class, header.me_instance);
    if (known != ResultCode::success) return refuse(header, known);
    switch (header.action) {
    case Action::start_software_download: return start(frame, now_ms);
    case Action::end_software_download: return end(frame);
    case Action::activate_software: return activate(frame, now_ms);
    case Action::commit_software: return commit(frame, now_ms);
    case Action::reboot: return reboot(frame);
    case Action::get: return get(frame, now_ms);
    case Action::set: return set(frame);
    case Action::create: return create(frame);
    case Action::delete_me: mib_.remove(header.me_instance); return reply(header, omci::DeleteResponse{});
    case Action::mib_reset:
        mib_.reset();
        upload_.forget();
        return reply(header, omci::MibResetResponse{});
    case Action::mib_upload:
        return reply(header, omci::MibUploadResponse{upload_.start(mib_.values(), source(now_ms), header.set, now_ms)});
    case Action::mib_upload_next: return upload_next(frame, now_ms);
    case Action::get_all_alarms: return reply(header, omci::GetAllAlarmsResponse{std::uint16_t{0}});
    case Action::get_all_alarms_next: return reply(header, omci::RawContents{});
    case Action::synchronize_time: return reply(header, omci::SynchronizeTimeResponse{});
    default: return refuse(header, ResultCode::not_supported);
    }
}

/// A reply that says no, in the shape that replies of this action have.
void Agent::refuse(const omci::Header& header, ResultCode result) noexcept {
    if (header.action == Action::get) {
        omci::GetResponse response;
        response.result = result;
        return reply(header, response);
    }
    if (header.action == Action::start_software_download) return reply(header, omci::StartResponse{result, 0, {}});
    const std::array<std::uint8_t, 1> contents{omci::value(result)};
    reply(header, omci::RawContents{contents});
}

void Agent::get(const omci::Frame& frame, std::uint64_t now_ms) noexcept {
    const omci::Header& header = frame.header;
    const auto request = omci::read_message<omci::GetRequest>(frame);
    std::array<std::uint8_t, values_octets_max> values;
    const bool baseline = header.set == omci::MessageSet::baseline;
    const auto room = std::span{values}.first(baseline ? omci::baseline_get_values_octets : values.size());
    if (header.me_class == omci::update_entity_class) {
        observe(now_ms);  // what this Get tells is not told once more
        update_.watch();
    }
    reply(header, mib_.get(source(now_ms), header.me_class, header.me_instance, request->mask, room));
}

void Agent::set(const omci::Frame& frame) noexcept {
    const omci::Header& header = frame.header;
    const auto request = omci::read_message<omci::SetRequest>(frame);
    auto response = mib_.set(header.me_class, header.me_instance, *request);
    reply(header, response);
}

void Agent::create(const omci::Frame& frame) noexcept {
    const auto request = omci::read_message<omci::CreateRequest>(frame);
    reply(frame.header, mib_.create(frame.header.me_instance, *request));
}

void Agent::upload_next(const omci::Frame& frame, std::uint64_t now_ms) noexcept {
    const auto request = omci::read_message<omci::MibUploadNextRequest>(frame);
    std::array<std::uint8_t, upload_next_octets_max> contents;
    const std::size_t size = upload_.next(source(now_ms), request->sequence, frame.header.set, now_ms, contents);
    reply(frame.header, omci::RawContents{omci::Octets{contents}.first(size)});
}

/// The same command came before: its reply goes out again, and nothing is executed.
bool Agent::replayed(const omci::Header& header) noexcept {
    const omci::Octets again = replay_.find(header);
    if (again.empty()) return false;
    // The OLT did not hear the answer to this close. What was collected since is then a repeat of the same window,
    // not the beginning of the next (G.988 I.3.2). After a 6 the window is still wanted.
    const bool kept = again[result_at(header.set)] == omci::value(ResultCode::device_busy);
    if (header.action == Action::download_section && !kept) download_.forget_window();
    send(again);
    return true;
}

void Agent::send(omci::Octets frame) noexcept {
    // A reply that was not sent is a reply that got lost: the OLT asks again.
    (void)platform_.send(platform_.context, frame.data(), frame.size());
}

omci::TrailerChoice Agent::trailer() const noexcept {
    omci::TrailerChoice choice;
    choice.trailer = options_.seal_frames != 0 ? omci::Trailer::mic : omci::Trailer::length;
    return choice;
}

MibSource Agent::source(std::uint64_t now_ms) noexcept {
    if (!began_) {
        began_ = true;
        began_ms_ = now_ms;
    }
    // Truncated first: a 32-bit processor then divides without help, and the attribute goes round anyway.
    const auto uptime_ms = static_cast<std::uint32_t>(now_ms - began_ms_);
    return {identity_, record(), update_status(), platform_.md5_start != nullptr, uptime_ms / 10};
}

void Agent::drop(ont_drop why) noexcept { report(platform_, ONT_EVENT_FRAME_DROPPED, static_cast<std::uint32_t>(why)); }

bool Agent::step(std::uint64_t now_ms) noexcept {
    if (!restarting_) {
        if (platform_.feed_watchdog != nullptr) platform_.feed_watchdog(platform_.context);
        const bool more = download_.step(host());
        observe(now_ms);
        return more;
    }
    if (!restart_asked_) platform_.reboot(platform_.context);
    restart_asked_ = true;
    return false;
}

int Agent::healthy() noexcept {
    if (restarting_) return 0;  // this image is on its way out: what was decided about the next one stays
    const bool changed = record().announced != record().active;
    if (!bank_.prove(platform_)) return ONT_ERROR_STORAGE;
    if (!changed) return 0;
    for (std::uint8_t image = 0; image < images; ++image) notify_active(image);
    return 0;
}

/// Is active changed by itself, across a reboot (G.988 9.1.4, AVC 3).
void Agent::notify_active(std::uint8_t image) noexcept {
    const std::array<std::uint8_t, 1> active{record().active == image ? std::uint8_t{1} : std::uint8_t{0}};
    notify(MeClass::software_image, omci::image_instance(image), omci::software_image::is_active, active);
}

/// Tells log and OLT what changed in the update. An OLT that never read the entity does not know the class, and hears
/// nothing of it.
void Agent::observe(std::uint64_t now_ms) noexcept {
    omci::UpdatePhase phase{};
    if (const auto why = download_.take_refusal(phase); why != omci::Refusal::none)
        update_.refused(why, phase, download_.image(), now_ms);
    const UpdateStatus status = update_status();
    const std::uint16_t changes = update_.take_changes(status);
    if ((changes & omci::update_entity::state) != 0)
        report(platform_, ONT_EVENT_UPDATE_STATE, static_cast<std::uint32_t>(status.state));
    if (changes == 0 || !update_.watched()) return;
    std::array<std::uint8_t, 1 + omci::LastRefusal::octets> values;
    const std::size_t size = write_update(status, changes, values);
    notify(omci::update_entity_class, omci::update_entity_instance, changes, omci::Octets{values}.first(size));
}

void Agent::notify(MeClass me_class, omci::MeInstance instance, std::uint16_t mask, omci::Octets values) noexcept {
    omci::Header header;
    header.action = Action::attribute_value_change;
    header.me_class = me_class;
    header.me_instance = instance;
    const omci::AttributeValueChange message{omci::AttributeMask{mask}, values};
    std::array<std::uint8_t, omci::baseline_frame_octets> room;
    const auto size = omci::write_frame(header, message, room, trailer());
    if (size) send(omci::Octets{room}.first(*size));
}

}  // namespace ont
