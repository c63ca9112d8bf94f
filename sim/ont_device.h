// SPDX-License-Identifier: Apache-2.0
// An ONT without its surroundings: the handler that ships, two slots of flash, a boot record, and the callbacks between
// them. It knows no time and no fibre: OntNode hands frames in and gets told what comes out through DeviceWatcher.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "olt/address.h"
#include "olt/image.h"
#include "ont/ont.h"
#include "sim/flash.h"
#include "sim/known_hashes.h"
#include "sim/simulation.h"

namespace sim {

/// What comes out of an ONT. Called from within OntDevice's functions.
class DeviceWatcher {
public:
    virtual void device_sends(std::span<const std::uint8_t> frame) = 0;
    virtual void device_restarts() = 0;
    virtual void device_event(int kind, std::uint32_t value) = 0;
    /// The boot record changed, or an image that could run is being erased: the moment to ask what would boot.
    virtual void device_boot_changes() = 0;
    /// Octets that are not the image's were written although the block they are of was proven before.
    virtual void device_writes_wrong(std::uint32_t octets) = 0;
    virtual void device_breach(const char* what) = 0;

protected:
    ~DeviceWatcher() = default;
};

/// What an ONT is when it leaves the factory.
struct DeviceOptions {
    olt::SerialNumber serial;
    std::uint8_t running_image = 0;
    bool other_image_valid = false;   ///< an older image lies in the standby slot
    bool both_images_in_use = false;  ///< the other image is active, this one committed (S4)
    bool extended = true;
    std::uint16_t window_sections = 256;
    std::uint32_t window_octets = 65'536;
    std::uint8_t trial_boots = 3;
    // Where the image is not known beforehand.
    std::function<std::unique_ptr<RunningHash>()> make_md5;
    BlockStore* blocks = nullptr;
    // Packages. `security_counter` is what its store holds at first.
    PackageOptions packages;
    PackageServices::Anchor anchor = PackageServices::Anchor::current;
    bool small_slot = false;
    KnownHashes* known = nullptr;  ///< what it may skip hashing; null: nothing
};

/// What cost the ONT time since it was last asked: octets over the flash's wires, and what packages ask for.
struct DeviceWork {
    std::uint64_t written = 0, read = 0;
    std::uint32_t units_erased = 0;
    std::uint64_t hashed = 0, unpacked = 0;  ///< octets
    std::uint32_t verdicts = 0;              ///< on signatures
};

inline constexpr std::uint32_t unknown_image_octets_max = 64 << 20;

class OntDevice {
public:
    /// `truth` without octets: not known. Then slots have room for `unknown_image_octets_max`.
    OntDevice(const DeviceOptions& options, const olt::Image& truth);
    OntDevice(const OntDevice&) = delete;
    OntDevice& operator=(const OntDevice&) = delete;

    void watch(DeviceWatcher& watcher) { watcher_ = &watcher; }

    /// Power-on or restart, up to a handler that runs. False where no image may run.
    bool boot();
    void healthy();
    void handle(std::span<const std::uint8_t> frame, ont_origin origin, std::uint64_t now_ms);
    /// True while there is more to do.
    bool step(std::uint64_t now_ms);
    DeviceWork take_work() noexcept { return std::exchange(work_, {}); }

    struct ImageState {
        bool valid = false, active = false, committed = false;
        omci::Version version{};
    };
    ImageState state(std::uint8_t image) const;
    const Slot& slot(std::uint8_t image) const { return slots_[image]; }
    std::uint8_t running_image() const noexcept { return running_; }
    std::uint8_t factory_image() const noexcept { return options_.running_image; }
    const FlashCounts& last_download() const noexcept { return last_download_; }
    FlashCounts all_downloads() const noexcept;
    std::uint32_t downloads() const noexcept { return downloads_; }
    std::uint32_t security_counter() const noexcept { return counter_; }

    /// Boots a copy of the boot record again and again, as power cuts and a watchdog would: null where each time an
    /// image that can run was chosen, else what is wrong.
    const char* would_not_boot() const;

    // For tests of the checker.
    std::vector<std::uint8_t>& record() noexcept { return record_; }
    Slot& slot_to_spoil(std::uint8_t image) { return slots_[image]; }

private:
    struct Calls;
    struct PackageCalls;

    /// What a callback gets: the device, and the boot record it may use.
    struct Context {
        OntDevice* device = nullptr;
        std::vector<std::uint8_t>* record = nullptr;
        bool rehearsal = false;
    };

    ont_platform platform(Context& context) const;
    /// Octets come into the slot only behind the verdict of a hash.
    bool proves_before_writing() const noexcept { return options_.packages.guards() && options_.packages.block_buffer; }
    int breach(const char* what);
    void lend_packages();
    void lend_packages(ont_platform& platform) const;
    void count(int kind);
    void leave_factory();
    void enter_both_in_use();

    DeviceOptions options_;
    olt::Image truth_;
    bool own_version_rule_ = false;  ///< the image's version is not what omci/image_version.h makes of it
    DeviceWatcher* watcher_ = nullptr;
    std::array<Slot, ONT_IMAGES> slots_;
    std::vector<std::uint8_t> record_;
    Context context_;
    DeviceWork work_;
    ont_identity identity_{};
    ont_options ont_options_{};
    std::vector<std::uint8_t> window_;
    std::uint8_t running_ = 0;
    std::size_t hashed_ = 0;            ///< octets given to the hash ...
    bool hash_is_true_ = false;         ///< ... all of them the image's
    std::unique_ptr<RunningHash> md5_;  ///< where the image is not known
    FlashCounts last_download_, earlier_downloads_;
    std::uint32_t downloads_ = 0;
    // Where packages are known.
    KnowingSha256 sha256_;
    std::unique_ptr<Unpacker> unpacker_;
    KnownHashes::Piece unpacked_;  ///< what is left of a known frame's content
    bool unpacks_known_ = false;
    std::uint32_t counter_ = 0;
    std::vector<std::uint8_t> head_, block_, frame_;
    std::unique_ptr<ont_handler> handler_;
};

}  // namespace sim
