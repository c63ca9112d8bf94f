// SPDX-License-Identifier: Apache-2.0
// The simulator's front door: one PON (or several), 1..128 ONTs each, and one upgrade, in virtual time. The engine and
// the handlers in it are the ones that ship. The same options give the same run, octet for octet, on every machine:
// integers only, and every draw comes from the seed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "olt/engine.h"
#include "sim/package_services.h"

namespace sim {

/// A probability in parts of 2^32: 1e-4 is 429'497. `certain` always happens.
using Probability = std::uint64_t;
inline constexpr Probability certain = std::uint64_t{1} << 32;

/// Virtual time in nanoseconds from the start of the run.
using Nanoseconds = std::int64_t;

/// A hash that is computed piece by piece: MD5, lent by whoever has one.
class RunningHash {
public:
    virtual ~RunningHash() = default;
    virtual void start() = 0;
    virtual void update(std::span<const std::uint8_t> octets) = 0;
    virtual omci::ImageHash finish() = 0;
};

/// What is wrong with one ONT. Everything may be combined.
struct OntFault {
    std::uint8_t pon = 0;
    std::uint16_t onu_id = 0;
    std::optional<Nanoseconds> off_at;        ///< power is cut then
    std::optional<Nanoseconds> on_at;         ///< and comes back then; never where this is missing
    bool both_images_in_use = false;          ///< starts in S4: active and committed differ
    std::uint16_t window_sections = 0;        ///< agrees to no larger window; 0: as the others
    Nanoseconds busy_from = 0;                ///< answers every command "device busy" ...
    Nanoseconds busy_until = 0;               ///< ... until then, and executes none
    bool deaf_on_shared_port = false;         ///< does not hear the shared port although the host set it up
    bool new_image_fails_to_boot = false;     ///< the watchdog resets it until the boot table falls back
    std::optional<Probability> loss;          ///< of downstream frames, in place of Options::loss
    std::uint32_t slower = 1;                 ///< serves its input queue this many times slower
    std::optional<Nanoseconds> revoked_from;  ///< the host wants the OMCC for itself ...
    Nanoseconds revoked_until = 0;            ///< ... until then
    // Where the image is a package.
    bool wrong_product = false;           ///< is another product than the package is for
    bool small_slot = false;              ///< its slots are an octet too small for the image
    bool old_anchor = false;              ///< its trust anchor is an older one
    bool high_counter = false;            ///< its security counter is one above the package's
    bool small_head = false;          ///< lends too little memory for the head
    std::optional<std::uint32_t> tamper;  ///< a bit of so many downloads is changed on the way; 0: of every one
};

/// Which image of the ONTs is the standby one that the campaign writes; they run the other.
enum class Standby : std::uint8_t { image0, image1, mixed };

struct Options {
    std::uint64_t seed = 1;
    std::uint8_t pons = 1;
    std::uint16_t onts = 128;  ///< per PON, 1..128

    // The campaign.
    olt::Mode mode = olt::Mode::lockstep;
    olt::Close close = olt::Close::shared;
    olt::SetChoice set = olt::SetChoice::baseline;
    std::uint16_t window_sections = 32;
    std::uint64_t rate_bits_per_second = 10'000'000;  ///< the engine's pace, per PON
    bool commit = true;
    olt::Policy policy;

    // The fibre.
    std::uint64_t line_bits_per_second = 2'420'000'000;  ///< G-PON downstream payload
    std::uint32_t distance_min_m = 0;
    std::uint32_t distance_max_m = 20'000;
    Probability loss = 0;                  ///< of each downstream frame at each ONT, independently
    Probability upstream_loss = 0;         ///< of each upstream frame
    Nanoseconds grant_interval = 250'000;  ///< an ONT may send once per interval, at its own place in it
    std::uint16_t olt_queue_frames = 256;  ///< frames the OLT holds before it drops in silence
    Nanoseconds olt_service = 5'000;       ///< time the OLT takes per received frame

    // The ONTs.
    Standby standby = Standby::image1;
    std::uint16_t ont_window_sections = 256;   ///< largest window they agree to
    std::uint32_t ont_window_octets = 65'536;  ///< window buffer
    std::uint16_t ont_queue_frames = 64;       ///< per port (OMCC, shared); a full queue drops in silence
    Nanoseconds ont_service = 15'000;          ///< time an ONT takes per frame
    Nanoseconds answer_delay = 150'000;        ///< and before it answers
    Nanoseconds flash_write_per_octet = 10;    ///< time flash takes; erasing goes on in the background
    Nanoseconds flash_erase_unit = 1'000'000;  ///< per 64 KiB
    Nanoseconds reboot_min = 20'000'000'000;
    Nanoseconds reboot_max = 40'000'000'000;
    PackageOptions packages;
    Nanoseconds signature_time = 300'000'000;  ///< for the verdict on the signatures of a package
    Nanoseconds sha256_per_octet = 15;         ///< 67 MB/s
    Nanoseconds unpack_per_octet = 10;
    bool extended = true;     ///< OMCC version 0xB4; else 0xA2, baseline only
    bool shared_port = true;  ///< the host can put ONTs on the shared port
    std::vector<OntFault> faults;
    olt::SerialNumber first_serial{{'O', 'M', 'C', 'T', 0, 0, 0, 1}};  ///< the others count from it, over all PONs
    /// For ONTs that get an image nobody knows beforehand; without it these have no image hash.
    std::function<std::unique_ptr<RunningHash>()> make_md5;
    /// Background work waits until there is time for it: a clock on the wall does not wait for a simulator.
    bool real_time = false;

    // The OLT.
    std::optional<Nanoseconds> stop_at;                            ///< the operator stops the campaign then
    std::optional<Nanoseconds> olt_silent_from, olt_silent_until;  ///< the link takes no frames in between
    Nanoseconds time_max = 24 * 3'600'000'000'000;                 ///< a run that is not over by then has hung
};

/// One frame on the fibre, for captures: sent at `time` by the OLT, or received by it.
struct FrameSeen {
    Nanoseconds time = 0;
    bool downstream = false;
    olt::Address address;
    std::span<const std::uint8_t> octets;
};

/// How the run goes, for a live view; given about every 50 ms of real time.
struct Progress {
    Nanoseconds time = 0;
    std::uint64_t octets_done = 0;  ///< of the image, by the slowest ONT still in transfer of the running group
    std::uint64_t octets_total = 0;
    std::uint64_t downstream_octets = 0;
    std::uint32_t transferring = 0, repairing = 0, staged = 0, rebooting = 0, done = 0, failed = 0;
    olt::Stage stage{};  ///< of the ONT that is furthest behind, failed ones aside
};

/// A promise that did not hold. The checker knows the truth, not the faults of the run.
struct Violation {
    Nanoseconds time = 0;
    olt::Address onu;
    std::string what;  ///< one sentence
};

/// The truth, from the ONT itself at the end of the run.
struct OntTruth {
    std::uint8_t active_image = 0;
    std::uint8_t committed_image = 0;
    bool valid[2] = {};
    omci::Version version[2] = {};
    bool runs = false;  ///< powered and booted

    bool operator==(const OntTruth&) const = default;
};

/// Flash writes of one download, or of all of them.
struct FlashCounts {
    std::uint64_t octets_written = 0;
    std::uint32_t units_erased = 0;
    std::uint32_t blocks_kept = 0;    ///< lay in the slot already
    std::uint32_t blocks_copied = 0;  ///< from the running slot

    bool operator==(const FlashCounts&) const = default;
};

struct OntReport : OntTruth {
    FlashCounts last_download, all_downloads;
    std::uint32_t downloads = 0;         ///< Starts that it accepted
    std::uint32_t security_counter = 0;  ///< in its store at the end
    olt::OntDone outcome;                ///< as the engine reported it; `result` is lost where it reported none
    bool reported = false;               ///< the engine reported an outcome
};

struct GroupReport {
    olt::GroupFormed formed;
    std::uint32_t upgraded = 0, others = 0;
};

/// What a Checker found.
struct Findings {
    /// Not the image's, in acknowledged windows and accepted images. Where the hashes of a package guard the image: in
    /// blocks that were written as proven, and in accepted images.
    std::uint64_t wrong_octets_accepted = 0;
    std::vector<Violation> violations;
};

struct Report : Findings {
    std::vector<OntReport> onts;  ///< by PON, then ONU-ID
    std::vector<GroupReport> groups;
    olt::Accounts accounts;
    Nanoseconds virtual_time = 0;
    Nanoseconds transfer_time = 0;  ///< first section to last End answer
    std::uint64_t deliveries = 0;   ///< downstream frames handed to ONTs
    std::uint64_t queue_drops = 0;  ///< frames that full ONT queues dropped
    std::uint64_t olt_drops = 0;
    std::uint64_t digest = 0;  ///< of every frame on the fibre, in order: the same seed gives the same digest
};

struct Observers {
    std::function<void(const FrameSeen&)> frame;    ///< called for every frame, in order of time
    std::function<bool(const Progress&)> progress;  ///< false stops the campaign (as an operator would)
    std::function<void(Nanoseconds, const olt::Event&)> event;
};

/// What lies in a slot in the end: `image` itself, or what it installs if it is a package.
olt::Image installed_image(const Options& options, const olt::Image& image);

/// Runs one world to its end. `image`, what is sent, must not be empty.
Report simulate(const Options& options, const olt::Image& image, const Observers& observers = {});

/// Draws a world from a seed: sizes, losses, reboots, mixed kinds and standby slots, faults, aborts, OLT silence. Half
/// of the worlds are run once to learn when it matters, and then get faults at such moments.
struct World {
    Options options;
    std::uint32_t image_octets = 0;  ///< of the installed image
    bool package = false;            ///< it travels in one, without cryptography (toy_package.h) ...
    bool packed = false;             ///< ... and in frames
};
World draw_world(std::uint64_t seed);

/// The octets of a drawn world's image, and all else that is known of it: its hash is drawn too, and not always known
/// to the OLT.
std::vector<std::uint8_t> draw_image(std::uint64_t seed, std::uint32_t octets);
olt::Image drawn_image(std::uint64_t seed, std::span<const std::uint8_t> octets);

/// A drawn world with all that it needs to run. May be moved, not copied: image and options point into the octets.
struct DrawnRun {
    DrawnRun() = default;
    DrawnRun(DrawnRun&&) = default;
    DrawnRun& operator=(DrawnRun&&) = default;

    Options options;
    std::vector<std::uint8_t> installed, package;  ///< `package` is empty where the image travels plainly
    olt::Image image;                              ///< what travels
};
DrawnRun drawn_run(std::uint64_t seed, const World& world);

/// simulate() of a drawn world.
Report hunt_one(std::uint64_t seed);

}  // namespace sim
