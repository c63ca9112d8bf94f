// SPDX-License-Identifier: Apache-2.0
// All that an engine reports, as one variant. The host drains Engine::poll_event() and acts on what concerns it.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "olt/address.h"
#include "olt/time.h"
#include "omci/software_image.h"
#include "omci/update_entity.h"

namespace olt {

/// What became of one ONT.
enum class Result : std::uint8_t {
    upgraded,    ///< the new image is active, and committed unless the campaign asked not to
    up_to_date,  ///< it held the image already; nothing was sent
    refused,     ///< the ONT cannot or will not take the image; it runs what it ran
    failed,      ///< attempts were used up; it runs what it ran
    fell_back,   ///< it activated the new image and came back with the old one
    lost,        ///< it went away and did not return
    held,        ///< the new image lies ready, but was not activated because the canaries failed
    aborted,     ///< the campaign was stopped
};

enum class Reason : std::uint8_t {
    none,
    no_idle_image,     ///< both images are in use: active and committed differ (S4, S4')
    start_refused,     ///< Start software download answered with an error
    image_refused,     ///< a section answered 3: the ONT refuses this image for good
    activate_refused,  ///< Activate answered with an error
    commit_refused,    ///< Commit answered with an error
    call_up,           ///< Activate answered "device busy" for too long: a call is up
    busy,              ///< answered "device busy" for too long
    silent,            ///< does not answer
    too_slow,          ///< made its group wait; served alone since
    windows_refused,   ///< windows failed again and again
    image_crc,         ///< End software download: the CRC or the size is wrong
    repeat_needed,     ///< End failed after a repeat, and the clean transfer behind it could not do without one
    not_valid,         ///< the image is stored but not valid, or its hash is not the image's
    no_look,           ///< its Software image instances cannot be read
    went_down,         ///< the host reported it down
    revoked,           ///< the host took its OMCC back and did not grant it again
    moved,             ///< came up on another PON, and so left the campaign
    canary_failed,
    not_there,         ///< a target that never came up
    stopped,           ///< by the host
    old_image_active,  ///< after the restart

    // Why an ONT was served alone in a campaign that shares (OntDone::alone).
    keyed_check,       ///< XG(S)-PON: no frame is valid for two ONTs
    not_set_up,        ///< the host did not put it on the shared port
    deaf,              ///< does not answer on the shared port
    too_small_window,  ///< agrees only to windows that would slow a group down
    no_group,          ///< nobody to share with: another image, or another message set
    late,              ///< was not ready when the groups were formed
};

/// Words for reports: "no idle image" and so on.
const char* text(Result result) noexcept;
const char* text(Reason reason) noexcept;

/// A stage of one ONT's upgrade, for progress views.
enum class Stage : std::uint8_t {
    absent,
    looking,
    waiting,  ///< looked at; its turn comes
    starting,
    transferring,
    aborting,
    ending,
    verifying,
    staged,  ///< the image is stored and valid; to be activated
    activating,
    rebooting,
    committing,
    asking,  ///< its end is known; it is asked why, before it is reported
    done,
};

const char* text(Stage stage) noexcept;

// --- for the host to act on ---

/// Put this ONT on the shared port, then call Engine::shared_ready().
struct WantShared {
    Address onu;
};

/// Keep MIB uploads and audits off this ONT from now until its OntDone (G.988 B.2.3).
struct QuiesceMib {
    Address onu;
};

/// The engine's own commands moved this ONT's MIB data sync by `steps` (1..255, wrapping to 1).
struct MibSyncAdvanced {
    Address onu;
    std::uint8_t steps = 1;
};

/// A frame that answers nothing the engine asked: a notification, or another's transaction. `octets` as received.
struct ForeignFrame {
    Address from;
    std::vector<std::uint8_t> octets;
};

/// To be stored before the engine goes on with this ONT: call Engine::stored(number) once it is safe.
struct Record {
    enum class What : std::uint8_t { start, activate, commit };

    std::uint64_t number = 0;  ///< ascending from 1
    SerialNumber serial;
    What what{};
    std::uint8_t image = 0;  ///< the instance concerned
};

// --- to be shown ---

/// An ONT moved on to another stage.
struct StageChanged {
    Address onu;
    SerialNumber serial;
    Stage stage{};
};

/// From `joined` on the ONT's answers to closes count; after `joined == false` none does.
struct Membership {
    Address onu;
    SerialNumber serial;
    bool joined = false;
    Reason reason = Reason::none;  ///< why it left before its image was complete
};

/// A group of ONTs shares a transfer; `group` counts from 1 per PON.
struct GroupFormed {
    std::uint8_t pon = 0;
    std::uint16_t group = 0;
    std::uint8_t image = 0;             ///< idle instance of its members
    std::uint16_t window_sections = 0;  ///< agreed
    std::uint16_t members = 0;
    omci::MessageSet set{};
    bool shared = false;  ///< false: interleaved unicast
    bool shared_close = false;
};

/// The end of one ONT's upgrade.
struct OntDone {
    Address onu;
    SerialNumber serial;
    Result result{};
    Reason reason{};
    std::uint8_t result_code = 0;  ///< the ONT's own result octet, where `reason` is a refusal
    std::uint8_t image = 0;        ///< the instance that was written, or that is active where nothing was written
    bool active = false;           ///< of that instance, as last read
    bool committed = false;
    bool valid = false;
    omci::Version version{};
    Reason alone{};           ///< why it was served alone where the campaign shares; none: it was not
    std::uint16_t group = 0;  ///< 0: none, or interleaved unicast
    std::uint32_t windows_repaired = 0;
    Instant began{};
    Instant ended{};
    /// Why the ONT would not have the image, as its update entity says (omci/update_entity.h). None where it has no
    /// such entity, did not answer in time, or names nothing.
    std::optional<omci::LastRefusal> refusal{};
    bool rolled_back = false;  ///< fell_back, and the ONT itself says that it gave a trial up
};

/// No ONT is left to serve.
struct CampaignDone {
    std::uint32_t upgraded = 0;
    std::uint32_t up_to_date = 0;
    std::uint32_t others = 0;
};

using Event = std::variant<WantShared, QuiesceMib, MibSyncAdvanced, ForeignFrame, Record, StageChanged, Membership,
                           GroupFormed, OntDone, CampaignDone>;

}  // namespace olt
