// SPDX-License-Identifier: Apache-2.0
// The software download cases of BBF TP-247 6.10, the half that no engine of ours would ever play: an OLT as a script
// that pads its last window, leaves a section out, cuts sections shorter than they may be, and names a wrong CRC.
#include <doctest/doctest.h>

#include "tests/sim/tp247.h"

using namespace sim_test;

namespace {

std::vector<Row> rows() {
    std::vector<Row> all;
    for (const std::size_t window : windows) {
        all.push_back({MessageSet::baseline, window, 31});
        all.push_back({MessageSet::extended, window, 1964});
        all.push_back({MessageSet::extended, window, 33});
    }
    return all;
}

/// The OLT as a script: it cuts an image into sections of `payload` octets and sends what it is told to.
struct Olt {
    Row row;
    std::unique_ptr<Lab> lab = roomy_lab();
    Bytes image;

    explicit Olt(const Row& r) : row{r}, image{make_image(image_octets(r))} {
        lab->set = row.set;
        REQUIRE(lab->start(image.size(), row.window) == 0);
        lab->work();
    }

    std::size_t sections() const { return (image.size() + row.payload - 1) / row.payload; }
    std::size_t sections_of(std::size_t window) const { return std::min(row.window, sections() - window * row.window); }
    omci::Octets data(std::size_t window, std::size_t number) const {
        const std::size_t at = (window * row.window + number) * row.payload;
        return omci::Octets{image}.subspan(at, std::min(row.payload, image.size() - at));
    }
    int send(std::size_t window, std::size_t number) {
        return lab->section(number, data(window, number), number + 1 == sections_of(window));
    }

    static constexpr std::size_t none = 1000;
    int send_window(std::size_t window, std::size_t missing = none) {
        int answer = silence;
        for (std::size_t i = 0; i < sections_of(window); ++i)
            if (i != missing) answer = send(window, i);
        return answer;
    }
    /// All windows, each of which must be accepted.
    void send_image() {
        for (std::size_t window = 0; window * row.window < sections(); ++window) REQUIRE(send_window(window) == 0);
    }

    /// A section whose check was damaged on its way: true where it was dropped in silence.
    bool damaged_is_dropped(std::size_t window, std::size_t number, std::uint16_t tci) {
        const bool close = number + 1 == sections_of(window);
        const omci::SectionRequest section{static_cast<std::uint8_t>(number), data(window, number)};
        Bytes frame = lab->frame(tci, MeClass::software_image, 1, section, omci::SectionRequest::action, close);
        frame.back() ^= 0x40;
        const std::size_t before = lab->device.sent.size();
        lab->hand_in(frame);
        return lab->device.sent.size() == before;
    }
};

}  // namespace

TEST_CASE("TP-247: sections of 31, 1964 and 33 octets make an image that stays once committed, and not before") {
    for (const Row& row : rows())
        for (const bool commits : {false, true}) {
            CAPTURE(row.payload);
            CAPTURE(row.window);
            Olt olt{row};
            olt.send_image();
            CHECK(olt.lab->poll_end(olt.image) == 0);
            CHECK(read_flags(*olt.lab, 1) == good_download);
            CHECK(holds(*olt.lab, olt.image));
            CHECK(olt.lab->activate(1) == 0);
            olt.lab->work();
            restart(*olt.lab);
            CHECK(olt.lab->states() == "-CV A-V");
            if (commits) CHECK(olt.lab->commit(1) == 0);
            CHECK(olt.lab->reboot() == 0);
            restart(*olt.lab);
            CHECK(olt.lab->states() == (commits ? "--V ACV" : "ACV --V"));
        }
}

TEST_CASE("TP-247: a last window padded with sections of zeros is accepted in baseline, and never in extended") {
    for (const Row& row : rows()) {
        CAPTURE(row.payload);
        CAPTURE(row.window);
        const bool baseline = row.set == MessageSet::baseline;
        Olt olt{row};
        CHECK(olt.send_window(0) == 0);
        CHECK(olt.send_window(1) == 0);
        const Bytes zeros(row.payload);
        int answer = silence;
        for (std::size_t i = 0; i < row.window; ++i)
            answer =
                olt.lab->section(i, i < olt.sections_of(2) ? olt.data(2, i) : omci::Octets{zeros}, i + 1 == row.window);
        CHECK(answer == (baseline ? 0 : 1));
        if (!baseline) CHECK(olt.send_window(2) == 0);
        CHECK(olt.lab->poll_end(olt.image) == 0);
        CHECK(read_flags(*olt.lab, 1) == good_download);
        CHECK(holds(*olt.lab, olt.image));
    }
}

TEST_CASE("TP-247: a window that misses a section is refused, and End fails without it") {
    for (const Row& row : rows())
        for (const std::size_t window : {0u, 1u, 2u})
            for (const std::size_t missing :
                 {std::size_t{0}, row.window / 4, std::size_t{last_of_short_window(row)} - 1})
                for (const bool goes_on : {false, true}) {
                    CAPTURE(row.payload);
                    CAPTURE(row.window);
                    CAPTURE(window);
                    CAPTURE(missing);
                    Olt olt{row};
                    for (std::size_t w = 0; w < window; ++w) CHECK(olt.send_window(w) == 0);
                    CHECK(olt.send_window(window, missing) == 1);
                    // An OLT that does not care sends what is left. The ONT cannot know, and End finds out.
                    for (std::size_t w = window + 1; goes_on && w < 3; ++w) olt.send_window(w);
                    CHECK(olt.lab->poll_end(olt.image) == 1);
                    CHECK(read_flags(*olt.lab, 1) == no_image);
                    CHECK(olt.lab->activate(1) == 3);
                }
}

TEST_CASE("TP-247: a section with a bad check counts as missing, and a window sent again makes up for it") {
    for (const Row& row : rows())
        for (const bool again : {false, true}) {
            CAPTURE(row.payload);
            CAPTURE(row.window);
            Olt olt{row};
            CHECK(olt.send_window(0) == 0);
            for (std::size_t i = 0; i + 1 < row.window; ++i)
                if (i == 3)
                    CHECK(olt.damaged_is_dropped(1, i, 0x4000));
                else
                    CHECK(olt.send(1, i) == silence);
            CHECK(olt.send(1, row.window - 1) == 1);
            if (again) {
                CHECK(olt.send_window(1) == 0);
                CHECK(olt.send_window(2) == 0);
            }
            CHECK(olt.lab->poll_end(olt.image) == (again ? 0 : 1));
            CHECK(read_flags(*olt.lab, 1) == (again ? good_download : no_image));
        }
}

TEST_CASE("TP-247: a close with a bad check is not answered, and the same close again is") {
    for (const Row& row : rows()) {
        CAPTURE(row.payload);
        CAPTURE(row.window);
        Olt olt{row};
        for (std::size_t i = 0; i + 1 < row.window; ++i) CHECK(olt.send(0, i) == silence);
        CHECK(olt.damaged_is_dropped(0, row.window - 1, 0x4001));
        Say same;
        same.tci = 0x4001;
        CHECK(olt.lab->section(row.window - 1, olt.data(0, row.window - 1), true, 1, same) == 0);
        CHECK(olt.send_window(1) == 0);
        CHECK(olt.send_window(2) == 0);
        CHECK(olt.lab->poll_end(olt.image) == 0);
        CHECK(read_flags(*olt.lab, 1) == good_download);
    }
}

TEST_CASE("TP-247: End with a wrong CRC is answered 1, and the next download is as good as any") {
    for (const Row& row : rows()) {
        CAPTURE(row.payload);
        CAPTURE(row.window);
        Olt olt{row};
        olt.send_image();
        olt.lab->work();
        CHECK(olt.lab->end(omci::crc32(olt.image) ^ 0x8000'0000u, olt.image.size()) == 1);
        CHECK(read_flags(*olt.lab, 1) == no_image);
        CHECK(olt.lab->start(olt.image.size(), row.window) == 0);
        olt.lab->work();
        olt.send_image();
        CHECK(olt.lab->poll_end(olt.image) == 0);
        CHECK(read_flags(*olt.lab, 1) == good_download);
    }
}
