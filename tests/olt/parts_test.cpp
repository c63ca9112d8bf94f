// SPDX-License-Identifier: Apache-2.0
// The engine's parts that are tables or arithmetic.
#include <doctest/doctest.h>

#include "olt/grouping.h"
#include "olt/look.h"
#include "olt/pacer.h"
#include "olt/transactions.h"

using namespace std::chrono_literals;

namespace {

omci::SoftwareImage image(const char* version, const char* flags) {
    const std::string_view f{flags};
    return {omci::make_version(version), f.find('C') != f.npos, f.find('A') != f.npos, f.find('V') != f.npos};
}

}  // namespace

TEST_CASE("verdict: what is read of an ONT decides what comes next, row by row") {
    using olt::Next;
    struct Row {
        omci::SoftwareImage zero, one;
        Next next;
        std::uint8_t on;
    };
    const Row rows[] = {
        {image("new", "ACV"), image("", ""), Next::finish, 0},
        {image("old", "V"), image("new", "ACV"), Next::finish, 1},
        {image("new", "AV"), image("old", "CV"), Next::commit, 0},
        {image("old", "ACV"), image("new", "V"), Next::activate, 1},
        {image("old", "AV"), image("new", "CV"), Next::activate, 1},
        {image("old", "ACV"), image("new", ""), Next::transfer, 1},
        {image("", ""), image("old", "ACV"), Next::transfer, 0},
        {image("older", "V"), image("old", "ACV"), Next::transfer, 0},
        {image("old", "AV"), image("older", "CV"), Next::no_idle, 0},
        {image("old", "CV"), image("older", "V"), Next::unreadable, 0},
        {image("old", "ACV"), image("older", "ACV"), Next::unreadable, 0},
    };
    const std::uint8_t octets[] = {1};
    const olt::Image wanted = olt::make_image(octets, omci::make_version("new"), std::nullopt);
    for (const Row& row : rows) {
        CAPTURE(&row - rows);
        olt::OntView view;
        view.images = {row.zero, row.one};
        const auto verdict = olt::verdict(view, wanted, {});
        CHECK(verdict.next == row.next);
        CHECK(verdict.image == row.on);
    }
}

TEST_CASE("verdict: a hash on both sides decides, whatever the versions say") {
    const std::uint8_t octets[] = {1};
    const olt::Image wanted = olt::make_image(octets, omci::make_version("new"), omci::ImageHash{1, 2, 3});
    olt::OntView view;
    view.images = {image("new", "ACV"), image("", "")};
    view.hashes[0] = omci::ImageHash{9};
    CHECK(olt::verdict(view, wanted, {}).next == olt::Next::transfer);
    view.images[0].version = omci::make_version("other");
    view.hashes[0] = omci::ImageHash{1, 2, 3};
    CHECK(olt::verdict(view, wanted, {}).next == olt::Next::finish);
}

TEST_CASE("verdict: what we activated and find inactive has fallen back") {
    const std::uint8_t octets[] = {1};
    const olt::Image wanted = olt::make_image(octets, omci::make_version("new"), std::nullopt);
    olt::OntView view;
    view.images = {image("old", "ACV"), image("new", "V")};
    const olt::OntHistory history{std::uint8_t{1}, omci::make_version("new"), true};
    CHECK(olt::verdict(view, wanted, history).next == olt::Next::came_back);
}

TEST_CASE("groups: same instance and same set, larger first, lonely ones alone") {
    using enum omci::MessageSet;
    const std::vector<olt::Candidate> candidates{
        {0, 0, baseline, true}, {1, 1, baseline, true}, {2, 1, baseline, true},  {3, 0, baseline, true},
        {4, 1, baseline, true}, {5, 1, extended, true}, {6, 0, baseline, false},
    };
    const auto groups = olt::make_groups(candidates, 2);
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].members == std::vector<std::size_t>{1, 2, 4});
    CHECK(groups[1].members == std::vector<std::size_t>{0, 3});
}

TEST_CASE("pacer: the rate is exact in the long run, also where it does not divide") {
    olt::Pacer pacer{7'777'777, 0ns};
    olt::Instant now{};
    for (int i = 0; i < 100'000; ++i) {
        now = std::max(now, pacer.next());
        pacer.sent(53, now);
    }
    const std::int64_t exact = std::int64_t{100'000} * 53 * 8 * 1'000'000'000 / 7'777'777;
    CHECK(pacer.next().time_since_epoch().count() == exact);
}

TEST_CASE("pacer: what was not sent is not saved up beyond the slack") {
    olt::Pacer pacer{8'000'000, 10us};
    pacer.sent(100, olt::Instant{} + 1s);
    CHECK(pacer.next() == olt::Instant{} + 1s - 10us + 100us);
}

TEST_CASE("transaction identifiers: the range is closed, and a used one is passed over") {
    olt::TransactionIds ids{0x4000, 0x4002, 2, false};
    using omci::MessageSet;
    CHECK(omci::value(ids.next(MessageSet::baseline)) == 0x4002);
    CHECK(omci::value(ids.next(MessageSet::baseline)) == 0x4000);
    CHECK(omci::value(ids.next(MessageSet::baseline, omci::TransactionId{0x4001})) == 0x4002);
    olt::TransactionIds high{1, 10, 0, true};
    CHECK(omci::value(high.next(MessageSet::baseline)) == 0x8001);
    CHECK(omci::value(high.next(MessageSet::extended)) == 2);
}
