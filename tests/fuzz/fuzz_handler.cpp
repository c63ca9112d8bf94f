// SPDX-License-Identifier: Apache-2.0
// Sequences of frames, steps, resets and storage faults against the whole handler. An input is a list of operations:
//
//     0 n(2) octets(n)   a frame from the OMCC          3     power off and on       6  healthy
//     1 n(2) octets(n)   a frame from the shared port   4 n   n seconds go by        7  storage fails, or works again
//     2                  work until there is none       5     one step               8  power is cut at the n-th
//                                                                                       storage operation; on again
//     9 flags            another ONT, that takes packages: its buffers, erase unit and what it permits
//
// Hash, signature and compression are toys that a changed input often passes, so that what lies behind them is reached.
// Whatever they are: the running slot is untouched, so is every image that is valid, the record can be read at every
// moment, and the next boot would find an image that is valid. An ONT that permits nothing never changes a slot.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "omci/package.h"
#include "ont/boot_record.h"
#include "ont/ont.h"
#include "tests/fuzz/demand.h"
#include "tests/ont/device.h"

namespace {

using tests::Bytes;
using tests::Device;

/// What an ONT lends to judge and unpack packages.
struct Services {
    bool denies = false;
    std::uint8_t parity = 0;
    bool hash_begins = false;
    std::array<std::uint8_t, 5> frame{};
    std::size_t unpacked = 0;
    Bytes head = Bytes(2048), block = Bytes(omci::block_octets), frames = Bytes(256);
};

Services& services(void* context) { return *static_cast<Services*>(tests::device(context).services); }

/// A hash is three bits, of all octets but the first, so that runs of two octets differ. A frame is 0x5B, an octet, and
/// how many of it (3 octets).
void lend(ont_platform& p) {
    p.sha256_start = [](void* c) {
        services(c).parity = 0;
        services(c).hash_begins = true;
    };
    p.sha256_update = [](void* c, const std::uint8_t* octets, std::size_t count) {
        Services& s = services(c);
        for (std::size_t i = s.hash_begins ? 1 : 0; i < count; ++i) s.parity ^= octets[i];
        s.hash_begins = s.hash_begins && count == 0;
    };
    p.sha256_finish = [](void* c, std::uint8_t* hash) {
        std::fill_n(hash, 32, std::uint8_t{0});
        hash[0] = services(c).parity & 7;
    };
    p.signature = [](void* c, const std::uint8_t*, std::size_t, const std::uint8_t*, std::size_t, unsigned) {
        return services(c).denies ? int{ONT_REFUSAL_SIGNER_UNKNOWN} : 0;
    };
    p.unpack_start = [](void* c, const std::uint8_t* frame, std::size_t octets) {
        if (octets != services(c).frame.size() || frame[0] != 0x5B) return -1;
        std::copy_n(frame, octets, services(c).frame.begin());
        services(c).unpacked = 0;
        return 0;
    };
    p.unpack_next = [](void* c, std::uint8_t* out, std::size_t room, std::size_t* count) {
        Services& s = services(c);
        const std::size_t all = s.frame[2] * 65'536u + s.frame[3] * 256u + s.frame[4];
        *count = std::min(room, all - s.unpacked);
        std::fill_n(out, *count, s.frame[1]);
        s.unpacked += *count;
        return 0;
    };
    p.permission = [](void* c, ont_question question, const std::uint8_t*) {
        return services(c).denies && question == ONT_MAY_INSTALL_PLAIN ? 0 : 1;
    };
}

struct World {
    Device device{4096, 1024};
    Services lent;
    ont_platform platform = device.platform();
    ont_identity identity{};
    ont_options options{};
    Bytes window = Bytes(2 * 1965);
    ont_handler handler{};
    std::uint64_t now = 0;
    std::array<Bytes, 2> valid;  ///< what an image held when it became valid; empty while it is not
    std::uint32_t compared = 0;  ///< storage operations when the slots were compared last
    bool unseen = true;          ///< or they were not compared at all

    World() {
        identity.omcc_version = 0xB4;
        options.window_sections_max = 64;
        options.window = window.data();
        options.window_octets = window.size();
        options.trial_boots_max = 2;
        const std::uint8_t version[14] = "A";
        DEMAND(ont_factory_record(&platform, 0, version, version) == 0);
        power_on();
    }

    /// Begins again as an ONT that takes packages.
    void take_packages(std::uint8_t flags) {
        constexpr std::array<std::uint32_t, 4> units{4096, 65'536, 50'000, 0};
        device = Device{68 * 1024, units[flags >> 2 & 3]};
        device.services = &lent;
        lend(platform);
        lent.denies = (flags & 2) != 0;
        options.trust_anchor = lent.denies ? 1 : 0;
        options.head = lent.head.data();
        options.head_octets = (flags & 16) != 0 ? 300 : lent.head.size();
        options.block = (flags & 1) != 0 ? lent.block.data() : nullptr;
        options.block_octets = (flags & 1) != 0 ? lent.block.size() : 0;
        options.frame = lent.frames.data();
        options.frame_octets = lent.frames.size();
        std::memcpy(identity.product_code, "BOX-1", 5);
        valid = {};
        unseen = true;
        const std::uint8_t version[14] = "A";
        DEMAND(ont_factory_record(&platform, 0, version, version) == 0);
        power_on();
    }

    void power_on() {
        device.cut = false;
        device.cut_after = Device::never;
        std::uint8_t image = 2;
        int error = ont_boot(&platform, &options, &image);
        DEMAND(image < 2);
        if (error == ONT_ERROR_STORAGE && (device.fail_record || device.record_lands_but_fails)) {
            // A boot of a trial that cannot be counted: the ONT restarts until its store is back.
            device.fail_record = device.record_lands_but_fails = false;
            error = ont_boot(&platform, &options, &image);
        }
        DEMAND(error == 0);
        device.running = image;
        handler = {};
        DEMAND(ont_init(&handler, &platform, &identity, &options) == 0);
        check();
    }

    void check() {
        DEMAND(device.mistakes.empty());
        const auto record = ont::decode_record(device.record);
        DEMAND(record);
        DEMAND(ont::boot_row(*record).boots != ont::Boots::nothing);
        DEMAND(!lent.denies || device.order.find_first_of("EW") == std::string::npos);
        const bool changed = unseen || compared != device.operations;
        compared = device.operations;
        unseen = false;
        for (std::size_t i = 0; i < 2; ++i) {
            if (!record->image[i].valid) {
                valid[i].clear();
                continue;
            }
            if (valid[i].empty()) valid[i] = device.slot[i];
            DEMAND(!changed || valid[i] == device.slot[i]);
        }
        // Only a healthy word, a Commit or a download can take the ONT away from an image that is committed and runs.
        DEMAND(record->image[device.running].valid);
    }

    void work() {
        for (int i = 0; i < 64 && ont_step(&handler, now) != 0; ++i) check();
    }
};

/// Takes octets off the front of an input.
struct Tape {
    std::span<const std::uint8_t> left;
    std::uint8_t octet() {
        if (left.empty()) return 0;
        const std::uint8_t first = left[0];
        left = left.subspan(1);
        return first;
    }
    Bytes octets() {
        const std::size_t high = octet();
        const std::size_t announced = high << 8 | octet();
        const auto taken = left.first(std::min(announced, left.size()));
        left = left.subspan(taken.size());
        return {taken.begin(), taken.end()};
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    World world;
    Tape tape{{data, size}};
    for (int operations = 0; operations < 1000 && !tape.left.empty(); ++operations) {
        const std::uint8_t operation = tape.octet();
        switch (operation) {
        case 0:
        case 1: {
            const Bytes frame = tape.octets();  // of its own size: a sanitizer sees an octet read behind it
            ont_handle(&world.handler, frame.data(), frame.size(),
                       operation == 0 ? ONT_FROM_OMCC : ONT_FROM_SHARED_PORT, world.now);
            break;
        }
        case 2: world.work(); break;
        case 3: world.power_on(); break;
        case 4: world.now += tape.octet() * std::uint64_t{1000}; break;
        case 5: ont_step(&world.handler, world.now); break;
        case 6: ont_healthy(&world.handler); break;
        case 7: {
            const std::uint8_t which = tape.octet();
            world.device.fail_erase = (which & 1) != 0;
            world.device.fail_write = (which & 2) != 0;
            world.device.fail_read = (which & 4) != 0;
            world.device.fail_sync = (which & 8) != 0;
            world.device.record_lands_but_fails = (which & 16) != 0;
            break;
        }
        case 8:
            world.device.torn = true;
            world.device.cut_after = world.device.operations + tape.octet() % 32;
            break;
        case 9: world.take_packages(tape.octet()); break;
        default: break;
        }
        if (world.device.cut || world.device.reboots > 0) {
            world.device.reboots = 0;
            world.power_on();
        }
        world.check();
    }
    return 0;
}
