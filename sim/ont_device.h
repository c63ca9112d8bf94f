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
    std::uint8_t trial_boots = 2;
    // Where the image is not known beforehand.
    std::function<std::unique_ptr<RunningHash>()> make_md5;
    BlockStore* blocks = nullptr;
};

/// Octets that went over the flash's wires since they were last asked for.
struct FlashWork {
    std::uint64_t written = 0, read = 0;
    std::uint32_t units_erased = 0;
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
    FlashWork take_work() noexcept { return std::exchange(work_, {}); }

    struct ImageState {
        bool valid = false, active = false, committed = false;
        omci::Version version{};
    };
    ImageState state(std::uint8_t image) const;
    const Slot& slot(std::uint8_t image) const { return slots_[image]; }
    std::uint8_t running_image() const noexcept { return running_; }
    std::uint8_t factory_image() const noexcept { return options_.running_image; }

    /// Boots a copy of the boot record again and again, as power cuts and a watchdog would: null where each time an
    /// image that can run was chosen, else what is wrong.
    const char* would_not_boot() const;

    // For tests of the checker.
    std::vector<std::uint8_t>& record() noexcept { return record_; }
    Slot& slot_to_spoil(std::uint8_t image) { return slots_[image]; }

private:
    struct Calls;

    /// What a callback gets: the device, and the boot record it may use.
    struct Context {
        OntDevice* device = nullptr;
        std::vector<std::uint8_t>* record = nullptr;
        bool rehearsal = false;
    };

    ont_platform platform(Context& context) const;
    int breach(const char* what);
    void leave_factory();
    void enter_both_in_use();

    DeviceOptions options_;
    olt::Image truth_;
    bool own_version_rule_ = false;  ///< the image's version is not what omci/image_version.h makes of it
    DeviceWatcher* watcher_ = nullptr;
    std::array<Slot, ONT_IMAGES> slots_;
    std::vector<std::uint8_t> record_;
    Context context_;
    FlashWork work_;
    ont_identity identity_{};
    ont_options ont_options_{};
    std::vector<std::uint8_t> window_;
    std::uint8_t running_ = 0;
    std::size_t hashed_ = 0;            ///< octets given to the hash ...
    bool hash_is_true_ = false;         ///< ... all of them the image's
    std::unique_ptr<RunningHash> md5_;  ///< where the image is not known
    std::unique_ptr<ont_handler> handler_;
};

}  // namespace sim
