// SPDX-License-Identifier: Apache-2.0
// The platform under the handler of one ONT: storage, MD5, packages, restarts. What is said of it: daemon_log.cpp.
#include "tools/ont/daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "omci/software_download.h"
#include "tools/units.h"

namespace tools {
namespace {

std::uint64_t in_ms(olt::Instant now) {
    return static_cast<std::uint64_t>(now.time_since_epoch() / std::chrono::milliseconds{1});
}

[[noreturn]] void fail(const std::string& place, const std::string& cause) {
    throw std::runtime_error{fmt::format("slots in {}: {}", place, cause)};
}

}  // namespace

/// The callbacks of ont.h that are not the slots' own. `context` is the OntDaemon.
struct OntDaemon::Calls {
    static OntDaemon& self(void* context) { return *static_cast<OntDaemon*>(context); }

    static void lend(ont_platform& p) {
        p.version = ONT_PLATFORM_VERSION;
        ont::lend_slots<OntDaemon>(p);
        ont::lend_records<OntDaemon>(p);
        p.send = [](void* c, const std::uint8_t* frame, std::size_t octets) {
            self(c).outside_.ont_sends(self(c).onu_id_, {frame, octets});
            return 0;
        };
        p.reboot = [](void* c) { self(c).restart_asked_ = true; };
        p.md5_start = [](void* c) { self(c).md5_.start(); };
        p.md5_update = [](void* c, const std::uint8_t* octets, std::size_t count) {
            self(c).md5_.update({octets, count});
        };
        p.md5_finish = [](void* c, std::uint8_t hash[16]) {
            const auto md5 = self(c).md5_.finish();
            std::copy(md5.begin(), md5.end(), hash);
        };
        p.event = [](void* c, int kind, std::uint32_t value) { self(c).note(kind, value); };
    }
};

OntDaemon::OntDaemon(const OntKind& kind, std::uint16_t onu_id, const olt::SerialNumber& serial,
                     const std::string& place, OntOutside& outside)
    : outside_{outside},
      onu_id_{onu_id},
      reboot_time_{kind.reboot_time},
      busy_time_{kind.busy_time},
      identity_{kind.identity},
      window_{std::make_unique_for_overwrite<std::uint8_t[]>(kind.window_octets)},
      storage_{place, kind.state_folder, kind.slot_octets} {
    std::copy(serial.octets.begin(), serial.octets.end(), identity_.serial_number);
    options_.window_sections_max = kind.window_sections_max;
    options_.window = window_.get();
    options_.window_octets = kind.window_octets;
    options_.seal_frames = 0;  // the link does
    options_.trial_boots_max = kind.trial_boots;
    platform_.context = this;
    Calls::lend(platform_);

    if (kind.packages.taken) {
        packages_ = std::make_unique<OntPackages>(kind.packages, std::max(slots().octets(0), slots().octets(1)));
        packages_->lend(options_);
        OntPackages::lend<OntDaemon>(platform_);
        options_.rewrite_all = slots().reads_stay() ? 0 : 1;
    }
    if (kind.boot_environment.empty()) {
        leave_factory(kind, place);
        return;
    }
    // What its loader has in its variables is the ONT, however it came to be.
    loader_ = std::make_unique<BoardLoader>(kind.boot_environment, kind.boot_dialect);
    platform_.record_read = [](void* c, std::uint8_t* octets, std::size_t room, std::size_t* size) {
        return Calls::self(c).boot_environment().record_read(octets, room, size);
    };
    platform_.record_write = [](void* c, const std::uint8_t* octets, std::size_t size) {
        return Calls::self(c).boot_environment().record_write(octets, size);
    };
}

void OntDaemon::leave_factory(const OntKind& kind, const std::string& place) {
    std::array<std::uint8_t, ONT_RECORD_OCTETS_MAX> record;
    std::size_t size = 0;
    if (records().record_read(record.data(), record.size(), &size) != 0)
        fail(place, fmt::format("the boot record cannot be read: {}",
                                errno == EBADMSG ? "both copies of it are damaged" : std::strerror(errno)));
    if (size > 0) return;
    if (ont_factory_record(&platform_, kind.factory_image, kind.factory_version.data(), nullptr) != 0)
        fail(place, fmt::format("the boot record cannot be written: {}", std::strerror(errno)));
}

/// 0 and the image that runs, or an ONT_ERROR_* and perhaps why.
int OntDaemon::choose_image(std::string& cause) {
    if (!loader_) return ont_boot(&platform_, &options_, &running_);
    cause = loader_->boot(running_);
    return cause.empty() ? ont_booted(&platform_, &options_, running_) : ONT_ERROR_STORAGE;
}

void OntDaemon::boot(olt::Instant now) {
    runs_ = restart_asked_ = false;
    told_count_ = 0;
    std::string cause;
    int error = choose_image(cause);
    if (error == 0) error = ont_init(&handler_, &platform_, &identity_, &options_);
    if (error != 0) {
        boots_at_ = now + std::max(reboot_time_, ont_boot_retry_min);
        if (cause.empty())
            cause = error == ONT_ERROR_NO_IMAGE ? "no slot holds an image that may run"
                                                : "the boot record cannot be read or written";
        if (!boot_failure_said_) say("cannot boot: " + cause);
        boot_failure_said_ = true;
        return;
    }
    slots().set_running(running_);
    runs_ = true;
    boot_failure_said_ = false;
    boots_at_ = olt::never;
    busy_until_ = busy_time_ > olt::Duration{} ? now + busy_time_ : olt::Instant::min();
    tell_state();
    if (ont_healthy(&handler_) != 0) say("the boot record cannot be written: this boot counts as a failed one");
    tell(now);
}

void OntDaemon::handle(omci::Octets frame, ont_origin origin, olt::Instant now) {
    if (!runs_ || (now < busy_until_ && refuse_busy(frame, origin))) return;
    ont_handle(&handler_, frame.data(), frame.size(), origin, in_ms(now));
    if (told_count_ > 0) tell(now);
}

bool OntDaemon::step(olt::Instant now) {
    if (!runs_) return false;
    const bool more = ont_step(&handler_, in_ms(now)) != 0;
    if (told_count_ > 0) tell(now);
    if (!restart_asked_) return more;
    runs_ = false;
    boots_at_ = now + reboot_time_;
    say(fmt::format("restarts{}; back in {}", downloading_ ? ", which throws the download away" : "",
                    time_text(reboot_time_.count())));
    downloading_ = false;
    return false;
}

/// An ONT whose flash is not ready yet is read like any other; what would change its images has to wait.
bool OntDaemon::refuse_busy(omci::Octets octets, ont_origin origin) {
    const auto frame = omci::read_frame(octets);
    if (!frame || frame->truncated || frame->header.acknowledgement) return false;
    const omci::Header& command = frame->header;
    if (command.me_class != omci::MeClass::software_image || command.action == omci::Action::get) return false;
    if (command.set == omci::MessageSet::extended && !omci::speaks_extended(identity_.omcc_version)) return false;
    if (origin != ONT_FROM_OMCC && command.action != omci::Action::download_section) return false;
    if (!command.acknowledge_request) return true;
    constexpr auto busy = omci::ResultCode::device_busy;
    const omci::Header header = omci::response_to(command);
    std::array<std::uint8_t, omci::frame_max_octets> room;
    const auto size = [&]() -> omci::Result<std::size_t> {
        switch (header.action) {
        case omci::Action::start_software_download:
            return omci::write_frame(header, omci::StartResponse{busy, 0, {}}, room);
        case omci::Action::download_section: {
            const std::uint8_t number = frame->contents.empty() ? std::uint8_t{0} : frame->contents[0];
            return omci::write_frame(header, omci::SectionResponse{busy, number}, room);
        }
        case omci::Action::end_software_download:
            return omci::write_frame(header, omci::EndResponse{.result = busy}, room);
        default: return omci::write_frame(header, omci::ActivateResponse{busy}, room);
        }
    }();
    if (size) outside_.ont_sends(onu_id_, omci::Octets{room}.first(*size));
    say("answers device busy");
    return true;
}

OntDaemon::ImageState OntDaemon::image(std::uint8_t image) const {
    ImageState state;
    std::uint8_t valid = 0, active = 0, committed = 0;
    ont_image_state(&handler_, image, &valid, &active, &committed, state.version.data());
    state.valid = valid != 0;
    state.active = active != 0;
    state.committed = committed != 0;
    return state;
}

}  // namespace tools
