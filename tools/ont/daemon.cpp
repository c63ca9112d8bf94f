// SPDX-License-Identifier: Apache-2.0
// The platform under the handler of one ONT: files, MD5, restarts; and what is said of it.
#include "tools/ont/daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "omci/software_download.h"
#include "tools/units.h"

namespace tools {
namespace {

std::uint64_t in_ms(olt::Instant now) {
    return static_cast<std::uint64_t>(now.time_since_epoch() / std::chrono::milliseconds{1});
}

[[noreturn]] void fail(const std::string& folder, const std::string& cause) {
    throw std::runtime_error{fmt::format("slots in {}: {}", folder, cause)};
}

/// What an OLT is told in `version`, for people.
std::string named(const omci::Version& version) {
    const std::string_view name = omci::text(version);
    return name.empty() ? "without a version" : fmt::format("version {}", name);
}

/// Octets that make `count` tenths of `octets` whole.
std::uint32_t tenth(std::uint32_t octets, std::uint64_t count) {
    return static_cast<std::uint32_t>((octets * count + 9) / 10);
}

bool is_power_of_ten(std::uint64_t number) {
    while (number % 10 == 0 && number > 0) number /= 10;
    return number == 1;
}

}  // namespace

/// The callbacks of ont.h that are not the slots' own. `context` is the OntDaemon.
struct OntDaemon::Calls {
    static OntDaemon& self(void* context) { return *static_cast<OntDaemon*>(context); }

    static void lend(ont_platform& p) {
        p.version = ONT_PLATFORM_VERSION;
        p.slot_octets = [](void* c, std::uint8_t) { return self(c).slots_.slot_octets(); };
        p.slot_erase_unit = [](void*, std::uint8_t) { return ont::FileSlots::unit_octets; };
        p.slot_erase = [](void* c, std::uint8_t image, std::uint32_t at) { return self(c).slots_.erase(image, at); };
        p.slot_write = [](void* c, std::uint8_t image, std::uint32_t at, const std::uint8_t* octets,
                          std::size_t count) { return self(c).slots_.write(image, at, octets, count); };
        p.slot_read = [](void* c, std::uint8_t image, std::uint32_t at, std::uint8_t* octets, std::size_t count) {
            return self(c).slots_.read(image, at, octets, count);
        };
        p.slot_sync = [](void* c, std::uint8_t image) { return self(c).slots_.sync(image); };
        p.record_read = [](void* c, std::uint8_t* octets, std::size_t room, std::size_t* size) {
            return self(c).slots_.record_read(octets, room, size);
        };
        p.record_write = [](void* c, const std::uint8_t* octets, std::size_t size) {
            return self(c).slots_.record_write(octets, size);
        };
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
                     const std::string& folder, OntOutside& outside)
    : outside_{outside},
      onu_id_{onu_id},
      reboot_time_{kind.reboot_time},
      busy_time_{kind.busy_time},
      identity_{kind.identity},
      window_{std::make_unique_for_overwrite<std::uint8_t[]>(kind.window_octets)} {
    std::copy(serial.octets.begin(), serial.octets.end(), identity_.serial_number);
    options_.window_sections_max = kind.window_sections_max;
    options_.window = window_.get();
    options_.window_octets = kind.window_octets;
    options_.seal_frames = 0;  // the link does
    options_.trial_boots_max = kind.trial_boots;
    platform_.context = this;
    Calls::lend(platform_);

    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) fail(folder, error.message());
    switch (const int opened = slots_.open(folder, kind.slot_octets)) {
    case 0: break;
    case ont::FileSlots::in_use: fail(folder, "in use by another process");
    case ont::FileSlots::other_size:
        fail(folder,
             fmt::format("they have {} octets, and {} are wanted; give --slot-size {} or another --slots folder",
                         grouped(slots_.found_octets()), grouped(kind.slot_octets), slots_.found_octets()));
    default: fail(folder, std::strerror(opened));
    }
    leave_factory(kind, folder);
}

void OntDaemon::leave_factory(const OntKind& kind, const std::string& folder) {
    std::array<std::uint8_t, ONT_RECORD_OCTETS_MAX> record;
    std::size_t size = 0;
    if (slots_.record_read(record.data(), record.size(), &size) != 0)
        fail(folder, fmt::format("the boot record cannot be read: {}", std::strerror(errno)));
    if (size > 0) return;
    if (ont_factory_record(&platform_, kind.factory_image, kind.factory_version.data(), nullptr) != 0)
        fail(folder, fmt::format("the boot record cannot be written: {}", std::strerror(errno)));
}

void OntDaemon::boot(olt::Instant now) {
    runs_ = restart_asked_ = false;
    told_count_ = 0;
    int error = ont_boot(&platform_, &options_, &running_);
    if (error == 0) error = ont_init(&handler_, &platform_, &identity_, &options_);
    if (error != 0) {
        boots_at_ = now + std::max(reboot_time_, ont_boot_retry_min);
        if (!boot_failure_said_)
            say(error == ONT_ERROR_NO_IMAGE ? "cannot boot: no slot holds an image that may run"
                                            : "cannot boot: the boot record cannot be read or written");
        boot_failure_said_ = true;
        return;
    }
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

/// From within the handler, which may not be asked anything: windows are counted here, all else is said behind it.
void OntDaemon::note(int kind, std::uint32_t value) {
    if (kind == ONT_EVENT_WINDOW_REFUSED) {
        refused_ += downloading_ ? 1 : 0;
        return;
    }
    if (kind == ONT_EVENT_WINDOW_ACCEPTED && value < next_tenth_) return;
    if (told_count_ < told_.size()) told_[told_count_++] = {kind, value, errno};
}

void OntDaemon::tell(olt::Instant now) {
    const std::size_t count = std::exchange(told_count_, std::uint8_t{0});
    for (std::size_t i = 0; i < count; ++i) {
        const Told& told = told_[i];
        switch (told.kind) {
        case ONT_EVENT_DOWNLOAD_STARTED:
            downloading_ = true;
            announced_ = told.value;
            next_tenth_ = tenth(announced_, 1);
            refused_ = 0;
            download_began_ = now;
            say(fmt::format("download into image {} begins, {} octets", standby(), grouped(announced_)));
            break;
        case ONT_EVENT_WINDOW_ACCEPTED: {
            const std::uint64_t tenths = std::uint64_t{told.value} * 10 / announced_;
            next_tenth_ = tenths < 10 ? tenth(announced_, tenths + 1) : ~std::uint32_t{0};
            say(fmt::format("image {}: {} %{}{}", standby(), tenths * 10, refused_windows(),
                            told.value == announced_ ? ", reading it back" : ""));
            break;
        }
        case ONT_EVENT_DOWNLOAD_ENDED: tell_end(told.value, now); break;
        case ONT_EVENT_ACTIVATE: say(fmt::format("activates image {}", told.value)); break;
        case ONT_EVENT_COMMIT: say(fmt::format("image {} is committed", told.value)); break;
        case ONT_EVENT_FRAME_DROPPED: tell_drop(told.value); break;
        case ONT_EVENT_STORAGE_FAILED:
            say(fmt::format("the storage failed at {}: {}",
                            told.value == ~std::uint32_t{0}
                                ? "the boot record"
                                : fmt::format("octet {} of image {}", grouped(told.value), standby()),
                            std::strerror(told.error)));
            break;
        default: break;
        }
    }
}

void OntDaemon::tell_end(std::uint32_t how, olt::Instant now) {
    downloading_ = false;
    if (how == 0) {
        say(fmt::format("image {} is stored and good, {}, after {}{}", standby(), named(image(standby()).version),
                        time_text((now - download_began_).count()), refused_windows()));
        return;
    }
    constexpr std::array<const char*, 4> words{
        "", "refused: its size or CRC is not the one that End names, or the storage failed", "aborted by the OLT",
        "thrown away by another Start"};
    say(fmt::format("download ended: {}{}", how < words.size() ? words[how] : "?", refused_windows()));
}

/// A storm on the shared port must not become one in the log: the first one, the tenth, the hundredth.
void OntDaemon::tell_drop(std::uint32_t why) {
    if (why == ONT_DROP_RESTARTING) return;  // nobody knows yet that it does
    if (why >= drops_.size() || !is_power_of_ten(++drops_[why])) return;
    constexpr std::array<const char*, 4> words{"", "its check is wrong", "it cannot be read or is no command",
                                               "not for the shared port"};
    say(fmt::format("frame dropped: {} ({} so far)", words[why], grouped(drops_[why])));
}

std::string OntDaemon::refused_windows() const {
    if (refused_ == 0) return "";
    return fmt::format(", {} window{} refused", grouped(refused_), refused_ == 1 ? "" : "s");
}

void OntDaemon::tell_state() {
    const ImageState running = image(running_), other = image(standby());
    std::string words = fmt::format("runs image {}, {}, {}; image {} ", running_, named(running.version),
                                    running.committed ? "committed" : "not committed", standby());
    words += other.valid ? fmt::format("is valid, {}{}", named(other.version), other.committed ? ", committed" : "")
                         : "is not valid";
    if (busy_time_ > olt::Duration{}) words += fmt::format("; busy for {}", time_text(busy_time_.count()));
    say(words);
}

}  // namespace tools
