// SPDX-License-Identifier: Apache-2.0
// Every golden frame decodes to its fields, and those that are whole encode to their octets again.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "omci/message.h"
#include "tests/octets.h"
#include "tools/decode/message_json.h"

namespace json = boost::json;

namespace {

std::vector<json::object> frames() {
    std::vector<json::object> all;
    for (const char* name : {"omci_frames.jsonl", "derived_frames.jsonl"}) {
        std::ifstream file{std::string{SOURCE_ROOT "/tests/golden/"} + name};
        for (std::string line; std::getline(file, line);) all.push_back(json::parse(line).as_object());
    }
    return all;
}

std::string text(const json::object& object, const char* key) { return std::string{object.at(key).as_string()}; }

bool is_true(const json::object& object, const char* key) {
    const json::value* value = object.if_contains(key);
    return value && value->is_bool() && value->as_bool();
}

bool for_people(std::string_view key) { return key == "capture" || key == "expected_response_prefix"; }

/// Numbers as text, so that 5 and 5 are equal whatever their type.
std::string shown(const json::value& value) { return json::serialize(value); }

void check_field(const json::object& decoded, std::string_view key, const json::value& expected) {
    CAPTURE(key);
    const json::value* value = decoded.if_contains(key);
    REQUIRE(value);
    if (key != "mic_check") {
        CHECK(shown(*value) == shown(expected));
        return;
    }
    // Where the golden frame says in other words that its MIC is no CRC-32, so do we.
    const std::string_view word = expected.as_string();
    const bool crc = word == "crc32_i363.5" || word.starts_with("zero");
    CHECK((crc ? word == value->as_string() : value->as_string().starts_with("unverified")));
}

}  // namespace

TEST_CASE("golden frames: all are there") { CHECK(frames().size() == 361); }

TEST_CASE("golden frames: every one decodes to its fields") {
    for (const json::object& golden : frames()) {
        const std::string hex = text(golden, "hex");
        CAPTURE(hex);
        const auto octets = tests::octets(hex);
        const auto frame = omci::read_frame(octets);
        REQUIRE(frame);
        const json::object decoded = tools::to_json(*frame, octets);
        for (const char* key : {"hex", "direction", "format", "type", "trailer"})
            CHECK(text(decoded, key) == text(golden, key));
        for (const auto& [key, value] : golden.at("fields").as_object())
            if (!for_people(key)) check_field(decoded.at("fields").as_object(), key, value);
    }
}

TEST_CASE("golden frames: every whole one is encoded to the octets it came from") {
    std::size_t encoded = 0;
    std::size_t whole = 0;
    for (const json::object& golden : frames()) {
        if (is_true(golden, "negative") || is_true(golden.at("fields").as_object(), "truncated")) continue;
        const std::string hex = text(golden, "hex");
        CAPTURE(hex);
        const auto octets = tests::octets(hex);
        const auto frame = omci::read_frame(octets);
        REQUIRE(frame);

        omci::TrailerChoice choice;
        choice.trailer = frame->trailer;
        choice.uu_cpi = frame->uu_cpi;
        choice.sdu_length = frame->sdu_length;
        if (omci::check_crc(*frame) != omci::MicState::good) choice.mic = frame->mic;
        std::vector<std::uint8_t> room(omci::frame_max_octets);
        const auto size = omci::encode_message(frame->header, omci::decode_message(*frame), room, choice);
        REQUIRE(size);
        room.resize(*size);
        // One frame ends within its trailer: what is left of that belongs to no field.
        CHECK(octets.size() - room.size() <= (frame->trailer == omci::Trailer::none ? 3 : 0));
        CHECK(std::equal(room.begin(), room.end(), octets.begin()));
        whole += room.size() == octets.size();
        ++encoded;
    }
    CHECK(encoded == 348);
    CHECK(whole == 347);
}
