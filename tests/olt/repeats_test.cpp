// SPDX-License-Identifier: Apache-2.0
// ONTs that count sections and fail End if anything was repeated: a failed End behind a repeat is followed by one clean
// transfer, in which nothing is sent twice. It works, or its outcome says what it lacked; and nobody else waits for it.
#include "tests/olt/bent.h"

using namespace olt_test;

namespace {

constexpr std::uint16_t count = 6;
constexpr std::uint16_t odd = 2;
constexpr std::uint16_t window = 32;
const olt::Policy policy;

/// What gets lost on the way to or from `odd`, given how many Starts it has heard.
using Lost = std::function<bool(const omci::Frame&, std::size_t transfer)>;

struct Upgrade {
    explicit Upgrade(Lost on_the_way_down, Lost on_the_way_up = nullptr, olt::EngineOptions options = {})
        : rig{count, options}, down{std::move(on_the_way_down)}, up{std::move(on_the_way_up)} {
        rig.ont(odd).counts_sections = true;
        rig.wire = [this](const olt::Transmission& frame) {
            const bool for_it = frame.to.is_shared() || frame.to.onu_id == odd;
            const auto read = omci::read_frame(frame.octets);
            if (is_close(*read) && for_it && transfer() == clean) clean_sections.push_back(read->contents[0]);
            const bool lost = for_it && is_close(*read) && down && down(*read, transfer());
            rig.ont(odd).hears_shared = !lost;
            return frame.to.is_shared() || !lost;
        };
        rig.ont(odd).rewrite = [this](const omci::Frame& command, std::vector<std::uint8_t> answer) {
            const bool lost = is_close(command) && up && up(command, transfer());
            return lost ? std::vector<std::uint8_t>{} : answer;
        };
        campaign = campaign_of(image);
        campaign.window_sections = window;
    }

    std::size_t transfer() const { return heard(rig, odd, Action::start_software_download); }
    const olt::OntDone& outcome() const { return rig.outcome(odd); }
    void run() {
        bring(rig, campaign);
        check_upgraded_but(rig, {odd}, count);
        check_one_outcome_each(rig, count);
    }

    static constexpr std::size_t clean = 2;  ///< the transfer that is
    std::vector<std::uint8_t> image = some_image(31 * 100 + 7);
    Rig rig;
    Lost down, up;
    olt::Campaign campaign;
    std::vector<std::uint8_t> clean_sections;  ///< numbers of those sent to `odd` in it
};

/// Loses what `which` says once in each of the transfers that `when` names.
Lost once_in(std::function<bool(std::size_t transfer)> when, std::function<bool(const omci::Frame&)> which) {
    return [=, last = std::size_t{0}](const omci::Frame& frame, std::size_t transfer) mutable {
        if (transfer == last || !when(transfer) || !which(frame)) return false;
        last = transfer;
        return true;
    };
}
bool first(std::size_t transfer) { return transfer == 1; }
bool every(std::size_t transfer) { return transfer > 0; }
bool section_3(const omci::Frame& frame) { return frame.contents[0] == 3; }
bool the_close(const omci::Frame& frame) { return frame.header.acknowledge_request; }

}  // namespace

TEST_CASE("engine: an ONT that counts sections gets one clean transfer after a repaired window, and takes that") {
    for (const auto mode : {olt::Mode::lockstep, olt::Mode::unicast})
        for (const auto how : {olt::Close::unicast, olt::Close::shared})
            for (const auto set : {olt::SetChoice::baseline, olt::SetChoice::extended}) {
                Upgrade upgrade{once_in(first, section_3)};
                upgrade.campaign.mode = mode;
                upgrade.campaign.close = how;
                upgrade.campaign.set = set;
                upgrade.image = some_image(set == olt::SetChoice::extended ? 1965 * 40 + 3 : 31 * 100 + 7);
                upgrade.campaign.image = campaign_of(upgrade.image).image;
                if (set == olt::SetChoice::extended)
                    for (std::uint16_t id = 0; id < count; ++id) upgrade.rig.ont(id).omcc_version = 0xB4;
                upgrade.run();
                CHECK(upgrade.outcome().result == olt::Result::upgraded);
                if (mode == olt::Mode::lockstep) CHECK(upgrade.outcome().alone == olt::Reason::image_crc);
                CHECK(upgrade.outcome().windows_repaired == 1);
                CHECK(upgrade.transfer() == 2);
                CHECK(upgrade.rig.ont(odd).stored == upgrade.image);
            }
}

TEST_CASE("engine: a close that was sent again is a repeat as well, whichever of it and its answer got lost") {
    for (const auto how : {olt::Close::unicast, olt::Close::shared}) {
        Upgrade lost_answer{nullptr, once_in(first, the_close)};
        lost_answer.campaign.close = how;
        lost_answer.run();
        CHECK(lost_answer.outcome().result == olt::Result::upgraded);
        CHECK(lost_answer.outcome().windows_repaired == 0);
        CHECK(lost_answer.transfer() == 2);
        // A close that never arrived is not counted there: End is good, and nothing starts over.
        Upgrade lost_close{once_in(first, the_close)};
        lost_close.campaign.close = how;
        lost_close.run();
        CHECK(lost_close.outcome().result == olt::Result::upgraded);
        CHECK(lost_close.transfer() == 1);
    }
}

TEST_CASE("engine: only behind a repeat is the next transfer clean, and whatever sends a section again is a repeat") {
    enum class First { nothing, repair, answer_lost, busy_close, aborted };
    for (const auto what : {First::nothing, First::repair, First::answer_lost, First::busy_close, First::aborted}) {
        CAPTURE(static_cast<int>(what));
        // What the transfer behind the failed End does about a lost section tells what it is.
        const std::size_t ended = what == First::aborted ? 2 : 1;
        const auto later = [=](std::size_t transfer) { return transfer == ended + 1; };
        Upgrade upgrade{[&, repair = once_in(first, section_3), probe = once_in(later, section_3)](
                            const omci::Frame& frame, std::size_t transfer) mutable {
                            return (what == First::repair && repair(frame, transfer)) || probe(frame, transfer);
                        },
                        what == First::answer_lost ? once_in(first, the_close) : nullptr};
        ScriptedOnt& ont = upgrade.rig.ont(odd);
        ont.counts_sections = false;
        int closes = 0;
        ont.filter = [&](const omci::Frame& frame) -> Bent {
            const std::size_t transfer = upgrade.transfer();
            const auto end = omci::read_message<omci::EndRequest>(frame);
            if (end && !end->is_abort() && transfer == ended) return answered(ResultCode::processing_error);
            if (!is_close(frame) || transfer != 1) return as_usual;
            if (what == First::busy_close && closes++ == 0) return answered(ResultCode::device_busy);
            if (what == First::aborted && closes++ < 20) return answered(ResultCode::processing_error);
            return as_usual;
        };
        upgrade.run();
        const bool clean = what != First::nothing && what != First::aborted;
        CHECK(upgrade.transfer() == ended + 1);
        CHECK(upgrade.outcome().result == (clean ? olt::Result::failed : olt::Result::upgraded));
        CHECK(upgrade.outcome().reason == (clean ? olt::Reason::repeat_needed : olt::Reason::none));
    }
}

TEST_CASE("engine: a clean transfer sends every section once, and in windows that fit into any queue") {
    Upgrade upgrade{once_in(first, section_3)};
    upgrade.run();
    const std::size_t sections = (upgrade.image.size() + 30) / 31;
    REQUIRE(upgrade.clean_sections.size() == sections);
    for (std::size_t i = 0; i < sections; ++i) CHECK(upgrade.clean_sections[i] == i % policy.clean_window_sections);
}

TEST_CASE("engine: a clean transfer in which a window fails is the last, ended by an abort, and the outcome says why") {
    for (const bool silent : {false, true}) {
        CAPTURE(silent);
        const Lost repaired = once_in(every, section_3);
        const Lost unanswered = once_in([](std::size_t transfer) { return transfer == 2; }, the_close);
        olt::Instant lost_at = olt::never;
        Upgrade upgrade{[&, repaired, unanswered](const omci::Frame& frame, std::size_t transfer) mutable {
            const bool lost = silent && transfer == 2 ? unanswered(frame, transfer) : repaired(frame, transfer);
            if (lost && transfer == 2) lost_at = upgrade.rig.now;
            return lost;
        }};
        upgrade.run();
        CHECK(upgrade.outcome().result == olt::Result::failed);
        CHECK(upgrade.outcome().reason == olt::Reason::repeat_needed);
        CHECK(upgrade.transfer() == 2);
        CHECK_FALSE(upgrade.rig.ont(odd).downloading);
        CHECK(upgrade.rig.ont(odd).reboots == 0);
        CHECK(upgrade.outcome().ended - lost_at >= (silent ? policy.clean_close_wait : olt::Duration{}));
        CHECK(upgrade.outcome().ended - lost_at <= (silent ? policy.clean_close_wait : olt::Duration{}) + 500ms);
        for (std::uint16_t id = 0; id < count; ++id)
            if (id != odd) CHECK(upgrade.rig.outcome(id).group == 1);
    }
}

TEST_CASE("engine: a clean transfer that is silent in its abort, too, is reported as silent") {
    Upgrade upgrade{once_in(every, section_3)};
    upgrade.rig.ont(odd).filter = [&](const omci::Frame& frame) -> Bent {
        const auto end = omci::read_message<omci::EndRequest>(frame);
        return end && end->is_abort() ? dropped : as_usual;
    };
    upgrade.run();
    CHECK(upgrade.outcome().result == olt::Result::failed);
    CHECK(upgrade.outcome().reason == olt::Reason::silent);
    CHECK(upgrade.transfer() == 2);
}

TEST_CASE("engine: an ONT whose End fails after a clean transfer as well is not sent a third") {
    Upgrade upgrade{once_in(first, section_3)};
    upgrade.rig.ont(odd).filter = [](const omci::Frame& frame) {
        return is(frame, Action::end_software_download) ? answered(ResultCode::processing_error) : as_usual;
    };
    upgrade.run();
    CHECK(upgrade.outcome().result == olt::Result::failed);
    CHECK(upgrade.outcome().reason == olt::Reason::image_crc);
    CHECK(upgrade.outcome().result_code == omci::value(ResultCode::processing_error));
    CHECK(upgrade.transfer() == 2);
}

TEST_CASE("engine: a clean transfer comes on top of transfers_max, and not at all where policy has none") {
    for (const bool clean : {false, true}) {
        olt::EngineOptions options;
        options.policy.transfers_max = 1;
        options.policy.clean_transfers_max = clean ? 1 : 0;
        Upgrade upgrade{once_in(first, section_3), nullptr, options};
        upgrade.run();
        CHECK(upgrade.outcome().result == (clean ? olt::Result::upgraded : olt::Result::failed));
        CHECK(upgrade.outcome().reason == (clean ? olt::Reason::none : olt::Reason::image_crc));
        CHECK(upgrade.transfer() == (clean ? 2u : 1u));
    }
}

TEST_CASE("engine: a clean transfer that a restart interrupts begins anew, and is clean again") {
    Upgrade upgrade{once_in(first, section_3)};
    bool restarted = false;
    upgrade.rig.ont(odd).filter = [&](const omci::Frame& frame) -> Bent {
        if (!is_close(frame) || upgrade.transfer() != 2 || restarted) return as_usual;
        restarted = true;
        restart(upgrade.rig, odd);
        return dropped;
    };
    upgrade.run();
    CHECK(restarted);
    CHECK(upgrade.outcome().result == olt::Result::upgraded);
    CHECK(upgrade.outcome().windows_repaired == 1);
    CHECK(upgrade.transfer() == 3);
}

TEST_CASE("engine: in a clean transfer an ONT that asks to be asked again, busy at a close, is") {
    Upgrade upgrade{once_in(first, section_3)};
    bool busy = false;
    upgrade.rig.ont(odd).filter = [&](const omci::Frame& frame) -> Bent {
        if (!is_close(frame) || upgrade.transfer() != 2 || std::exchange(busy, true)) return as_usual;
        --upgrade.rig.ont(odd).sections;  // what it did not take it does not count
        return answered(ResultCode::device_busy);
    };
    upgrade.run();
    CHECK(busy);
    CHECK(upgrade.outcome().result == olt::Result::upgraded);
    CHECK(upgrade.transfer() == 2);
}

TEST_CASE(
    "engine: whatever interrupts a clean transfer, at whichever frame, everyone has one outcome, and it is true") {
    enum class Event { down, restarted, revoked, stopped };
    for (const auto event : {Event::down, Event::restarted, Event::revoked, Event::stopped})
        for (int at = 1; at < 60; ++at) {
            CAPTURE(static_cast<int>(event));
            CAPTURE(at);
            Upgrade* self = nullptr;
            int seen = 0;
            Upgrade upgrade{
                [&, lost = once_in(first, section_3)](const omci::Frame& frame, std::size_t transfer) mutable {
                    if (transfer != 2 || ++seen != at) return lost(frame, transfer);
                    olt::Engine& engine = self->rig.engine;
                    const olt::Instant now = self->rig.now;
                    if (event == Event::down) engine.onu_down({0, odd}, now);
                    if (event == Event::restarted) restart(self->rig, odd);
                    if (event == Event::revoked) engine.omcc_revoked({0, odd}, now);
                    if (event == Event::revoked) engine.omcc_granted({0, odd}, now);
                    if (event == Event::stopped) engine.stop(now);
                    return false;
                }};
            self = &upgrade;
            bring(upgrade.rig, upgrade.campaign);
            check_one_outcome_each(upgrade.rig, count);
            const olt::Result result = upgrade.outcome().result;
            if (event == Event::down) CHECK(result == olt::Result::lost);
            if (event == Event::stopped) CHECK(result == olt::Result::aborted);
            if (event == Event::restarted || event == Event::revoked) CHECK(result == olt::Result::upgraded);
            if (result == olt::Result::upgraded) CHECK(upgrade.rig.ont(odd).stored == upgrade.image);
        }
}
