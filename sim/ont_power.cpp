// SPDX-License-Identifier: Apache-2.0
// An ONT's life: power cuts, restarts, images that fail to boot, and times in which it is too busy for anything.
#include <algorithm>
#include <array>
#include <utility>

#include "omci/frame.h"
#include "omci/mib_messages.h"
#include "omci/software_download.h"
#include "omci/wire.h"
#include "sim/ont_node.h"

namespace sim {

namespace {

constexpr Nanoseconds restart_pause = 1'000'000;  ///< from the last answer on its way to the restart itself
constexpr std::uint32_t failed_boots_max = 20;    ///< more in a row and the ONT is a brick
constexpr Nanoseconds nanoseconds_per_m = 5;      ///< light in fibre
constexpr const char* other_product = "ANOTHER-PRODUCT";

/// In order of time, those that overlap as one.
std::vector<NodeOptions::Span> joined(std::vector<NodeOptions::Span> spans) {
    std::sort(spans.begin(), spans.end(),
              [](const NodeOptions::Span& a, const NodeOptions::Span& b) { return a.from < b.from; });
    std::vector<NodeOptions::Span> apart;
    for (const NodeOptions::Span& span : spans) {
        if (apart.empty() || span.from > apart.back().until)
            apart.push_back(span);
        else
            apart.back().until = std::max(apart.back().until, span.until);
    }
    return apart;
}

}  // namespace

NodeOptions node_options(const Options& options, olt::Address onu, std::size_t number) {
    NodeOptions node;
    Random draw{options.seed, 0x1000 + number};
    node.number = number;
    node.onu = onu;
    node.seed = draw.next();
    node.fibre_delay = draw.between(options.distance_min_m, options.distance_max_m) * nanoseconds_per_m;
    node.loss = options.loss;
    node.upstream_loss = options.upstream_loss;
    node.queue_frames = options.ont_queue_frames;
    node.service = options.ont_service;
    node.answer_delay = options.answer_delay;
    node.grant_interval = options.grant_interval;
    node.grant_offset = options.grant_interval * onu.onu_id / std::max<std::uint16_t>(options.onts, 1);
    node.flash_write_per_octet = options.flash_write_per_octet;
    node.flash_erase_unit = options.flash_erase_unit;
    node.reboot_min = options.reboot_min;
    node.reboot_max = std::max(options.reboot_min, options.reboot_max);

    DeviceOptions& device = node.device;
    device.serial = options.first_serial;
    const auto own = device.serial.octets.data() + 4;
    omci::store_be(own, omci::load_be<std::uint32_t>(own) + static_cast<std::uint32_t>(number));
    const bool standby0 = options.standby == Standby::image0 || (options.standby == Standby::mixed && number % 2 == 0);
    device.running_image = standby0 ? 1 : 0;
    device.other_image_valid = draw.one_in(2);
    device.extended = options.extended;
    device.window_sections = options.ont_window_sections;
    device.window_octets = options.ont_window_octets;
    device.make_md5 = options.make_md5;
    device.packages = options.packages;
    node.signature_time = options.signature_time;
    node.sha256_per_octet = options.sha256_per_octet;
    node.unpack_per_octet = options.unpack_per_octet;
    node.real_time = options.real_time;

    for (const OntFault& fault : options.faults) {
        if (fault.pon != onu.pon || fault.onu_id != onu.onu_id) continue;
        if (fault.off_at || fault.on_at) node.off.push_back({fault.off_at.value_or(0), fault.on_at.value_or(forever)});
        if (fault.busy_until > fault.busy_from) node.busy.push_back({fault.busy_from, fault.busy_until});
        if (fault.revoked_from) node.revoked.push_back({*fault.revoked_from, fault.revoked_until});
        if (fault.window_sections > 0) device.window_sections = std::min(device.window_sections, fault.window_sections);
        if (fault.loss) node.loss = *fault.loss;
        node.service *= std::max<std::uint32_t>(fault.slower, 1);
        device.both_images_in_use |= fault.both_images_in_use;
        node.deaf_on_shared_port |= fault.deaf_on_shared_port;
        node.new_image_fails_to_boot |= fault.new_image_fails_to_boot;
        if (fault.wrong_product) device.packages.product_code = other_product;
        device.small_slot |= fault.small_slot;
        if (fault.old_anchor) device.anchor = PackageServices::Anchor::old;
        if (fault.high_counter) device.packages.security_counter = options.packages.package_counter + 1;
        if (fault.small_head) device.packages.head_octets = omci::package_header_octets;
        if (fault.tamper) node.tamper = fault.tamper;
    }
    node.off = joined(std::move(node.off));
    return node;
}

void OntNode::plan_power() {
    Nanoseconds turn = forever;
    if (next_power_ / 2 < options_.off.size()) {
        const NodeOptions::Span& off = options_.off[next_power_ / 2];
        turn = next_power_ % 2 == 0 ? off.from : off.until;
    }
    power_at_ = std::min(turn, std::min(restart_at_, boot_at_));
}

void OntNode::power() {
    if (restart_at_ <= now_) {
        go_down();
        boot_at_ = now_ + life_.between(options_.reboot_min, options_.reboot_max);
    } else if (boot_at_ <= now_) {
        try_to_boot();
    } else {
        const bool on = next_power_++ % 2 == 1;
        if (on && !powered_) {
            boot_at_ = now_ + life_.between(options_.reboot_min, options_.reboot_max);
        } else if (!on) {
            last_cut_ = now_;
            go_down();
        }
        powered_ = on;
    }
    plan_power();
}

void OntNode::go_down() {
    const bool ran = running_;
    running_ = hears_shared_ = false;
    restart_at_ = boot_at_ = step_at_ = served_at_ = forever;
    for (Queue& queue : queue_) queue.clear();
    checker_.runs(options_.number, false);
    if (ran) surroundings_.ont_went_down(*this, now_);
}

void OntNode::try_to_boot() {
    boot_at_ = forever;
    ++boots_;
    flash_so_far_ = 0;
    if (!device_.boot() || ++failed_boots_ > failed_boots_max)
        return checker_.breach(now_, options_.number, "no image boots any more");
    const Slot& slot = device_.slot(device_.running_image());
    if (!slot.bootable()) return checker_.breach(now_, options_.number, "a broken image was booted");
    if (options_.new_image_fails_to_boot && !slot.holds_factory_image()) {
        boot_at_ = now_ + life_.between(options_.reboot_min, options_.reboot_max);  // the watchdog
        return;
    }
    failed_boots_ = 0;
    running_ = true;
    free_at_ = now_;
    for (auto& command : last_command_) command.reset();
    checker_.runs(options_.number, true);
    device_.healthy();
    checker_.state_changed(now_, options_.number);
    surroundings_.ont_came_up(*this, now_);
}

/// "Soon after it returns": once the answer to the command behind it has left.
void OntNode::device_restarts() {
    restart_at_ = std::max(now_, last_departure_) + restart_pause;
    plan_power();
}

/// The command was executed before the busy time began: a busy ONT still remembers its answer.
bool OntNode::answered_before(std::span<const std::uint8_t> frame) const noexcept {
    return (frame[2] & 0x40) != 0 &&
           last_command_[frame[0] >> 7] == static_cast<std::uint16_t>(frame[0] << 8 | frame[1]);
}

void OntNode::answer_busy(std::span<const std::uint8_t> octets) {
    const auto frame = omci::read_frame(octets);
    if (!frame || omci::check_crc(*frame) == omci::MicState::bad) return;
    const omci::Header header = omci::response_to(frame->header);
    constexpr auto busy = omci::ResultCode::device_busy;
    std::array<std::uint8_t, omci::frame_max_octets> room;
    const auto size = [&]() -> omci::Result<std::size_t> {
        switch (header.action) {
        case omci::Action::get: return omci::write_frame(header, omci::GetResponse{.result = busy}, room);
        case omci::Action::start_software_download:
            return omci::write_frame(header, omci::StartResponse{.result = busy}, room);
        case omci::Action::download_section: {
            const std::uint8_t number = frame->contents.empty() ? std::uint8_t{0} : frame->contents[0];
            return omci::write_frame(header, omci::SectionResponse{busy, number}, room);
        }
        case omci::Action::end_software_download:
            return omci::write_frame(header, omci::EndResponse{.result = busy}, room);
        default: return omci::write_frame(header, omci::ActivateResponse{busy}, room);
        }
    }();
    if (size) send({room.data(), *size}, now_ + options_.answer_delay);
}

}  // namespace sim
