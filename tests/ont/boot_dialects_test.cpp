// SPDX-License-Identifier: Apache-2.0
// The tables of boot variables: what they spell, what they refuse, an ONT in the field that is taken over, other tools
// beside us, and tables that firmware brings.
#include <doctest/doctest.h>

#include "tests/ont/loaded_ont.h"

using namespace tests;
using ont::BootPlan;
using ont::BootRecord;
using Variables = MemoryEnvironment::Variables;

namespace {

const Loader& loader_of(const std::string& dialect) {
    for (const Loader& loader : boot_loaders)
        if (dialect == loader.dialect) return loader;
    FAIL("no such loader");
    return boot_loaders[0];
}

/// Of the environment, without the record and what is not ours.
std::string spelled(const LoadedOnt& ont) {
    std::string text;
    const Variables variables = ont.environment.variables();
    for (const ont::Variable& variable : ont.dialect->variables) {
        const auto found = variables.find(variable.name);
        text += (text.empty() ? "" : " ") + std::string{variable.name} + "=" +
                (found == variables.end() ? "" : found->second);
    }
    return text;
}

/// An ONT of the field: no record yet.
struct Field {
    const char* dialect;
    Variables variables;
};

const Field fields[] = {
    {"sw_active",
     {{"sw_commit", "1"},
      {"sw_tryactive", "2"},
      {"sw_active", "1"},
      {"sw_valid0", "1"},
      {"sw_valid1", "1"},
      {"sw_version0", "R1.0"},
      {"sw_version1", "R2.0-with-a-long-name"},
      {"ipaddr", "192.168.1.1"}}},
    {"committed_image",
     {{"committed_image", "1"},
      {"image0_is_valid", "1"},
      {"image1_is_valid", "1"},
      {"image0_version", "R1.0"},
      {"image1_version", "R2.0-with-a-long-name"},
      {"ipaddr", "192.168.1.1"}}},
    {"boot_order", {{"BOOT_ORDER", "B A"}, {"BOOT_A_LEFT", "3"}, {"BOOT_B_LEFT", "3"}, {"ipaddr", "192.168.1.1"}}},
    {"bootcount", {{"boot_slot", "1"}, {"ipaddr", "192.168.1.1"}}},
};

}  // namespace

TEST_CASE("boot dialects: what the four presets spell, from factory to Commit") {
    const auto walk = [](const char* dialect) {
        LoadedOnt ont{loader_of(dialect)};
        std::string text = spelled(ont);
        REQUIRE(ont.bank.clear(ont.platform, 1));
        text += "\n" + spelled(ont);
        REQUIRE(ont.bank.install(ont.platform, 1, {.version = omci::make_version("V2")}));
        REQUIRE(ont.activate(1));
        text += "\n" + spelled(ont);
        REQUIRE(ont.reset() == 1);
        text += "\n" + spelled(ont);
        REQUIRE(ont.healthy());
        text += "\n" + spelled(ont);
        REQUIRE(ont.commit(1));
        return text + "\n" + spelled(ont);
    };
    CHECK(walk("sw_active") ==
          "sw_commit=0 sw_tryactive=2 sw_active=0 sw_valid0=1 sw_valid1=1 sw_version0=FIRST sw_version1=SECOND\n"
          "sw_commit=0 sw_tryactive=2 sw_active=0 sw_valid0=1 sw_valid1=0 sw_version0=FIRST sw_version1=\n"
          "sw_commit=0 sw_tryactive=1 sw_active=0 sw_valid0=1 sw_valid1=1 sw_version0=FIRST sw_version1=V2\n"
          "sw_commit=0 sw_tryactive=2 sw_active=1 sw_valid0=1 sw_valid1=1 sw_version0=FIRST sw_version1=V2\n"
          "sw_commit=0 sw_tryactive=2 sw_active=1 sw_valid0=1 sw_valid1=1 sw_version0=FIRST sw_version1=V2\n"
          "sw_commit=1 sw_tryactive=2 sw_active=1 sw_valid0=1 sw_valid1=1 sw_version0=FIRST sw_version1=V2");
    CHECK(walk("committed_image") ==
          "committed_image=0 image0_is_valid=1 image1_is_valid=1 image0_version=FIRST image1_version=SECOND\n"
          "committed_image=0 image0_is_valid=1 image1_is_valid=0 image0_version=FIRST image1_version=\n"
          "committed_image=0 image0_is_valid=1 image1_is_valid=1 image0_version=FIRST image1_version=V2\n"
          "committed_image=0 image0_is_valid=1 image1_is_valid=1 image0_version=FIRST image1_version=V2\n"
          "committed_image=0 image0_is_valid=1 image1_is_valid=1 image0_version=FIRST image1_version=V2\n"
          "committed_image=1 image0_is_valid=1 image1_is_valid=1 image0_version=FIRST image1_version=V2");
    CHECK(walk("boot_order") ==
          "BOOT_ORDER=A BOOT_A_LEFT=98 BOOT_B_LEFT=0\n"  // one boot took one
          "BOOT_ORDER=A BOOT_A_LEFT=98 BOOT_B_LEFT=0\n"
          "BOOT_ORDER=B A BOOT_A_LEFT=98 BOOT_B_LEFT=3\n"
          "BOOT_ORDER=B A BOOT_A_LEFT=98 BOOT_B_LEFT=2\n"
          "BOOT_ORDER=A BOOT_A_LEFT=98 BOOT_B_LEFT=0\n"
          "BOOT_ORDER=B BOOT_A_LEFT=0 BOOT_B_LEFT=99");
    CHECK(walk("bootcount") ==
          "boot_slot=0 upgrade_available=0 bootcount=0 bootlimit= ustate=0\n"
          "boot_slot=0 upgrade_available=0 bootcount=0 bootlimit= ustate=0\n"
          "boot_slot=1 upgrade_available=1 bootcount=0 bootlimit=3 ustate=1\n"
          "boot_slot=1 upgrade_available=1 bootcount=1 bootlimit=3 ustate=2\n"
          "boot_slot=0 upgrade_available=0 bootcount=0 bootlimit=3 ustate=0\n"
          "boot_slot=1 upgrade_available=0 bootcount=0 bootlimit=3 ustate=0");
}

TEST_CASE("boot dialects: a plan tries valid images only, and goes back to one that is known to run, if there is one") {
    for (unsigned bits = 0; bits < 1u << 8; ++bits) {
        const auto bit = [&](unsigned i) { return (bits >> i & 1u) != 0; };
        BootRecord record;
        record.trial = bit(0);
        record.committed = bit(1);
        for (std::size_t i = 0; i < 2; ++i) {
            record.image[i].valid = bit(static_cast<unsigned>(2 + i));
            record.image[i].proven = bit(static_cast<unsigned>(4 + i));
            record.image[i].tries_left = bit(static_cast<unsigned>(6 + i)) ? 2 : 0;
        }
        CAPTURE(bits);
        const auto plan = ont::plan(record);
        const ont::BootRow& row = ont::boot_row(record);
        REQUIRE(plan.has_value() == (row.boots != ont::Boots::nothing));
        if (!plan) continue;
        CHECK(record.image[plan->stays].valid);
        if (plan->tries_one()) {
            CHECK(record.image[plan->tried].valid);
            CHECK(plan->tried != plan->stays);
            CHECK(plan->tries > 0);
            CHECK((record.image[plan->stays].proven || !record.image[plan->tried].proven || record.trial));
        }
        // It boots what the boot table boots.
        const std::uint8_t boots = row.boots == ont::Boots::committed ? record.committed : ont::other(record.committed);
        CHECK(plan->next() == boots);
        const bool lone = !record.image[0].valid || !record.image[1].valid;
        if (!row.counted || !plan->tries_one()) CHECK((!plan->tries_one() || lone || record.trial || row.counted));
    }
}

TEST_CASE("boot dialects: an ONT in the field is taken over as it is, and from then on it is as any other") {
    for (const Field& field : fields) {
        CAPTURE(field.dialect);
        LoadedOnt ont{loader_of(field.dialect), field.variables};
        REQUIRE(ont.power_on() == 1);
        CHECK(ont.error == "");
        const bool valid_known = ont::has(*ont.dialect, ont::Means::valid);
        CHECK(ont.states() == (valid_known ? "--V ACV" : "--- ACV"));
        CHECK(ont.record().image[1].proven);
        if (ont::has(*ont.dialect, ont::Means::version)) {
            CHECK(omci::text(ont.record().image[0].version) == "R1.0");
            CHECK(omci::text(ont.record().image[1].version) == "R2.0-with-a-lo");
            CHECK(spelled(ont).find("R2.0-with-a-long-name") != std::string::npos);
        }
        CHECK(ont.environment.variables().at("ipaddr") == "192.168.1.1");
        REQUIRE(ont.healthy());
        for (int boots = 0; boots < 5; ++boots) REQUIRE(ont.power_on() == 1);
        REQUIRE(ont.bank.clear(ont.platform, 0));
        REQUIRE(ont.bank.install(ont.platform, 0, {}));
        REQUIRE(ont.activate(0));
        REQUIRE(ont.reset() == 0);
        REQUIRE(ont.healthy());
        REQUIRE(ont.commit(0));
        CHECK(ont.power_on() == 0);
        CHECK(ont.states() == "ACV --V");
    }
}

TEST_CASE("boot dialects: what another tool installs and commits is taken for what it is") {
    LoadedOnt ont{loader_of("sw_active")};
    REQUIRE(ont.bank.install(ont.platform, 1, {.product_code = {'P'}, .security_counter = 4}));
    const std::vector<ont::Setting> other{{"sw_version1", "WEB-9"}, {"sw_commit", "1"}};
    REQUIRE(ont.environment.store(other).empty());
    CHECK(ont.power_on() == 1);
    CHECK(ont.error == "");
    CHECK(ont.states() == "--V ACV");
    CHECK(omci::text(ont.record().image[1].version) == "WEB-9");
    CHECK(ont.record().image[1].product_code == ont::ProductCode{});
    CHECK(ont.record().image[1].security_counter == 0);
    const std::vector<ont::Setting> erased{{"sw_valid0", "0"}};
    REQUIRE(ont.environment.store(erased).empty());
    CHECK(ont.power_on() == 1);
    CHECK(ont.states() == "--- ACV");

    LoadedOnt marked{loader_of("boot_order")};
    const std::vector<ont::Setting> order{{"BOOT_ORDER", "B A"}, {"BOOT_B_LEFT", "3"}};
    REQUIRE(marked.environment.store(order).empty());
    CHECK(marked.power_on() == 1);
    CHECK(marked.states() == "--V ACV");
    CHECK(marked.environment.variables().at("BOOT_ORDER") == "B");
}

TEST_CASE("boot dialects: a loader that counts in hexadecimal is understood") {
    LoadedOnt ont{loader_of("boot_order")};
    const std::vector<ont::Setting> settings{{"BOOT_A_LEFT", "8f"}};
    REQUIRE(ont.environment.store(settings).empty());
    REQUIRE(ont.early_init(0));
    CHECK(ont.environment.variables().at("BOOT_A_LEFT") == "8f");
}

TEST_CASE("boot dialects: an environment that cannot be is refused by name, and nothing is changed") {
    struct Bad {
        const char* dialect;
        Variables change;  ///< empty value: the variable is missing
        const char* error;
    };
    const Bad table[] = {
        {"sw_active", {{"sw_commit", ""}}, "sw_commit is missing"},
        {"sw_active", {{"sw_commit", "2"}}, "sw_commit in the boot loader's environment is \"2\", neither 0 nor 1"},
        {"sw_active", {{"sw_commit", "00"}}, "sw_commit"},
        {"sw_active",
         {{"sw_tryactive", "3"}},
         "sw_tryactive in the boot loader's environment is \"3\", neither 0 nor 1 nor 2"},
        {"sw_active", {{"sw_active", "-1"}}, "sw_active"},
        {"sw_active", {{"sw_valid0", "yes"}}, "sw_valid0 in the boot loader's environment is \"yes\", neither 0 nor 1"},
        {"sw_active", {{"sw_valid1", ""}}, "sw_valid1 is missing"},
        {"sw_active", {{"sw_valid1", "0"}}, "image 1 runs, but is not valid"},
        {"sw_active",
         {{"omcast_boot_record", "02"}},
         "omcast_boot_record in the boot loader's environment is no boot record"},
        {"sw_active", {{"omcast_boot_record", "zz"}}, "omcast_boot_record"},
        {"sw_active", {{"omcast_boot_record", std::string(1000, 'a')}}, "omcast_boot_record"},
        {"committed_image", {{"committed_image", "x"}}, "committed_image"},
        {"committed_image", {{"image1_is_valid", "2"}}, "image1_is_valid"},
        {"boot_order", {{"BOOT_ORDER", ""}}, "BOOT_ORDER is missing"},
        {"boot_order", {{"BOOT_ORDER", " "}}, "names no image"},
        {"boot_order",
         {{"BOOT_ORDER", "A C"}},
         "BOOT_ORDER in the boot loader's environment is \"A C\", not a list of A and B"},
        {"boot_order", {{"BOOT_ORDER", "A A"}}, "each once at most"},
        {"boot_order",
         {{"BOOT_B_LEFT", "256"}},
         "BOOT_B_LEFT in the boot loader's environment is \"256\", not a number from 0 to 255"},
        {"boot_order", {{"BOOT_A_LEFT", "1x"}}, "BOOT_A_LEFT"},
        {"bootcount", {{"boot_slot", "A"}}, "boot_slot"},
        {"bootcount", {{"bootcount", "99999"}}, "bootcount"},
        {"bootcount", {{"bootlimit", "-3"}}, "bootlimit"},
        {"bootcount", {{"upgrade_available", "2"}}, "upgrade_available"},
        {"bootcount", {{"ustate", "q"}}, "ustate"},
    };
    for (const Bad& bad : table) {
        CAPTURE(bad.dialect);
        CAPTURE(bad.error);
        Variables variables;
        for (const Field& field : fields)
            if (std::string{field.dialect} == bad.dialect) variables = field.variables;
        for (const auto& [name, value] : bad.change) {
            if (value.empty())
                variables.erase(name);
            else
                variables[name] = value;
        }
        LoadedOnt ont{loader_of(bad.dialect), variables};
        CHECK(!ont.early_init(1));
        CHECK(ont.error.find(bad.error) != std::string::npos);
        CHECK(ont.environment.variables() == variables);
        CHECK(ont.environment.stores == 0);
        CHECK(ont.bank.load(ont.platform) == ONT_ERROR_STORAGE);
    }
    LoadedOnt empty{loader_of("sw_active"), Variables{}};
    CHECK(!empty.early_init(0));
    CHECK(empty.error == "sw_commit is missing in the boot loader's environment, which the dialect sw_active needs");
    LoadedOnt image{loader_of("sw_active"), fields[0].variables};
    CHECK(!image.early_init(2));
    CHECK(image.error.find("image 2 is said to run") != std::string::npos);
}

TEST_CASE("boot dialects: of two copies of the environment the whole one counts") {
    LoadedOnt ont{loader_of("sw_active")};
    REQUIRE(ont.activate(1));  // the newest copy, and the one before
    const auto newest = ont.environment.variables();
    for (const std::size_t copy : {std::size_t{0}, std::size_t{1}}) {
        MemoryEnvironment environment{newest};
        const std::vector<ont::Setting> change{{"sw_tryactive", "2"}};
        REQUIRE(environment.store(change).empty());
        environment.damage(copy);
        REQUIRE(environment.load().empty());
        CHECK(environment.get("sw_tryactive") == (copy == 0 ? "2" : "1"));
        environment.damage(1 - copy);
        CHECK(environment.load().find("both copies") != std::string::npos);
    }
}

TEST_CASE("boot dialects: a table that firmware brings is looked at before it is used") {
    using ont::Means;
    for (const ont::Dialect& preset : ont::dialects::presets) {
        CHECK(ont::check(preset) == "");
        CHECK(ont::find_dialect(preset.name) == &preset);
    }
    CHECK(ont::find_dialect("grub") == nullptr);
    CHECK(ont::dialect_names() == "sw_active, committed_image, boot_order, bootcount");

    std::vector<ont::Variable> table{{"bank", Means::stays, 0, true}, {"try", Means::tried_once}};
    ont::Dialect own{"own", "", {"one", "two"}, "none", table};
    CHECK(ont::check(own) == "");
    MemoryEnvironment environment{{{"bank", "two"}}};
    ont::BootEnvironment boot{environment, own};
    CHECK(boot.booted(1) == "");
    BootRecord record;
    record.active = record.committed = 1;
    record.trial = true;
    record.image[1].valid = record.image[1].proven = record.image[0].valid = true;
    record.image[0].tries_left = 1;
    const auto octets = ont::encode(record);
    CHECK(boot.record_write(octets.data(), octets.size()) == 0);
    CHECK(environment.variables().at("bank") == "two");
    CHECK(environment.variables().at("try") == "one");
    CHECK(boot.record_write(octets.data(), octets.size() - 1) != 0);
    CHECK(boot.error().find("boots no image") != std::string::npos);

    const auto wrong = [&](std::vector<ont::Variable> variables, const char* none = "none") {
        const ont::Dialect dialect{"own", "", {"one", "two"}, none, variables};
        return ont::check(dialect);
    };
    CHECK(wrong({{"", Means::stays}}).find("proper name") != std::string::npos);
    CHECK(wrong({{"a=b", Means::stays}}).find("proper name") != std::string::npos);
    CHECK(wrong({{"a", Means::stays}, {"a", Means::runs}}).find("has a twice") != std::string::npos);
    CHECK(wrong({{"a", Means::stays}, {"b", Means::stays}}).find("says twice") != std::string::npos);
    CHECK(wrong({{"a", Means::valid, 2}}).find("beyond 0 and 1") != std::string::npos);
    CHECK(wrong({{"a", Means::runs}}).find("exactly one") != std::string::npos);
    CHECK(wrong({{"a", Means::stays}, {"b", Means::chosen}}).find("exactly one") != std::string::npos);
    CHECK(wrong({{"a", Means::order}, {"b", Means::boots_left}}).find("boots left of both") != std::string::npos);
    CHECK(wrong({{"a", Means::chosen}, {"b", Means::counting}}).find("counts its boots") != std::string::npos);
    CHECK(wrong({{"a", Means::stays}, {"b", Means::tried_once}}, "").find("apart") != std::string::npos);
    CHECK(wrong({{"a", Means::tried_once}}).find("exactly one") != std::string::npos);
}
