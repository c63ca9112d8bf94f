// SPDX-License-Identifier: Apache-2.0
// U-Boot's environment through libubootenv, on two copies in files: what is stored is read back, a torn copy does not
// count, and every fw_env.config that cannot be is named.
#include <doctest/doctest.h>

#include "ont/linux/boot_environment.h"
#include "ont/linux/uboot_store.h"
#include "tests/temporary_folder.h"

using tests::TemporaryFolder;

#ifdef OMCAST_UBOOTENV

/// What libubootenv 0.3.2 itself does not free: a full environment's buffer, and the words of a line it refuses.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libuboot_env_store\nleak:vsscanf\n"; }

namespace {

constexpr std::size_t copy_octets = 0x2000;

/// CRC-32 of zlib, which U-Boot uses.
std::uint32_t crc(std::string_view octets) {
    std::uint32_t crc = 0xFFFF'FFFF;
    for (const char c : octets) {
        crc ^= static_cast<std::uint8_t>(c);
        for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (0xEDB8'8320 & -(crc & 1));
    }
    return ~crc;
}

/// A copy as U-Boot lays it down: CRC-32 little-endian, generation, NAME=VALUE each with a zero behind, one more.
std::string copy(char generation, const std::vector<std::string>& variables) {
    std::string data;
    for (const std::string& variable : variables) data += variable + '\0';
    data.resize(copy_octets - 5, '\0');
    std::string octets;
    for (int i = 0; i < 32; i += 8) octets += static_cast<char>(crc(data) >> i);
    return octets + generation + data;
}

struct Flash {
    TemporaryFolder folder;
    std::string config;

    explicit Flash(const std::vector<std::string>& variables) {
        write(0, copy(1, variables));
        write(1, copy(0, variables));
        config =
            folder.write("fw_env.config", "# two copies\n" + path(0) + " 0x0 0x2000\n" + path(1) + " 0x0 0x2000\n");
    }
    std::string path(int which) const { return folder.file("env" + std::to_string(which)); }
    void write(int which, const std::string& octets) const { folder.write("env" + std::to_string(which), octets); }
    std::string octets(int which) const {
        std::ifstream file{path(which), std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    /// Opens, and says that `image` runs.
    std::string booted(int image, std::unique_ptr<ont::BootEnvironment>& to, const char* dialect = "sw_active") const {
        std::string error = ont::BootEnvironment::open(config, dialect, to);
        return error.empty() ? to->booted(static_cast<std::uint8_t>(image)) : error;
    }
};

const std::vector<std::string> field{"sw_commit=0", "sw_tryactive=2", "sw_active=0",    "sw_valid0=1",
                                     "sw_valid1=1", "sw_version0=V1", "sw_version1=V2", "bootcmd=run b; x=1"};

ont::BootRecord record_of(const ont::BootEnvironment& environment) {
    std::array<std::uint8_t, ONT_RECORD_OCTETS_MAX> octets;
    std::size_t size = 0;
    REQUIRE(environment.record_read(octets.data(), octets.size(), &size) == 0);
    return *ont::decode_record({octets.data(), size});
}

int write(ont::BootEnvironment& environment, const ont::BootRecord& record) {
    const auto octets = ont::encode(record);
    return environment.record_write(octets.data(), octets.size());
}

}  // namespace

TEST_CASE("U-Boot environment: record and variables are stored in one copy, and read back from it") {
    const Flash flash{field};
    std::unique_ptr<ont::BootEnvironment> environment;
    REQUIRE(flash.booted(0, environment) == "");
    ont::BootRecord record = record_of(*environment);
    CHECK(record.image[1].valid);
    record.trial = true;
    record.image[1].tries_left = 3;
    const std::string before[] = {flash.octets(0), flash.octets(1)};
    REQUIRE(write(*environment, record) == 0);
    CHECK((flash.octets(0) == before[0]) != (flash.octets(1) == before[1]));  // the stale one was written, no other

    std::unique_ptr<ont::EnvironmentStore> store;
    REQUIRE(ont::open_uboot_store(flash.config, store) == "");
    CHECK(store->get("sw_tryactive") == "1");
    CHECK(store->get("sw_commit") == "0");
    CHECK(store->get("bootcmd") == "run b; x=1");
    const std::vector<ont::Setting> loader{{"sw_tryactive", "2"}, {"sw_active", "1"}};
    REQUIRE(store->store(loader) == "");
    REQUIRE(flash.booted(1, environment) == "");
    CHECK(record_of(*environment).active == 1);
    CHECK(record_of(*environment).trial);
    CHECK(record_of(*environment).image[1].tries_left == 0);
}

TEST_CASE("U-Boot environment: a copy that was torn at any octet does not count, the one before does") {
    for (const std::size_t torn_at : {std::size_t{0}, std::size_t{3}, std::size_t{4}, std::size_t{5}, std::size_t{40},
                                      std::size_t{200}, std::size_t{300}}) {
        CAPTURE(torn_at);
        const Flash flash{field};
        std::unique_ptr<ont::BootEnvironment> environment;
        REQUIRE(flash.booted(0, environment) == "");
        const ont::BootRecord before = record_of(*environment);
        const std::string copies[] = {flash.octets(0), flash.octets(1)};
        ont::BootRecord record = before;
        record.trial = true;
        record.image[1].tries_left = 1;
        REQUIRE(write(*environment, record) == 0);
        const int written = flash.octets(0) == copies[0] ? 1 : 0;
        const std::string now = flash.octets(written);
        const std::string& old = copies[written];
        const std::string torn = now.substr(0, torn_at) + old.substr(torn_at);
        flash.write(written, torn);
        REQUIRE(flash.booted(0, environment) == "");
        if (torn == old || torn_at <= 200) CHECK(record_of(*environment) == before);
    }
}

TEST_CASE("U-Boot environment: every environment that cannot be read is named, and nothing is written") {
    const Flash flash{field};
    std::unique_ptr<ont::BootEnvironment> environment;
    const auto error = [&](const std::string& config, const char* dialect = "sw_active") {
        return ont::BootEnvironment::open(config, dialect, environment);
    };
    CHECK(error(flash.folder.file("gone")) ==
          "cannot read " + flash.folder.file("gone") + ": No such file or directory");
    CHECK(error(flash.config, "grub") ==
          "there is no boot loader dialect \"grub\": they are sw_active, committed_image, boot_order, bootcount");
    CHECK(error(flash.folder.write("empty", "")).find("describes no environment of U-Boot") != std::string::npos);
    CHECK(error(flash.folder.write("junk", "\x01\x02 junk\n")).find("describes no environment") != std::string::npos);
    CHECK(error(flash.folder.write("nodev", "/nowhere/env 0x0 0x2000\n/nowhere/env 0x2000 0x2000\n"))
              .find("a device that is not there") != std::string::npos);
    CHECK(error(flash.folder.write("one", flash.path(0) + " 0x0 0x2000\n")).find("a power cut") != std::string::npos);
    CHECK(environment == nullptr);
    const std::string before = flash.octets(0);
    CHECK(flash.booted(0, environment, "boot_order").find("BOOT_ORDER is missing") == 0);
    CHECK(flash.octets(0) == before);
    flash.write(0, std::string(copy_octets, '\xFF'));
    flash.write(1, std::string(copy_octets, '\0'));
    CHECK(error(flash.config).find("no copy of it is whole") != std::string::npos);
    flash.write(0, "");
    flash.write(1, "");
    CHECK(error(flash.config).find("cannot be read") != std::string::npos);
}

TEST_CASE("U-Boot environment: one that is full takes no record, and stays as it is") {
    std::vector<std::string> variables = field;
    variables.push_back("filler=" + std::string(copy_octets - 400, 'x'));
    const Flash flash{variables};
    std::unique_ptr<ont::BootEnvironment> environment;
    const std::string before[] = {flash.octets(0), flash.octets(1)};
    CHECK(flash.booted(0, environment).find("it is full") != std::string::npos);
    CHECK(flash.octets(0) == before[0]);
    CHECK(flash.octets(1) == before[1]);
}

#else

TEST_CASE("U-Boot environment: a build without libubootenv says so") {
    std::unique_ptr<ont::BootEnvironment> environment;
    CHECK(ont::BootEnvironment::open("/etc/fw_env.config", "sw_active", environment).find("without libubootenv") !=
          std::string::npos);
}

#endif
