// SPDX-License-Identifier: Apache-2.0
// The five messages of an upgrade: golden contents both ways, the short and long forms met in the field, and what must
// be refused.
#include "omci/software_download.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/octets.h"

using namespace omci;
using tests::octets;

namespace {

template <typename Message>
Header header_of(MessageSet set) {
    Header header =
        request(Message::action, TransactionId{1}, set, MeClass::software_image, MeInstance{1}, !Message::is_response);
    header.acknowledgement = Message::is_response;
    return header;
}

/// A frame around `contents`, without its check.
template <typename Message>
Result<Message> read_contents(MessageSet set, const std::vector<std::uint8_t>& contents) {
    Frame frame;
    frame.header = header_of<Message>(set);
    frame.contents = contents;
    return read_message<Message>(frame);
}

template <typename Message>
std::vector<std::uint8_t> written_contents(MessageSet set, const Message& message) {
    std::vector<std::uint8_t> room(frame_max_octets);
    const auto size = write_frame(header_of<Message>(set), message, room, {.trailer = Trailer::none});
    REQUIRE(size);
    const std::size_t head = set == MessageSet::baseline ? baseline_header_octets : extended_header_octets;
    return {room.begin() + static_cast<std::ptrdiff_t>(head), room.begin() + static_cast<std::ptrdiff_t>(*size)};
}

/// Extended contents that read as `message` and are written the same.
template <typename Message>
void both_ways(const char* hex, const Message& message) {
    CAPTURE(hex);
    const auto contents = octets(hex);
    const auto read = read_contents<Message>(MessageSet::extended, contents);
    REQUIRE(read);
    CHECK(*read == message);
    CHECK(written_contents(MessageSet::extended, message) == contents);

    auto padded = contents;
    padded.resize(32);
    CHECK(written_contents(MessageSet::baseline, message) == padded);
}

}  // namespace

TEST_CASE("start: the golden request, one target or several") {
    both_ways("1f 00012345 01 0001",
              StartRequest{.last_section = 31, .image_octets = 74'565, .targets = TargetList::one(MeInstance{1})});
    StartRequest several{.last_section = 255, .image_octets = 0xFFFF'FFFF, .targets = {}};
    several.targets.count = std::uint8_t{2};
    several.targets.instances[0] = MeInstance{1};
    several.targets.instances[1] = MeInstance{0x0101};
    both_ways("ff ffffffff 02 0001 0101", several);
}

TEST_CASE("start: a response may be two octets, three, or list its instances") {
    both_ways("00 0f", StartResponse{.last_section = 15, .instances = {}});
    StartResponse with_count{.last_section = 15, .instances = {}};
    with_count.instances.count = std::uint8_t{0};
    both_ways("00 0f 00", with_count);
    StartResponse several{.last_section = 31, .instances = {}};
    several.instances.count = std::uint8_t{2};
    several.instances.entries[0] = {MeInstance{1}, ResultCode::success};
    several.instances.entries[1] = {MeInstance{0x0101}, ResultCode::unknown_instance};
    both_ways("00 1f 02 0001 00 0101 05", several);
}

TEST_CASE("end: requests of 8, 9 and 11 octets and more are all read") {
    both_ways("9932e04e 00000064", EndRequest{.image_crc = ImageCrc{0x9932'E04E}, .image_octets = 100, .targets = {}});
    EndRequest empty_list{.image_crc = ImageCrc{0x9932'E04E}, .image_octets = 100, .targets = {}};
    empty_list.targets.count = std::uint8_t{0};
    both_ways("9932e04e 00000064 00", empty_list);
    both_ways(
        "9932e04e 00000064 01 0001",
        EndRequest{.image_crc = ImageCrc{0x9932'E04E}, .image_octets = 100, .targets = TargetList::one(MeInstance{1})});
    const auto abort = read_contents<EndRequest>(MessageSet::extended, octets("ffffffff 00000000 01 0001"));
    REQUIRE(abort);
    CHECK(abort->is_abort());
}

TEST_CASE("end: responses of 1, 2 and 5 octets of contents are all read") {
    both_ways("06", EndResponse{.result = ResultCode::device_busy, .instances = {}});
    EndResponse counted;
    counted.instances.count = std::uint8_t{0};
    both_ways("00 00", counted);
    EndResponse listed;
    listed.instances.count = std::uint8_t{1};
    listed.instances.entries[0] = {MeInstance{1}, ResultCode::processing_error};
    both_ways("00 01 0001 01", listed);
    CHECK(listed.instances.result_of(MeInstance{1}, listed.result) == ResultCode::processing_error);
    CHECK(listed.instances.result_of(MeInstance{2}, listed.result) == ResultCode::success);
    CHECK(listed.instances.result_of(MeInstance{1}, ResultCode::device_busy) == ResultCode::device_busy);
}

TEST_CASE("activate: a missing octet is no flag at all, and reads as always") {
    both_ways("", ActivateRequest{});
    both_ways("02", ActivateRequest{CallPolicy::no_emergency_call});
    both_ways("03", ActivateRequest{CallPolicy{3}});  // reserved: for the ONT to answer 3
    both_ways("06", ActivateResponse{ResultCode::device_busy});
    both_ways("", CommitRequest{});
    both_ways("03", CommitResponse{ResultCode::parameter_error});
}

TEST_CASE("section: 31 octets in a baseline message, as many as there are in an extended one") {
    both_ways("00 1f", SectionResponse{ResultCode::success, 31});
    const auto data = octets("0a0b0c");
    const SectionRequest section{255, data};
    CHECK(written_contents(MessageSet::extended, section) == octets("ff 0a0b0c"));
    const auto baseline = written_contents(MessageSet::baseline, section);
    CHECK(baseline.size() == 32);
    const auto read = read_contents<SectionRequest>(MessageSet::baseline, baseline);
    REQUIRE(read);
    CHECK(read->data.size() == 31);  // the length of the image says where the padding begins

    const std::vector<std::uint8_t> full(extended_section_max_octets, 0x77);
    const auto largest = written_contents(MessageSet::extended, SectionRequest{1, full});
    CHECK(largest.size() == extended_contents_max_octets);
    const auto back = read_contents<SectionRequest>(MessageSet::extended, largest);
    REQUIRE(back);
    CHECK(back->data.size() == full.size());
}

TEST_CASE("malformed messages are refused, each for its reason") {
    const auto error_of = [](const auto& result) { return result ? std::optional<Error>{} : result.error(); };
    struct Row {
        const char* frame;
        const char* why;
        std::optional<Error> start_request, start_response, section_request, end_request, end_response;
    };
    constexpr auto wrong = Error::wrong_action;
    const Row rows[] = {
        {"0001 53 0b 0007 0001 0008 1f 00000064 01 0001", "whole", {}, wrong, wrong, wrong, wrong},
        {"0001 53 0b 0007 0001 0008 1f 00000064 01 00", "ends early", Error::truncated, wrong, wrong, wrong, wrong},
        {"0001 53 0b 0007 0001 0006 1f 00000064 0a", "ten targets", Error::bad_value, wrong, wrong, wrong, wrong},
        {"0001 53 0b 0007 0001 0005 1f 00000064", "no list", {}, wrong, wrong, wrong, wrong},
        {"0001 33 0b 0007 0001 0003 00 1f 0a", "ten answers", wrong, Error::bad_value, wrong, wrong, wrong},
        {"0001 33 0b 0007 0001 0003 00 1f 09", "nine, left out", wrong, {}, wrong, wrong, wrong},
        {"0001 33 0b 0007 0001 0002 00", "ends early", wrong, Error::truncated, wrong, wrong, wrong},
        {"0001 14 0b 0007 0001 0001 00", "no data", wrong, wrong, Error::bad_value, wrong, wrong},
        {"0001 14 0b 0007 0001 0000", "no number", wrong, wrong, Error::bad_value, wrong, wrong},
        {"0001 14 0b 0007 0001 0002 00 aa", "one octet", wrong, wrong, {}, wrong, wrong},
        {"0001 14 0a 0007 0001 00 aa", "ends early", wrong, wrong, Error::truncated, wrong, wrong},
        {"0001 55 0b 0007 0001 0009 00000000 00000001 0a", "ten targets", wrong, wrong, wrong, Error::bad_value, wrong},
        {"0001 35 0b 0007 0001 0002 00 ff", "255 answers", wrong, wrong, wrong, wrong, Error::bad_value},
        {"0001 35 0b 0007 0001 0000", "nothing: success", wrong, wrong, wrong, wrong, {}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.frame);
        CAPTURE(row.why);
        const auto raw = octets(row.frame);
        const auto frame = read_frame(raw);
        REQUIRE(frame);
        CHECK(error_of(read_message<StartRequest>(*frame)) == row.start_request);
        CHECK(error_of(read_message<StartResponse>(*frame)) == row.start_response);
        CHECK(error_of(read_message<SectionRequest>(*frame)) == row.section_request);
        CHECK(error_of(read_message<EndRequest>(*frame)) == row.end_request);
        CHECK(error_of(read_message<EndResponse>(*frame)) == row.end_response);
    }
}
