// SPDX-License-Identifier: Apache-2.0
// Odd and hostile answers: lists of results, sizes nobody asked for, frames cut short, another message set, errors
// where none belong. Every ONT ends with one outcome that is true. Answers drawn at random stand in noise_test.cpp.
#include "tests/olt/bent.h"

using namespace olt_test;

namespace {

using Octets = std::vector<std::uint8_t>;

template <typename Message>
Octets frame_of(const omci::Header& header, const Message& message) {
    Octets octets(omci::frame_max_octets);
    octets.resize(*omci::write_frame(header, message, octets));
    return octets;
}

/// `octets` of contents in place of the answer's own, in its own message set.
Octets with_contents(const omci::Header& header, omci::Octets contents) {
    return frame_of(header, omci::RawContents{contents});
}

omci::InstanceResults results(std::initializer_list<omci::InstanceResults::Entry> entries) {
    omci::InstanceResults list;
    list.count = static_cast<std::uint8_t>(entries.size());
    std::copy(entries.begin(), entries.end(), list.entries.begin());
    return list;
}

std::uint16_t window_of_group(const Rig& rig) {
    for (const auto& event : rig.events)
        if (const auto* formed = std::get_if<olt::GroupFormed>(&event)) return formed->window_sections;
    return 0;
}

constexpr omci::MeInstance image_0 = omci::image_instance(0);
constexpr omci::MeInstance image_1 = omci::image_instance(1);  ///< what a ScriptedOnt has idle

}  // namespace

// --- lists of results ---

TEST_CASE("engine: a Start that succeeds but for the instance in question is refused with that instance's result") {
    const auto image = some_image(100);
    Rig rig{3};
    rig.ont(1).rewrite = [](const omci::Frame& command, Octets answer) {
        if (!is(command, Action::start_software_download)) return answer;
        const auto list = results({{image_0, ResultCode::success}, {image_1, ResultCode::not_supported}});
        return frame_of(omci::response_to(command.header), omci::StartResponse{ResultCode::success, 31, list});
    };
    bring(rig, campaign_of(image));
    check_upgraded_but(rig, {1}, 3);
    CHECK(rig.outcome(1).result == olt::Result::refused);
    CHECK(rig.outcome(1).reason == olt::Reason::start_refused);
    CHECK(rig.outcome(1).result_code == omci::value(ResultCode::not_supported));
}

TEST_CASE("engine: results of instances that nobody asked about do not matter") {
    const auto image = some_image(31 * 64);
    Rig rig{3};
    rig.ont(1).rewrite = [](const omci::Frame& command, Octets answer) {
        const auto list = results({{image_0, ResultCode::not_supported}});
        const auto header = omci::response_to(command.header);
        if (is(command, Action::start_software_download))
            return frame_of(header, omci::StartResponse{ResultCode::success, 31, list});
        if (!is(command, Action::end_software_download)) return answer;
        return frame_of(header, omci::EndResponse{ResultCode::success, list});
    };
    bring(rig, campaign_of(image));
    check_all_upgraded(rig, 3);
}

TEST_CASE("engine: busy for the instance in question is asked again, in Start as well as in End") {
    const auto image = some_image(31 * 64);
    for (const Action action : {Action::start_software_download, Action::end_software_download}) {
        Rig rig{3};
        int busy = 0;
        std::vector<std::uint16_t> ids;
        rig.ont(1).filter = [&](const omci::Frame& command) -> Bent {
            if (!is(command, action)) return as_usual;
            ids.push_back(omci::value(command.header.transaction_id));
            return busy++ < 3 ? answered(ResultCode::success) : as_usual;  // the list says otherwise, below
        };
        rig.ont(1).rewrite = [&](const omci::Frame& command, Octets answer) {
            if (!is(command, action) || busy > 3) return answer;
            const auto header = omci::response_to(command.header);
            const auto list = results({{image_1, ResultCode::device_busy}});
            if (action == Action::end_software_download)
                return frame_of(header, omci::EndResponse{ResultCode::success, list});
            return frame_of(header, omci::StartResponse{ResultCode::success, 31, list});
        };
        bring(rig, campaign_of(image));
        check_all_upgraded(rig, 3);
        REQUIRE(ids.size() == 4);
        std::sort(ids.begin(), ids.end());
        CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
    }
}

TEST_CASE("engine: an End whose own instance failed is a wrong image CRC, whatever the common result says") {
    const auto image = some_image(100);
    Rig rig{3};
    rig.ont(1).rewrite = [](const omci::Frame& command, Octets answer) {
        const auto end = omci::read_message<omci::EndRequest>(command);
        if (!end || end->is_abort()) return answer;
        const auto list = results({{image_1, ResultCode::processing_error}});
        return frame_of(omci::response_to(command.header), omci::EndResponse{ResultCode::success, list});
    };
    rig.ont(1).filter = [](const omci::Frame& command) -> Bent {
        return is(command, Action::end_software_download) ? answered(ResultCode::success) : as_usual;
    };
    bring(rig, campaign_of(image));
    check_upgraded_but(rig, {1}, 3);
    CHECK(rig.outcome(1).result == olt::Result::failed);
    CHECK(rig.outcome(1).reason == olt::Reason::image_crc);
    CHECK(heard(rig, 1, Action::start_software_download) == olt::Policy{}.transfers_max);
}

// --- windows ---

TEST_CASE("engine: an ONT that answers Start with a larger window than offered gets the window that was offered") {
    const auto image = some_image(31 * 128);
    Rig rig{3};
    for (std::uint16_t id = 0; id < 3; ++id)
        rig.ont(id).rewrite = [](const omci::Frame& command, Octets answer) {
            if (!is(command, Action::start_software_download)) return answer;
            return frame_of(omci::response_to(command.header), omci::StartResponse{ResultCode::success, 255, {}});
        };
    bring(rig, campaign_of(image));
    check_all_upgraded(rig, 3);
    CHECK(window_of_group(rig) == 32);
    for (std::uint16_t id = 0; id < 3; ++id) CHECK(rig.ont(id).windows_acknowledged == 128 / 32);
}

TEST_CASE("engine: windows of one section carry a whole image, whichever way they are closed") {
    const auto image = some_image(31 * 40 + 7);
    for (const auto close : {olt::Close::unicast, olt::Close::shared}) {
        Rig rig{3};
        auto campaign = campaign_of(image);
        campaign.window_sections = 1;
        campaign.close = close;
        bring(rig, campaign);
        check_all_upgraded(rig, 3);
        for (std::uint16_t id = 0; id < 3; ++id) {
            CHECK(rig.ont(id).stored == image);
            CHECK(rig.ont(id).windows_acknowledged == 41);
        }
    }
}

TEST_CASE("engine: an ONT that agrees to windows of one section only is served alone, and completely") {
    const auto image = some_image(31 * 40 + 7);
    Rig rig{3};
    rig.ont(1).window_max = 1;
    bring(rig, campaign_of(image));
    check_all_upgraded(rig, 3);
    CHECK(rig.outcome(1).alone == olt::Reason::too_small_window);
    CHECK(rig.ont(1).stored == image);
    CHECK(window_of_group(rig) == 32);
}

TEST_CASE("engine: an ONT whose window is too small and whose abort stays silent is reported as silent") {
    const auto image = some_image(31 * 100);
    Rig rig{4};
    rig.ont(0).window_max = 8;
    rig.ont(0).filter = [](const omci::Frame& frame) {
        return is(frame, Action::end_software_download) ? dropped : as_usual;
    };
    bring(rig, campaign_of(image));
    check_upgraded_but(rig, {0}, 4);
    CHECK(rig.outcome(0).reason == olt::Reason::silent);
}

// --- Get ---

TEST_CASE("engine: a Get that leaves the version out is good enough, one that leaves out what is active is not") {
    namespace attribute = omci::software_image;
    const auto image = some_image(100);
    for (const bool enough : {true, false}) {
        Rig rig{2};
        rig.ont(1).rewrite = [&](const omci::Frame& command, Octets answer) {
            const auto get = omci::read_message<omci::GetRequest>(command);
            if (!get || omci::value(get->mask) != attribute::state) return answer;
            const unsigned instance = omci::value(command.header.me_instance) & 1u;
            const omci::SoftwareImage& state = rig.ont(1).images[instance];
            std::vector<std::uint8_t> values{state.committed, state.active, state.valid};
            if (!enough) values.erase(values.begin() + 1);
            const unsigned left_out = enough ? attribute::version : attribute::version | attribute::is_active;
            omci::GetResponse response;
            response.result = ResultCode::attributes_failed;
            response.mask = omci::AttributeMask{static_cast<std::uint16_t>(attribute::state & ~left_out)};
            response.optional_mask = omci::AttributeMask{static_cast<std::uint16_t>(left_out)};
            response.values = values;
            return frame_of(omci::response_to(command.header), response);
        };
        bring(rig, campaign_of(image));
        CHECK(rig.outcome(0).result == olt::Result::upgraded);
        CHECK(rig.outcome(1).result == (enough ? olt::Result::upgraded : olt::Result::failed));
        CHECK(rig.outcome(1).reason == (enough ? olt::Reason::none : olt::Reason::no_look));
    }
}

TEST_CASE("engine: a freshly restarted ONT that answers Get with an error at first is asked again") {
    const auto image = some_image(100);
    for (const auto code : {ResultCode::processing_error, ResultCode::unknown_me, ResultCode::unknown_instance,
                            ResultCode::attributes_failed}) {
        CAPTURE(omci::value(code));
        Rig rig{1};
        olt::Instant up = olt::never;
        rig.ont(0).filter = [&](const omci::Frame& frame) -> Bent {
            if (rig.ont(0).reboots == 0 || !is(frame, Action::get)) return as_usual;
            if (up == olt::never) up = rig.now;
            return rig.now < up + 3s ? answered(code) : as_usual;
        };
        bring(rig, campaign_of(image));
        CHECK(up != olt::never);
        CHECK(rig.outcome(0).result == olt::Result::upgraded);
    }
}

// --- frames cut short, and the other message set ---

TEST_CASE("engine: answers that end before their contents do are no answers, those that only lack the trailer are") {
    const auto image = some_image(100);
    constexpr std::size_t contents_end = omci::baseline_header_octets + omci::baseline_contents_octets;
    for (std::size_t octets = 0; octets < 48; ++octets) {
        CAPTURE(octets);
        Rig rig{2};
        rig.ont(1).rewrite = [&](const omci::Frame&, Octets answer) {
            answer.resize(octets);
            return answer;
        };
        bring(rig, campaign_of(image));
        CHECK(rig.outcome(0).result == olt::Result::upgraded);
        CHECK((rig.outcome(1).result == olt::Result::upgraded) == (octets >= contents_end));
        if (octets < contents_end) CHECK(rig.outcome(1).reason == olt::Reason::silent);
    }
}

TEST_CASE("engine: extended answers of 1, 2 or 5 octets say what they say and leave the rest to its default") {
    const auto image = some_image(20'000);
    for (const std::size_t octets : {1u, 2u, 5u}) {
        CAPTURE(octets);
        Rig rig{2};
        int shortened = 0;
        for (std::uint16_t id = 0; id < 2; ++id) rig.ont(id).omcc_version = 0xB4;
        rig.ont(1).rewrite = [&](const omci::Frame& command, Octets answer) {
            if (command.header.set != omci::MessageSet::extended) return answer;
            ++shortened;
            const auto read = omci::read_frame(answer);
            std::vector<std::uint8_t> contents(read->contents.begin(), read->contents.end());
            contents.resize(octets);
            return with_contents(read->header, contents);
        };
        auto campaign = campaign_of(image);
        campaign.set = olt::SetChoice::extended;
        bring(rig, campaign);
        CHECK(shortened >= 3);  // Start, a window, End
        check_all_upgraded(rig, 2);
        CHECK(rig.ont(1).stored == image);
    }
}

TEST_CASE("engine: an answer in the other message set is read as what it is") {
    const auto image = some_image(20'000);
    for (const auto choice : {olt::SetChoice::baseline, olt::SetChoice::extended}) {
        Rig rig{2};
        int turned = 0;
        for (std::uint16_t id = 0; id < 2; ++id) rig.ont(id).omcc_version = 0xB4;
        rig.ont(1).rewrite = [&](const omci::Frame& command, Octets answer) {
            if (is(command, Action::get)) return answer;
            ++turned;
            const auto read = omci::read_frame(answer);
            auto header = read->header;
            header.set =
                header.set == omci::MessageSet::baseline ? omci::MessageSet::extended : omci::MessageSet::baseline;
            return with_contents(header, read->contents.first(std::min<std::size_t>(2, read->contents.size())));
        };
        auto campaign = campaign_of(image);
        campaign.set = choice;
        bring(rig, campaign);
        CHECK(turned > 0);
        check_all_upgraded(rig, 2);
        CHECK(rig.ont(1).stored == image);
    }
}

TEST_CASE("engine: an ONT that says it speaks extended messages and does not answer them is served in baseline ones") {
    const auto image = some_image(1000);
    Rig rig{2};
    rig.ont(0).omcc_version = 0xB4;
    rig.ont(0).filter = [](const omci::Frame& frame) {
        return frame.header.set == omci::MessageSet::extended ? dropped : as_usual;
    };
    auto campaign = campaign_of(image);
    campaign.set = olt::SetChoice::extended;
    bring(rig, campaign);
    check_all_upgraded(rig, 2);
}

// --- errors where none belong, answers to something else ---

TEST_CASE("engine: a window that is refused for good is reported with the ONT's own result octet") {
    const auto image = some_image(31 * 64);
    Rig rig{3};
    rig.ont(1).filter = [](const omci::Frame& frame) {
        return is_close(frame) ? answered(ResultCode::parameter_error) : as_usual;
    };
    bring(rig, campaign_of(image));
    check_upgraded_but(rig, {1}, 3);
    CHECK(rig.outcome(1).result == olt::Result::refused);
    CHECK(rig.outcome(1).reason == olt::Reason::image_refused);
    CHECK(rig.outcome(1).result_code == omci::value(ResultCode::parameter_error));
}

TEST_CASE("engine: an abort that is answered with an error confirms nothing, and the ONT is not started again (H3)") {
    const auto image = some_image(31 * 320);
    for (const auto code : {ResultCode::not_supported, ResultCode::parameter_error, ResultCode::unknown_instance}) {
        CAPTURE(omci::value(code));
        Rig rig{12};
        int closes = 0;
        rig.ont(4).filter = [&](const omci::Frame& frame) -> Bent {
            if (is_close(frame) && closes++ < 4) return answered(ResultCode::processing_error);
            const auto end = omci::read_message<omci::EndRequest>(frame);
            return end && end->is_abort() ? answered(code) : as_usual;
        };
        bring(rig, campaign_of(image));
        check_upgraded_but(rig, {4}, 12);
        CHECK(rig.outcome(4).result == olt::Result::failed);
        CHECK(rig.outcome(4).result_code == omci::value(code));
        CHECK(heard(rig, 4, Action::start_software_download) == 1);
    }
}

TEST_CASE("engine: an answer that names another class or instance is not taken for the one to the command") {
    const auto image = some_image(100);
    Rig rig{1};
    int odd = 0;
    rig.wire = [&](const olt::Transmission& frame) {
        const auto read = omci::read_frame(frame.octets);
        if (read->header.action != Action::commit_software) return true;
        ++odd;
        auto header = omci::response_to(read->header);
        header.me_instance = image_0;
        rig.engine.receive({0, 0}, frame_of(header, omci::CommitResponse{ResultCode::parameter_error}), rig.now);
        header = omci::response_to(read->header);
        header.me_class = omci::MeClass::onu_g;
        rig.engine.receive({0, 0}, frame_of(header, omci::CommitResponse{ResultCode::parameter_error}), rig.now);
        return true;
    };
    bring(rig, campaign_of(image));
    CHECK(odd == 1);
    CHECK(rig.outcome(0).result == olt::Result::upgraded);
}
