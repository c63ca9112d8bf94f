// SPDX-License-Identifier: Apache-2.0
// A lab whose ONT takes packages: what the platform lends to judge and unpack them, as toys (package_maker.h), and what
// it was asked for, counted.
#pragma once

#include <string>
#include <vector>

#include "tests/ont/lab.h"
#include "tests/ont/package_maker.h"

namespace tests {

struct PackageLab : Lab {
    Bytes head_room = Bytes(16'384);
    Bytes block_room = Bytes(omci::block_octets);
    Bytes frame_room = Bytes(omci::frame_yield_octets + 16);

    // What is asked, and what the platform says.
    Sha256 hash;
    bool hashing = false;
    std::uint64_t hashed = 0;
    omci::Octets frame;
    std::size_t frame_at = 0;
    bool may_start = true, may_install_plain = false;
    std::string refuse_version;  ///< ONT_MAY_START says no to this one
    std::uint32_t counter = 0;
    bool fail_counter = false, fail_head = false;
    Bytes kept_head;
    int signatures = 0, watchdog = 0;

    explicit PackageLab(std::uint32_t slot_octets = 1u << 20, std::uint32_t erase_unit = 65'536) : Lab{true} {
        device = Device{slot_octets, erase_unit};
        device.services = this;
        lend();
        identity.hardware_version[0] = '1';
        std::memcpy(identity.product_code, "BOX-1", 5);
        options.head = head_room.data();
        options.head_octets = head_room.size();
        options.block = block_room.data();
        options.block_octets = block_room.size();
        options.frame = frame_room.data();
        options.frame_octets = frame_room.size();
        options.unpack_octets = 4096;
        options.trust_anchor = 1;
        const std::uint8_t version[14] = "R1.5";
        REQUIRE(ont_factory_record(&platform, 0, version, version) == 0);
        REQUIRE(power_on() == 0);
        REQUIRE(healthy() == 0);
        clear_counts();
    }

    static PackageLab& of(void* context) { return *static_cast<PackageLab*>(device_of(context).services); }
    static Device& device_of(void* context) { return tests::device(context); }

    void lend() {
        platform.sha256_start = [](void* c) {
            of(c).hash = {};
            of(c).hashing = true;
        };
        platform.sha256_update = [](void* c, const std::uint8_t* octets, std::size_t count) {
            if (!of(c).hashing) device_of(c).mistake("a hash goes on that was not started");
            of(c).hash.update(octets, count);
            of(c).hashed += count;
        };
        platform.sha256_finish = [](void* c, std::uint8_t* out) {
            of(c).hashing = false;
            const auto found = of(c).hash.finish();
            std::copy(found.begin(), found.end(), out);
        };
        platform.signature = [](void* c, const std::uint8_t* cms, std::size_t size, const std::uint8_t* manifest,
                                std::size_t manifest_size, unsigned signers_min) {
            return of(c).judge({cms, size}, {manifest, manifest_size}, signers_min);
        };
        platform.unpack_start = [](void* c, const std::uint8_t* octets, std::size_t count) {
            of(c).frame = {octets, count};
            of(c).frame_at = 0;
            return count > 0 && (octets[0] == 0x5A || octets[0] == 0x5B) ? 0 : -1;
        };
        platform.unpack_next = [](void* c, std::uint8_t* out, std::size_t room, std::size_t* count) {
            return of(c).unpack(out, room, *count);
        };
        platform.permission = [](void* c, ont_question question, const std::uint8_t* version) {
            PackageLab& lab = of(c);
            if (question == ONT_MAY_INSTALL_PLAIN) return lab.may_install_plain ? 1 : 0;
            const bool refused = version != nullptr && !lab.refuse_version.empty() &&
                                 lab.refuse_version == reinterpret_cast<const char*>(version);
            return lab.may_start && !refused ? 1 : 0;
        };
        platform.counter_read = [](void* c, std::uint32_t* value) {
            *value = of(c).counter;
            return of(c).fail_counter ? -1 : 0;
        };
        platform.counter_write = [](void* c, std::uint32_t value) {
            of(c).counter = value;
            return 0;
        };
        platform.head_write = [](void* c, std::uint8_t image, const std::uint8_t* octets, std::size_t count) {
            if (image == device_of(c).running) device_of(c).mistake("the head of the running image was replaced");
            if (of(c).fail_head) return -1;
            of(c).kept_head.assign(octets, octets + count);
            return 0;
        };
        platform.feed_watchdog = [](void* c) { ++of(c).watchdog; };
    }

    int judge(omci::Octets cms, omci::Octets manifest, unsigned signers_min) {
        ++signatures;
        const std::size_t count = cms.back();
        unsigned good = 0;
        int worst = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const auto one = cms.subspan(cms.size() - 1 - (count - i) * 33, 33);
            const char signer = static_cast<char>(one[0]);
            const Bytes expected = toy_signature(signer, manifest);
            const int said = !std::equal(one.begin(), one.end(), expected.begin()) ? ONT_REFUSAL_SIGNATURE_WRONG
                             : signer == 'R'                                       ? ONT_REFUSAL_SIGNER_REVOKED
                             : signer != 'A' && signer != 'B'                      ? ONT_REFUSAL_SIGNER_UNKNOWN
                                                                                   : 0;
            if (said == 0) ++good;
            if (said != 0 && worst == 0) worst = said;
        }
        if (good >= signers_min) return 0;
        return worst != 0 ? worst : ONT_REFUSAL_SIGNERS_TOO_FEW;
    }

    int unpack(std::uint8_t* out, std::size_t room, std::size_t& count) {
        const bool one_octet = frame[0] == 0x5B;
        const std::size_t all = one_octet ? frame[2] * 65'536u + frame[3] * 256u + frame[4] : frame.size() - 1;
        count = std::min(room, all - frame_at);
        for (std::size_t i = 0; i < count; ++i)
            out[i] = one_octet ? frame[1] : static_cast<std::uint8_t>(~frame[1 + frame_at + i]);
        frame_at += count;
        return 0;
    }

    void clear_counts() {
        device.order.clear();
        device.octets_written = 0;
        device.events.clear();
        hashed = 0;
    }
    std::size_t operations(char which) const {
        return static_cast<std::size_t>(std::count(device.order.begin(), device.order.end(), which));
    }
    std::size_t events(int kind) const {
        return static_cast<std::size_t>(std::count_if(device.events.begin(), device.events.end(),
                                                      [=](const auto& event) { return event.first == kind; }));
    }

    /// The window at `at` of `stream`, closed again while the answer is 6; the last answer.
    int push(const Bytes& stream, std::size_t at, std::size_t sections) {
        int answer = send_window(stream, at, sections);
        const std::size_t left = (stream.size() - at + full_section() - 1) / full_section();
        const std::size_t last = std::min(sections, left) - 1;
        const std::size_t begin = at + last * full_section();
        for (int polls = 0; answer == 6 && polls < 100; ++polls) {
            work();
            answer = section(last, omci::Octets{stream}.subspan(begin, std::min(full_section(), stream.size() - begin)),
                             true);
        }
        return answer;
    }
    /// All windows of `stream` from Start on, up to the first that is not accepted; the last answer.
    int push_all(const Bytes& stream, std::size_t sections = 4) {
        if (const int answer = start(stream.size(), sections); answer != 0) return answer;
        for (std::size_t at = 0; at < stream.size(); at += sections * full_section()) {
            if (const int answer = push(stream, at, sections); answer != 0) return answer;
            work();
        }
        return 0;
    }
    /// Start to End of a package.
    int install(const Bytes& stream, std::size_t sections = 4) {
        const int answer = push_all(stream, sections);
        return answer == 0 ? poll_end(stream) : answer;
    }
    bool holds(const Bytes& image, std::uint8_t slot = 1) const {
        return std::equal(image.begin(), image.end(), device.slot[slot].begin());
    }
    int refusal() const {
        int number = 0;
        REQUIRE(ont_update(&handler, nullptr, nullptr, &number) == 0);
        return number;
    }
    int update_state() const {
        int state = -1;
        REQUIRE(ont_update(&handler, &state, nullptr, nullptr) == 0);
        return state;
    }
};

}  // namespace tests
