// SPDX-License-Identifier: Apache-2.0
// The plug is pulled at every storage operation of an upgrade, two ways: before it, and with it done by half. Whatever
// the instant, the ONT boots an image that was valid, the committed one unless Activate had been stored, and the
// upgrade can be done again from there.
#include <doctest/doctest.h>

#include "ont/boot_record.h"
#include "tests/ont/lab.h"

using namespace tests;

namespace {

enum class Done { nothing, end, activate, commit };

/// Download, Activate, reboot, Commit, as far as it gets. Returns the last command that was answered with 0.
Done upgrade(Lab& lab, const Bytes& image) {
    Done done = Done::nothing;
    if (lab.start(image.size()) != 0) return done;
    lab.work();
    for (std::size_t at = 0; at < image.size(); at += 32 * 31)
        if (lab.send_window(image, at, 32) != 0) return done;
    if (lab.poll_end(image) != 0) return done;
    done = Done::end;
    if (lab.activate(1) != 0) return done;
    done = Done::activate;
    lab.work();
    if (lab.device.cut || lab.power_on() != 0 || lab.device.cut) return done;
    if (lab.healthy() != 0) return done;
    if (lab.commit(1) == 0) done = Done::commit;
    return done;
}

/// Power comes back: faults are gone, what is stored is what is stored.
void restore_power(Lab& lab) {
    lab.device.cut = false;
    lab.device.cut_after = Device::never;
    lab.device.reboots = 0;
}

}  // namespace

TEST_CASE("power cut: at every storage operation of an upgrade the ONT stays bootable, and the upgrade can be redone") {
    const Bytes image = make_image(9000);
    std::uint32_t operations = 0;
    {
        Lab lab{true};
        lab.device.operations = 0;
        REQUIRE(upgrade(lab, image) == Done::commit);
        operations = lab.device.operations;
    }
    REQUIRE(operations > 15);  // Start, 3 erases, 10 windows, sync, End, Activate, boot, healthy, Commit
    int runs = 0;
    for (const bool torn : {false, true})
        for (std::uint32_t cut = 0; cut <= operations; ++cut) {
            CAPTURE(torn);
            CAPTURE(cut);
            Lab lab{true};
            lab.device.operations = 0;
            lab.device.torn = torn;
            lab.device.cut_after = cut;
            const Done done = upgrade(lab, image);
            restore_power(lab);

            const auto before = ont::decode_record(lab.device.record);
            REQUIRE(before);
            const bool activated = before->trial || before->active == 1;
            CHECK((done < Done::activate || activated));
            REQUIRE(lab.power_on() == 0);
            CHECK(lab.device.running == (before->trial && before->image[1].tries_left > 0 ? 1 : before->committed));
            if (!activated) CHECK(lab.device.running == 0);
            if (lab.state(1)[2] == 'V' && lab.version(1) != "SECOND")
                CHECK(std::equal(image.begin(), image.end(), lab.device.slot[1].begin()));
            if (lab.device.running == 1) CHECK(std::equal(image.begin(), image.end(), lab.device.slot[1].begin()));
            CHECK(lab.healthy() == 0);

            // And again, to the end, from wherever it is.
            if (lab.device.running == 1) CHECK(lab.commit(1) == 0);
            const std::uint8_t idle = ont::other(lab.device.running);
            CHECK(lab.download(image, idle) == 0);
            CHECK(lab.activate(idle) == 0);
            lab.work();
            REQUIRE(lab.power_on() == 0);
            CHECK(lab.healthy() == 0);
            CHECK(lab.commit(idle) == 0);
            CHECK(lab.device.running == idle);
            CHECK(lab.device.mistakes.empty());
            ++runs;
        }
    MESSAGE("interrupted runs: " << runs);
}

TEST_CASE("power cut: during the boots of a trial that fails, the committed image is back in the end") {
    for (std::uint32_t cut = 0; cut < 6; ++cut) {
        CAPTURE(cut);
        Lab lab{true};
        REQUIRE(lab.activate(1) == 0);
        lab.work();
        lab.device.operations = 0;
        lab.device.cut_after = cut;
        for (int boots = 0; boots < 8; ++boots) {
            const int booted = lab.power_on();
            REQUIRE((booted == 0 || lab.device.cut));
            if (lab.device.cut) restore_power(lab);
        }
        CHECK(lab.states() == "ACV --V");
    }
}
