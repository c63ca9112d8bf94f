// SPDX-License-Identifier: Apache-2.0
#include "omci/format.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/octets.h"

using namespace omci;
using tests::octets;

namespace {

std::string line(const char* hex) {
    auto raw = octets(hex);
    if (raw[3] == 0x0A) raw.resize(40);
    const auto frame = read_frame(raw);
    REQUIRE(frame);
    return format(*frame);
}

}  // namespace

TEST_CASE("format: one line a message") {
    CHECK(line("4001 14 0a 0007 0001 0c") ==
          "tci 0x4001 download_section_request software_image 1 section 12 (31 octets)");
    CHECK(line("4002 54 0b 0007 0001 0003 0d aabb") ==
          "tci 0x4002 download_section_request extended software_image 1 section 13 (2 octets) last_in_window");
    CHECK(line("0001 53 0a 0007 0001 1f 00000064 01 0001") ==
          "tci 0x0001 start_software_download_request software_image 1 window_size 32 image_size 100 "
          "number_of_circuit_packs 1 target_instances 1");
    CHECK(line("0001 33 0a 0007 ffff 00 1f 02 0001 00 0101 05") ==
          "tci 0x0001 start_software_download_response software_image 65535 result 0 (success) window_size 32 "
          "number_of_instances 2 per_instance 1:0 257:5");
    CHECK(line("0006 55 0b 0007 0001 0008 9932e04e 00000064") ==
          "tci 0x0006 end_software_download_request extended software_image 1 image_crc32 9932e04e image_size 100");
    CHECK(line("0008 36 0a 0007 0001 06") ==
          "tci 0x0008 activate_software_response software_image 1 result 6 (device busy)");
    CHECK(line("0000 11 0a 0007 0001 7000 000001") ==
          "tci 0x0000 avc software_image 1 attr_mask 0x7000 (30 octets) is_committed 0 is_active 0 is_valid 1");
    CHECK(line("0009 48 0b 0007 0001 0010 8000 562031070000000000000000 0000") ==
          "tci 0x0009 set_request extended software_image 1 attr_mask 0x8000 (14 octets) version \"V 1.\"");
    CHECK(line("0001 47 0b ff78 0001 0001 00") ==
          "tci 0x0001 action_7_request extended class 65400 1 contents (1 octets)");
    CHECK(line("0001 53 0b 0007 0001 0008 1f") ==
          "tci 0x0001 start_software_download_request extended software_image 1 window_size 32 image_size 0 truncated");
}

TEST_CASE("format: type names tell direction, except for what an ONT sends unasked") {
    Header header;
    header.action = Action::commit_software;
    CHECK(type_name(header) == "commit_software_request");
    CHECK_FALSE(is_from_ont(header));
    header.acknowledgement = true;
    CHECK(type_name(header) == "commit_software_response");
    CHECK(is_from_ont(header));
    for (const auto& [action, name] : {std::pair{Action::alarm, "alarm"}, std::pair{Action::test_result, "test_result"},
                                       std::pair{Action::attribute_value_change, "avc"}}) {
        header = {};
        header.action = action;
        CHECK(type_name(header) == name);
        CHECK(is_from_ont(header));
    }
    header.action = Action{31};
    CHECK(type_name(header) == "action_31_request");
}

TEST_CASE("format: an attribute that the values do not reach is not invented") {
    CHECK(line("0000 11 0b 0007 0001 0003 7000 00") ==
          "tci 0x0000 avc extended software_image 1 attr_mask 0x7000 (1 octets) is_committed 0");
}
