// SPDX-License-Identifier: Apache-2.0
// ONTs as they are met in the field: alive, but not as the standard would have them. Each plays against the engine in a
// group of others, gets its upgrade or a true reason why not, and costs nobody else anything. (Those that count
// sections have repeats_test.cpp.)
#include "tests/olt/bent.h"

using namespace olt_test;

namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::uint16_t count = 6;
constexpr std::uint16_t odd = 2;

template <typename Message>
Octets frame_of(const omci::Header& header, const Message& message) {
    Octets octets(omci::frame_max_octets);
    octets.resize(*omci::write_frame(header, message, octets));
    return octets;
}

/// `odd` does not hear the sections that `lost` names.
void lose(Rig& rig, std::function<bool(const omci::Frame&)> lost) {
    rig.wire = [&rig, lost = std::move(lost)](const olt::Transmission& frame) {
        const bool for_it = frame.to.is_shared() || frame.to.onu_id == odd;
        const auto read = omci::read_frame(frame.octets);
        const bool gone = for_it && is_close(*read) && lost(*read);
        rig.ont(odd).hears_shared = !gone;
        return frame.to.is_shared() || !gone;
    };
}

/// All others as if it were not there.
void check_others(const Rig& rig, olt::Duration longer = 100ms) {
    static const olt::Instant usual = [] {
        const auto image = some_image(31 * 200);
        Rig well{count};
        bring(well, campaign_of(image));
        olt::Instant last{};
        for (std::uint16_t id = 0; id < count; ++id) last = std::max(last, well.outcome(id).ended);
        return last;
    }();
    check_upgraded_but(rig, {odd}, count);
    for (std::uint16_t id = 0; id < count; ++id)
        if (id != odd) CHECK(rig.outcome(id).ended <= usual + longer);
}

}  // namespace

// --- answers windows with success whatever was lost ---

TEST_CASE("engine: an ONT that acknowledges windows with holes fails at End, each time, and is never activated") {
    const auto image = some_image(31 * 200);
    for (const auto close : {olt::Close::unicast, olt::Close::shared}) {
        Rig rig{count};
        rig.ont(odd).ignores_holes = true;
        lose(rig, [](const omci::Frame& frame) { return frame.contents[0] == 5; });
        auto campaign = campaign_of(image);
        campaign.close = close;
        bring(rig, campaign);
        check_others(rig);
        CHECK(rig.outcome(odd).result == olt::Result::failed);
        CHECK(rig.outcome(odd).reason == olt::Reason::image_crc);
        CHECK(rig.outcome(odd).windows_repaired == 0);
        CHECK(heard(rig, odd, Action::start_software_download) == olt::Policy{}.transfers_max);
        CHECK(heard(rig, odd, Action::activate_software) == 0);
    }
}

TEST_CASE("engine: an ONT that acknowledges a window with a hole, once, is sent the image again and upgraded") {
    const auto image = some_image(31 * 200);
    Rig rig{count};
    rig.ont(odd).ignores_holes = true;
    bool lost = false;
    lose(rig, [&](const omci::Frame& frame) { return frame.contents[0] == 5 && !std::exchange(lost, true); });
    bring(rig, campaign_of(image));
    check_others(rig);
    CHECK(rig.outcome(odd).result == olt::Result::upgraded);
    CHECK(rig.outcome(odd).alone == olt::Reason::image_crc);
    CHECK(rig.ont(odd).stored == image);
}

TEST_CASE("engine: where an ONT calls a wrong image good even at End, its hash gives it away") {
    const auto image = some_image(31 * 200);
    Rig rig{count};
    rig.ont(odd).ignores_holes = true;
    rig.ont(odd).filter = [&](const omci::Frame& frame) -> Bent {
        if (!is(frame, Action::end_software_download)) return as_usual;
        rig.ont(odd).images[1].valid = true;
        return answered(ResultCode::success);
    };
    rig.ont(odd).rewrite = [](const omci::Frame& command, Octets answer) {
        const auto get = omci::read_message<omci::GetRequest>(command);
        if (!get || omci::value(get->mask) != omci::software_image::image_hash) return answer;
        const omci::ImageHash hash{7};
        omci::GetResponse response;
        response.mask = get->mask;
        response.values = hash;
        return frame_of(omci::response_to(command.header), response);
    };
    lose(rig, [](const omci::Frame& frame) { return frame.contents[0] == 5; });
    auto campaign = campaign_of(image);
    campaign.image.hash = omci::ImageHash{1};
    bring(rig, campaign);
    check_others(rig);
    CHECK(rig.outcome(odd).result == olt::Result::failed);
    CHECK(rig.outcome(odd).reason == olt::Reason::not_valid);
    CHECK(heard(rig, odd, Action::activate_software) == 0);
}

// --- what it makes of sections and of their image ---

TEST_CASE("engine: an ONT that takes full extended sections only gets no other, in repairs and last windows neither") {
    for (const std::size_t octets : {1u, 1965u, 1966u, 1965u * 16u, 1965u * 40u + 1000u})
        for (const auto mode : {olt::Mode::lockstep, olt::Mode::unicast}) {
            CAPTURE(octets);
            const auto image = some_image(octets);
            Rig rig{count};
            for (std::uint16_t id = 0; id < count; ++id) rig.ont(id).omcc_version = 0xB4;
            rig.ont(odd).full_sections_only = true;
            int lost = 0;
            lose(rig, [&](const omci::Frame& frame) { return frame.contents[0] == 5 && lost++ < 3; });
            auto campaign = campaign_of(image);
            campaign.mode = mode;
            campaign.set = olt::SetChoice::extended;
            campaign.window_sections = 16;
            bring(rig, campaign);
            check_all_upgraded(rig, count);
            CHECK(rig.ont(odd).stored == image);
            CHECK((rig.outcome(odd).windows_repaired > 1) == (octets > 6 * 1965));
        }
}

TEST_CASE("engine: an ONT that shows the image's first octets as its version is upgraded like any other") {
    auto image = some_image(31 * 200);
    for (const bool zeros : {false, true}) {
        if (zeros) std::fill_n(image.begin(), 20, std::uint8_t{0});
        Rig rig{count};
        rig.ont(odd).version_from_image = true;
        // A restart between End and Activate, when the version is all there is to know the image by.
        bool restarted = false;
        rig.wire = [&](const olt::Transmission& frame) {
            if (frame.to.onu_id != odd || restarted || action_of(frame) != Action::get) return true;
            if (!rig.ont(odd).images[1].valid) return true;
            restarted = true;
            restart(rig, odd);
            return true;
        };
        bring(rig, campaign_of(image));
        check_all_upgraded(rig, count);
        CHECK(std::equal(image.begin(), image.begin() + 14, rig.outcome(odd).version.begin()));
        CHECK(heard(rig, odd, Action::commit_software) == 1);
    }
}

TEST_CASE("engine: of an ONT that shows the image's first octets a host can say so, and it is not upgraded twice") {
    const auto image = some_image(31 * 200);
    Rig rig{1};
    rig.ont(0).version_from_image = true;
    bring(rig, campaign_of(image));
    rig.outcomes.clear();
    auto again = campaign_of(image);
    std::copy_n(image.begin(), again.image.version.size(), again.image.version.begin());
    bring(rig, again);
    CHECK(rig.outcome(0).result == olt::Result::up_to_date);
}

// --- what it answers, and how ---

TEST_CASE("engine: nothing but Get asks for class 7, so an ONT may leave it out of its MIB upload") {
    const auto image = some_image(31 * 200);
    Rig rig{count};
    bool only_known = true;
    rig.wire = [&](const olt::Transmission& frame) {
        const Action action = action_of(frame);
        only_known =
            only_known && (action == Action::get || action == Action::download_section ||
                           action == Action::start_software_download || action == Action::end_software_download ||
                           action == Action::activate_software || action == Action::commit_software);
        return true;
    };
    bring(rig, campaign_of(image));
    check_others(rig);
    CHECK(only_known);
    CHECK(rig.outcome(odd).result == olt::Result::upgraded);
}

TEST_CASE("engine: an ONT that answers one kind of extended request, or some closes, in baseline speaks extended") {
    const auto image = some_image(1965 * 50);
    for (const auto turned :
         {Action::start_software_download, Action::download_section, Action::end_software_download}) {
        Rig rig{count};
        for (std::uint16_t id = 0; id < count; ++id) rig.ont(id).omcc_version = 0xB4;
        int seen = 0;
        rig.ont(odd).rewrite = [&](const omci::Frame& command, Octets answer) {
            if (command.header.set != omci::MessageSet::extended || !is(command, turned)) return answer;
            if (seen++ % 2 == 1) return answer;
            const auto read = omci::read_frame(answer);
            auto header = read->header;
            header.set = omci::MessageSet::baseline;
            return frame_of(header, omci::RawContents{read->contents});
        };
        bool extended = true;
        rig.wire = [&](const olt::Transmission& frame) {
            const auto read = omci::read_frame(frame.octets);
            extended = extended && (!is_close(*read) || read->header.set == omci::MessageSet::extended);
            return true;
        };
        auto campaign = campaign_of(image);
        campaign.set = olt::SetChoice::extended;
        campaign.window_sections = 8;
        bring(rig, campaign);
        check_all_upgraded(rig, count);
        CHECK(seen > 0);
        CHECK(extended);
        CHECK(rig.outcome(odd).group == 1);
        CHECK(rig.ont(odd).stored == image);
    }
}

TEST_CASE("engine: an ONT that says it speaks extended messages and refuses Start in them is served in baseline ones") {
    const auto image = some_image(31 * 200);
    Rig rig{count};
    for (std::uint16_t id = 0; id < count; ++id) rig.ont(id).omcc_version = 0xB4;
    rig.ont(odd).filter = [](const omci::Frame& frame) {
        return frame.header.set == omci::MessageSet::extended ? answered(ResultCode::not_supported) : as_usual;
    };
    auto campaign = campaign_of(image);
    campaign.set = olt::SetChoice::extended;
    bring(rig, campaign);
    check_all_upgraded(rig, count);
    CHECK(rig.outcome(odd).alone == olt::Reason::no_group);
    CHECK(rig.ont(odd).stored == image);
}

TEST_CASE("engine: an extended Start that is refused for another reason is refused, in whichever messages") {
    const auto image = some_image(31 * 200);
    Rig rig{count};
    for (std::uint16_t id = 0; id < count; ++id) rig.ont(id).omcc_version = 0xB4;
    rig.ont(odd).filter = [](const omci::Frame& frame) {
        return is(frame, Action::start_software_download) ? answered(ResultCode::parameter_error) : as_usual;
    };
    auto campaign = campaign_of(image);
    campaign.set = olt::SetChoice::extended;
    bring(rig, campaign);
    check_upgraded_but(rig, {odd}, count);
    CHECK(rig.outcome(odd).reason == olt::Reason::start_refused);
    CHECK(heard(rig, odd, Action::start_software_download) == 1);
}

// --- around the restart ---

TEST_CASE("engine: an ONT that is silent for 10 s after Activate is waited for, and activated once") {
    const auto image = some_image(31 * 200);
    for (const bool answers : {true, false})
        for (const bool host_sees_it : {true, false}) {
            CAPTURE(answers);
            CAPTURE(host_sees_it);
            Rig rig{count};
            for (std::uint16_t id = 0; id < count; ++id) {
                ScriptedOnt& ont = rig.ont(id);
                ont.goes_down_to_reboot = host_sees_it;
                ont.rewrite = [&, id](const omci::Frame& command, Octets answer) {
                    if (!is(command, Action::activate_software)) return answer;
                    rig.ont(id).filter = [&rig, at = rig.now](const omci::Frame&) {
                        return rig.now < at + 10s ? dropped : as_usual;
                    };
                    return answers ? answer : Octets{};
                };
            }
            bring(rig, campaign_of(image));
            check_all_upgraded(rig, count);
            for (std::uint16_t id = 0; id < count; ++id) {
                CHECK(rig.ont(id).reboots == 1);
                CHECK(heard(rig, id, Action::activate_software) == 1);
                CHECK(heard(rig, id, Action::commit_software) == 1);
            }
        }
}

TEST_CASE("engine: an ONT that goes on with the old image for a while after its answer to Activate did not fall back") {
    const auto image = some_image(31 * 200);
    Rig rig{1};
    rig.ont(0).goes_down_to_reboot = false;
    olt::Instant restarts = olt::never;
    rig.ont(0).rewrite = [&](const omci::Frame& command, Octets answer) {
        if (!is(command, Action::activate_software)) return answer;
        rig.ont(0).wants_reboot = false;
        restarts = rig.now + 40s;
        return answer;
    };
    rig.ont(0).filter = [&](const omci::Frame&) -> Bent {
        if (rig.now < restarts) return as_usual;
        restarts = olt::never;
        rig.ont(0).wants_reboot = true;
        return dropped;
    };
    bring(rig, campaign_of(image));
    CHECK(rig.outcome(0).result == olt::Result::upgraded);
    CHECK(rig.ont(0).reboots == 1);
    CHECK(heard(rig, 0, Action::activate_software) == 1);
}

// --- notifications ---

TEST_CASE("engine: notifications, before, behind and between a command and its answer, go to the host and no further") {
    const auto image = some_image(31 * 200);
    for (const auto set : {omci::MessageSet::baseline, omci::MessageSet::extended}) {
        Rig rig{count};
        std::size_t sent = 0;
        const auto notify = [&](std::uint16_t id, omci::TransactionId transaction) {
            for (const auto action : {Action::attribute_value_change, Action::alarm, Action::test_result}) {
                omci::Header header;
                header.transaction_id = transaction;
                header.action = action;
                header.set = set;
                header.me_class = action == Action::alarm ? omci::MeClass::onu_g : omci::MeClass::software_image;
                header.me_instance = omci::image_instance(action == Action::alarm ? 0 : 1);
                rig.engine.receive({0, id}, frame_of(header, omci::RawContents{Octets(30)}), rig.now);
                ++sent;
            }
        };
        for (std::uint16_t id = 0; id < count; ++id)
            rig.ont(id).rewrite = [&, id](const omci::Frame& command, Octets answer) {
                notify(id, {});
                // An ONT that numbers its notifications, and hits the command's own number.
                if (id == odd) notify(id, command.header.transaction_id);
                return answer;
            };
        std::uint16_t next = 0;
        rig.wire = [&](const olt::Transmission&) {
            notify(next, {});
            next = static_cast<std::uint16_t>((next + 1) % count);
            return true;
        };
        bring(rig, campaign_of(image));
        check_others(rig);
        check_all_upgraded(rig, count);
        CHECK(rig.outcome(odd).windows_repaired == 0);
        CHECK(rig.count<olt::ForeignFrame>() == sent);
        CHECK(sent > 1000);
    }
}
