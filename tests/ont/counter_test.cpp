// SPDX-License-Identifier: Apache-2.0
// The security counter: when it rises, that it never falls, and what a power cut between its two stores leaves.
#include <doctest/doctest.h>

#include <algorithm>

#include "ont/counter.h"
#include "ont/image_bank.h"
#include "tests/ont/lab.h"

using namespace tests;

namespace {

constexpr std::uint8_t tries = 3;

/// The platform was told so.
bool reported(const Device& device, int kind, std::uint32_t value) {
    return std::count(device.events.begin(), device.events.end(), std::pair{kind, value}) > 0;
}

/// A bank on a device of which image 0 runs; image 1 came in a package with a counter.
struct Bench {
    Device device;
    ont_platform platform = device.platform();
    ont_options options{};
    ont::ImageBank bank;

    explicit Bench(std::uint32_t counter = 5) {
        options.trial_boots_max = tries;
        const std::uint8_t version[14] = "FACTORY";
        REQUIRE(ont_factory_record(&platform, 0, version, nullptr) == 0);
        REQUIRE(bank.load(platform) == 0);
        REQUIRE(bank.install(platform, 1, {.security_counter = counter}));
        device.order.clear();
        device.operations = 0;
    }

    /// Power on; the image that runs is the result.
    int boot() {
        device.cut = false;
        device.cut_after = Device::never;
        std::uint8_t image = 9;
        REQUIRE(ont_boot(&platform, &options, &image) == 0);
        REQUIRE(bank.load(platform) == 0);
        return image;
    }
    bool commit(std::uint8_t image) { return bank.commit(platform, image, tries); }
    std::uint32_t demanded() const {
        std::uint32_t value = 0;
        REQUIRE(ont::read_counter(platform, bank.record(), value));
        return value;
    }
};

}  // namespace

TEST_CASE("counter: rises at Commit of an image that has been healthy, the record first") {
    Bench bench;
    REQUIRE(bench.bank.activate(bench.platform, 1, tries));
    REQUIRE(bench.boot() == 1);
    REQUIRE(bench.bank.prove(bench.platform));
    CHECK(bench.device.counter == 0);  // healthy alone is not enough: the trial may still be taken back
    bench.device.order.clear();
    REQUIRE(bench.commit(1));
    CHECK(bench.device.order == "RC");
    CHECK(bench.device.counter == 5);
    CHECK(reported(bench.device, ONT_EVENT_COUNTER_RAISED, 5));
    REQUIRE(bench.commit(1));
    CHECK(bench.device.order == "RC");  // and once only
}

TEST_CASE("counter: committed while it is not healthy yet, an image raises it when it is") {
    Bench bench;
    SUBCASE("on trial") { REQUIRE(bench.bank.activate(bench.platform, 1, tries)); }
    SUBCASE("never seen running") { REQUIRE(bench.commit(1)); }
    REQUIRE(bench.boot() == 1);
    REQUIRE(bench.commit(1));
    CHECK(bench.device.counter == 0);
    REQUIRE(bench.bank.prove(bench.platform));
    CHECK(bench.device.counter == 5);
}

TEST_CASE("counter: a trial that fails, and an image that never gets healthy, leave nothing behind") {
    Bench bench;
    SUBCASE("a trial") { REQUIRE(bench.bank.activate(bench.platform, 1, tries)); }
    SUBCASE("committed unseen") { REQUIRE(bench.commit(1)); }
    for (int i = 0; i < tries; ++i) REQUIRE(bench.boot() == 1);
    REQUIRE(bench.boot() == 0);
    REQUIRE(bench.bank.prove(bench.platform));
    CHECK(bench.bank.record().rolled_back);
    CHECK(bench.device.counter == 0);
    CHECK(bench.bank.record().counter == 0);
}

TEST_CASE("counter: it never falls, whatever is committed") {
    Bench bench;
    bench.device.counter = 9;
    REQUIRE(bench.bank.activate(bench.platform, 1, tries));
    REQUIRE(bench.boot() == 1);
    REQUIRE(bench.bank.prove(bench.platform));
    REQUIRE(bench.commit(1));
    CHECK(bench.device.counter == 9);
    CHECK(bench.demanded() == 9);
    CHECK(bench.device.mistakes.empty());
    REQUIRE(bench.commit(0));
    CHECK(bench.bank.record().counter == 5);
    REQUIRE(bench.boot() == 0);  // what the counter is has no say in which image boots
    CHECK(bench.device.mistakes.empty());
}

TEST_CASE("counter: power cut between the two stores: owed, demanded at once, and stored at the next start") {
    for (const bool unseen : {false, true}) {
        CAPTURE(unseen);
        Bench bench;
        if (unseen) REQUIRE(bench.commit(1));
        if (!unseen) REQUIRE(bench.bank.activate(bench.platform, 1, tries));
        REQUIRE(bench.boot() == 1);
        if (!unseen) REQUIRE(bench.bank.prove(bench.platform));
        bench.device.order.clear();
        bench.device.operations = 0;
        bench.device.cut_after = 1;
        CHECK((unseen ? bench.bank.prove(bench.platform) : bench.commit(1)));
        CHECK(bench.device.cut);
        CHECK(bench.device.order == "R");
        CHECK(bench.device.counter == 0);
        CHECK(ont::decode_record(bench.device.record)->counter == 5);

        REQUIRE(bench.boot() == 1);
        CHECK(bench.device.counter == 5);
        CHECK(reported(bench.device, ONT_EVENT_COUNTER_RAISED, 5));
    }
}

TEST_CASE("counter: power cut before the record: neither store has moved") {
    Bench bench;
    REQUIRE(bench.bank.activate(bench.platform, 1, tries));
    REQUIRE(bench.boot() == 1);
    REQUIRE(bench.bank.prove(bench.platform));
    bench.device.operations = 0;
    bench.device.cut_after = 0;
    CHECK(!bench.commit(1));
    REQUIRE(bench.boot() == 0);
    CHECK(bench.device.counter == 0);
    CHECK(bench.bank.record().counter == 0);
}

TEST_CASE("counter: a store of it that fails stops nothing, is reported, and is made good later") {
    Bench bench;
    bench.device.fail_counter = true;
    REQUIRE(bench.bank.activate(bench.platform, 1, tries));
    REQUIRE(bench.boot() == 1);
    REQUIRE(bench.bank.prove(bench.platform));
    CHECK(bench.commit(1));
    CHECK(reported(bench.device, ONT_EVENT_STORAGE_FAILED, 0xFFFF'FFFEu));
    REQUIRE(bench.boot() == 1);
    CHECK(bench.bank.prove(bench.platform));
    std::uint32_t value = 0;
    CHECK(!ont::read_counter(bench.platform, bench.bank.record(), value));
    bench.device.fail_counter = false;
    CHECK(bench.demanded() == 5);
    SUBCASE("at the next start") { REQUIRE(bench.boot() == 1); }
    SUBCASE("at the next healthy") { REQUIRE(bench.bank.prove(bench.platform)); }
    CHECK(bench.device.counter == 5);
}

TEST_CASE("counter: a platform that keeps none is asked for none, and demands none") {
    Bench bench;
    bench.platform.counter_read = nullptr;
    bench.platform.counter_write = nullptr;
    REQUIRE(bench.bank.activate(bench.platform, 1, tries));
    REQUIRE(bench.boot() == 1);
    REQUIRE(bench.bank.prove(bench.platform));
    REQUIRE(bench.commit(1));
    CHECK(bench.demanded() == 0);
    SUBCASE("half of one is no platform") {
        bench.platform.counter_read = [](void*, std::uint32_t*) { return 0; };
        std::uint8_t image = 0;
        CHECK(ont_boot(&bench.platform, &bench.options, &image) == ONT_ERROR_ARGUMENT);
    }
    SUBCASE("what the record owes reaches the store that a later firmware brings") {
        bench.platform = bench.device.platform();
        REQUIRE(bench.boot() == 1);
        CHECK(bench.device.counter == 5);
    }
}
