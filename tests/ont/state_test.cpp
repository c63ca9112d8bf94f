// SPDX-License-Identifier: Apache-2.0
// Fig. I.3.1-1 of G.988, driven: the real handler is brought into every state, mirrored too, and every command is given
// to it for either image. The table of image_bank.h says what must come of it.
#include <doctest/doctest.h>

#include "ont/image_bank.h"
#include "tests/ont/lab.h"

using namespace tests;
using ont::Event;
using ont::Situation;

namespace {

const Bytes& the_image() {
    static const Bytes image = make_image(3000);
    return image;
}

void restart(Lab& lab) {
    lab.work();
    REQUIRE(lab.device.reboots > 0);
    lab.device.reboots = 0;
    REQUIRE(lab.power_on() == 0);
    REQUIRE(lab.healthy() == 0);
}

/// A lab where `running` runs, in state `from`.
void bring(Lab& lab, Situation from, std::uint8_t running) {
    const std::uint8_t version[14] = "RUNNING";
    const std::uint8_t second[14] = "OTHER";
    const bool both = from == Situation::s3 || from == Situation::s4;
    const std::uint8_t first = from == Situation::s4 ? ont::other(running) : running;
    REQUIRE(ont_factory_record(&lab.platform, first, version, both ? second : nullptr) == 0);
    REQUIRE(lab.power_on() == 0);
    REQUIRE(lab.healthy() == 0);
    if (from == Situation::s4) {
        REQUIRE(lab.activate(running) == 0);
        restart(lab);
    }
    if (from != Situation::s2) return;
    REQUIRE(lab.start(the_image().size(), 256, ont::other(running)) == 0);
    lab.work();
    lab.send_image(the_image(), 256, ont::other(running));
    lab.work();
}

int give(Lab& lab, Event event, std::uint8_t image) {
    switch (event) {
    case Event::start: return lab.start(the_image().size(), 256, image);
    case Event::end_good: return lab.end(the_image(), image);
    case Event::end_bad: return lab.end(omci::crc32(the_image()) ^ 1, the_image().size(), image);
    case Event::activate: return lab.activate(image);
    case Event::commit: return lab.commit(image);
    case Event::reboot: return lab.reboot();
    }
    return silence;
}

/// The state as the figure names it, from what the images show and whether events say that a download runs.
Situation situation(const Lab& lab, bool downloading) {
    const bool zero_runs = lab.state(0)[0] == 'A';
    const std::string running = lab.state(zero_runs ? 0 : 1), other = lab.state(zero_runs ? 1 : 0);
    CHECK(running[0] == 'A');
    CHECK(running[2] == 'V');
    CHECK(other[0] == '-');
    CHECK(running[1] != other[1]);  // one is committed
    if (running[1] != 'C') return Situation::s4;
    if (other[2] == 'V') return Situation::s3;
    return downloading ? Situation::s2 : Situation::s1;
}

}  // namespace

TEST_CASE("the state machine: every state, every command, both images, both mirrors") {
    for (const ont::BankRow& row : ont::bank::table)
        for (const std::uint8_t running : {std::uint8_t{0}, std::uint8_t{1}})
            for (const bool for_running : {true, false}) {
                const std::uint8_t image = for_running ? running : ont::other(running);
                const ont::Outcome& expected = for_running ? row.for_running : row.for_other;
                CAPTURE(static_cast<int>(row.from) + 1);
                CAPTURE(static_cast<int>(row.event));
                CAPTURE(int{running});
                CAPTURE(int{image});
                Lab lab;
                bring(lab, row.from, running);
                const int before = lab.sync();
                lab.device.events.clear();
                CHECK(give(lab, row.event, image) == static_cast<int>(expected.answer));

                // MIB data sync: one step for each of the four commands that succeeded.
                const bool restarts = row.event == Event::activate || row.event == Event::reboot;
                if (!restarts || expected.answer != ResultCode::success)
                    CHECK(lab.sync() == before + (expected.answer == ResultCode::success ? 1 : 0));

                const bool downloading_before = row.from == Situation::s2;
                const auto happened = [&](int kind) {
                    return std::any_of(lab.device.events.begin(), lab.device.events.end(),
                                       [=](const auto& event) { return event.first == kind; });
                };
                bool downloading = downloading_before;
                if (happened(ONT_EVENT_DOWNLOAD_ENDED)) downloading = false;
                if (happened(ONT_EVENT_DOWNLOAD_STARTED)) downloading = true;
                if (restarts && expected.answer == ResultCode::success) {
                    CHECK(lab.device.order.back() == 's');  // the reply went out before the restart
                    restart(lab);
                    downloading = false;
                }
                CHECK(situation(lab, downloading) == expected.to);
                CHECK(lab.device.mistakes.empty());
            }
}

TEST_CASE("the state machine: a whole circle through both images") {
    Lab lab;
    CHECK(lab.states() == "ACV ---");
    CHECK(lab.download(make_image(5000, 1), 1) == 0);
    CHECK(lab.states() == "ACV --V");
    CHECK(lab.activate(1) == 0);
    restart(lab);
    CHECK(lab.states() == "-CV A-V");
    CHECK(lab.start(100, 8, 0) == 3);
    CHECK(lab.commit(1) == 0);
    CHECK(lab.states() == "--V ACV");
    CHECK(lab.download(make_image(6000, 2), 0) == 0);
    CHECK(lab.commit(0) == 0);
    CHECK(lab.states() == "-CV A-V");
    CHECK(lab.reboot() == 0);
    restart(lab);
    CHECK(lab.states() == "ACV --V");
    CHECK(lab.device.mistakes.empty());
}
