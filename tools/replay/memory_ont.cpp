// SPDX-License-Identifier: Apache-2.0
#include "tools/replay/memory_ont.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "omci/frame.h"
#include "omci/software_download.h"

namespace tools {
namespace {

[[noreturn]] void fail(const char* what) { throw std::runtime_error{std::string{"handler in memory: "} + what}; }

template <std::size_t octets>
void put_text(std::uint8_t (&field)[octets], std::string_view text) {
    std::copy_n(text.begin(), std::min(text.size(), octets), field);
}

}  // namespace

/// MD5 for the image hash attribute. A computation that failed leaves a hash of zeros.
struct MemoryOnt::Hash {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    bool ok = false;

    ~Hash() { EVP_MD_CTX_free(context); }
};

/// The callbacks of ont.h. `context` is the MemoryOnt. They are called from code without exceptions.
struct MemoryOnt::Calls {
    static MemoryOnt& self(void* context) { return *static_cast<MemoryOnt*>(context); }

    static std::uint32_t slot_octets(void*, std::uint8_t) { return memory_slot_octets; }
    static std::uint32_t slot_erase_unit(void*, std::uint8_t) { return memory_page_octets; }
    static int slot_erase(void* context, std::uint8_t image, std::uint32_t offset) {
        return self(context).slots_[image].erase(offset) ? 0 : -1;
    }
    static int slot_write(void* context, std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets,
                          std::size_t count) {
        try {
            return self(context).slots_[image].write(offset, {octets, count}) ? 0 : -1;
        } catch (const std::bad_alloc&) {
            return -1;
        }
    }
    static int slot_read(void* context, std::uint8_t image, std::uint32_t offset, std::uint8_t* octets,
                         std::size_t count) {
        return self(context).slots_[image].read(offset, {octets, count}) ? 0 : -1;
    }
    static int slot_sync(void*, std::uint8_t) { return 0; }

    static int record_read(void* context, std::uint8_t* octets, std::size_t room, std::size_t* size) {
        const std::vector<std::uint8_t>& record = self(context).record_;
        if (record.size() > room) return -1;
        std::copy(record.begin(), record.end(), octets);
        *size = record.size();
        return 0;
    }
    static int record_write(void* context, const std::uint8_t* octets, std::size_t size) {
        std::vector<std::uint8_t>& record = self(context).record_;
        if (size > record.capacity()) return -1;
        record.assign(octets, octets + size);
        return 0;
    }

    /// Notifications go out too; nobody here waits for them.
    static int send(void* context, const std::uint8_t* frame, std::size_t octets) {
        constexpr std::uint8_t acknowledgement = 0x20;
        std::vector<std::uint8_t>& answer = self(context).answer_;
        if (octets > answer.capacity() || (frame[2] & acknowledgement) == 0) return 0;
        answer.assign(frame, frame + octets);
        return 0;
    }
    static void reboot(void* context) { self(context).restart_ = true; }

    static void md5_start(void* context) {
        Hash& hash = *self(context).hash_;
        hash.ok = EVP_DigestInit_ex(hash.context, EVP_md5(), nullptr) == 1;
    }
    static void md5_update(void* context, const std::uint8_t* octets, std::size_t count) {
        Hash& hash = *self(context).hash_;
        hash.ok = hash.ok && EVP_DigestUpdate(hash.context, octets, count) == 1;
    }
    static void md5_finish(void* context, std::uint8_t out[16]) {
        Hash& hash = *self(context).hash_;
        if (!hash.ok || EVP_DigestFinal_ex(hash.context, out, nullptr) != 1) std::fill_n(out, 16, std::uint8_t{0});
    }
};

MemoryOnt::MemoryOnt(const MemoryOntOptions& options, PagePool& pool)
    : options_{options},
      slots_{MemorySlot{pool}, MemorySlot{pool}},
      window_octets_{options.window_sections_max * omci::extended_section_max_octets},
      window_{std::make_unique_for_overwrite<std::uint8_t[]>(window_octets_)},  // untouched pages stay untouched
      hash_{std::make_unique<Hash>()} {
    record_.reserve(ONT_RECORD_OCTETS_MAX);
    answer_.reserve(ONT_FRAME_OCTETS_MAX);
    if (!hash_->context) throw std::bad_alloc{};
    const omci::Version own = omci::make_version(options.versions[options.committed]);
    const omci::Version other = omci::make_version(options.versions[1 - options.committed]);
    const bool both_in_use = options.active != options.committed;
    const ont_platform p = platform();
    if (ont_factory_record(&p, options.committed, own.data(),
                           options.other_valid || both_in_use ? other.data() : nullptr) != 0)
        fail("no first boot record could be written");
    boot();
    if (!both_in_use) return;
    // Somebody activated the other image before our time and did not commit it.
    std::array<std::uint8_t, omci::baseline_frame_octets> room;
    const auto header =
        omci::request(omci::Action::activate_software, omci::TransactionId{1}, omci::MessageSet::baseline,
                      omci::MeClass::software_image, omci::MeInstance{options.active});
    const auto size = omci::write_frame(header, omci::ActivateRequest{}, room);
    handle(omci::Octets{room}.first(*size), ONT_FROM_OMCC, 0);
    work(0);
}

MemoryOnt::~MemoryOnt() = default;

ont_platform MemoryOnt::platform() {
    ont_platform p{};
    p.version = ONT_PLATFORM_VERSION;
    p.context = this;
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
    if (options_.hashes) {
        p.md5_start = Calls::md5_start;
        p.md5_update = Calls::md5_update;
        p.md5_finish = Calls::md5_finish;
    }
    return p;
}

void MemoryOnt::boot() {
    ont_identity identity{};
    put_text(identity.vendor_id, "OMCT");
    put_text(identity.serial_number, {"OMCT\0\0\0\1", 8});
    put_text(identity.hardware_version, "REPLAY");
    put_text(identity.equipment_id, "OMCAST-REPLAY");
    put_text(identity.product_code, options_.product_code);
    identity.omcc_version = options_.omcc_version;
    ont_options options{};
    options.window_sections_max = options_.window_sections_max;
    options.window = window_.get();
    options.window_octets = window_octets_;
    options.trial_boots_max = 1;
    const ont_platform p = platform();
    std::uint8_t image = 0;
    if (ont_boot(&p, &options, &image) != 0) fail("no image would boot");
    if (ont_init(&handler_, &p, &identity, &options) != 0 || ont_healthy(&handler_) != 0) fail("does not come up");
}

omci::Octets MemoryOnt::handle(omci::Octets frame, ont_origin origin, std::uint64_t now_ms) {
    answer_.clear();
    ont_handle(&handler_, frame.data(), frame.size(), origin, now_ms);
    return answer_;
}

void MemoryOnt::work(std::uint64_t now_ms) {
    while (ont_step(&handler_, now_ms) != 0) {}
    if (std::exchange(restart_, false)) boot();
}

MemoryOnt::Moment MemoryOnt::moment() const {
    return {handler_, {window_.get(), window_.get() + window_octets_}, record_};
}

void MemoryOnt::go_back(const Moment& moment) {
    handler_ = moment.handler;
    std::copy(moment.window.begin(), moment.window.end(), window_.get());
    record_.assign(moment.record.begin(), moment.record.end());
}

}  // namespace tools
