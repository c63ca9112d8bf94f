// SPDX-License-Identifier: Apache-2.0
// One handler on one device in memory, and an OLT's side of the conversation for the tests of ont/.
#pragma once

#include <optional>
#include <span>

#include "omci/crc32.h"
#include "omci/message.h"
#include "ont/ont.h"
#include "tests/ont/device.h"

namespace tests {

using omci::Action;
using omci::MeClass;
using omci::MeInstance;
using omci::MessageSet;
using omci::ResultCode;

/// `count` octets that differ from image to image and hold no long runs of zeros.
inline Bytes make_image(std::size_t count, unsigned seed = 1) {
    Bytes image(count);
    std::uint32_t state = seed * 2654435761u + 12345;
    for (auto& octet : image) octet = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
    return image;
}

/// A reply, with its octets kept alive.
struct Reply {
    Bytes octets;
    omci::Frame frame;

    std::uint8_t result() const { return frame.contents.empty() ? 0xFF : frame.contents[0]; }
    std::uint8_t at(std::size_t i) const { return i < frame.contents.size() ? frame.contents[i] : 0xFF; }
};

inline constexpr int silence = -1;

/// What a test may say about a command beside its contents.
struct Say {
    std::optional<std::uint16_t> tci{};
    bool reply_wanted = true;
    ont_origin origin = ONT_FROM_OMCC;
    bool sealed = true;  ///< with its CRC
};

struct Lab {
    Device device;
    ont_identity identity{};
    ont_options options{};
    Bytes window = Bytes(ONT_WINDOW_OCTETS_MAX);
    ont_handler handler{};
    ont_platform platform{};
    MessageSet set = MessageSet::baseline;
    std::uint16_t tci = 0;
    std::uint64_t now = 1000;

    explicit Lab(bool second_image = false) {
        platform = device.platform();
        identity.omcc_version = 0xB4;
        std::memcpy(identity.vendor_id, "OMCA", 4);
        std::memcpy(identity.serial_number, "OMCA\0\0\0\1", 8);
        options.window_sections_max = 256;
        options.seal_frames = 1;
        options.trial_boots_max = 3;
        const std::uint8_t version[14] = "FACTORY";
        const std::uint8_t second[14] = "SECOND";
        REQUIRE(ont_factory_record(&platform, 0, version, second_image ? second : nullptr) == 0);
        REQUIRE(power_on() == 0);
        REQUIRE(healthy() == 0);
    }
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;

    /// Boots and sets a new handler up: what comes after every reset. Returns what ont_init() says.
    int power_on() {
        options.window = window.data();
        options.window_octets = window.size();
        std::uint8_t image = 9;
        const int error = ont_boot(&platform, &options, &image);
        if (error != 0) return error;
        device.running = image;
        handler = {};
        return ont_init(&handler, &platform, &identity, &options);
    }
    int healthy() { return ont_healthy(&handler); }

    /// Steps until there is nothing more to do.
    int work() {
        int steps = 1;
        while (ont_step(&handler, now) != 0 && steps < 100'000) ++steps;
        return steps;
    }

    void hand_in(const Bytes& frame, ont_origin origin = ONT_FROM_OMCC) {
        ont_handle(&handler, frame.data(), frame.size(), origin, now);
    }

    /// The frame of a command.
    template <typename Message>
    Bytes frame(std::uint16_t id, MeClass me_class, std::uint16_t instance, const Message& message, Action action,
                bool reply_wanted = true, bool sealed = true) const {
        Bytes out(omci::frame_max_octets);
        omci::TrailerChoice choice;
        if (!sealed) choice.trailer = omci::Trailer::none;
        const auto header =
            omci::request(action, omci::TransactionId{id}, set, me_class, MeInstance{instance}, reply_wanted);
        const auto size = omci::write_frame(header, message, out, choice);
        REQUIRE(size);
        out.resize(*size);
        return out;
    }

    /// Hands a command in and returns what came back for it.
    template <typename Message>
    std::optional<Reply> ask(MeClass me_class, std::uint16_t instance, const Message& message, Action action,
                             const Say& say = {}) {
        const std::uint16_t id = say.tci ? *say.tci : ++tci;
        const std::size_t before = device.sent.size();
        hand_in(frame(id, me_class, instance, message, action, say.reply_wanted, say.sealed), say.origin);
        std::size_t at = before;
        while (at < device.sent.size() && (device.sent[at][2] & 0x20) == 0) ++at;  // notifications are no replies
        if (at == device.sent.size()) return std::nullopt;
        Reply reply{device.sent[at], {}};
        const auto read = omci::read_frame(reply.octets);
        REQUIRE(read);
        reply.frame = *read;
        CHECK(reply.frame.header.transaction_id == omci::TransactionId{id});
        CHECK(reply.frame.header.acknowledgement);
        CHECK(reply.frame.header.action == action);
        CHECK(reply.frame.header.set == set);
        if (options.seal_frames != 0) CHECK(omci::check_crc(*read) == omci::MicState::good);
        return reply;
    }
    template <typename Message>
    std::optional<Reply> ask(MeClass me_class, std::uint16_t instance, const Message& message, const Say& say = {}) {
        return ask(me_class, instance, message, Message::action, say);
    }
    template <typename Message>
    int result(MeClass me_class, std::uint16_t instance, const Message& message, const Say& say = {}) {
        const auto reply = ask(me_class, instance, message, say);
        return reply ? reply->result() : silence;
    }

    int start(std::size_t octets, std::size_t sections = 32, std::uint16_t image = 1, const Say& say = {}) {
        omci::StartRequest request;
        request.last_section = static_cast<std::uint8_t>(sections - 1);
        request.image_octets = static_cast<std::uint32_t>(octets);
        request.targets = omci::TargetList::one(MeInstance{image});
        return result(MeClass::software_image, image, request, say);
    }
    int section(std::size_t number, omci::Octets data, bool close, std::uint16_t image = 1, Say say = {}) {
        say.reply_wanted = close;
        return result(MeClass::software_image, image, omci::SectionRequest{static_cast<std::uint8_t>(number), data},
                      say);
    }
    int end(const Bytes& image, std::uint16_t instance = 1, const Say& say = {}) {
        return end(omci::crc32(image), image.size(), instance, say);
    }
    int end(std::uint32_t crc, std::size_t octets, std::uint16_t instance = 1, const Say& say = {}) {
        omci::EndRequest request;
        request.image_crc = omci::ImageCrc{crc};
        request.image_octets = static_cast<std::uint32_t>(octets);
        return result(MeClass::software_image, instance, request, say);
    }
    int abort(std::uint16_t instance = 1) { return end(0xFFFF'FFFFu, 0, instance); }
    int activate(std::uint16_t image, unsigned flags = 0) {
        return result(MeClass::software_image, image,
                      omci::ActivateRequest{omci::CallPolicy{static_cast<std::uint8_t>(flags)}});
    }
    int commit(std::uint16_t image) { return result(MeClass::software_image, image, omci::CommitRequest{}); }
    int reboot() { return result(MeClass::onu_g, 0, omci::RebootRequest{}); }

    std::size_t full_section() const { return omci::section_octets(set); }

    /// Sends the window of `image` that begins at `at`; returns the answer to its close.
    int send_window(const Bytes& image, std::size_t at, std::size_t sections, std::uint16_t instance = 1) {
        int answer = silence;
        const std::size_t size = full_section();
        for (std::size_t i = 0; i < sections && at < image.size(); ++i, at += size) {
            const auto data = omci::Octets{image}.subspan(at, std::min(size, image.size() - at));
            answer = section(i, data, i + 1 == sections || at + size >= image.size(), instance);
        }
        return answer;
    }

    /// All windows of an image, each of which must be accepted.
    void send_image(const Bytes& image, std::size_t sections = 32, std::uint16_t instance = 1) {
        for (std::size_t at = 0; at < image.size(); at += sections * full_section())
            REQUIRE(send_window(image, at, sections, instance) == 0);
    }

    int poll_end(const Bytes& image, std::uint16_t instance = 1) {
        int answer = end(image, instance);
        for (int polls = 0; answer == 6 && polls < 10; ++polls) {
            work();
            answer = end(image, instance);
        }
        return answer;
    }

    /// Start to End; returns the last answer.
    int download(const Bytes& image, std::uint16_t instance = 1) {
        if (const int answer = start(image.size(), 32, instance); answer != 0) return answer;
        work();
        send_image(image, 32, instance);
        return poll_end(image, instance);
    }

    /// "A C V" of an image, dashes for what it is not.
    std::string state(std::uint8_t image) const {
        std::uint8_t valid = 0, active = 0, committed = 0;
        REQUIRE(ont_image_state(&handler, image, &valid, &active, &committed, nullptr) == 0);
        return {active ? 'A' : '-', committed ? 'C' : '-', valid ? 'V' : '-'};
    }
    std::string states() const { return state(0) + " " + state(1); }

    std::string version(std::uint8_t image) const {
        char text[15] = {};
        REQUIRE(ont_image_state(&handler, image, nullptr, nullptr, nullptr, reinterpret_cast<std::uint8_t*>(text)) ==
                0);
        return text;
    }

    int sync() {
        const auto reply = ask(MeClass::onu_data, 0, omci::GetRequest{omci::AttributeMask{0x8000}});
        REQUIRE(reply);
        return set == MessageSet::baseline ? reply->at(3) : reply->at(7);
    }
};

}  // namespace tests
