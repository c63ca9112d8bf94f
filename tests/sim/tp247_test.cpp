// SPDX-License-Identifier: Apache-2.0
// The software download cases of BBF TP-247 6.10, by the real engine against real handlers. What an engine of ours
// never does stands in tp247_sections_test.cpp.
#include <doctest/doctest.h>

#include "tests/sim/tp247.h"

using namespace sim_test;

namespace {

/// What the engine sends: full sections.
std::vector<Row> engine_rows() {
    std::vector<Row> rows;
    for (const MessageSet set : {MessageSet::baseline, MessageSet::extended})
        for (const std::size_t window : windows) rows.push_back({set, window, omci::section_octets(set)});
    return rows;
}

struct Closing {
    olt::Mode mode;
    olt::Close close;
};
constexpr std::array<Closing, 3> closings{{{olt::Mode::lockstep, olt::Close::shared},
                                           {olt::Mode::lockstep, olt::Close::unicast},
                                           {olt::Mode::unicast, olt::Close::unicast}}};

olt::Campaign campaign_of(const Row& row, const Closing& closing, const Bytes& image) {
    olt::Campaign campaign;
    campaign.image = olt::make_image(image, omci::make_version("new"), std::nullopt);
    campaign.mode = closing.mode;
    campaign.close = closing.close;
    campaign.set = row.set == MessageSet::extended ? olt::SetChoice::extended : olt::SetChoice::baseline;
    campaign.window_sections = static_cast<std::uint16_t>(row.window);
    return campaign;
}

/// Calls `test` for each message set, window and way of closing windows; the engine has two ONTs.
template <typename Test>
void each_engine(Test&& test) {
    for (const Row& row : engine_rows())
        for (const Closing& closing : closings) {
            CAPTURE(row.payload);
            CAPTURE(row.window);
            CAPTURE(static_cast<int>(closing.mode));
            CAPTURE(static_cast<int>(closing.close));
            const Bytes image = make_image(image_octets(row));
            DirectLink link{2};
            test(row, link, campaign_of(row, closing, image), image);
        }
}

std::optional<omci::SectionRequest> as_section(const Bytes& octets) {
    const auto frame = omci::read_frame(octets);
    if (!frame || frame->header.action != Action::download_section) return std::nullopt;
    return *omci::read_message<omci::SectionRequest>(*frame);
}

bool wants_answer(const Bytes& octets) { return (octets[2] & 0x40) != 0; }

}  // namespace

TEST_CASE("TP-247: after a good download the image is valid, not active and not committed, its last window short") {
    each_engine([](const Row& row, DirectLink& link, olt::Campaign campaign, const Bytes& image) {
        campaign.activate = false;
        link.run(campaign);
        for (const auto& lab : link.labs) {
            CHECK(read_flags(*lab, 1) == good_download);
            CHECK(read_flags(*lab, 0) == std::array{1, 1, 1});
            CHECK(holds(*lab, image));
            CHECK(events_of(*lab, ONT_EVENT_WINDOW_ACCEPTED) == 3);
            CHECK(events_of(*lab, ONT_EVENT_WINDOW_REFUSED) == 0);
            CHECK(lab->device.mistakes.empty());
        }
        std::uint8_t last_close = 0;
        for (const auto& sent : link.sent)
            if (const auto section = as_section(sent.octets); section && wants_answer(sent.octets))
                last_close = section->section_number;
        CHECK(last_close == last_of_short_window(row));
    });
}

TEST_CASE("TP-247: activated and not committed, the old image is back after the next restart") {
    each_engine([](const Row&, DirectLink& link, olt::Campaign campaign, const Bytes&) {
        campaign.commit = false;
        link.run(campaign);
        for (const auto& lab : link.labs) {
            CHECK(lab->states() == "-CV A-V");
            CHECK(lab->reboot() == 0);
            restart(*lab);
            CHECK(lab->states() == "ACV --V");
            CHECK(lab->device.running == 0);
        }
    });
}

TEST_CASE("TP-247: activated and committed, the new image runs after every restart") {
    each_engine([](const Row&, DirectLink& link, const olt::Campaign& campaign, const Bytes& image) {
        link.run(campaign);
        REQUIRE(link.outcomes.size() == 2);
        for (const auto& outcome : link.outcomes) CHECK(outcome.result == olt::Result::upgraded);
        for (const auto& lab : link.labs) {
            CHECK(lab->states() == "--V ACV");
            CHECK(lab->reboot() == 0);
            restart(*lab);
            CHECK(lab->states() == "--V ACV");
            CHECK(lab->device.running == 1);
            CHECK(holds(*lab, image));
        }
    });
}

TEST_CASE("TP-247: a section lost on its way costs its window one refusal, which the engine repairs") {
    each_engine([](const Row&, DirectLink& link, const olt::Campaign& campaign, const Bytes& image) {
        unsigned sections = 0;
        link.wire = [&](const DirectLink::Sent& sent, Bytes&) { return !as_section(sent.octets) || ++sections != 21; };
        link.run(campaign);
        std::size_t refused = 0;
        for (const auto& lab : link.labs) {
            CHECK(lab->states() == "--V ACV");
            CHECK(holds(*lab, image));
            refused += events_of(*lab, ONT_EVENT_WINDOW_REFUSED);
        }
        CHECK(refused == (campaign.mode == olt::Mode::lockstep ? 2 : 1));
    });
}

TEST_CASE("TP-247: a section with a bad check is dropped in silence and its window refused, then repaired") {
    each_engine([](const Row&, DirectLink& link, const olt::Campaign& campaign, const Bytes& image) {
        unsigned sections = 0;
        link.wire = [&](const DirectLink::Sent& sent, Bytes& octets) {
            const auto section = as_section(sent.octets);
            if (section && !wants_answer(sent.octets) && ++sections == 7) octets.back() ^= 1;
            return true;
        };
        link.run(campaign);
        std::size_t refused = 0, dropped = 0;
        for (const auto& lab : link.labs) {
            CHECK(lab->states() == "--V ACV");
            CHECK(holds(*lab, image));
            refused += events_of(*lab, ONT_EVENT_WINDOW_REFUSED);
            dropped += events_of(*lab, ONT_EVENT_FRAME_DROPPED);
        }
        CHECK(dropped == (campaign.mode == olt::Mode::lockstep ? 2 : 1));
        CHECK(refused == dropped);
    });
}

TEST_CASE("TP-247: a close with a bad check is not answered; the engine asks again under the same transaction") {
    each_engine([](const Row&, DirectLink& link, const olt::Campaign& campaign, const Bytes& image) {
        Bytes damaged;
        bool same_again = false;
        link.wire = [&](const DirectLink::Sent& sent, Bytes& octets) {
            if (!as_section(sent.octets) || !wants_answer(sent.octets)) return true;
            same_again = same_again || sent.octets == damaged;
            if (damaged.empty()) {
                damaged = sent.octets;
                octets.back() ^= 1;
            }
            return true;
        };
        link.run(campaign);
        CHECK(same_again);
        for (const auto& lab : link.labs) {
            CHECK(lab->states() == "--V ACV");
            CHECK(holds(*lab, image));
            CHECK(events_of(*lab, ONT_EVENT_WINDOW_REFUSED) == 0);
        }
    });
}

TEST_CASE("TP-247: a wrong image CRC is answered 1, whatever the window, and the image never gets valid") {
    each_engine([](const Row&, DirectLink& link, olt::Campaign campaign, const Bytes& image) {
        campaign.image.crc = omci::ImageCrc{omci::crc32(image) ^ 1u};
        link.run(campaign);
        for (const auto& outcome : link.outcomes) {
            CHECK(outcome.result == olt::Result::failed);
            CHECK(outcome.reason == olt::Reason::image_crc);
        }
        for (const auto& lab : link.labs) {
            CHECK(read_flags(*lab, 1) == no_image);
            CHECK(lab->device.reboots == 0);
        }
        std::size_t refused = 0;
        for (const Bytes& reply : link.received) {
            const auto end = omci::read_message<omci::EndResponse>(*omci::read_frame(reply));
            if (!end || end->result == ResultCode::device_busy) continue;
            CHECK(end->result == ResultCode::processing_error);
            ++refused;
        }
        CHECK(refused == 2u * olt::Policy{}.transfers_max);
    });
}
