// SPDX-License-Identifier: Apache-2.0
// Cases about how a download begins and ends: End with wrong values, abort, a second Start, sections without one.
#include <fmt/format.h>

#include "omci/crc32.h"
#include "tools/conform/cases.h"
#include "tools/conform/downloader.h"

namespace tools::conform {
namespace {

using omci::ResultCode;

constexpr unsigned sections_asked = 32;

}  // namespace

std::string wrong_crc(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    download.transfer();
    const auto crc = omci::ImageCrc{~omci::crc32(bench.image())};
    expect_result(download.end(crc, static_cast<std::uint32_t>(bench.image().size())), "End with a wrong CRC",
                  ResultCode::processing_error);
    bench.expect_not_valid("after an End with a wrong CRC");
    return "answered with 1, the image is not valid";
}

std::string wrong_size(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    download.transfer();
    const auto size = static_cast<std::uint32_t>(bench.image().size());
    expect_result(download.end(omci::ImageCrc{omci::crc32(bench.image())}, size + 1),
                  "End with a size other than that of Start", ResultCode::processing_error);
    bench.expect_not_valid("after an End with a wrong size");
    return "answered with 1, the image is not valid";
}

std::string abort_download(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    download.transfer();
    const Heard answer = download.abort();
    const auto result = result_of(answer);
    if (result != ResultCode::success && result != ResultCode::processing_error)
        throw Failure{fmt::format("End with size 0: expected result 0 or 1, came {}", came(answer))};
    bench.expect_not_valid("after an abort of a complete download");
    bench.expect_image(bench.found().active, "after an abort", true, true, true);
    return fmt::format("answered with {}, the image is not valid", value(*result));
}

std::string start_again(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    download.send_well({});
    download.start(sections_asked);
    download.transfer();
    download.finish();
    return "the second Start begins from nothing";
}

std::string start_clears_valid(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(sections_asked);
    download.transfer();
    download.finish();
    download.start(sections_asked);
    bench.expect_not_valid("after a Start over a valid image");
    return "valid 1, then 0";
}

std::string section_without_start(Bench& bench) {
    Downloader download{bench, bench.image()};
    Window window;
    window.sections = 1;
    const Heard answer = download.send(window);
    if (result_of(answer) == ResultCode::success)
        throw Failure{fmt::format("a section where no download runs: expected a refusal, came {}", came(answer))};
    return fmt::format("refused with {}", value(result_of(answer).value_or(ResultCode::processing_error)));
}

}  // namespace tools::conform
