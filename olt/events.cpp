// SPDX-License-Identifier: Apache-2.0
#include "olt/events.h"

#include <array>

namespace olt {

const char* text(Result result) noexcept {
    switch (result) {
    case Result::upgraded: return "upgraded";
    case Result::up_to_date: return "up to date";
    case Result::refused: return "refused";
    case Result::failed: return "failed";
    case Result::fell_back: return "fell back";
    case Result::lost: return "lost";
    case Result::held: return "held";
    case Result::aborted: return "aborted";
    }
    return "unknown";
}

const char* text(Reason reason) noexcept {
    switch (reason) {
    case Reason::none: return "";
    case Reason::no_idle_image: return "no idle image: both are in use";
    case Reason::start_refused: return "Start software download refused";
    case Reason::image_refused: return "the ONT refuses this image";
    case Reason::activate_refused: return "Activate software refused";
    case Reason::commit_refused: return "Commit software refused";
    case Reason::call_up: return "a call is up";
    case Reason::busy: return "device busy for too long";
    case Reason::silent: return "does not answer";
    case Reason::too_slow: return "slower than its group";
    case Reason::windows_refused: return "windows failed again and again";
    case Reason::image_crc: return "the stored image has a wrong CRC or size";
    case Reason::repeat_needed: return "End failed after a repeat, and without repeats a window failed";
    case Reason::not_valid: return "the stored image is not valid, or its hash is wrong";
    case Reason::no_look: return "its Software image instances cannot be read";
    case Reason::went_down: return "went down";
    case Reason::revoked: return "its OMCC was revoked";
    case Reason::moved: return "moved to another PON";
    case Reason::not_there: return "never came up";
    case Reason::canary_failed: return "the first ONTs to activate failed";
    case Reason::stopped: return "stopped by the operator";
    case Reason::old_image_active: return "the old image is active after the restart";
    case Reason::keyed_check: return "its frames are keyed";
    case Reason::not_set_up: return "not put on the shared port";
    case Reason::deaf: return "does not hear the shared port";
    case Reason::too_small_window: return "agrees only to small windows";
    case Reason::no_group: return "nobody to share with";
    case Reason::late: return "was not ready when groups were formed";
    }
    return "unknown";
}

const char* text(Stage stage) noexcept {
    constexpr std::array names{"absent",    "looking", "waiting",    "starting",  "transferring", "aborting", "ending",
                               "verifying", "staged",  "activating", "rebooting", "committing",   "asking",   "done"};
    const auto index = static_cast<std::size_t>(stage);
    return index < names.size() ? names[index] : "unknown";
}

std::string text(const SerialNumber& serial) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < 4; ++i) {
        const std::uint8_t letter = serial.octets[i];
        out += letter >= 0x21 && letter <= 0x7E ? static_cast<char>(letter) : '?';
    }
    for (std::size_t i = 4; i < 8; ++i) {
        out += digits[serial.octets[i] >> 4];
        out += digits[serial.octets[i] & 0x0F];
    }
    return out;
}

}  // namespace olt
