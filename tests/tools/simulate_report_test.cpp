// SPDX-License-Identifier: Apache-2.0
// A run's report: what people read, what programs read, and the sentence about what fell short.
#include "tools/simulate/report.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <string>

#include "omci/software_image.h"
#include "tools/report/json_text.h"

namespace {

using omci::MessageSet;
using tools::RunFacts;
using tools::RunResult;

constexpr std::uint64_t mebi = 1 << 20;

sim::OntReport ont(std::uint8_t pon, std::uint16_t onu_id, olt::Result result = olt::Result::upgraded,
                   olt::Reason reason = olt::Reason::none) {
    sim::OntReport report;
    report.reported = true;
    report.runs = true;
    report.outcome.onu = {pon, onu_id};
    report.outcome.serial.octets = {'O', 'M', 'C', 'T', 0, 0, pon, static_cast<std::uint8_t>(onu_id)};
    report.outcome.result = result;
    report.outcome.reason = reason;
    report.outcome.image = 1;
    report.outcome.group = result == olt::Result::upgraded ? 1 : 0;
    report.outcome.began = olt::Instant{};
    report.outcome.ended = olt::Instant{} + std::chrono::milliseconds{80'500};
    report.active_image = report.committed_image = result == olt::Result::upgraded ? 1 : 0;
    report.valid[0] = report.valid[1] = true;
    report.version[1] = omci::make_version("v2");
    return report;
}

/// 128 ONTs, of which three did not get there.
sim::Report sample() {
    sim::Report report;
    for (std::uint16_t id = 0; id < 128; ++id) report.onts.push_back(ont(0, id));
    report.onts[5] = ont(0, 5, olt::Result::lost, olt::Reason::went_down);
    report.onts[126] = ont(0, 126, olt::Result::refused, olt::Reason::no_idle_image);
    report.onts[127] = ont(0, 127, olt::Result::refused, olt::Reason::no_idle_image);
    report.onts[9].outcome.windows_repaired = 1'234;
    report.accounts.shared_octets = 14'341'853;
    report.accounts.repair_octets = 100'000;
    report.accounts.control_octets = 75'000;
    report.accounts.upstream_octets = 50'000;
    report.transfer_time = 11'500'000'000;
    report.virtual_time = 80'500'000'000;
    report.deliveries = 1'800'000;
    report.digest = 0xFEDC;
    report.groups.push_back({{.pon = 0,
                              .group = 1,
                              .image = 1,
                              .window_sections = 32,
                              .members = 126,
                              .set = MessageSet::baseline,
                              .shared = true,
                              .shared_close = true},
                             125,
                             1});
    return report;
}

const RunFacts sample_facts{
    .seed = 7, .image_octets = 8 * mebi, .set = MessageSet::baseline, .pons = 1, .wall_ns = 1'250'000'000};

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("report: a pass is 53 octets per baseline section, and 20 and its data per extended one") {
    CHECK(tools::pass_octets(1, MessageSet::baseline) == 53);
    CHECK(tools::pass_octets(31, MessageSet::baseline) == 53);
    CHECK(tools::pass_octets(32, MessageSet::baseline) == 106);
    CHECK(tools::pass_octets(8 * mebi, MessageSet::baseline) == 14'341'853);
    CHECK(tools::pass_octets(1, MessageSet::extended) == 21);
    CHECK(tools::pass_octets(1965, MessageSet::extended) == 1985);
    CHECK(tools::pass_octets(1966, MessageSet::extended) == 1985 + 21);
    CHECK(tools::pass_octets(0xFFFF'FFFF, MessageSet::baseline) == 7'343'008'649);
}

TEST_CASE("report: done means every ONT, failed means none") {
    sim::Report report;
    report.onts = {ont(0, 0), ont(0, 1, olt::Result::up_to_date)};
    CHECK(tools::result_of(report) == RunResult::done);
    report.onts.push_back(ont(0, 2, olt::Result::held, olt::Reason::canary_failed));
    CHECK(tools::result_of(report) == RunResult::partial);
    report.onts = {ont(0, 0, olt::Result::fell_back)};
    CHECK(tools::result_of(report) == RunResult::failed);
    report.onts = {ont(0, 0)};
    report.onts[0].reported = false;
    CHECK(tools::result_of(report) == RunResult::failed);
}

TEST_CASE("report: ONTs of one end share a line of the table") {
    const std::string table = tools::report_table(sample(), sample_facts);
    CAPTURE(table);
    CHECK(contains(table, "  125  0-4, 6-125      1      1    1,234      80.5 s  upgraded\n"));
    CHECK(contains(table, "    1  5               -      1        0      80.5 s  lost: went down\n"));
    CHECK(contains(table, "    2  126-127         -      1        0      80.5 s  refused: no idle image"));
    CHECK(contains(table, "1,234"));
    CHECK(contains(
        table, "group 1: 126 ONTs, image 1, baseline sections in windows of 32, shared close; 125 upgraded, 1 not"));
    CHECK(contains(table, "14,341,853 octets"));
    CHECK(contains(table, "8.00 MiB"));
    CHECK(contains(table, "overhead       1.0122 passes; 123.5 times fewer octets than sending to 125 ONTs in turn"));
    CHECK(contains(table, "80.5 s virtual, 11.5 s of it transfer; 1.250 s real"));
    CHECK_FALSE(contains(table, "VIOLATION"));
    for (std::size_t begin = 0, end = 0; (end = table.find('\n', begin)) != std::string::npos; begin = end + 1)
        CHECK(end - begin <= 120);
}

TEST_CASE("report: many ranges of ONU-IDs go over several lines") {
    sim::Report report;
    for (std::uint16_t id = 0; id < 128; ++id)
        report.onts.push_back(ont(0, id, id % 3 ? olt::Result::upgraded : olt::Result::failed));
    const std::string table = tools::report_table(report, sample_facts);
    CAPTURE(table);
    CHECK(contains(table, "\n       "));
    CHECK(contains(table, "126\n"));
    for (std::size_t begin = 0, end = 0; (end = table.find('\n', begin)) != std::string::npos; begin = end + 1)
        CHECK(end - begin <= 120);
}

TEST_CASE("report: every other ONT is a range too, and a short one is not") {
    sim::Report report;
    for (std::uint16_t id = 0; id < 24; ++id)
        report.onts.push_back(ont(0, id, id % 2 == 0 || id == 5 ? olt::Result::failed : olt::Result::lost));
    CHECK(tools::shortfall(report, sample_facts) ==
          "24 of 24 ONTs not upgraded: 0, 2, 4-6, 8-22 even (failed), 1, 3, 7-23 odd (lost)");
}

TEST_CASE("report: with several PONs every ONU-ID tells its PON") {
    sim::Report report;
    for (std::uint8_t pon = 0; pon < 2; ++pon)
        for (std::uint16_t id = 0; id < 3; ++id)
            report.onts.push_back(ont(pon, id, olt::Result::failed, olt::Reason::silent));
    RunFacts facts = sample_facts;
    facts.pons = 2;
    CHECK(tools::shortfall(report, facts) == "6 of 6 ONTs not upgraded: 0/0-2, 1/0-2 (failed: does not answer)");
}

TEST_CASE("report: the sentence names who fell short, why, and the first broken promise") {
    sim::Report report = sample();
    CHECK(tools::shortfall(report, sample_facts) ==
          "3 of 128 ONTs not upgraded: 5 (lost: went down), 126-127 (refused: " +
              std::string{olt::text(olt::Reason::no_idle_image)} + ")");
    report.onts = {ont(0, 0)};
    CHECK(tools::shortfall(report, sample_facts).empty());
    report.violations.push_back({1'000'000'000, {0, 0}, "an image with wrong octets is valid"});
    CHECK(tools::shortfall(report, sample_facts) ==
          "1 promise did not hold, the first: an image with wrong octets is valid");
    CHECK(contains(tools::report_table(report, sample_facts),
                   "VIOLATION at 1.000 s, ONU-ID 0: an image with wrong octets is valid\n"));
    report.violations.clear();
    report.wrong_octets_accepted = 3;
    CHECK(tools::shortfall(report, sample_facts) == "3 wrong octets were accepted");
}

TEST_CASE("report: the JSON has every member that was promised, and parses") {
    const auto value = boost::json::parse(tools::json_text(tools::report_json(sample(), sample_facts)));
    const auto& object = value.as_object();
    for (const char* name : {"result",
                             "image_octets",
                             "pass_octets",
                             "downstream_octets",
                             "shared_octets",
                             "unicast_octets",
                             "repair_octets",
                             "control_octets",
                             "upstream_octets",
                             "overhead",
                             "transfer_seconds",
                             "virtual_seconds",
                             "wall_seconds",
                             "deliveries",
                             "wrong_octets_accepted",
                             "violations",
                             "seed",
                             "onts",
                             "times_fewer",
                             "groups",
                             "digest"}) {
        CAPTURE(name);
        CHECK(object.contains(name));
    }
    CHECK(object.at("result") == "partial");
    CHECK(object.at("pass_octets") == 14'341'853);
    CHECK(object.at("downstream_octets") == 14'516'853);
    CHECK(object.at("transfer_seconds").as_double() == 11.5);
    CHECK(object.at("digest") == "000000000000fedc");
    REQUIRE(object.at("onts").as_array().size() == 128);
    const auto& first = object.at("onts").as_array()[0].as_object();
    for (const char* name : {"pon", "onu_id", "serial", "result", "reason", "instance", "version", "active",
                             "committed", "valid", "seconds", "windows_repaired", "group"}) {
        CAPTURE(name);
        CHECK(first.contains(name));
    }
    CHECK(first.at("serial") == "OMCT00000000");
    CHECK(first.at("active") == true);
    CHECK(first.at("version") == "v2");
    CHECK(object.at("onts").as_array()[5].as_object().at("result") == "lost");
    CHECK(object.at("onts").as_array()[5].as_object().at("active") == false);
}

TEST_CASE("report: a run that sent nothing has no ratios") {
    const sim::Report report;
    const auto object = tools::report_json(report, sample_facts);
    CHECK(object.at("times_fewer").is_null());
    CHECK(object.at("overhead").as_double() == 0);
    CHECK_FALSE(contains(tools::report_table(report, sample_facts), "times fewer"));
}

TEST_CASE("json text: a member a line, an ONT a line, numbers as short as they can be") {
    const auto value =
        boost::json::parse(R"({"a":1.5,"b":[],"c":[{"d":[1,2],"e":"x\"y"},{"d":0.1}],"f":{"g":{}},"h":null})");
    CHECK(
        tools::json_text(value) ==
        "{\n  \"a\": 1.5,\n  \"b\": [],\n  \"c\": [\n    {\"d\": [1, 2], \"e\": \"x\\\"y\"},\n    {\"d\": 0.1}\n  ],\n"
        "  \"f\": {\n    \"g\": {}\n  },\n  \"h\": null\n}\n");
    CHECK(boost::json::parse(tools::json_text(value)) == value);
}

TEST_CASE("report: a refusal is told by name, tag, sentence, phase and time, and equal ones are folded") {
    using omci::Refusal;
    using omci::UpdatePhase;
    sim::Report report = sample();
    for (const std::uint16_t id : std::initializer_list<std::uint16_t>{3, 40, 41}) {
        report.onts[id] = ont(0, id, olt::Result::refused, olt::Reason::image_refused);
        report.onts[id].outcome.refusal = {Refusal::wrong_product, UpdatePhase::judging, 1, 300u + id};
    }
    report.onts[50] = ont(0, 50, olt::Result::failed, olt::Reason::image_crc);
    report.onts[50].outcome.refusal = {Refusal::block_hash_wrong, UpdatePhase::downloading, 1, 4'000};
    report.onts[51] = ont(0, 51, olt::Result::refused, olt::Reason::image_refused);
    report.onts[51].outcome.refusal = {Refusal{77}, UpdatePhase::judging, 1, 5};
    report.onts[60] = ont(0, 60, olt::Result::fell_back, olt::Reason::old_image_active);
    report.onts[60].outcome.rolled_back = true;

    const std::string table = tools::report_table(report, sample_facts);
    CHECK(contains(table,
                   "refused: wrong-product (incompatible-version), the package is for another product; judging, "
                   "after 303 to 341 ms"));
    CHECK(contains(table, "    3  3, 40-41"));
    CHECK(contains(table,
                   "failed: block-hash-wrong (incorrect-hash), a block is not the one that was signed; "
                   "downloading, after 4000 ms"));
    CHECK(contains(table, "refused: refusal-77; judging, after 5 ms"));
    CHECK(contains(table, "fell back: rolled back after its trial boots"));
    CHECK(contains(tools::shortfall(report, sample_facts), "3, 40-41 (refused: wrong-product"));

    const auto onts = tools::report_json(report, sample_facts).at("onts").as_array();
    const auto& refusal = onts[40].at("refusal").as_object();
    CHECK(refusal.at("number") == 20);
    CHECK(refusal.at("name") == "wrong-product");
    CHECK(refusal.at("tag") == "incompatible-version");
    CHECK(refusal.at("sentence") == "the package is for another product");
    CHECK(refusal.at("phase") == "judging");
    CHECK(refusal.at("milliseconds") == 340);
    CHECK(onts[51].at("refusal").at("name") == "refusal-77");
    CHECK(onts[0].at("refusal").is_null());
    CHECK(onts[60].at("rolled_back") == true);
    CHECK(onts[0].at("rolled_back") == false);
}

TEST_CASE("report: an ONT that kept blocks of an earlier download is named with what it still had to write") {
    sim::Report report = sample();
    report.onts[9].downloads = 2;
    report.onts[9].last_download = {
        .octets_written = 131'072, .units_erased = 2, .blocks_kept = 126, .blocks_copied = 0};
    report.onts[9].all_downloads = {.octets_written = 9'000'000, .units_erased = 130, .blocks_kept = 126};
    report.onts[9].security_counter = 7;
    RunFacts facts = sample_facts;
    facts.installed_octets = 8 * mebi;
    facts.package = true;
    const std::string table = tools::report_table(report, facts);
    CHECK(contains(table, "resumed        ONU-ID 9: download 2 wrote 131,072 of 8,388,608 octets, 126 blocks kept"));
    CHECK_FALSE(contains(table, "ONU-ID 10:"));
    const auto json = tools::report_json(report, facts);
    CHECK(json.at("package") == true);
    CHECK(json.at("installed_octets") == 8 * mebi);
    const auto& ont = json.at("onts").as_array()[9].as_object();
    CHECK(ont.at("downloads") == 2);
    CHECK(ont.at("last_download").at("octets_written") == 131'072);
    CHECK(ont.at("last_download").at("blocks_kept") == 126);
    CHECK(ont.at("all_downloads").at("units_erased") == 130);
    CHECK(ont.at("security_counter") == 7);
}
