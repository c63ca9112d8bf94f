// SPDX-License-Identifier: Apache-2.0
// What is said of one ONT: the events of its handler as lines of a log.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "omci/refusal.h"
#include "omci/update_entity.h"
#include "tools/ont/daemon.h"
#include "tools/units.h"

namespace tools {
namespace {

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

/// From within the handler, which may not be asked anything: windows are counted here, all else is said behind it.
void OntDaemon::note(int kind, std::uint32_t value) {
    if (kind == ONT_EVENT_WINDOW_REFUSED) {
        refused_ += downloading_ ? 1 : 0;
        return;
    }
    if (kind == ONT_EVENT_WINDOW_ACCEPTED && value < next_tenth_) return;
    if (kind == ONT_EVENT_BLOCK_KEPT || kind == ONT_EVENT_BLOCK_COPIED) {
        ++(kind == ONT_EVENT_BLOCK_KEPT ? kept_ : copied_);
        return;
    }
    if (kind == ONT_EVENT_DOWNLOAD_STARTED) kept_ = copied_ = 0;
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
            refusal_said_ = false;
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
        case ONT_EVENT_STORAGE_FAILED: tell_storage_failure(told.value, told.error); break;
        case ONT_EVENT_REFUSED: tell_refusal(told.value); break;
        case ONT_EVENT_UPDATE_STATE: tell_update_state(told.value); break;
        case ONT_EVENT_COUNTER_RAISED: say(fmt::format("its security counter is {} from now on", told.value)); break;
        default: break;
        }
    }
}

void OntDaemon::tell_end(std::uint32_t how, olt::Instant now) {
    downloading_ = false;
    if (how == 0) {
        say(fmt::format("image {} is stored and good, {}, after {}{}", standby(), named(image(standby()).version),
                        time_text((now - download_began_).count()), saved_blocks() + refused_windows()));
        return;
    }
    constexpr std::uint32_t refused = 1;
    if (how == refused && refusal_said_) return say("download ended: refused" + saved_blocks() + refused_windows());
    constexpr std::array<const char*, 4> words{
        "", "refused: its size or CRC is not the one that End names, or the storage failed", "aborted by the OLT",
        "thrown away by another Start"};
    say(fmt::format("download ended: {}{}", how < words.size() ? words[how] : "?", saved_blocks() + refused_windows()));
}

/// Why it will not have this image, in the words that the OLT's report has for it.
void OntDaemon::tell_refusal(std::uint32_t number) {
    const omci::RefusalRow& row = omci::row(static_cast<omci::Refusal>(number));
    say(fmt::format("refuses the image: {} ({}): {}", row.name, row.tag, row.sentence));
    refusal_said_ = true;
}

/// Those that no other line speaks of at that moment.
void OntDaemon::tell_update_state(std::uint32_t number) {
    const auto state = static_cast<omci::UpdateState>(number);
    if (state == omci::UpdateState::rollback) return say("update: Rollback, the image on trial was given up");
    if (!packages_) return;  // what there is to say of a plain image is said
    if (state != omci::UpdateState::verifying && state != omci::UpdateState::applying) return;
    unsigned percent = 0;
    ont_update(&handler_, nullptr, &percent, nullptr);
    say(fmt::format("update: {}, {} %", omci::text(state), percent));
}

void OntDaemon::tell_storage_failure(std::uint32_t where, int error) {
    constexpr std::uint32_t boot_record = 0xFFFF'FFFF, counter = 0xFFFF'FFFE;
    say(fmt::format("the storage failed at {}: {}",
                    where == boot_record ? "the boot record"
                    : where == counter   ? "the security counter"
                                         : fmt::format("octet {} of image {}", grouped(where), standby()),
                    std::strerror(error)));
}

std::string OntDaemon::saved_blocks() const {
    std::string out;
    if (kept_ > 0) out += fmt::format(", {} block{} kept", grouped(kept_), kept_ == 1 ? "" : "s");
    if (copied_ > 0) out += fmt::format(", {} copied from image {}", grouped(copied_), running_);
    return out;
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
