// SPDX-License-Identifier: Apache-2.0
// The platform under the shipped handler: flash, boot record and hash, all of them knowing the truth.
#include "sim/ont_device.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "omci/frame.h"
#include "omci/image_version.h"
#include "omci/software_download.h"

namespace sim {

namespace {

/// The smallest slot; a larger image gets a slot with a block to spare, so that the end of the slot is never the end
/// of the image.
constexpr std::uint32_t slot_octets_min = 4 * flash_block_octets;

std::uint32_t slot_octets(std::size_t image_octets) {
    const auto blocks = static_cast<std::uint32_t>((image_octets + flash_block_octets - 1) / flash_block_octets + 1);
    return std::max(slot_octets_min, blocks * flash_block_octets);
}

Slot new_slot(const DeviceOptions& options, std::span<const std::uint8_t> truth, std::uint8_t image) {
    const bool factory_image =
        options.running_image == image || options.other_image_valid || options.both_images_in_use;
    return Slot{truth, slot_octets(truth.empty() ? unknown_image_octets_max : truth.size()), factory_image,
                options.blocks};
}

bool has_own_version_rule(const olt::Image& truth) {
    if (truth.octets.empty()) return false;
    return !truth.hash || omci::image_version(truth.octets, *truth.hash) != truth.version;
}

constexpr std::string_view factory_versions[] = {"FACTORY0-1.0", "FACTORY1-1.0"};

}  // namespace

/// The callbacks of ont.h. `context` is a Context.
struct OntDevice::Calls {
    static OntDevice& device(void* context) { return *static_cast<Context*>(context)->device; }

    static std::uint32_t slot_octets(void* context, std::uint8_t image) {
        const OntDevice& self = device(context);
        if (image >= ONT_IMAGES) return 0;
        if (self.options_.small_slot && !self.truth_.octets.empty())
            return static_cast<std::uint32_t>(self.truth_.octets.size() - 1);
        return self.slots_[image].octets();
    }

    static std::uint32_t slot_erase_unit(void*, std::uint8_t) { return flash_block_octets; }

    static int slot_erase(void* context, std::uint8_t image, std::uint32_t offset) {
        OntDevice& self = device(context);
        if (static_cast<Context*>(context)->rehearsal) return self.breach("an erase while booting");
        if (image >= ONT_IMAGES || image == self.running_) return self.breach("an erase in the running slot");
        const bool was_bootable = self.slots_[image].bootable();
        if (const FlashBreach what = self.slots_[image].erase(offset)) return self.breach(what);
        ++self.work_.units_erased;
        ++self.last_download_.units_erased;
        if (was_bootable && self.watcher_) self.watcher_->device_boot_changes();
        return 0;
    }

    static int slot_write(void* context, std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets,
                          std::size_t count) {
        OntDevice& self = device(context);
        if (static_cast<Context*>(context)->rehearsal) return self.breach("a write while booting");
        if (image >= ONT_IMAGES || image == self.running_) return self.breach("a write into the running slot");
        const std::uint32_t wrong_before = self.slots_[image].wrong_written();
        if (const FlashBreach what = self.slots_[image].write(offset, {octets, count})) return self.breach(what);
        self.work_.written += count;
        self.last_download_.octets_written += count;
        const std::uint32_t wrong = self.slots_[image].wrong_written() - wrong_before;
        if (wrong > 0 && self.proves_before_writing() && self.watcher_) self.watcher_->device_writes_wrong(wrong);
        return 0;
    }

    static int slot_read(void* context, std::uint8_t image, std::uint32_t offset, std::uint8_t* octets,
                         std::size_t count) {
        OntDevice& self = device(context);
        if (image >= ONT_IMAGES) return self.breach("a read of a slot that is not there");
        if (const FlashBreach what = self.slots_[image].read(offset, {octets, count})) return self.breach(what);
        self.work_.read += count;
        return 0;
    }

    static int slot_sync(void*, std::uint8_t) { return 0; }

    static int record_read(void* context, std::uint8_t* octets, std::size_t room, std::size_t* size) {
        const std::vector<std::uint8_t>& record = *static_cast<Context*>(context)->record;
        if (record.size() > room) return -1;
        std::copy(record.begin(), record.end(), octets);
        *size = record.size();
        return 0;
    }

    static int record_write(void* context, const std::uint8_t* octets, std::size_t size) {
        Context& self = *static_cast<Context*>(context);
        if (size > ONT_RECORD_OCTETS_MAX) return self.device->breach("a boot record that is too long");
        self.record->assign(octets, octets + size);
        if (!self.rehearsal && self.device->watcher_) self.device->watcher_->device_boot_changes();
        return 0;
    }

    static int send(void* context, const std::uint8_t* frame, std::size_t octets) {
        OntDevice& self = device(context);
        if (self.watcher_) self.watcher_->device_sends({frame, octets});
        return 0;
    }

    static void reboot(void* context) {
        OntDevice& self = device(context);
        if (self.watcher_) self.watcher_->device_restarts();
    }

    static void md5_start(void* context) {
        if (device(context).md5_) device(context).md5_->start();
        device(context).hashed_ = 0;
        device(context).hash_is_true_ = true;
    }

    // The hash of the true image is known. Of anything else it is enough that it differs.
    static void md5_update(void* context, const std::uint8_t* octets, std::size_t count) {
        OntDevice& self = device(context);
        if (self.md5_) return self.md5_->update({octets, count});
        const auto truth = self.truth_.octets;
        self.hash_is_true_ = self.hash_is_true_ && count <= truth.size() - self.hashed_ &&
                             std::memcmp(truth.data() + self.hashed_, octets, count) == 0;
        if (self.hash_is_true_) self.hashed_ += count;
    }

    static void md5_finish(void* context, std::uint8_t hash[16]) {
        const OntDevice& self = device(context);
        if (self.md5_) {
            const omci::ImageHash computed = self.md5_->finish();
            std::copy(computed.begin(), computed.end(), hash);
            return;
        }
        const bool whole = self.hash_is_true_ && self.hashed_ == self.truth_.octets.size();
        for (std::size_t i = 0; i < self.truth_.hash->size(); ++i)
            hash[i] = static_cast<std::uint8_t>((*self.truth_.hash)[i] ^ (whole ? 0 : 0xFF));
    }

    static int image_version(void* context, std::uint8_t image, std::uint32_t, std::uint8_t version[14]) {
        const OntDevice& self = device(context);
        const omci::Version known = self.slots_[image].holds_truth() ? self.truth_.version : omci::Version{'?'};
        std::copy(known.begin(), known.end(), version);
        return 0;
    }

    static void event(void* context, int kind, std::uint32_t value) {
        OntDevice& self = device(context);
        constexpr std::uint32_t stored_and_good = 0;
        self.count(kind);
        if (kind == ONT_EVENT_DOWNLOAD_ENDED && value == stored_and_good) self.slots_[1u - self.running_].accept();
        if (self.watcher_) self.watcher_->device_event(kind, value);
    }
};

OntDevice::OntDevice(const DeviceOptions& options, const olt::Image& truth)
    : options_{options},
      truth_{truth},
      own_version_rule_{!options.packages.guards() && has_own_version_rule(truth)},  // a package names itself
      slots_{new_slot(options, truth.octets, 0), new_slot(options, truth.octets, 1)},
      context_{this, &record_, false},
      window_(options.window_octets),
      md5_{truth.octets.empty() && options.make_md5 ? options.make_md5() : nullptr},
      sha256_{options.packages.services ? options.packages.services->make_sha256() : nullptr, options.known},
      handler_{std::make_unique<ont_handler>()} {
    const std::string_view vendor = "OMCT", equipment = "OMCAST-SIMULATED";
    std::copy(vendor.begin(), vendor.end(), identity_.vendor_id);
    std::copy(options.serial.octets.begin(), options.serial.octets.end(), identity_.serial_number);
    const std::string& hardware = options.packages.hardware;
    const std::string& product = options.packages.product_code;
    std::copy_n(hardware.begin(), std::min(hardware.size(), sizeof identity_.hardware_version),
                identity_.hardware_version);
    std::copy_n(product.begin(), std::min(product.size(), sizeof identity_.product_code), identity_.product_code);
    std::copy(equipment.begin(), equipment.end(), identity_.equipment_id);
    identity_.omcc_version = options.extended ? 0xB4 : 0xA2;
    ont_options_.window_sections_max = options.window_sections;
    ont_options_.window = window_.data();
    ont_options_.window_octets = window_.size();
    ont_options_.seal_frames = 1;
    ont_options_.trial_boots_max = options.trial_boots;
    if (options_.packages.services) lend_packages();
    leave_factory();
}

ont_platform OntDevice::platform(Context& context) const {
    ont_platform p{};
    p.version = ONT_PLATFORM_VERSION;
    p.context = &context;
    p.slot_octets = Calls::slot_octets;
    p.slot_erase_unit = Calls::slot_erase_unit;
    p.slot_erase = Calls::slot_erase;
    p.slot_write = Calls::slot_write;
    p.slot_read = Calls::slot_read;
    p.slot_sync = Calls::slot_sync;
    p.record_read = Calls::record_read;
    p.record_write = Calls::record_write;
    p.send = Calls::send;
    p.reboot = Calls::reboot;
    if (truth_.hash || md5_) {
        p.md5_start = Calls::md5_start;
        p.md5_update = Calls::md5_update;
        p.md5_finish = Calls::md5_finish;
    }
    if (own_version_rule_) p.image_version = Calls::image_version;
    p.event = Calls::event;
    if (options_.packages.services) lend_packages(p);
    return p;
}

int OntDevice::breach(const char* what) {
    if (watcher_) watcher_->device_breach(what);
    return -1;
}

void OntDevice::leave_factory() {
    const std::uint8_t running = options_.running_image;
    const omci::Version own = omci::make_version(factory_versions[running]);
    const omci::Version other = omci::make_version(factory_versions[1 - running]);
    const bool both = options_.other_image_valid || options_.both_images_in_use;
    const ont_platform p = platform(context_);
    [[maybe_unused]] const int error = ont_factory_record(&p, running, own.data(), both ? other.data() : nullptr);
    assert(error == 0);
    if (options_.both_images_in_use) enter_both_in_use();
}

/// Someone activated the other image before our time and never committed it.
void OntDevice::enter_both_in_use() {
    [[maybe_unused]] const bool booted = boot();
    assert(booted);
    std::array<std::uint8_t, ONT_FRAME_OCTETS_MAX> frame;
    const auto header =
        omci::request(omci::Action::activate_software, omci::TransactionId{1}, omci::MessageSet::baseline,
                      omci::MeClass::software_image, omci::image_instance(1u - running_));
    const auto octets = omci::write_frame(header, omci::ActivateRequest{}, frame);
    assert(octets);
    handle({frame.data(), *octets}, ONT_FROM_OMCC, 0);
    while (step(0)) {}
}

bool OntDevice::boot() {
    const ont_platform p = platform(context_);
    std::uint8_t image = 0;
    if (ont_boot(&p, &ont_options_, &image) != 0 || image >= ONT_IMAGES) return false;
    running_ = image;
    return ont_init(handler_.get(), &p, &identity_, &ont_options_) == 0;
}

void OntDevice::healthy() { ont_healthy(handler_.get()); }

void OntDevice::handle(std::span<const std::uint8_t> frame, ont_origin origin, std::uint64_t now_ms) {
    ont_handle(handler_.get(), frame.data(), frame.size(), origin, now_ms);
}

bool OntDevice::step(std::uint64_t now_ms) { return ont_step(handler_.get(), now_ms) != 0; }

OntDevice::ImageState OntDevice::state(std::uint8_t image) const {
    ImageState state;
    std::uint8_t valid = 0, active = 0, committed = 0;
    ont_image_state(handler_.get(), image, &valid, &active, &committed, state.version.data());
    state.valid = valid != 0;
    state.active = active != 0;
    state.committed = committed != 0;
    return state;
}

const char* OntDevice::would_not_boot() const {
    std::vector<std::uint8_t> copy = record_;
    Context context{const_cast<OntDevice*>(this), &copy, true};
    const ont_platform p = platform(context);
    for (unsigned boots = 0; boots < options_.trial_boots + 2u; ++boots) {
        std::uint8_t image = 0;
        if (ont_boot(&p, &ont_options_, &image) != 0) return "no image would boot after a power cut";
        if (image >= ONT_IMAGES || !slots_[image].bootable()) return "a broken image would boot after a power cut";
    }
    return nullptr;
}

}  // namespace sim
