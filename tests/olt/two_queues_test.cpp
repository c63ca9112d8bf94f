// SPDX-License-Identifier: Apache-2.0
// An ONT with two queues: what comes on the shared port waits behind a queue that is served one frame at a time, what
// comes on its own OMCC is served at once and so overtakes it. However slow that queue, a close or a repair that
// overtakes sections must not make the ONT acknowledge a window that is not the image's (H1).
#include <deque>

#include "tests/olt/bent.h"

using namespace olt_test;

namespace {

constexpr std::uint16_t queued = 4;  ///< the ONT with two queues
constexpr std::size_t queue_frames_max = 64;

struct SharedQueue {
    Rig& rig;
    olt::Duration service;  ///< one frame
    std::deque<std::pair<olt::Instant, std::vector<std::uint8_t>>> frames{};
    olt::Instant free{};
    std::size_t most = 0;

    void serve() {
        while (!frames.empty() && frames.front().first <= rig.now) {
            const auto octets = std::move(frames.front().second);
            frames.pop_front();
            if (const auto answer = rig.ont(queued).handle(octets)) rig.engine.receive({0, queued}, *answer, rig.now);
        }
    }
    void put(std::span<const std::uint8_t> octets) {
        if (frames.size() >= queue_frames_max) return;  // dropped in silence
        free = std::max(free, rig.now) + service;
        frames.emplace_back(free, std::vector<std::uint8_t>(octets.begin(), octets.end()));
        most = std::max(most, frames.size());
    }
};

/// Upgrades twelve ONTs, one of them behind such a queue.
void upgrade_behind_a_queue(olt::Close close, olt::Duration service) {
    CAPTURE(service.count());
    const auto image = some_image(31 * 320);
    Rig rig{12};
    SharedQueue queue{rig, service};
    rig.ont(queued).hears_shared = false;  // but for what the queue lets out
    bool wrong = false;
    const auto step = [&] {
        queue.serve();
        const auto& stored = rig.ont(queued).stored;
        wrong = wrong || stored.size() > image.size() || !std::equal(stored.begin(), stored.end(), image.begin());
    };
    rig.wire = [&](const olt::Transmission& frame) {
        step();
        if (frame.to.is_shared()) queue.put(frame.octets);
        return true;
    };
    auto campaign = campaign_of(image);
    campaign.close = close;
    REQUIRE(rig.engine.start(campaign, rig.now));
    // The queue is served between the engine's deadlines, too.
    while (!rig.engine.idle() && rig.now < olt::Instant{} + 60s) {
        step();
        rig.run(rig.now);
        rig.now += 50us;
        rig.engine.advance(rig.now);
    }
    step();
    CHECK_FALSE(wrong);
    CHECK(queue.most > 0);
    check_all_upgraded(rig, 12);
    CHECK(rig.ont(queued).stored == image);
}

}  // namespace

TEST_CASE("engine: a shared close that is sent again does not overtake what waits behind the shared port (H1)") {
    for (const auto service : {50us, 100us, 300us, 500us, 1000us, 1250us})
        upgrade_behind_a_queue(olt::Close::shared, service);
}

TEST_CASE("engine: a unicast close that overtakes the shared port's queue makes nobody store a wrong window (H1)") {
    for (const auto service : {50us, 100us, 300us, 500us, 1000us, 1250us})
        upgrade_behind_a_queue(olt::Close::unicast, service);
}
