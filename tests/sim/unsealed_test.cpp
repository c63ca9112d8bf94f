// SPDX-License-Identifier: Apache-2.0
// Frames without a check, for links that add their own: what XG(S)-PON needs, where the check is an AES-CMAC keyed per
// ONU. The engine leaves it out, reads answers without it, and shares no frame on such a link.
#include <doctest/doctest.h>

#include "tests/sim/tp247.h"

using namespace sim_test;

namespace {

constexpr std::size_t baseline_without_mic = 44;  ///< UU, CPI and length are still there

olt::EngineOptions unsealed() {
    olt::EngineOptions options;
    options.seal_frames = false;
    return options;
}

olt::Campaign campaign_of(const Bytes& image, olt::SetChoice set, olt::Close close) {
    olt::Campaign campaign;
    campaign.image = olt::make_image(image, omci::make_version("new"), std::nullopt);
    campaign.set = set;
    campaign.close = close;
    return campaign;
}

void check_unsealed(const Bytes& octets) {
    const auto frame = omci::read_frame(octets);
    REQUIRE(frame);
    CHECK_FALSE(frame->truncated);
    CHECK(omci::check_crc(*frame) == omci::MicState::absent);
    if (frame->header.set == MessageSet::baseline)
        CHECK(octets.size() == baseline_without_mic);
    else
        CHECK(octets.size() == omci::extended_header_octets + frame->contents_octets);
}

void check_upgraded(const DirectLink& link, const Bytes& image) {
    CHECK(link.outcomes.size() == link.labs.size());
    for (const auto& outcome : link.outcomes) CHECK(outcome.result == olt::Result::upgraded);
    for (const auto& lab : link.labs) {
        CHECK(lab->states() == "--V ACV");
        CHECK(holds(*lab, image));
        CHECK(events_of(*lab, ONT_EVENT_FRAME_DROPPED) == 0);
    }
}

}  // namespace

TEST_CASE("XG(S)-PON: whatever the campaign asks for, no frame goes to the shared port, and none carries a check") {
    const Bytes image = make_image(20'000);
    for (const auto set : {olt::SetChoice::baseline, olt::SetChoice::extended})
        for (const auto close : {olt::Close::unicast, olt::Close::shared}) {
            DirectLink link{4, unsealed(), olt::LinkKind::xg_pon};
            link.run(campaign_of(image, set, close));
            check_upgraded(link, image);
            for (const auto& outcome : link.outcomes) CHECK(outcome.alone == olt::Reason::keyed_check);
            CHECK(link.wants_shared == 0);
            bool extended = false;
            for (const auto& sent : link.sent) {
                CHECK_FALSE(sent.to.is_shared());
                CHECK(sent.purpose != olt::Purpose::shared_section);
                check_unsealed(sent.octets);
                extended = extended || sent.octets[3] == 0x0B;
            }
            CHECK(extended == (set == olt::SetChoice::extended));
            for (const Bytes& octets : link.received) check_unsealed(octets);
            CHECK(link.engine.accounts().shared_octets == 0);
            CHECK(link.engine.accounts().repair_octets == 0);
        }
}

TEST_CASE("XG(S)-PON: sealed by mistake or not, its frames are never shared") {
    const Bytes image = make_image(5'000);
    DirectLink link{3, {}, olt::LinkKind::xg_pon};
    link.run(campaign_of(image, olt::SetChoice::baseline, olt::Close::shared));
    check_upgraded(link, image);
    for (const auto& sent : link.sent) CHECK_FALSE(sent.to.is_shared());
}

TEST_CASE("unsealed: on a G-PON whose driver adds the check, groups share their frames as ever") {
    const Bytes image = make_image(20'000);
    for (const auto set : {olt::SetChoice::baseline, olt::SetChoice::extended})
        for (const auto close : {olt::Close::unicast, olt::Close::shared}) {
            DirectLink link{3, unsealed()};
            link.run(campaign_of(image, set, close));
            check_upgraded(link, image);
            for (const auto& sent : link.sent) check_unsealed(sent.octets);
            CHECK(link.engine.accounts().shared_octets > 0);
            CHECK(link.engine.accounts().unicast_octets == 0);
        }
}
