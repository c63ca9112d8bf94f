// SPDX-License-Identifier: Apache-2.0
// An OLT as it is met in the field, over a fibre that loses what a test says: the list [0] whatever the target, frames
// of 44 octets in bursts, whole windows again after 3 s of silence or after an error, End polled every 10 s, and the
// new version expected right behind it. (What single frames may look like stands in olt_kinds_test.cpp.)
#include <doctest/doctest.h>

#include <cstring>
#include <set>
#include <string>

#include "omci/me_table.h"
#include "tests/ont/lab.h"

using namespace tests;

namespace {

constexpr std::uint64_t patience_ms = 3000;
constexpr std::uint64_t end_poll_ms = 10'000;
constexpr int tries_max = 10;
constexpr int end_polls_max = 6;

/// An image whose header names its version.
Bytes named_image(std::size_t size, const std::string& name) {
    Bytes image = make_image(size);
    const Bytes magic{0x27, 0x05, 0x19, 0x56};
    std::copy(magic.begin(), magic.end(), image.begin());
    std::fill_n(image.begin() + 32, 32, std::uint8_t{0});
    std::copy(name.begin(), name.end(), image.begin() + 32);
    return image;
}

struct FieldOlt {
    Lab lab;
    Bytes image;
    std::uint16_t target = 1;
    std::size_t offered = 8;
    std::set<std::size_t> lost;  ///< frames, counted from 0 in both directions together
    int steps_in_3_s = 1;        ///< pieces of background work that the ONT gets done meanwhile

    std::size_t frames = 0;
    std::uint16_t tci = 0x100;
    std::size_t agreed = 0;
    int windows_again = 0;
    int end_polls = 0;

    FieldOlt(MessageSet set, Bytes octets) : image{std::move(octets)} { lab.set = set; }

    bool arrives() { return lost.count(frames++) == 0; }

    void pass(std::uint64_t milliseconds) {
        lab.now += milliseconds;
        for (std::uint64_t step = 0; step < milliseconds / patience_ms * static_cast<unsigned>(steps_in_3_s); ++step)
            (void)ont_step(&lab.handler, lab.now);
    }

    template <typename Message>
    Bytes frame(std::uint16_t id, const Message& message, bool reply_wanted = true) {
        Bytes out = lab.frame(id, MeClass::software_image, target, message, Message::action, reply_wanted);
        out.resize(out.size() - omci::mic_octets);  // the driver checks it
        return out;
    }

    /// Hands frames in one after the other, with no time for anything between them; what came back last, if it did.
    std::optional<Bytes> burst(const std::vector<Bytes>& all) {
        std::optional<Bytes> answer;
        for (const Bytes& octets : all) {
            if (lab.set == MessageSet::baseline) REQUIRE(octets.size() == 44);
            const std::size_t before = lab.device.sent.size();
            if (arrives()) lab.hand_in(octets);
            if (lab.device.sent.size() > before && arrives()) answer = lab.device.sent.back();
        }
        return answer;
    }

    /// One command until it is answered, always under the same transaction. Contents of the answer.
    template <typename Message>
    Bytes command(const Message& message) {
        const Bytes octets = frame(++tci, message);
        for (int i = 0; i < tries_max; ++i) {
            if (const auto answer = burst({octets})) {
                const auto contents = omci::read_frame(*answer)->contents;
                return {contents.begin(), contents.end()};
            }
            pass(patience_ms);
        }
        FAIL("no answer");
        return {};
    }

    omci::TargetList zero() const {
        omci::TargetList list;
        list.count = 1;  // and the one instance is 0
        return list;
    }
    int start() {
        const Bytes answer = command(omci::StartRequest{static_cast<std::uint8_t>(offered - 1),
                                                        static_cast<std::uint32_t>(image.size()), zero()});
        agreed = answer[1] + std::size_t{1};
        return answer[0];
    }
    int end() {
        return command(
            omci::EndRequest{omci::ImageCrc{omci::crc32(image)}, static_cast<std::uint32_t>(image.size()), zero()})[0];
    }

    std::vector<Bytes> window(std::size_t at) {
        std::vector<Bytes> all;
        const std::size_t size = lab.full_section();
        for (std::size_t i = 0; i < agreed && at < image.size(); ++i, at += size) {
            const auto data = omci::Octets{image}.subspan(at, std::min(size, image.size() - at));
            const bool close = i + 1 == agreed || at + size >= image.size();
            all.push_back(frame(++tci, omci::SectionRequest{static_cast<std::uint8_t>(i), data}, close));
        }
        return all;
    }

    /// The same frames again after silence, the same sections under new transactions after any error.
    void send_window(std::size_t at) {
        std::vector<Bytes> sections = window(at);
        for (int i = 0; i < tries_max; ++i) {
            const auto answer = burst(sections);
            if (answer && omci::read_frame(*answer)->contents[0] == 0) return;
            ++windows_again;
            pass(patience_ms);
            if (answer) sections = window(at);
        }
        FAIL("a window was never accepted");
    }

    /// Start to End, whose last answer it returns.
    int download() {
        if (const int answer = start(); answer != 0) return answer;
        for (std::size_t at = 0; at < image.size(); at += agreed * lab.full_section()) send_window(at);
        int answer = end();
        for (end_polls = 1; answer == 6 && end_polls < end_polls_max; ++end_polls) {
            pass(end_poll_ms);
            answer = end();
        }
        return answer;
    }

    Bytes read(std::uint16_t mask) {
        const auto reply = lab.ask(MeClass::software_image, target, omci::GetRequest{omci::AttributeMask{mask}});
        REQUIRE(reply);
        const auto response = *omci::read_message<omci::GetResponse>(*omci::read_frame(reply->octets));
        CHECK(response.result == ResultCode::success);
        // What is left of a baseline frame is padding.
        const omci::MeRow* row = omci::find_me(MeClass::software_image);
        const auto values = response.values.first(omci::values_octets(*row, omci::AttributeMask{mask}));
        return {values.begin(), values.end()};
    }

    void check_stored() {
        CHECK(std::equal(image.begin(), image.end(), lab.device.slot[target].begin()));
        CHECK(lab.state(static_cast<std::uint8_t>(target)) == "--V");
        CHECK(lab.device.mistakes.empty());
    }
};

Bytes small_image(MessageSet set) {
    return named_image(set == MessageSet::baseline ? 31 * 20 + 5 : 1965 * 9 + 5, "v2");
}

}  // namespace

TEST_CASE("an OLT of the field: whichever frame is lost, or two of them, on whichever way, the image is stored") {
    for (const auto set : {MessageSet::baseline, MessageSet::extended}) {
        const Bytes image = small_image(set);
        FieldOlt well{set, image};
        well.lab.options.window_sections_max = 4;
        REQUIRE(well.lab.power_on() == 0);
        REQUIRE(well.download() == 0);
        for (std::size_t first = 0; first < well.frames; ++first)
            for (std::size_t second = first; second < well.frames + 4; ++second) {
                CAPTURE(first);
                CAPTURE(second);
                FieldOlt olt{set, image};
                olt.lab.options.window_sections_max = 4;
                REQUIRE(olt.lab.power_on() == 0);
                olt.lost = {first, second};
                const int sync = olt.lab.sync();
                CHECK(olt.download() == 0);
                olt.check_stored();
                CHECK(olt.lab.sync() == sync + 2);
            }
    }
}

TEST_CASE("an OLT of the field: it offers 32 or 8, takes what the reply says, and sends that in bursts") {
    for (const auto set : {MessageSet::baseline, MessageSet::extended})
        for (const std::size_t offered : {32u, 8u})
            for (const auto takes : std::initializer_list<std::uint16_t>{1, 4, 8, 16, 256}) {
                CAPTURE(offered);
                CAPTURE(takes);
                FieldOlt olt{set, small_image(set)};
                olt.offered = offered;
                olt.lab.options.window_sections_max = takes;
                REQUIRE(olt.lab.power_on() == 0);
                CHECK(olt.download() == 0);
                const std::size_t room = set == MessageSet::baseline ? 256 : ONT_WINDOW_OCTETS_MAX / 1965;
                CHECK(olt.agreed == std::min({offered, std::size_t{takes}, room}));
                olt.check_stored();
            }
}

TEST_CASE(
    "an OLT of the field: a window that came too early, before its room was erased, is taken when it comes again") {
    FieldOlt olt{MessageSet::baseline, named_image(31 * 600, "v2")};
    olt.offered = 32;
    CHECK(olt.download() == 0);
    CHECK(olt.windows_again > 1);  // one erase unit in 3 s
    olt.check_stored();
}

TEST_CASE("an OLT of the field: the list [0] goes for both images") {
    FieldOlt olt{MessageSet::baseline, small_image(MessageSet::baseline)};
    for (const auto target : std::initializer_list<std::uint16_t>{1, 0}) {
        olt.target = target;
        REQUIRE(olt.download() == 0);
        olt.check_stored();
        REQUIRE(olt.lab.activate(target) == 0);
        olt.lab.work();
        REQUIRE(olt.lab.power_on() == 0);
        REQUIRE(olt.lab.healthy() == 0);
        REQUIRE(olt.lab.commit(target) == 0);
        CHECK(olt.lab.state(static_cast<std::uint8_t>(target)) == "ACV");
    }
}

TEST_CASE("an OLT of the field: it polls End every 10 s and hears 0 before its six polls are used up") {
    for (const auto set : {MessageSet::baseline, MessageSet::extended}) {
        FieldOlt olt{set, named_image(40'000, "v2")};
        olt.offered = 32;
        const int sync = olt.lab.sync();
        CHECK(olt.download() == 0);
        CHECK(olt.end_polls > 1);
        CHECK(olt.end_polls <= 3);
        olt.check_stored();
        CHECK(olt.lab.sync() == sync + 2);  // polls answered 6 executed nothing
    }
}

TEST_CASE("an OLT of the field: right behind End it reads the new version, not committed, not active") {
    for (const auto set : {MessageSet::baseline, MessageSet::extended}) {
        FieldOlt olt{set, small_image(set)};
        REQUIRE(olt.start() == 0);
        olt.pass(end_poll_ms);
        CHECK(olt.read(0x8000) == Bytes(14));  // Start made the slot nobody's
        for (std::size_t at = 0; at < olt.image.size(); at += olt.agreed * olt.lab.full_section()) olt.send_window(at);
        CHECK(olt.end() == 6);
        CHECK(olt.read(0x1000) == Bytes{0});  // reading in between disturbs nothing
        olt.pass(end_poll_ms);
        REQUIRE(olt.end() == 0);
        // No time passes from here on.
        Bytes version(14);
        version[0] = 'v';
        version[1] = '2';
        CHECK(olt.read(0x8000) == version);
        CHECK(olt.read(0x4000) == Bytes{0});
        CHECK(olt.read(0x2000) == Bytes{0});
        CHECK(olt.read(0x1000) == Bytes{1});
        version.insert(version.end(), {0, 0, 1});
        CHECK(olt.read(0xF000) == version);
    }
}
