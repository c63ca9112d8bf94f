// SPDX-License-Identifier: Apache-2.0
// Numbers as people write them: what is read, exactly, and the sentence that answers what is not.
#include "tools/units.h"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tools/usage.h"

namespace {

using namespace tools;

constexpr std::uint64_t u64_max = std::numeric_limits<std::uint64_t>::max();

/// The sentence of the UsageError that `parse` throws; empty where it throws none.
std::string complaint(const std::function<void()>& parse) {
    try {
        parse();
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

struct Row {
    const char* text;
    std::uint64_t value;
};

}  // namespace

TEST_CASE("units: a rate is read with its prefix, exactly") {
    for (const Row& row : std::vector<Row>{{"10M", 10'000'000},
                                           {"10Mb/s", 10'000'000},
                                           {"10Mbit/s", 10'000'000},
                                           {"10Mbps", 10'000'000},
                                           {"10000000", 10'000'000},
                                           {"10000000b/s", 10'000'000},
                                           {"1e7", 10'000'000},
                                           {"2.5G", 2'500'000'000},
                                           {"0.001k", 1},
                                           {"64K", 64'000},
                                           {"2.488320G", 2'488'320'000},
                                           {"1000G", 1'000'000'000'000}}) {
        CAPTURE(row.text);
        CHECK(parse_rate("--rate", row.text) == row.value);
    }
}

TEST_CASE("units: a size is read in powers of 1024, exactly, within its bounds") {
    for (const Row& row : std::vector<Row>{{"32M", 33'554'432},
                                           {"32MiB", 33'554'432},
                                           {"33554432", 33'554'432},
                                           {"0.5K", 512},
                                           {"8KiB", 8192},
                                           {"2G", 2'147'483'648}}) {
        CAPTURE(row.text);
        CHECK(parse_size("--slot-size", row.text, 1, u64_max) == row.value);
    }
    for (const char* text : {"", "M", "32MB", "32m", "iB", "32iB", "-1", "0x10", "0.3", "0", "1025", "1.5K", "9e99"}) {
        CAPTURE(text);
        const std::string said = complaint([&] { parse_size("--slot-size", text, 1, 1024); });
        CHECK(said.starts_with("--slot-size: \"" + std::string{text} + "\" is no"));
    }
}

TEST_CASE("units: what is no rate is refused, naming the flag and the text") {
    for (const char* text : {"",     "M",      "fast", "10m",    "10 M", "-10M",  "+10M",
                             "10MM", "10MB/s", "0",    "0M",     "0.5",  "1001G", "1e",
                             "1e99", ".5M",    "5.M",  "1.2.3M", "0x10", "1,000", "123456789012345678901",
                             "nan"}) {
        CAPTURE(text);
        CHECK(complaint([&] { parse_rate("--rate", text); }).starts_with("--rate: \"" + std::string{text} + "\" is "));
    }
}

TEST_CASE("units: a probability is the nearest part of 2^32") {
    for (const Row& row : std::vector<Row>{{"0", 0},
                                           {"0.0", 0},
                                           {"0e-9", 0},
                                           {"1", 1ull << 32},
                                           {"1.000", 1ull << 32},
                                           {"0.5", 1ull << 31},
                                           {"5e-1", 1ull << 31},
                                           {"0.25", 1ull << 30},
                                           {"1e-4", 429'497},
                                           {"0.0001", 429'497},
                                           {"0.000100", 429'497},
                                           {"100e-6", 429'497},
                                           {"1E-6", 4'295},
                                           {"0.2", 858'993'459},
                                           {"2.3283064365386963e-10", 1},
                                           {"0.99999999999", 1ull << 32}}) {
        CAPTURE(row.text);
        CHECK(parse_probability("--loss", row.text) == row.value);
    }
}

TEST_CASE("units: what is no probability is refused, and so is what would round to never") {
    for (const char* text :
         {"", "1.1", "2", "10", "1e1", "-0.1", "1%", "0.1x", "e-4", "1e-10", "1e-30", "1e-400", "1e-999"}) {
        CAPTURE(text);
        CHECK(complaint([&] {
                  parse_probability("--loss", text);
              }).starts_with("--loss: \"" + std::string{text} + "\" is "));
    }
}

TEST_CASE("units: a time is whole nanoseconds, and its unit must be there") {
    for (const Row& row : std::vector<Row>{{"3s", 3'000'000'000},
                                           {"250ms", 250'000'000},
                                           {"2.5s", 2'500'000'000},
                                           {"0s", 0},
                                           {"7us", 7'000},
                                           {"1ns", 1},
                                           {"1.5min", 90'000'000'000},
                                           {"0.1h", 360'000'000'000},
                                           {"1000h", 3'600'000'000'000'000}}) {
        CAPTURE(row.text);
        CHECK(parse_time("--fault", row.text) == static_cast<std::int64_t>(row.value));
    }
    for (const char* text : {"", "3", "s", "3 s", "3sec", "-3s", "0.5ns", "1001h", "99999999999999999999s", "1e30s",
                             "999999999999999999h"}) {
        CAPTURE(text);
        CHECK(
            complaint([&] { parse_time("--fault", text); }).starts_with("--fault: \"" + std::string{text} + "\" is "));
    }
}

TEST_CASE("units: kilometres become whole metres") {
    CHECK(parse_distances_km("--distance-km", "0-20") == Range<std::uint32_t>{0, 20'000});
    CHECK(parse_distances_km("--distance-km", "5-5.5") == Range<std::uint32_t>{5'000, 5'500});
    CHECK(parse_distances_km("--distance-km", "12.345") == Range<std::uint32_t>{12'345, 12'345});
    for (const char* text : {"", "-", "5-", "-5", "20-0", "0-61", "1-2-3", "0.0001-1", "a-b", "1km-2km"}) {
        CAPTURE(text);
        CHECK(complaint([&] { parse_distances_km("--distance-km", text); }).starts_with("--distance-km: \""));
    }
}

TEST_CASE("units: seeds are a closed range of whole numbers") {
    CHECK(parse_seeds("--seeds", "1-500") == Range<std::uint64_t>{1, 500});
    CHECK(parse_seeds("--seeds", "17") == Range<std::uint64_t>{17, 17});
    CHECK(parse_seeds("--seeds", "0-18446744073709551615") == Range<std::uint64_t>{0, u64_max});
    for (const char* text : {"", "-1", "1-", "2-1", "1-x", "1--2", "18446744073709551616"}) {
        CAPTURE(text);
        CHECK(complaint([&] { parse_seeds("--seeds", text); }).starts_with("--seeds: \""));
    }
}

TEST_CASE("units: a count names the bounds it broke") {
    CHECK(parse_count("--onts", "128", 1, 128) == 128);
    CHECK(complaint([] { parse_count("--onts", "129", 1, 128); }) == "--onts: \"129\" is not from 1 to 128");
    CHECK(complaint([] { parse_count("--onts", "99999999999999999999", 1, 128); }) ==
          "--onts: \"99999999999999999999\" is not from 1 to 128");
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1e1"}) {
        CAPTURE(text);
        CHECK(complaint([&] { parse_count("--onts", text, 1, 128); }).ends_with("is no whole number"));
    }
}

TEST_CASE("units: numbers are written for people") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1'000) == "1,000");
    CHECK(grouped(u64_max) == "18,446,744,073,709,551,615");
    CHECK(mebibytes(8 << 20) == "8.00 MiB");
    CHECK(mebibytes(0) == "0.00 MiB");
    CHECK(mebibytes(1'100'000'000'000) == "1,049,041.75 MiB");
    CHECK(rate_text(9'980'000) == "9.98 Mbit/s");
    CHECK(rate_text(2'500'000'000) == "2.50 Gbit/s");
    CHECK(rate_text(64'000) == "64.00 kbit/s");
    CHECK(time_text(250'000'000) == "0.250 s");
    CHECK(time_text(48'240'000'000) == "48.2 s");
    CHECK(time_text(200'000'000'000) == "3 min 20 s");
    CHECK(time_text(5'880'000'000'000) == "98 min 0 s");
    CHECK(time_text(7'260'000'000'000) == "2 h 1 min");
    CHECK(time_text(-1) == "0.000 s");
    CHECK(ratio_text(1, 3, 3) == "0.333");
    CHECK(ratio_text(2, 3, 0) == "1");
    CHECK(ratio_text(1, 0, 2) == "-");
    CHECK(probability_text(0) == "0");
    CHECK(probability_text(1ull << 32) == "1");
    CHECK(probability_text(429'497) == "1.00e-4");
    CHECK(probability_text((1ull << 32) - 1) == "1");
    CHECK(probability_text(1) == "2.33e-10");
}
