// SPDX-License-Identifier: Apache-2.0
// The PON without an OLT, in virtual time: a scripted OLT, and the engine that ships, at the other end.
#include "sim/served_pon.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "omci/crc32.h"
#include "tests/sim/bench_pon.h"

namespace {

using namespace std::chrono_literals;

/// Any sixteen octets that depend on all that was hashed will do.
class SomeHash final : public sim::RunningHash {
public:
    void start() override { hash_ = {}; }
    void update(std::span<const std::uint8_t> octets) override {
        for (const std::uint8_t octet : octets) {
            auto& part = hash_[at_++ % hash_.size()];
            part = static_cast<std::uint8_t>(part * 31 + octet);
        }
    }
    omci::ImageHash finish() override {
        at_ = 0;
        return hash_;
    }

private:
    omci::ImageHash hash_{};
    std::size_t at_ = 0;
};

omci::ImageHash hash_of(std::span<const std::uint8_t> octets) {
    SomeHash hash;
    hash.start();
    hash.update(octets);
    return hash.finish();
}

sim::Options small(std::uint16_t onts) {
    sim::Options options;
    options.onts = onts;
    options.reboot_min = 1'000'000'000;
    options.reboot_max = 3'000'000'000;
    options.make_md5 = [] { return std::make_unique<SomeHash>(); };
    return options;
}

/// An OLT that says one thing after the other, and has all the time of the world.
struct ScriptedOlt {
    explicit ScriptedOlt(const sim::Options& options, const olt::Image& truth = {}) : pon{options, truth} {}

    /// What came back within 100 ms.
    std::vector<std::vector<std::uint8_t>> say(std::uint16_t onu_id, std::span<const std::uint8_t> frame) {
        pon.receive({0, onu_id}, frame, now);
        return rest(100ms);
    }
    std::vector<std::vector<std::uint8_t>> rest(olt::Duration time) {
        std::vector<std::vector<std::uint8_t>> answers;
        const olt::Instant until = now + time;
        for (;; now = std::min(pon.deadline(), until)) {
            pon.advance(now);
            while (const auto frame = pon.transmit()) {
                CHECK(frame->due <= now);
                answers.emplace_back(frame->octets.begin(), frame->octets.end());
            }
            if (now == until) return answers;
        }
    }
    /// Start, `image` in one window, and End until it is not busy. The result of the last End.
    std::uint8_t bring(std::span<const std::uint8_t> image) {
        const auto octets = static_cast<std::uint32_t>(image.size());
        say(0, writer.start(octets, 256));
        rest(1s);
        for (std::size_t at = 0, number = 0; at < image.size(); at += 31, ++number)
            say(0, writer.section(static_cast<std::uint8_t>(number),
                                  image.subspan(at, std::min<std::size_t>(31, image.size() - at)),
                                  at + 31 >= image.size()));
        std::uint8_t result = 6;
        for (int polls = 0; polls < 5 && result == 6; ++polls)
            result = say(0, writer.end(omci::ImageCrc{omci::crc32(image)}, octets)).at(0).at(8);
        return result;
    }
    std::uint8_t command(omci::Action action) {
        const auto header = omci::request(action, omci::TransactionId{next_++}, omci::MessageSet::baseline,
                                          omci::MeClass::software_image, omci::image_instance(1));
        std::vector<std::uint8_t> room(omci::baseline_frame_octets);
        if (action == omci::Action::activate_software)
            (void)*omci::write_frame(header, omci::ActivateRequest{}, room);
        else
            (void)*omci::write_frame(header, omci::CommitRequest{}, room);
        return say(0, room).at(0).at(8);
    }

    sim::ServedPon pon;
    sim_test::Writer writer;
    olt::Instant now{};

private:
    std::uint16_t next_ = 0x3000;
};

/// The engine that ships against a served PON, with nobody to tell it who comes and goes.
struct EngineOlt {
    EngineOlt(const sim::Options& options, const olt::Image& truth, const olt::Campaign& campaign)
        : pon{options, truth} {
        for (std::uint16_t onu_id = 0; onu_id < options.onts; ++onu_id) {
            olt::SerialNumber serial = options.first_serial;
            serial.octets[7] = static_cast<std::uint8_t>(serial.octets[7] + onu_id);
            REQUIRE(engine.onu_up({0, onu_id}, serial, olt::LinkKind::gpon, now));
        }
        REQUIRE(engine.start(campaign, now));
        while (!engine.idle() && now < olt::Instant{1h}) {
            turn();
            if (!engine.idle()) now = std::max(now, std::min(engine.deadline(), pon.deadline()));
        }
        CHECK(engine.idle());
        report = pon.report(now);
    }

    void turn() {
        pon.advance(now);
        while (const auto frame = pon.transmit()) engine.receive(frame->from, frame->octets, now);
        engine.advance(now);
        while (const auto frame = engine.transmit(now)) pon.receive(frame->to, frame->octets, now);
        while (const auto event = engine.poll_event()) {
            if (const auto* want = std::get_if<olt::WantShared>(&*event)) engine.shared_ready(want->onu, now);
            if (const auto* record = std::get_if<olt::Record>(&*event)) engine.stored(record->number, now);
            if (const auto* done = std::get_if<olt::OntDone>(&*event)) outcomes[done->onu.onu_id] = *done;
        }
    }

    void check_upgraded(std::uint16_t onu_id, const omci::Version& version) const {
        CAPTURE(onu_id);
        CHECK(outcomes.at(onu_id).result == olt::Result::upgraded);
        const sim::ServedOnt& ont = report.onts[onu_id];
        CHECK(ont.runs);
        CHECK(ont.active_image == 1);
        CHECK(ont.committed_image == 1);
        CHECK(ont.valid[1]);
        CHECK(omci::same_version(ont.version[1], version));
        CHECK(ont.downloads == 1);
        CHECK(ont.wrong_octets_accepted == 0);
    }
    void check_nothing_broken() const {
        for (const auto& violation : report.violations) FAIL_CHECK(violation.onu.onu_id, ": ", violation.what);
        CHECK(report.wrong_octets_accepted == 0);
        CHECK(report.unreadable == 0);
        CHECK(report.overflowed == 0);
    }

    sim::ServedPon pon;
    olt::Engine engine{olt::EngineOptions{}};
    olt::Instant now{};
    std::map<std::uint16_t, olt::OntDone> outcomes;
    sim::ServedReport report;
};

olt::Campaign campaign_of(const olt::Image& image) {
    olt::Campaign campaign;
    campaign.image = image;
    campaign.close = olt::Close::shared;
    return campaign;
}

olt::Image known(std::span<const std::uint8_t> octets) {
    return olt::make_image(octets, omci::image_version(octets, hash_of(octets)), hash_of(octets));
}

}  // namespace

TEST_CASE("served pon: an image that nobody knew is stored, run and committed, under the version of its own hash") {
    const auto image = sim::draw_image(3, 5'000);
    ScriptedOlt olt{small(1)};
    CHECK(olt.bring(image) == 0);
    CHECK(olt.command(omci::Action::activate_software) == 0);
    olt.rest(5s);
    CHECK(olt.command(omci::Action::commit_software) == 0);
    const sim::ServedStatus status = olt.pon.status();
    CHECK(status.running == 1);
    CHECK(status.downloads == 1);
    CHECK(status.activations == 1);
    CHECK(status.commits == 1);
    CHECK(status.restarts == 1);
    const sim::ServedReport report = olt.pon.report(olt.now);
    CHECK(report.violations.empty());
    const sim::ServedOnt& ont = report.onts.at(0);
    CHECK(ont.runs);
    CHECK(ont.active_image == 1);
    CHECK(ont.committed_image == 1);
    CHECK(omci::same_version(ont.version[1], omci::image_version(image, hash_of(image))));
    CHECK(ont.heard > 160);
    CHECK(ont.sent > 0);
}

TEST_CASE("served pon: End with another CRC leaves an unknown image that does not run") {
    const auto image = sim::draw_image(3, 5'000);
    ScriptedOlt olt{small(1)};
    auto other = image;
    other[7] ^= 1;
    olt.say(0, olt.writer.start(5'000, 256));
    olt.rest(1s);
    for (std::size_t at = 0, number = 0; at < image.size(); at += 31, ++number)
        olt.say(0, olt.writer.section(static_cast<std::uint8_t>(number),
                                      std::span{image}.subspan(at, std::min<std::size_t>(31, image.size() - at)),
                                      at + 31 >= image.size()));
    olt.rest(1s);
    CHECK(olt.say(0, olt.writer.end(omci::ImageCrc{omci::crc32(other)}, 5'000)).at(0).at(8) == 1);
    CHECK(olt.command(omci::Action::activate_software) == 3);
    const sim::ServedReport report = olt.pon.report(olt.now);
    CHECK(report.violations.empty());
    CHECK(report.onts.at(0).active_image == 0);
    CHECK(report.onts.at(0).downloads == 0);
}

TEST_CASE("served pon: where the image is known, an ONT that takes another one is found out") {
    const auto image = sim::draw_image(3, 5'000);
    auto other = image;
    other[7] ^= 1;
    ScriptedOlt olt{small(1), known(image)};
    CHECK(olt.bring(other) == 0);
    const sim::ServedReport report = olt.pon.report(olt.now);
    CHECK(!report.violations.empty());
    CHECK(report.onts.at(0).wrong_octets_accepted > 0);
}

TEST_CASE("served pon: ONTs hear the shared port as soon as they run, deaf ones never") {
    sim::Options options = small(4);
    options.faults = {{.onu_id = 1, .deaf_on_shared_port = true}, {.onu_id = 2, .off_at = 0, .on_at = 1'000'000'000}};
    ScriptedOlt olt{options};
    CHECK(olt.say(olt::Address::shared_port, olt.writer.get()).size() == 2);
    olt.rest(5s);
    CHECK(olt.say(olt::Address::shared_port, olt.writer.get()).size() == 3);
}

TEST_CASE("served pon: frames that are none, or to nobody, are counted and harm nothing") {
    ScriptedOlt olt{small(2)};
    const std::vector<std::uint8_t> endless(70'000, 0x14);
    CHECK(olt.say(0, {}).empty());
    CHECK(olt.say(0, std::span{endless}.first(7)).empty());
    CHECK(olt.say(0, endless).empty());
    CHECK(olt.say(2, olt.writer.get()).empty());
    CHECK(olt.say(0, std::span{endless}.first(48)).empty());  // no OMCI, but only the ONT can know
    CHECK(olt.say(1, olt.writer.get()).size() == 1);
    CHECK(olt.pon.report(olt.now).unreadable == 4);
}

TEST_CASE("served pon: serial numbers count from the first one") {
    sim::Options options = small(3);
    options.first_serial = {{'A', 'B', 'C', 'D', 0, 0, 0, 0xFF}};
    ScriptedOlt olt{options};
    const auto report = olt.pon.report(olt.now);
    CHECK(olt::text(report.onts[0].serial) == "ABCD000000ff");
    CHECK(olt::text(report.onts[2].serial) == "ABCD00000101");
}

TEST_CASE("served pon: the engine upgrades every ONT behind it, with losses both ways, known image or not") {
    const auto octets = sim::draw_image(5, 150'000);
    const olt::Image image = known(octets);
    for (const bool truth : {true, false})
        for (const olt::SetChoice set : {olt::SetChoice::baseline, olt::SetChoice::extended})
            for (const sim::Probability loss : {sim::Probability{0}, sim::certain / 200}) {
                CAPTURE(truth);
                CAPTURE(loss);
                sim::Options options = small(12);
                options.loss = options.upstream_loss = loss;
                olt::Campaign campaign = campaign_of(image);
                campaign.set = set;
                const EngineOlt olt{options, truth ? image : olt::Image{}, campaign};
                olt.check_nothing_broken();
                std::uint64_t lost = 0;
                for (std::uint16_t onu_id = 0; onu_id < options.onts; ++onu_id) {
                    olt.check_upgraded(onu_id, image.version);
                    lost += olt.report.onts[onu_id].lost;
                }
                CHECK((lost > 0) == (loss > 0));
            }
}

TEST_CASE("served pon: a known and an unknown image make the same run, frame for frame") {
    const auto octets = sim::draw_image(6, 150'000);
    const olt::Image image = known(octets);
    const EngineOlt with{small(6), image, campaign_of(image)};
    const EngineOlt without{small(6), {}, campaign_of(image)};
    CHECK(with.now == without.now);
    for (std::size_t ont = 0; ont < 6; ++ont) {
        CHECK(with.report.onts[ont].heard == without.report.onts[ont].heard);
        CHECK(with.report.onts[ont].sent == without.report.onts[ont].sent);
    }
}

TEST_CASE("served pon: an ONT that loses power in mid-transfer, one whose new image does not boot, and the others") {
    const auto octets = sim::draw_image(7, 400'000);
    const olt::Image image = known(octets);
    sim::Options options = small(8);
    options.faults = {{.onu_id = 2, .off_at = 200'000'000}, {.onu_id = 5, .new_image_fails_to_boot = true}};
    const EngineOlt olt{options, {}, campaign_of(image)};
    olt.check_nothing_broken();
    CHECK(olt.outcomes.at(2).result != olt::Result::upgraded);
    CHECK(!olt.report.onts[2].runs);
    CHECK(olt.outcomes.at(5).result == olt::Result::fell_back);
    CHECK(olt.report.onts[5].active_image == 0);
    CHECK(olt.report.onts[5].restarts > 1);
    for (const std::uint16_t onu_id : std::initializer_list<std::uint16_t>{0, 1, 3, 4, 6, 7})
        olt.check_upgraded(onu_id, image.version);
}

TEST_CASE("served pon: where time does not wait, background work is put off and answers are not") {
    sim::Options options = small(4);
    options.real_time = true;
    sim::ServedPon pon{options, {}};
    const auto image = sim::draw_image(8, 1'000);
    sim_test::Writer writer;
    // A clock that jumps by a second: an ONT has erased one unit at most, and has answered all the same.
    for (std::uint16_t onu_id = 0; onu_id < 4; ++onu_id)
        pon.receive({0, onu_id}, writer.start(10 * sim::flash_block_octets, 32), olt::Instant{});
    pon.advance(olt::Instant{1s});
    std::size_t answers = 0;
    while (const auto frame = pon.transmit()) {
        ++answers;
        CHECK(frame->due < olt::Instant{10ms});
    }
    CHECK(answers == 4);
    CHECK(pon.deadline() > olt::Instant{1s});
    CHECK(pon.deadline() < olt::Instant{1s} + 10ms);
}
