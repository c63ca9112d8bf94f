// SPDX-License-Identifier: Apache-2.0
// Identifiers that come round again, and answers drawn at random: whatever an ONT says, its campaign ends with one
// outcome for everyone, and an ONT that answers as it should is never the worse for it.
#include <random>

#include "tests/olt/bent.h"

using namespace olt_test;

namespace {

olt::EngineOptions with_few_identifiers() {
    olt::EngineOptions options;
    options.commands = {0x0100, 0x01FF};
    options.sections = {0x5000, 0x50FF};
    return options;
}

/// What a broken ONT or a broken line makes of an answer. The standard's generator is the same everywhere, and so is
/// this; std::uniform_int_distribution would not be.
class Noise {
public:
    explicit Noise(std::uint32_t seed) : random_{seed} {}

    std::uint32_t draw(std::uint32_t end) { return static_cast<std::uint32_t>((random_() >> 8) % end); }
    bool one_in(std::uint32_t n) { return draw(n) == 0; }

    std::vector<std::uint8_t> operator()(std::vector<std::uint8_t> answer) {
        const auto read = omci::read_frame(answer);
        omci::Header header = read->header;
        std::vector<std::uint8_t> contents(read->contents.begin(), read->contents.end());
        switch (draw(9)) {
        case 0: return {};
        case 1: answer.resize(draw(48)); return answer;
        case 2:
            answer[draw(static_cast<std::uint32_t>(answer.size()))] ^= static_cast<std::uint8_t>(1 + draw(255));
            return answer;
        case 3: header.action = omci::action_table[draw(omci::action_table.size())].action; break;
        case 4: header.me_instance = omci::image_instance(draw(2)); break;
        case 5: header.acknowledgement = false; break;
        case 6: contents[0] = static_cast<std::uint8_t>(draw(10)); break;
        case 7:
            header.set = omci::MessageSet::extended;
            contents.resize(draw(64));
            break;
        default:
            for (auto& octet : contents) octet = static_cast<std::uint8_t>(draw(256));
        }
        std::vector<std::uint8_t> octets(omci::frame_max_octets);
        const auto size = omci::write_frame(header, omci::RawContents{contents}, octets);
        octets.resize(*size);
        return octets;
    }

private:
    std::minstd_rand random_;
};

}  // namespace

TEST_CASE("engine: with 256 identifiers, those that come round again are never taken for their earlier use") {
    const auto image = some_image(31 * 64);
    for (std::uint16_t onts = 2; onts <= 100; onts = static_cast<std::uint16_t>(onts + 7)) {
        CAPTURE(onts);
        Rig rig{onts, with_few_identifiers()};
        bring(rig, campaign_of(image));
        check_all_upgraded(rig, onts);
    }
}

TEST_CASE("engine: with 256 identifiers, no member of a later group loses its place in that group") {
    const auto image = some_image(31 * 64);
    for (std::uint16_t onts = 4; onts <= 120; onts = static_cast<std::uint16_t>(onts + 14)) {
        CAPTURE(onts);
        Rig rig{onts, with_few_identifiers()};
        for (std::uint16_t id = 0; id < onts / 2; ++id) std::swap(rig.ont(id).images[0], rig.ont(id).images[1]);
        bring(rig, campaign_of(image));
        check_all_upgraded(rig, onts);
        for (std::uint16_t id = 0; id < onts; ++id) CHECK(rig.outcome(id).group != 0);
    }
}

TEST_CASE("engine: the probe between a Commit and its answer does not make the ONT commit twice") {
    const auto image = some_image(100);
    Rig rig{4};
    rig.ont(0).images[1] = {omci::make_version("new"), false, true, true};
    rig.ont(0).images[0].active = false;
    int lost = 0;
    rig.wire = [&](const olt::Transmission& frame) {
        if (frame.to.onu_id != 0 || action_of(frame) != Action::commit_software || lost++ > 0) return true;
        (void)rig.ont(0).handle(frame.octets);
        return false;
    };
    bring(rig, campaign_of(image));
    check_all_upgraded(rig, 4);
    CHECK(lost > 0);
    CHECK(heard(rig, 0, Action::commit_software) == 1);
}

TEST_CASE("engine: whatever is answered at random, in 2000 worlds, every campaign ends with one outcome per ONT") {
    const auto image = some_image(31 * 40);
    std::size_t noisy = 0, upgraded = 0;
    for (std::uint32_t seed = 1; seed <= 2000; ++seed) {
        CAPTURE(seed);
        Noise noise{seed};
        Rig rig{3};
        const std::uint32_t rarity = 1 + noise.draw(8);
        for (std::uint16_t id = 0; id < 2; ++id) {
            rig.ont(id).omcc_version = noise.one_in(2) ? 0xB4 : 0xA2;
            rig.ont(id).rewrite = [&](const omci::Frame&, std::vector<std::uint8_t> answer) {
                if (!noise.one_in(rarity)) return answer;
                ++noisy;
                return noise(std::move(answer));
            };
        }
        auto campaign = campaign_of(image);
        campaign.window_sections = 16;
        if (noise.one_in(2)) campaign.close = olt::Close::shared;
        if (noise.one_in(2)) campaign.set = olt::SetChoice::extended;
        if (noise.one_in(4)) campaign.mode = olt::Mode::unicast;
        if (noise.one_in(4)) campaign.image.hash = omci::ImageHash{1};
        bring(rig, campaign, olt::Instant{} + 24h);
        check_one_outcome_each(rig, 3);
        upgraded += rig.outcome(0).result == olt::Result::upgraded;
        // The third answers as it should; it is held back only where both canaries before it fell back.
        const olt::Result result = rig.outcome(2).result;
        CHECK((result == olt::Result::upgraded || result == olt::Result::held));
    }
    CHECK(noisy > 2000);
    CHECK(upgraded > 200);
}
