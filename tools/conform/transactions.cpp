// SPDX-License-Identifier: Apache-2.0
// Cases about transactions (G.988 11.2.2, B.2): what comes again is answered again and not executed, what wants no
// reply gets none, and the MIB data sync counts what was executed.
#include <fmt/format.h>

#include <algorithm>

#include "omci/me_table.h"
#include "omci/mib_messages.h"
#include "tools/conform/cases.h"
#include "tools/conform/downloader.h"

namespace tools::conform {
namespace {

using omci::Action;
using omci::MeClass;
using omci::MeInstance;
using omci::ResultCode;

constexpr unsigned sections_asked = 16;
constexpr omci::GetRequest get_state{omci::AttributeMask{omci::software_image::state}};

/// Without the check at the end, which a link may have taken off or not.
bool same_answer(const Heard& a, const Heard& b) {
    const omci::Octets first = a.frame().contents, second = b.frame().contents;
    return a.frame().header == b.frame().header && std::equal(first.begin(), first.end(), second.begin(), second.end());
}

void expect_again(const Heard& first, const Heard& second, const char* what) {
    if (!same_answer(first, second))
        throw Failure{fmt::format("{} sent again in the same transaction: expected its answer again, {}, came {}", what,
                                  came(first), came(second))};
}

std::uint8_t mib_sync(Bench& bench) {
    const auto values = bench.get(MeClass::onu_data, omci::attribute_bit(1), "Get of the MIB data sync");
    if (values.empty()) throw Failure{"Get of the MIB data sync: expected a value, came none"};
    return values[0];
}

void expect_sync(Bench& bench, std::uint8_t before, unsigned steps, const char* when) {
    unsigned expected = before;
    for (unsigned i = 0; i < steps; ++i) expected = expected == 255 ? 1 : expected + 1;
    const std::uint8_t is = mib_sync(bench);
    if (is != expected)
        throw Failure{
            fmt::format("MIB data sync after {}: expected {} (it was {}), read {}", when, expected, before, is)};
}

void get_in_transaction(Bench& bench, std::uint16_t id, const char* what) {
    auto question = bench.question(Action::get, MeClass::software_image, bench.target(), get_state);
    question.header.transaction_id = omci::TransactionId{id};
    omci::store_be(question.octets.data(), id);
    expect_result(bench.demand(question, what), what, ResultCode::success);
}

}  // namespace

std::string close_repeated(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    const auto [close, first] = download.send_well({});
    const Heard second = bench.demand(close, "close of a window, repeated");
    bench.learnt().executes_repeats = !same_answer(first, second);
    expect_again(first, second, "close of a window");
    download.transfer();
    download.finish();
    return "the same answer, nothing executed";
}

std::string window_repeated(Bench& bench) {
    if (bench.learnt().executes_repeats)
        throw NotApplicable{"a repeated close is executed: this would be the next window"};
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    const auto [close, first] = download.send_well({});
    // As an OLT does to which only the answer was lost: the same frames once more.
    for (const auto& section : download.last_sections()) bench.talk().send(section.to, section.octets);
    expect_again(first, bench.demand(close, "close of a window, all of it repeated"), "a whole window");
    download.transfer();
    download.finish();
    return "the same answer, nothing executed";
}

std::string end_repeated(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    download.transfer();
    const Heard first = download.end();
    expect_result(first, "End", ResultCode::success);
    expect_again(first, bench.demand(download.last_end(), "End, repeated"), "End");
    bench.expect_image(bench.found().idle(), "after a repeated End", true, false, false);
    return "the same answer, the image stays valid";
}

std::string mib_data_sync(Bench& bench) {
    std::uint8_t before = 0;
    try {
        before = mib_sync(bench);
    } catch (const Failure& failure) {
        throw NotApplicable{failure.what()};
    }
    expect_sync(bench, before, 0, "a Get");
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    expect_sync(bench, before, 1, "Start");
    download.send_well({});
    expect_sync(bench, before, 1, "a window");
    (void)download.abort();
    expect_sync(bench, before, 1, "an abort");
    download.start(sections_asked);
    download.transfer();
    expect_sync(bench, before, 2, "a second Start");
    download.finish();
    expect_sync(bench, before, 3, "a good End");
    return "one step for each Start and good End";
}

std::string transaction_zero(Bench& bench) {
    get_in_transaction(bench, 0, "Get in transaction 0");
    return "executed as any other";
}

std::string priority_bit(Bench& bench) {
    const auto id = static_cast<std::uint16_t>(0x8000u | value(bench.talk().next_id()));
    get_in_transaction(bench, id, "Get of high priority");
    return "answered in the same transaction";
}

std::string no_reply_wanted(Bench& bench) {
    const omci::EndRequest end{omci::ImageCrc{0}, 0, omci::TargetList::one(MeInstance{0})};
    bench.expect_silence(bench.question(Action::get, MeClass::software_image, bench.target(), get_state, false),
                         "Get that wants no reply");
    // One OLT does this three times at every start.
    bench.expect_silence(bench.question(Action::end_software_download, MeClass::onu_g, MeInstance{0}, end, false),
                         "End to the ONU-G that wants no reply");
    return "silence";
}

}  // namespace tools::conform
