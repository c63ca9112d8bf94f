// SPDX-License-Identifier: Apache-2.0
// The parts of the bench that wait for an ONT to come back, and bring it back to how it was found.
#include <fmt/format.h>

#include <algorithm>

#include "omci/mib_messages.h"
#include "tools/conform/bench.h"
#include "tools/units.h"

namespace tools::conform {
namespace {

using namespace std::chrono_literals;
using omci::Action;
using omci::MeClass;
using omci::ResultCode;

constexpr auto settle_max = 10s;  ///< an ONT that shows another image but was never away may be about to leave
constexpr std::uint8_t clear_window = 1;
constexpr std::uint32_t clear_octets = 64;

std::string image_text(const omci::SoftwareImage& image) {
    std::string text = image.valid ? "valid" : "not valid";
    if (image.active) text += ", active";
    if (image.committed) text += ", committed";
    if (const auto version = version_text(image.version); image.valid && !version.empty())
        text += fmt::format(" ({})", version);
    return text;
}

}  // namespace

void Bench::await_restart(std::string_view what, unsigned active_before, std::optional<std::uint32_t> uptime_before) {
    const olt::Instant until = now() + settings_.reboot_wait;
    const olt::Duration settle = std::min<olt::Duration>(settle_max, settings_.reboot_wait / 10);
    std::optional<olt::Instant> flipped;
    bool was_away = false;
    while (now() < until) {
        const auto image = try_look(active_before);
        if (!image) {
            was_away = true;
            flipped.reset();
            continue;  // try_look() has waited
        }
        const auto up = uptime_before && !was_away ? uptime() : std::nullopt;
        if (was_away || (up && *up < *uptime_before)) return;
        if (!image->active && !flipped) flipped = now();
        if (flipped && now() - *flipped >= settle) return;
        rest(settings_.answer_time / 4);
    }
    throw Failure{fmt::format("{}: expected a restart within {}, came {}", what,
                              time_text(settings_.reboot_wait.count()), was_away ? "silence to the end" : "none")};
}

bool Bench::tidy() {
    abort_quietly();
    talk_.take_strays();
    bool answers = false;
    for (unsigned attempt = 0; attempt < settings_.attempts && !answers; ++attempt)
        answers = try_look(found_.active).has_value();
    const bool was_silent = !answers;
    for (const olt::Instant until = now() + settings_.gone_wait; !answers && now() < until;)
        answers = try_look(found_.active).has_value();
    if (!answers)
        throw Gone{
            fmt::format("ONU-ID {} is gone: silent for {}", onu_.onu_id, time_text(settings_.gone_wait.count()))};
    if (was_silent) abort_quietly();
    go_back_to_found();
    return !was_silent;
}

/// End with size 0, where a download may be running. What is answered does not matter: the next Start has its own case.
void Bench::abort_quietly() {
    if (!download_open_) return;
    const auto end = question(Action::end_software_download, MeClass::software_image, target(),
                              omci::EndRequest{omci::ImageCrc{0xFFFF'FFFF}, 0, omci::TargetList::one(target())});
    if (ask(end, Insist::yes)) download_open_ = false;
}

/// Activates and commits what was active and committed.
void Bench::go_back_to_found() {
    const auto old = found_.active;
    const omci::SoftwareImage is = look(old);
    if (is.active && is.committed) return;
    const auto instance = omci::image_instance(old);
    if (!is.active) {
        const auto up = uptime();
        const Heard answer = demand(question(Action::activate_software, MeClass::software_image, instance,
                                             omci::ActivateRequest{omci::CallPolicy::always}),
                                    "Activate of the old image");
        expect_result(answer, "Activate of the old image", ResultCode::success);
        await_restart("Activate of the old image", 1 - old, up);
    }
    if (look(old).committed) return;
    const Heard answer =
        demand(question(Action::commit_software, MeClass::software_image, instance, omci::CommitRequest{}),
               "Commit of the old image");
    expect_result(answer, "Commit of the old image", ResultCode::success);
}

/// A Start clears Is valid, and an End that must fail leaves it so.
void Bench::clear_idle_image() {
    for (const std::uint32_t end_octets : {std::uint32_t{0}, clear_octets}) {
        if (!look(found_.idle()).valid) return;
        (void)demand(question(Action::start_software_download, MeClass::software_image, target(),
                              omci::StartRequest{clear_window - 1, clear_octets, omci::TargetList::one(target())}),
                     "Start, to clear the image");
        (void)demand(
            question(Action::end_software_download, MeClass::software_image, target(),
                     omci::EndRequest{omci::ImageCrc{0xFFFF'FFFF}, end_octets, omci::TargetList::one(target())}),
            "End, to clear the image");
    }
}

std::string Bench::restore() {
    variant_ = Variant::baseline;
    tidy();
    if (touched_) clear_idle_image();
    const unsigned idle = found_.idle();
    const omci::SoftwareImage kept = look(found_.active);
    const omci::SoftwareImage other = look(idle);
    const std::string left =
        fmt::format("image {} {}; image {} {}", found_.active, image_text(kept), idle, image_text(other));
    if (!kept.active || !kept.committed || other.active || other.committed)
        throw Failure{
            fmt::format("expected image {} active and committed as found, left with {}", found_.active, left)};
    if (touched_ && other.valid) throw Failure{fmt::format("expected no image of ours left valid, left with {}", left)};
    if (touched_ && found_.images[idle].valid)
        return left + fmt::format("; it was {} before, and was downloaded over", image_text(found_.images[idle]));
    return left;
}

}  // namespace tools::conform
