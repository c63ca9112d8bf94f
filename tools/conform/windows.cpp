// SPDX-License-Identifier: Apache-2.0
// Cases about windows of sections: what G.988 A.3.24 and I.3.2 promise, and what they leave open.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tools/conform/cases.h"
#include "tools/conform/downloader.h"

namespace tools::conform {
namespace {

using omci::ResultCode;

constexpr unsigned sections_asked = 16;  ///< where the size of the window is not what the case is about
constexpr unsigned hole_sections = 3;    ///< the least window that has a middle

std::string whole_download(Bench& bench, unsigned window, bool padded) {
    Downloader download{bench, bench.image()};
    download.start(window);
    download.transfer(padded);
    download.finish();
    return download.summary();
}

/// A window with a hole in its middle, for ONTs that agree to such a one.
Window holed(const Downloader& download) {
    Window window;
    window.sections = std::min<std::size_t>(download.window(), download.sections_left());
    if (window.sections < hole_sections)
        throw NotApplicable{fmt::format("windows of {} have no section that may be missing", window.sections)};
    window.left_out = window.sections / 2;
    return window;
}

}  // namespace

std::string window_16(Bench& bench) { return whole_download(bench, 16, bench.set() == omci::MessageSet::baseline); }
std::string window_32(Bench& bench) { return whole_download(bench, 32, bench.set() == omci::MessageSet::baseline); }
std::string window_64(Bench& bench) { return whole_download(bench, 64, bench.set() == omci::MessageSet::baseline); }
std::string short_last_window(Bench& bench) { return whole_download(bench, 32, false); }

std::string section_missing(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    const Window window = holed(download);
    const Heard answer = download.send(window);
    bench.learnt().takes_gaps = result_of(answer) == ResultCode::success;
    expect_result(answer, fmt::format("close of a window without section {}", *window.left_out),
                  ResultCode::processing_error);
    const Heard end = download.end();
    if (result_of(end) == ResultCode::success)
        throw Failure{fmt::format("End of an incomplete image: expected a refusal, came {}", came(end))};
    bench.expect_not_valid("after the refused End");
    return "window and End refused";
}

std::string window_again(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    const Heard answer = download.send(holed(download));
    if (result_of(answer) == ResultCode::success) throw NotApplicable{"a window with a hole was not refused"};
    download.send_well({});
    download.transfer();
    download.finish();
    return "accepted the second time";
}

std::string section_bad_check(Bench& bench) {
    if (!bench.sealed()) throw NotApplicable{"the link has no check (--check)"};
    if (bench.learnt().takes_gaps) throw NotApplicable{"a window with a hole is not refused either"};
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    Window window = holed(download);
    window.spoilt = std::exchange(window.left_out, std::nullopt);
    expect_result(download.send(window), "close of a window with a section whose check is wrong",
                  ResultCode::processing_error);
    download.transfer();
    download.finish();
    return "window refused, accepted the second time";
}

std::string close_bad_check(Bench& bench) {
    if (!bench.sealed()) throw NotApplicable{"the link has no check (--check)"};
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    auto close = download.send_sections({});
    auto spoilt = close.octets;
    for (std::size_t i = 1; i <= omci::mic_octets; ++i) spoilt[spoilt.size() - i] ^= 0x5A;
    bench.talk().link().send_as_is(close.to, spoilt);
    if (const auto answer =
            bench.talk().await(bench.onu(), close.header.transaction_id, bench.now() + bench.settings().answer_time))
        throw Failure{fmt::format("close with a wrong check: expected silence, came {}", came(*answer))};
    // Any answer will do: a section may have been lost.
    if (result_of(download.close(close)) == ResultCode::success) download.accept({});
    download.transfer();
    download.finish();
    return "silence; the right close was answered";
}

std::string short_windows(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    constexpr std::array<std::size_t, 6> lengths{1, 2, 5, 1, 7, 3};
    for (const std::size_t length : lengths) {
        if (download.complete()) break;
        Window window;
        window.sections = std::min({length, std::size_t{download.window()}, download.sections_left()});
        download.send_well(window);
    }
    download.transfer();
    download.finish();
    return "windows of 1, 2, 5, 1, 7 and 3 are taken";
}

std::string repeats_in_window(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    bench.learnt().repeats[bench.place()] = false;
    Window window;
    window.twice = true;
    while (!download.complete()) download.send_well(window);
    download.finish();
    bench.learnt().repeats[bench.place()] = true;
    return "each section may come twice";
}

std::string section_past_window(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(8);
    Window window;
    window.sections = download.window() + 1u;
    if (download.sections_left() < window.sections) throw NotApplicable{"the image has too few sections"};
    expect_result(download.send(window),
                  fmt::format("close of {} sections where {} were agreed", window.sections, download.window()),
                  ResultCode::processing_error);
    return "window refused";
}

std::string more_than_left(Bench& bench) {
    constexpr std::size_t sections = 5;
    Downloader download{bench, bench.image()};
    if (download.sections_left() < sections) throw NotApplicable{"the image has too few sections"};
    const auto announced = static_cast<std::uint32_t>(2 * payload_of(bench.variant()) + 5);
    download.start(sections_asked, announced);
    if (download.window() < sections)
        throw NotApplicable{fmt::format("windows of {} sections are too small", download.window())};
    Window window;
    window.sections = sections;
    expect_result(download.send(window),
                  fmt::format("close of {} sections where {} octets were announced", sections, announced),
                  ResultCode::processing_error);
    return "window refused";
}

std::string section_lengths(Bench& bench) {
    constexpr std::size_t around = omci::extended_header_octets + 1 + omci::mic_octets;
    const std::size_t most = std::min(omci::extended_section_max_octets, bench.talk().link().message_max() - around);
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    for (const std::size_t length :
         {most, std::size_t{1}, std::size_t{700}, std::size_t{31}, std::size_t{1500}, most}) {
        if (download.complete()) break;
        download.set_payload(std::min(length, most));
        Window window;
        window.sections = std::min<std::size_t>({download.window(), download.sections_left(), 4});
        download.send_well(window);
    }
    download.transfer();
    download.finish();
    return fmt::format("1, 31, 700, 1500 and {} octets are taken", most);
}

std::string biggest_window(Bench& bench) {
    const auto image = drawn_octets(omci::window_sections_max * payload_of(bench.variant()));
    Downloader download{bench, image};
    try {
        download.start(omci::window_sections_max);
    } catch (const Failure& failure) {
        throw Failure{fmt::format("{} (windows of 256, {} octets)", failure.what(), image.size())};
    }
    download.send_well({});
    bench.learnt().window[bench.place()] = download.window();
    return fmt::format("{} of 256 offered", download.window());
}

}  // namespace tools::conform
