// SPDX-License-Identifier: Apache-2.0
// Every timeout, retry and bound of the engine, with its unit and its reason. A host may change any of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "olt/time.h"

namespace olt {

struct Policy {
    // --- answers ---

    /// First patience with a command. G.988 B.2 wants every answer within 1 s.
    Duration reply_timeout = std::chrono::seconds{1};
    /// The least patience with a close, however fast the answers measured: ONTs answer in 0.2-0.5 ms (1 ms at the 95th
    /// percentile) and a grant cycle comes on top. A resent close is harmless, since it carries the same TCI.
    Duration close_timeout_min = std::chrono::milliseconds{5};
    /// How long an ONT may stay silent to one command, resent with doubled timeouts, before it counts as gone.
    Duration silence_max = std::chrono::seconds{4};
    /// The same for a member of a group between two windows: the others wait for it.
    Duration member_silence_max = std::chrono::seconds{2};
    /// How soon a command answered "device busy" is asked again, the first time; doubled up to busy_poll_max.
    Duration busy_poll_min = std::chrono::milliseconds{5};
    Duration busy_poll_max = std::chrono::seconds{5};
    /// How long an ONT may go on answering "device busy" to one command. Field: End polled up to 24 x 5 s.
    Duration busy_max = std::chrono::seconds{120};
    /// The same for a member between two windows: erasing ahead of the transfer takes an ONT this long at the most.
    Duration member_busy_max = std::chrono::seconds{5};

    /// How far a host that wakes up late may catch up with the rate at once; ONT queues hold tens of frames.
    Duration pace_slack = std::chrono::microseconds{200};

    // --- groups ---

    /// How long the first look at the ONTs of a PON may take before those that answered go on. The others follow later.
    Duration look_wait_max = std::chrono::seconds{5};
    /// How long the host may take to put an ONT on the shared port before that ONT is served by unicast.
    Duration shared_wait_max = std::chrono::seconds{3};
    /// Probes on the shared port: answers come within milliseconds, and a second probe repeats the first one's TCI.
    Duration probe_timeout = std::chrono::milliseconds{200};
    std::uint8_t probes_max = 4;
    /// A group whose share of members (in percent) answered Start waits for the others no longer than start_wait_min,
    /// one below that share no longer than start_wait_max. Field: Start is answered in 100 ms, at worst in 5 s.
    std::uint8_t start_quorum_percent = 90;
    Duration start_wait_min = std::chrono::seconds{2};
    Duration start_wait_max = std::chrono::seconds{10};
    /// An ONT that agrees only to smaller windows than this is served by unicast: it would slow the whole group down.
    std::uint16_t window_floor_baseline = 16;
    std::uint16_t window_floor_extended = 4;
    /// A member that answers later than most, in most windows, leaves its group when its smoothed lateness passes this
    /// share (in percent) of the group's time for a window: it makes all others wait every time.
    std::uint8_t late_percent_max = 25;
    /// "Most" are all but this share of the members, in percent, and at least one.
    std::uint8_t late_share_percent = 10;
    /// Lateness is judged over no fewer windows than this, so that one lost answer evicts nobody.
    std::uint8_t late_windows_min = 64;
    /// However few windows: a member that cost its group this much time in all, and that share of it, leaves too.
    Duration late_total_max = std::chrono::seconds{3};
    /// And only in groups of at least this size: among fewer there are no most.
    std::size_t late_members_min = 4;
    /// A group smaller than this gains nothing from the shared port.
    std::size_t group_members_min = 2;
    /// Between the last shared section and a unicast close: two ports are two queues in an ONT, and the close must not
    /// overtake the sections.
    Duration close_guard = std::chrono::microseconds{1000};
    /// Before anybody is started after sections went out on the shared port: what still lies in an ONT's queue must not
    /// be taken for its first window (H3). 64 frames of an ONT that takes 1 ms for each are 64 ms.
    Duration shared_drain = std::chrono::milliseconds{250};
    /// An ONT that answers slowly is given more: as many answer times as frames may wait in its queue, but no more than
    /// shared_drain_max.
    std::uint16_t ont_queue_frames = 64;
    Duration shared_drain_max = std::chrono::seconds{2};
    /// Before a window is repaired on an ONT's own OMCC: sections of it that still wait behind the shared port are then
    /// followed by the repair, not by the next window (H1). An ONT that is known to keep up needs no more than this;
    /// one that is not (it never closed a window by unicast at the first try, or had to be asked again) shared_drain.
    Duration repair_guard = std::chrono::milliseconds{5};
    /// Answers that the OLT can take at once. A larger group closes its windows by unicast.
    std::size_t answers_in_flight_max = 128;
    /// How long a member may take to store the image after End before the next group goes on without it.
    Duration group_end_wait_max = std::chrono::seconds{60};
    /// A member whose repair of one window failed this often leaves its group.
    std::uint8_t repairs_max = 3;
    /// When more members than this (in percent) fail one window together the cause is common: nobody is evicted for it.
    std::uint8_t breaker_percent = 10;
    /// A member that refused this many windows in a row at their first close, when few others did, leaves its group.
    std::uint8_t refused_in_a_row_max = 8;
    /// But not for ever: with the breaker tripped a window is repaired at most this often.
    std::uint8_t repairs_with_breaker_max = 30;

    // --- one ONT ---

    /// How long an ONT that is given up may stay silent when it is asked why. It costs nobody else anything.
    Duration reason_wait_max = std::chrono::seconds{2};

    /// How long an ONT may go on answering a Get with an error: one that has just restarted may not know itself yet.
    Duration unreadable_max = std::chrono::seconds{15};
    /// Times an ONT is served from Start on before it is given up.
    std::uint8_t transfers_max = 3;
    /// Clean transfers, in which nothing is sent twice, beyond transfers_max: for an ONT whose End failed after a
    /// repeat, since some count what they get and take a repeat for more image. One is enough to tell. 0: none.
    std::uint8_t clean_transfers_max = 1;
    /// Offered in the Start of a clean transfer, unless the campaign offers less: what gets lost is usually dropped by
    /// a full queue in the ONT (tens of frames), and a window that fits in there cannot fill it.
    std::uint16_t clean_window_sections = 16;
    /// How long the answer to a close may take in a clean transfer, where the close is not sent again either. Field:
    /// the most patient OLT waits this long for a window.
    Duration clean_close_wait = std::chrono::seconds{10};
    /// Failed repairs of one window before a unicast transfer starts over.
    std::uint8_t unicast_repairs_max = 16;
    /// Activate commands sent to one ONT, each after a look that found the old image active.
    std::uint8_t activates_max = 3;
    /// An ONT that answered Activate is not looked at before this: it may still show the old image. (Not waited for
    /// where the host reports that the ONT went down and came back.)
    Duration reboot_quiet = std::chrono::seconds{10};
    /// Pause between two looks at an ONT that reboots or stays silent.
    Duration reboot_poll = std::chrono::seconds{5};
    /// From Activate to the new image seen active: three tries of 60 s of boot and 60 s of watchdog each.
    Duration confirm_wait_max = std::chrono::seconds{360};
    /// How long an ONT that is down, or not there yet, may stay away before the campaign ends without it.
    Duration absent_wait_max = std::chrono::seconds{300};

    // --- waves ---

    /// ONTs tried one after another as the first to activate; the first that comes back opens the way for all others.
    std::uint8_t canaries_max = 3;
};

}  // namespace olt
