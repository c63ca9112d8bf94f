// SPDX-License-Identifier: Apache-2.0
// The record in a boot loader's environment, with a model of each loader: trials, fallbacks, a Commit unseen, and power
// cuts at every store of firmware and loader.
#include <doctest/doctest.h>

#include "tests/ont/loaded_ont.h"

using namespace tests;
using Variables = MemoryEnvironment::Variables;

TEST_CASE("boot environment: a trial that never gets healthy has its boots, then the committed image is back") {
    for (const Loader& loader : boot_loaders) {
        CAPTURE(loader.dialect);
        LoadedOnt ont{loader};
        CHECK(ont.states() == "ACV --V");
        for (int again = 0; again < 2; ++again) {
            REQUIRE(ont.activate(1));
            CHECK(!ont.record().rolled_back);
            for (int boots = 0; boots < ont.boots_of_a_trial(); ++boots) {
                CHECK(ont.reset() == 1);
                CHECK(ont.error.empty());
                CHECK(ont.states() == "-CV A-V");
            }
            for (int boots = 0; boots < 5; ++boots) {
                CHECK(ont.reset() == 0);
                CHECK(ont.states() == "ACV --V");
                CHECK(ont.record().rolled_back);
                if (boots == 2) CHECK(ont.healthy());
            }
        }
    }
}

TEST_CASE("boot environment: a trial that hangs before early init is counted by the loader alone") {
    for (const Loader& loader : boot_loaders) {
        CAPTURE(loader.dialect);
        LoadedOnt ont{loader};
        REQUIRE(ont.activate(1));
        for (int boots = 0; boots < ont.boots_of_a_trial(); ++boots) CHECK(ont.loader_only() == 1);
        CHECK(ont.reset() == 0);
        CHECK(ont.states() == "ACV --V");
        CHECK(ont.record().rolled_back);
        CHECK(!ont.record().trial);
    }
}

TEST_CASE("boot environment: a healthy trial is gone after the next reset, and stays when it is committed") {
    for (const Loader& loader : boot_loaders) {
        CAPTURE(loader.dialect);
        LoadedOnt ont{loader};
        REQUIRE(ont.activate(1));
        REQUIRE(ont.reset() == 1);
        REQUIRE(ont.healthy());
        CHECK(ont.reset() == 0);
        CHECK(ont.states() == "ACV --V");
        CHECK(!ont.record().rolled_back);
        REQUIRE(ont.activate(1));
        REQUIRE(ont.reset() == 1);
        REQUIRE(ont.healthy());
        REQUIRE(ont.commit(1));
        for (int boots = 0; boots < 3; ++boots) {
            CHECK(ont.power_on() == 1);
            CHECK(ont.states() == "--V ACV");
        }
    }
}

TEST_CASE("boot environment: a Reboot ends a trial that has boots left") {
    for (const Loader& loader : boot_loaders) {
        CAPTURE(loader.dialect);
        LoadedOnt ont{loader};
        REQUIRE(ont.activate(1));
        REQUIRE(ont.bank.end_trial(ont.platform));
        CHECK(ont.reset() == 0);
        CHECK(ont.states() == "ACV --V");
    }
}

TEST_CASE("boot environment: a committed image that never ran has its boots, then the other one is back") {
    for (const Loader& loader : boot_loaders) {
        CAPTURE(loader.dialect);
        LoadedOnt ont{loader};
        REQUIRE(ont.commit(1));
        CHECK(ont.states() == "A-V -CV");
        SUBCASE("it never gets healthy") {
            for (int boots = 0; boots < ont.boots_of_a_trial(); ++boots) {
                CHECK(ont.reset() == 1);
                CHECK(ont.states() == "--V ACV");
            }
            for (int boots = 0; boots < 3; ++boots) {
                CHECK(ont.reset() == 0);
                CHECK(ont.states() == "A-V -CV");
                CHECK(ont.record().rolled_back);
            }
            REQUIRE(ont.commit(0));
            CHECK(ont.power_on() == 0);
            CHECK(ont.states() == "ACV --V");
        }
        SUBCASE("it gets healthy") {
            REQUIRE(ont.reset() == 1);
            REQUIRE(ont.healthy());
            for (int boots = 0; boots < 5; ++boots) CHECK(ont.power_on() == 1);
            CHECK(ont.states() == "--V ACV");
        }
    }
}

TEST_CASE("boot environment: a healthy ONT is switched off and on, and nothing changes; seldom is anything stored") {
    for (const Loader& loader : boot_loaders) {
        CAPTURE(loader.dialect);
        LoadedOnt ont{loader};
        const auto before = ont.record();
        const int loader_stores = loader.counts && std::string{loader.dialect} == "boot_order" ? 300 : 0;
        ont.environment.stores = 0;
        for (int boots = 0; boots < 300; ++boots) {
            REQUIRE(ont.power_on() == 0);
            if (boots % 7 == 0) REQUIRE(ont.healthy());
        }
        CHECK(ont.record() == before);
        CHECK(ont.environment.stores - loader_stores <= 300 / 49);
        for (int boots = 0; boots < 40; ++boots) REQUIRE(ont.loader_only() == 0);
        CHECK(ont.power_on() == 0);
        CHECK(ont.record() == before);
    }
}

TEST_CASE("boot environment: variables and record change in one store, and no other variable does") {
    for (const Loader& loader : boot_loaders) {
        CAPTURE(loader.dialect);
        LoadedOnt ont{loader};
        const auto one = [&](auto change) {
            const int stores = ont.environment.stores;
            REQUIRE(change());
            CHECK(ont.environment.stores == stores + 1);
            CHECK(ont.environment.variables().at("ethaddr") == "02:00:00:00:00:01");
            CHECK(ont.environment.variables().at("bootdelay") == "3");
        };
        one([&] { return ont.bank.clear(ont.platform, 1); });
        one([&] { return ont.bank.install(ont.platform, 1, {.version = omci::make_version("V\x01=\xFF 2")}); });
        one([&] { return ont.activate(1); });
        REQUIRE(ont.reset() == 1);
        CHECK(ont.record().image[1].version == omci::make_version("V\x01=\xFF 2"));
        one([&] { return ont.healthy(); });
        one([&] { return ont.commit(1); });
        CHECK(ont.environment.variables().at("ethaddr") == "02:00:00:00:00:01");
    }
}

TEST_CASE(
    "boot environment: the power goes at every store, of firmware and loader: what boots is valid, and expected") {
    using Store = MemoryEnvironment::Store;
    int runs = 0;
    for (const Loader& loader : boot_loaders)
        for (const Store how : {Store::lost, Store::torn, Store::done_dark})
            for (const bool unseen : {false, true})
                for (int cut = 0;; ++cut) {
                    CAPTURE(loader.dialect);
                    CAPTURE(static_cast<int>(how));
                    CAPTURE(unseen);
                    CAPTURE(cut);
                    LoadedOnt ont{loader};
                    int left = cut;
                    bool dark = false;
                    ont.environment.on_store = [&] {
                        if (dark) return Store::lost;
                        if (left-- > 0) return Store::done;
                        dark = true;
                        return how;
                    };
                    // A download, then Activate, healthy and Commit; or Commit unseen, three times not healthy.
                    bool asked = false;
                    const auto living = [&](bool went) { return went && !dark; };
                    if (living(ont.bank.clear(ont.platform, 1)) && living(ont.bank.install(ont.platform, 1, {}))) {
                        asked = true;
                        if (living(unseen ? ont.commit(1) : ont.activate(1)))
                            for (int boots = 0; !dark && boots < 4; ++boots)
                                if (ont.reset() == 1 && !dark && !unseen && ont.healthy() && !dark) (void)ont.commit(1);
                    }
                    ont.environment.on_store = nullptr;
                    const bool was_cut = dark;
                    const int image = ont.power_on();
                    REQUIRE((image == 0 || image == 1));
                    CHECK(ont.error.empty());
                    CHECK(ont.record().image[static_cast<std::size_t>(image)].valid);
                    if (!asked) CHECK(image == 0);
                    if (!asked) CHECK(ont.record().committed == 0);
                    // And the upgrade can be done from there.
                    REQUIRE(ont.healthy());
                    if (ont.record().active != ont.record().committed) REQUIRE(ont.commit(ont.record().active));
                    const std::uint8_t idle = ont::other(ont.record().active);
                    REQUIRE(ont.bank.clear(ont.platform, idle));
                    REQUIRE(ont.power_on() == ont::other(idle));
                    REQUIRE(ont.bank.install(ont.platform, idle, {}));
                    REQUIRE(ont.activate(idle));
                    REQUIRE(ont.reset() == idle);
                    REQUIRE(ont.healthy());
                    REQUIRE(ont.commit(idle));
                    REQUIRE(ont.power_on() == idle);
                    ++runs;
                    if (!was_cut) break;
                }
    MESSAGE("interrupted runs: " << runs);
    CHECK(runs > 150);
}

TEST_CASE("boot environment: where the loader has no place for a trial, the platform's mark is it") {
    const Loader& loader = boot_loaders[1];
    REQUIRE(loader.needs_hint);
    LoadedOnt ont{loader};
    SUBCASE("a power cut forgets it, and the trial is over") {
        REQUIRE(ont.activate(1));
        CHECK(ont.power_on() == 0);
        CHECK(ont.states() == "ACV --V");
        CHECK(ont.record().rolled_back);
        CHECK(ont.reset() == 0);
    }
    SUBCASE("without one nothing can be tried, and that is said") {
        ont.has_hint = false;
        REQUIRE(ont.power_on() == 0);
        const auto before = ont.environment.variables();
        CHECK(!ont.activate(1));
        CHECK(ont.boot->error().find("no variable for an image that is to be tried") != std::string::npos);
        CHECK(!ont.commit(1));
        CHECK(ont.environment.variables() == before);
        CHECK(ont.power_on() == 0);
        CHECK(ont.states() == "ACV --V");
    }
    SUBCASE("one that fails is no trial") {
        ont.fail_hint = true;
        CHECK(!ont.activate(1));
        CHECK(ont.boot->error().find("could not mark image 1") != std::string::npos);
        CHECK(ont.reset() == 0);
        CHECK(!ont.record().trial);
    }
}

TEST_CASE("boot environment: booted() told twice, as a daemon that starts anew does, ends a trial that did not begin") {
    for (const Loader& loader : boot_loaders) {
        CAPTURE(loader.dialect);
        LoadedOnt ont{loader};
        REQUIRE(ont.activate(1));
        REQUIRE(ont.early_init(0));
        CHECK(ont.states() == "ACV --V");
        CHECK(!ont.record().trial);
        CHECK(ont.reset() == 0);
    }
}

TEST_CASE("boot environment: what cannot be stored is said, and the slot that runs is known all the same") {
    for (const Loader& loader : boot_loaders) {
        CAPTURE(loader.dialect);
        LoadedOnt ont{loader};
        REQUIRE(ont.activate(1));
        const int image = ont.loader_only();
        REQUIRE(image == 1);
        ont.environment.on_store = [] { return MemoryEnvironment::Store::lost; };
        CHECK(!ont.early_init(image));
        CHECK(ont.error.find("not stored") != std::string::npos);
        REQUIRE(ont.bank.load(ont.platform) == 0);
        CHECK(ont.record().active == 1);
        ont.environment.on_store = nullptr;
        CHECK(ont.healthy());
        CHECK(ont.reset() == 0);
    }
}
