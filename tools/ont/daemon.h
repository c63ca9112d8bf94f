// SPDX-License-Identifier: Apache-2.0
// One ONT as "omcast ont" plays it: the handler that ships, its slots as files in a folder of their own or on devices,
// and a life of restarts. It has neither socket nor clock: OntRack hands frames and time in, and gets told what comes
// out.
//
// Whatever happens to the process, the folder holds an ONT that boots: dropping the object without a word is a power
// cut.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "olt/address.h"
#include "olt/time.h"
#include "omci/frame.h"
#include "omci/software_image.h"
#include "ont/ont.h"
#include "tools/md5.h"
#include "tools/ont/board_loader.h"
#include "tools/ont/packages.h"
#include "tools/ont/storage.h"

namespace tools {

/// What all ONTs of a process have in common.
struct OntKind {
    ont_identity identity{};  ///< the serial number is that of the first one
    std::uint32_t slot_octets = 32 * 1024 * 1024;
    std::uint16_t window_sections_max = 256;
    std::uint32_t window_octets = 64 * 1024;
    std::uint8_t trial_boots = 3;
    std::uint8_t factory_image = 0;
    omci::Version factory_version{};
    olt::Duration reboot_time = std::chrono::seconds{5};
    olt::Duration busy_time{};  ///< behind each boot: commands to the software images are answered 6
    OntPackageKind packages;
    std::string state_folder;                    ///< for slots on devices
    std::string boot_environment, boot_dialect;  ///< where a boot loader decides what runs; empty: the record does
};

/// Between two attempts to boot an ONT that cannot, as its watchdog makes them; --reboot-time where that is longer.
inline constexpr olt::Duration ont_boot_retry_min = std::chrono::seconds{1};

/// Where frames and news of an ONT go. Called from within OntDaemon's functions.
class OntOutside {
public:
    virtual void ont_sends(std::uint16_t onu_id, omci::Octets frame) = 0;
    /// One line for the log, without an end.
    virtual void ont_says(std::uint16_t onu_id, std::string_view words) = 0;

protected:
    ~OntOutside() = default;
};

class OntDaemon {
public:
    /// Opens the slots at `place` (slot_spec.h) and makes an ONT of them where they hold none. Throws as OntStorage
    /// does, and where the boot record cannot be read or written.
    OntDaemon(const OntKind& kind, std::uint16_t onu_id, const olt::SerialNumber& serial, const std::string& place,
              OntOutside& outside);
    OntDaemon(const OntDaemon&) = delete;
    OntDaemon& operator=(const OntDaemon&) = delete;

    /// Power on, or the end of a restart: decides which image runs, and runs it.
    void boot(olt::Instant now);

    /// A frame, without a check that is still to be judged. An ONT that restarts hears nothing.
    void handle(omci::Octets frame, ont_origin origin, olt::Instant now);

    /// One bounded piece of the work behind the answers: an erase unit, 64 KiB read back, or the restart. True while
    /// there is more.
    bool step(olt::Instant now);

    bool runs() const noexcept { return runs_; }
    /// When boot() is due; never while it runs.
    olt::Instant boots_at() const noexcept { return boots_at_; }
    std::uint16_t onu_id() const noexcept { return onu_id_; }

    struct ImageState {
        bool valid = false, active = false, committed = false;
        omci::Version version{};
    };
    ImageState image(std::uint8_t image) const;

    // For the callbacks.
    ont::Slots& slots() { return storage_.slots(); }
    ont::RecordStore& records() { return storage_.records(); }
    OntPackages& packages() { return *packages_; }
    ont::BootEnvironment& boot_environment() { return loader_->environment(); }

private:
    struct Calls;
    struct Told {
        int kind = 0;
        std::uint32_t value = 0;
        int error = 0;  ///< errno as it was
    };

    int choose_image(std::string& cause);
    void leave_factory(const OntKind& kind, const std::string& place);
    bool refuse_busy(omci::Octets octets, ont_origin origin);
    void note(int kind, std::uint32_t value);
    void tell(olt::Instant now);
    void tell_end(std::uint32_t how, olt::Instant now);
    void tell_refusal(std::uint32_t number);
    void tell_update_state(std::uint32_t state);
    void tell_storage_failure(std::uint32_t where, int error);
    std::string saved_blocks() const;
    void tell_drop(std::uint32_t why);
    void tell_state();
    std::string refused_windows() const;
    void say(std::string_view words) { outside_.ont_says(onu_id_, words); }
    std::uint8_t standby() const noexcept { return running_ ^ 1u; }

    OntOutside& outside_;
    const std::uint16_t onu_id_;
    bool runs_ = false;
    bool restart_asked_ = false;
    std::uint8_t running_ = 0;
    std::uint8_t told_count_ = 0;
    olt::Instant busy_until_ = olt::Instant::min();
    olt::Instant boots_at_ = olt::never;
    ont_handler handler_{};

    const olt::Duration reboot_time_;
    const olt::Duration busy_time_;
    ont_platform platform_{};
    ont_identity identity_;
    ont_options options_{};
    std::unique_ptr<std::uint8_t[]> window_;
    OntStorage storage_;
    std::unique_ptr<OntPackages> packages_;
    std::unique_ptr<BoardLoader> loader_;
    Md5 md5_;

    std::array<Told, 12> told_;            ///< told by the handler, not yet said: it may not be asked meanwhile
    bool downloading_ = false;             ///< between a Start and its end
    std::uint32_t announced_ = 0;          ///< octets of the running download
    std::uint32_t next_tenth_ = 0;         ///< octets that are worth the next line
    std::uint32_t refused_ = 0;            ///< windows of it
    std::uint32_t kept_ = 0, copied_ = 0;  ///< blocks of it that were not written, or not received
    olt::Instant download_began_{};
    std::array<std::uint64_t, 4> drops_{};  ///< by ont_drop
    bool boot_failure_said_ = false;
    bool refusal_said_ = false;  ///< of the running download
};

}  // namespace tools
