// SPDX-License-Identifier: Apache-2.0
// Whole downloads by OLTs of every kind: how they fill in Start and End, how they end their frames, what they repeat
// although only an answer got lost, and how they poll End. All of them conform, or are met in the field.
#include <doctest/doctest.h>

#include "tests/ont/lab.h"

using namespace tests;

namespace {

/// What stands behind the fixed part of Start and End.
enum class List { none, count_only, own, zero };
/// How a frame ends.
enum class Ending { check, zeros, length_only, bare };
/// Which windows come twice, with all their transactions.
enum class Repeats { nothing, closes, windows, windows_twice };

struct Kind {
    MessageSet set;
    List list;
    Ending ending;
    Repeats repeats;
};

std::vector<Kind> kinds() {
    std::vector<Kind> all;
    for (const auto set : {MessageSet::baseline, MessageSet::extended})
        for (const auto list : {List::none, List::count_only, List::own, List::zero})
            for (const auto ending : {Ending::check, Ending::zeros, Ending::length_only, Ending::bare})
                for (const auto repeats : {Repeats::nothing, Repeats::closes, Repeats::windows, Repeats::windows_twice})
                    if (set == MessageSet::baseline || ending != Ending::length_only)
                        all.push_back({set, list, ending, repeats});
    return all;
}

struct Olt {
    Kind kind;
    Lab lab;
    Bytes image;
    std::uint16_t section_tci = 0x4000;

    explicit Olt(const Kind& k) : kind{k}, image{make_image(k.set == MessageSet::baseline ? 31 * 20 + 5 : 9000)} {
        lab.set = kind.set;
    }

    omci::TargetList list() const {
        omci::TargetList targets;
        if (kind.list == List::none) return targets;
        targets.count = static_cast<std::uint8_t>(kind.list == List::count_only ? 0 : 1);
        if (kind.list == List::own) targets.instances[0] = MeInstance{1};
        return targets;
    }

    template <typename Message>
    int say(std::uint16_t tci, const Message& message, bool reply_wanted = true) {
        Bytes frame = lab.frame(tci, MeClass::software_image, 1, message, Message::action, reply_wanted);
        const std::size_t baseline_trailer = 8, mic = 4;
        const std::size_t whole = kind.set == MessageSet::baseline ? baseline_trailer : mic;
        switch (kind.ending) {
        case Ending::check: break;
        case Ending::zeros: std::fill(frame.end() - static_cast<std::ptrdiff_t>(whole), frame.end(), 0); break;
        case Ending::length_only: frame.resize(frame.size() - mic); break;
        case Ending::bare: frame.resize(frame.size() - whole); break;
        }
        const std::size_t before = lab.device.sent.size();
        lab.hand_in(frame);
        if (lab.device.sent.size() == before) return silence;
        const auto reply = omci::read_frame(lab.device.sent.back());
        REQUIRE(reply);
        CHECK(reply->header.transaction_id == omci::TransactionId{tci});
        return reply->contents[0];
    }

    int start(std::size_t window) {
        return say(1, omci::StartRequest{static_cast<std::uint8_t>(window - 1),
                                         static_cast<std::uint32_t>(image.size()), list()});
    }
    int end(std::uint16_t tci) {
        return say(tci, omci::EndRequest{omci::ImageCrc{omci::crc32(image)}, static_cast<std::uint32_t>(image.size()),
                                         list()});
    }

    /// The window that begins at `at`, from its section `from` on, under its own transactions.
    int window(std::size_t at, std::size_t sections, std::size_t from = 0) {
        int answer = silence;
        const std::size_t size = lab.full_section();
        for (std::size_t i = from; i < sections && at + i * size < image.size(); ++i) {
            const std::size_t begin = at + i * size;
            const auto data = omci::Octets{image}.subspan(begin, std::min(size, image.size() - begin));
            const bool close = i + 1 == sections || begin + size >= image.size();
            const auto tci = static_cast<std::uint16_t>(section_tci + begin / size);
            answer = say(tci, omci::SectionRequest{static_cast<std::uint8_t>(i), data}, close);
            if (!close) CHECK(answer == silence);
        }
        return answer;
    }
};

}  // namespace

TEST_CASE("OLTs of every kind: the image is stored, whatever they repeat under the same transactions") {
    constexpr std::size_t sections = 3;
    for (const Kind& kind : kinds()) {
        CAPTURE(static_cast<int>(kind.set));
        CAPTURE(static_cast<int>(kind.list));
        CAPTURE(static_cast<int>(kind.ending));
        CAPTURE(static_cast<int>(kind.repeats));
        Olt olt{kind};
        const int sync = olt.lab.sync();
        CHECK(olt.start(sections) == 0);
        CHECK(olt.start(sections) == 0);  // the same transaction: its answer again
        olt.lab.work();
        const std::size_t size = olt.lab.full_section();
        for (std::size_t at = 0; at < olt.image.size(); at += sections * size) {
            CHECK(olt.window(at, sections) == 0);
            const std::size_t last = std::min(sections, (olt.image.size() - at + size - 1) / size) - 1;
            if (kind.repeats == Repeats::closes) CHECK(olt.window(at, sections, last) == 0);
            if (kind.repeats >= Repeats::windows) CHECK(olt.window(at, sections) == 0);
            if (kind.repeats == Repeats::windows_twice) CHECK(olt.window(at, sections) == 0);
        }
        // Every poll of End has a transaction of its own, and a poll whose answer got lost comes again with it.
        CHECK(olt.end(20) == 6);
        CHECK(olt.end(20) == 6);
        CHECK(olt.end(21) == 6);
        olt.lab.work();
        CHECK(olt.end(21) == 6);
        CHECK(olt.end(22) == 0);
        CHECK(olt.end(22) == 0);
        CHECK(olt.lab.states() == "ACV --V");
        CHECK(std::equal(olt.image.begin(), olt.image.end(), olt.lab.device.slot[1].begin()));
        CHECK(olt.lab.device.mistakes.empty());
        CHECK(olt.lab.sync() == sync + 2);  // one Start and one good End were executed
    }
}

TEST_CASE("OLTs of every kind: a hole in the window behind a repeated one is found") {
    constexpr std::size_t sections = 3;
    for (const Kind& kind : kinds()) {
        CAPTURE(static_cast<int>(kind.set));
        CAPTURE(static_cast<int>(kind.repeats));
        Olt olt{kind};
        REQUIRE(olt.start(sections) == 0);
        olt.lab.work();
        const std::size_t size = olt.lab.full_section();
        // A repeat that loses sections on its own is a repeat all the same.
        CHECK(olt.window(0, sections) == 0);
        CHECK(olt.window(0, sections, 1) == 0);
        CHECK(olt.window(0, sections) == 0);
        CHECK(olt.window(sections * size, sections, 1) == 1);
        olt.section_tci = 0x5000;  // after a 1 the old transaction is burnt
        CHECK(olt.window(sections * size, sections) == 0);
        for (std::size_t at = 2 * sections * size; at < olt.image.size(); at += sections * size)
            CHECK(olt.window(at, sections) == 0);
        olt.lab.work();
        CHECK(olt.end(30) == 0);
        CHECK(std::equal(olt.image.begin(), olt.image.end(), olt.lab.device.slot[1].begin()));
    }
}

TEST_CASE("OLTs of every kind: an abort is size 0 with whatever CRC and list, answered 1, and repeated the same") {
    for (const Kind& kind : kinds())
        for (const std::uint32_t crc : {0u, 0xFFFF'FFFFu, 0x1234'5678u}) {
            Olt olt{kind};
            REQUIRE(olt.start(3) == 0);
            olt.lab.work();
            CHECK(olt.window(0, 3) == 0);
            const int sync = olt.lab.sync();
            for (int i = 0; i < 2; ++i) CHECK(olt.say(40, omci::EndRequest{omci::ImageCrc{crc}, 0, olt.list()}) == 1);
            CHECK(olt.lab.states() == "ACV ---");
            CHECK(olt.lab.sync() == sync);
            CHECK(olt.end(41) == 1);
        }
}
