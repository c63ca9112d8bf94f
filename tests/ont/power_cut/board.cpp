// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/board.h"

#include <algorithm>
#include <cstdarg>
#include <cstring>

namespace power_cut {
namespace {

constexpr int steps_max = 100'000;

}  // namespace

Board::Board(const Setup& with, Arena& arena, const Saved& saved)
    : setup{with}, storage{saved.storage}, environment{saved.environment}, boot_once{saved.boot_once}, arena_{arena} {
    identity_.omcc_version = 0xB4;  // extended messages too
    std::memcpy(identity_.vendor_id, "OMCA", 4);
    std::memcpy(identity_.serial_number, "OMCA\0\0\0\1", 8);
    std::memcpy(identity_.product_code, "SWEEP", 5);
    arena_.window.resize(setup.geometry.window_octets);
    options_.window = arena_.window.data();
    options_.window_octets = arena_.window.size();
    options_.window_sections_max = 256;
    options_.trial_boots_max = static_cast<std::uint8_t>(setup.dialect->promise.tries);
    set_up_platform();
    if (setup.library->packages) lend_packages();
}

Board::~Board() { end_life(); }

void Board::say(const char* format, ...) {
    if (power.log == nullptr) return;
    std::va_list arguments;
    va_start(arguments, format);
    std::vfprintf(power.log, format, arguments);
    va_end(arguments);
    std::fputc('\n', power.log);
}

void Board::end_life() {
    if (!power.dark() && backend_.records != nullptr) release_record();
    backend_ = {};
    kernel_.reset();
    restarting_ = false;
    reply_octets_ = 0;
    held_record_.clear();
}

void Board::begin_life() {
    storage.age(power.dice);
    kernel_ = std::make_unique<FakeKernel>(storage, power, mistakes);
    kernel_->one_copy = setup.mutant == Mutant::one_copy;
    kernel_->unsynced_record = setup.mutant == Mutant::unsynced_record;
    backend_ = setup.backend->open(*this);
    if (power.dark()) return;
    if (!backend_.slots || backend_.records == nullptr)
        throw Violation{"the storage cannot be opened: " + backend_.error};
    const bool keeps = backend_.slots->reads_stay() || setup.mutant == Mutant::kept_flash;
    options_.rewrite_all = keeps ? 0 : 1;
    if (setup.dialect->open != nullptr) setup.dialect->open(*this);
}

void Board::leave_factory(bool two_images) {
    begin_life();
    running_ = 2;
    const auto install = [&](std::uint8_t slot, const Bytes& octets) {
        const std::uint32_t unit = slots().erase_unit(slot);
        int error = 0;
        for (std::uint32_t at = 0; unit > 0 && at < octets.size(); at += unit) error |= slots().erase(slot, at);
        error |= slots().write(slot, 0, octets.data(), octets.size());
        if ((error | slots().sync(slot)) != 0) throw Violation{"the factory cannot write: " + slots().complaint()};
    };
    const Image& first = setup.library->image[factory];
    const Image& other = setup.library->image[second];
    install(0, first.octets);
    if (two_images) install(1, other.octets);
    const omci::Version version = first.version();
    const omci::Version other_version = other.version();
    const int error = ont_factory_record(&platform_, 0, version.data(), two_images ? other_version.data() : nullptr);
    if (error != 0) throw Violation{"the factory record cannot be stored"};
    end_life();
}

void Board::restore_power() {
    end_life();
    power.arm(std::nullopt);
    storage.settle(power.dice);
    boot_once.reset();
}

bool Board::boot(Ledger& ledger) {
    const bool cold = power.dark();
    end_life();
    if (cold) throw std::logic_error{"a boot without power"};
    booting_ = true;
    begin_life();
    if (power.dark()) return false;
    std::uint8_t slot = 2;
    const int error = setup.dialect->boot(*this, slot);
    booting_ = false;
    if (power.dark()) return false;
    if (error != 0 || slot > 1) throw Violation{"no image boots: error " + std::to_string(error)};
    running_ = slot;
    backend_.slots->set_running(slot);
    say("  boots slot %u", slot);
    ledger.booted(slot, this->slot(slot));
    std::memset(&arena_.handler, 0, sizeof arena_.handler);
    const int init = ont_init(&arena_.handler, &platform_, &identity_, &options_);
    if (power.dark()) return false;
    if (init != 0) throw Violation{"ont_init: error " + std::to_string(init)};
    // Reading may be an operation too: what is read first is synced first.
    const std::uint32_t value = counter();
    if (!power.dark()) ledger.counter(value);
    if (!power.dark()) check_heads();
    return !power.dark();
}

/// What is kept beside a slot is the whole head of some package, or nothing.
void Board::check_heads() {
    if (!slots().keeps_heads()) return;
    std::array<std::uint8_t, 2048> head;
    for (std::uint8_t slot = 0; slot < 2; ++slot) {
        std::size_t size = 0;
        const int error = slots().head_read(slot, head.data(), head.size(), &size);
        if (power.dark()) return;
        if (error != 0) throw Violation{"a head cannot be read"};
        const auto is_head = [&](const Image& image) {
            return size == image.head_octets && std::memcmp(head.data(), image.wire.data(), size) == 0;
        };
        const auto& images = setup.library->image;
        if (size > 0 && std::none_of(images.begin(), images.end(), is_head))
            throw Violation{"half a head is kept beside a slot"};
    }
}

bool Board::healthy(Ledger& ledger) {
    ledger.healthy_begins();
    release_record();
    const int error = ont_healthy(&arena_.handler);
    if (power.dark()) return false;
    if (error != 0) throw Violation{"ont_healthy: error " + std::to_string(error)};
    ledger.healthy();
    say("  healthy");
    return true;
}

std::uint32_t Board::counter() {
    std::uint32_t value = 0;
    if (backend_.records->counter_read(&value) != 0 && !power.dark())
        throw Violation{"the security counter cannot be read"};
    return value;
}

void Board::hear(std::span<const std::uint8_t> frame) {
    release_record();
    reply_octets_ = 0;
    ont_handle(&arena_.handler, frame.data(), frame.size(), ONT_FROM_OMCC, now_ms_ += 10);
}

void Board::work() {
    release_record();
    for (int steps = 0; !power.dark() && ont_step(&arena_.handler, now_ms_ += 10) != 0; ++steps)
        if (steps > steps_max) throw Violation{"the work of the handler does not end"};
}

/// The handler must never ask for that.
bool Board::running_slot(std::uint8_t image, const char* what) {
    if (image != running_) return false;
    mistakes.emplace_back(std::string{"the running slot was "} + what);
    return true;
}

int Board::record_write(const std::uint8_t* octets, std::size_t size) {
    if (setup.mutant != Mutant::none) return wrong_record_write(octets, size);
    return backend_.records->record_write(octets, size);
}

void Board::set_up_platform() {
    platform_.version = ONT_PLATFORM_VERSION;
    platform_.context = this;
    platform_.slot_octets = [](void* c, std::uint8_t i) { return static_cast<Board*>(c)->slots().octets(i); };
    platform_.slot_erase_unit = [](void* c, std::uint8_t i) { return static_cast<Board*>(c)->slots().erase_unit(i); };
    platform_.slot_erase = [](void* c, std::uint8_t i, std::uint32_t at) {
        Board& b = *static_cast<Board*>(c);
        if (b.running_slot(i, "erased")) return -1;
        const int error = b.slots().erase(i, at);
        return b.release_record() != 0 ? -1 : error;
    };
    platform_.slot_write = [](void* c, std::uint8_t i, std::uint32_t at, const std::uint8_t* octets, std::size_t n) {
        Board& b = *static_cast<Board*>(c);
        if (b.running_slot(i, "written")) return -1;
        return b.release_record() != 0 ? -1 : b.slots().write(i, at, octets, n);
    };
    platform_.slot_read = [](void* c, std::uint8_t i, std::uint32_t at, std::uint8_t* octets, std::size_t n) {
        return static_cast<Board*>(c)->slots().read(i, at, octets, n);
    };
    platform_.slot_sync = [](void* c, std::uint8_t i) {
        Board& b = *static_cast<Board*>(c);
        return b.setup.mutant == Mutant::no_sync ? 0 : b.slots().sync(i);
    };
    platform_.head_write = [](void* c, std::uint8_t i, const std::uint8_t* head, std::size_t octets) {
        Board& b = *static_cast<Board*>(c);
        return b.slots().keeps_heads() ? b.slots().head_write(i, head, octets) : 0;
    };
    platform_.record_read = [](void* c, std::uint8_t* octets, std::size_t room, std::size_t* size) {
        Board& b = *static_cast<Board*>(c);
        return b.backend_.records->record_read(octets, room, size);
    };
    platform_.record_write = [](void* c, const std::uint8_t* octets, std::size_t size) {
        return static_cast<Board*>(c)->record_write(octets, size);
    };
    platform_.counter_read = [](void* c, std::uint32_t* value) {
        return static_cast<Board*>(c)->backend_.records->counter_read(value);
    };
    platform_.counter_write = [](void* c, std::uint32_t value) {
        Board& b = *static_cast<Board*>(c);
        return b.setup.mutant == Mutant::lost_counter ? 0 : b.backend_.records->counter_write(value);
    };
    platform_.send = [](void* c, const std::uint8_t* frame, std::size_t octets) {
        Board& b = *static_cast<Board*>(c);
        constexpr std::uint8_t acknowledgement = 0x20;
        // What is no answer is a notification, which nobody waits for.
        if (b.power.dark() || (frame[2] & acknowledgement) == 0) return b.power.dark() ? -1 : 0;
        std::copy_n(frame, octets, b.reply_.begin());
        b.reply_octets_ = octets;
        return 0;
    };
    platform_.reboot = [](void* c) {
        Board& b = *static_cast<Board*>(c);
        b.restarting_ = true;
    };
    platform_.image_version = [](void* c, std::uint8_t i, std::uint32_t, std::uint8_t version[14]) {
        return static_cast<Board*>(c)->slots().read(i, 0, version, omci::version_octets);
    };
}

}  // namespace power_cut
