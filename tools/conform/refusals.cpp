// SPDX-License-Identifier: Apache-2.0
// Cases about what an ONT shows and what it must refuse.
#include <fmt/format.h>

#include "omci/mib_messages.h"
#include "tools/conform/cases.h"
#include "tools/conform/downloader.h"

namespace tools::conform {
namespace {

using omci::Action;
using omci::MeClass;
using omci::MeInstance;
using omci::ResultCode;

constexpr MeClass nobodys_class{65'000};  ///< reserved: neither of the standard nor of a vendor
constexpr MeInstance unknown_image{5};
constexpr MeInstance several{0xFFFF};
constexpr omci::CallPolicy reserved_flags{3};
constexpr omci::GetRequest get_state{omci::AttributeMask{omci::software_image::state}};

omci::StartRequest start_request(Bench& bench, MeInstance target) {
    return {15, static_cast<std::uint32_t>(bench.image().size()), omci::TargetList::one(target)};
}

/// Takes back a Start that should have been refused.
void abort_of(Bench& bench, MeInstance instance) {
    (void)bench.demand(bench.question(Action::end_software_download, MeClass::software_image, instance,
                                      omci::EndRequest{omci::ImageCrc{0}, 0, omci::TargetList::one(instance)}),
                       "abort");
}

/// An answer that refuses; which result says so is not laid down, so another one is only noted.
std::string expect_refusal(const Heard& answer, const char* what, ResultCode usual) {
    const auto result = result_of(answer);
    if (!result || result == ResultCode::success)
        throw Failure{fmt::format("{}: expected result {}, came {}", what, value(usual), came(answer))};
    if (result == usual) return fmt::format("answered with {}", value(usual));
    return fmt::format("refused with {}; {} is usual", value(*result), value(usual));
}

/// The idle image is not valid afterwards, whatever it was.
void make_not_valid(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(16);
    expect_result(download.end(omci::ImageCrc{0}, static_cast<std::uint32_t>(bench.image().size())),
                  "End of an incomplete image", ResultCode::processing_error);
    bench.download_is_over();
    bench.expect_not_valid("after an End of an incomplete image");
}

/// Gets one attribute that an ONT need not have. "yes", "no".
const char* has(Bench& bench, std::uint16_t bit, const char* what) {
    const Heard answer = bench.demand(bench.question(Action::get, MeClass::software_image, bench.target(),
                                                     omci::GetRequest{omci::AttributeMask{bit}}),
                                      what);
    const auto response = omci::read_message<omci::GetResponse>(answer.frame());
    if (result_of(answer) == ResultCode::success && response && value(response->mask) == bit) return "yes";
    if (result_of(answer) == ResultCode::attributes_failed && response && (value(response->mask) & bit) == 0)
        return "no";
    throw Failure{fmt::format("{}: expected its value, or result 9 without it, came {}", what, came(answer))};
}

}  // namespace

std::string state_attributes(Bench& bench) {
    const omci::SoftwareImage idle = bench.look(bench.found().idle());
    if (idle.active || idle.committed) throw Failure{"Get of the idle image: expected active 0 and committed 0"};
    bench.expect_image(bench.found().active, "Get", true, true, true);
    return "all four, of both images";
}

std::string optional_attributes(Bench& bench) {
    const char* code = has(bench, omci::software_image::product_code, "Get of the product code");
    const char* hash = has(bench, omci::software_image::image_hash, "Get of the image hash");
    return fmt::format("product code: {}, image hash: {}", code, hash);
}

std::string unknown_class(Bench& bench) {
    expect_result(bench.demand(bench.question(Action::get, nobodys_class, MeInstance{0}, get_state),
                               "Get of a class that nobody has"),
                  "Get of a class that nobody has", ResultCode::unknown_me);
    return "answered with 4";
}

std::string unknown_instance(Bench& bench) {
    expect_result(
        bench.demand(bench.question(Action::get, MeClass::software_image, unknown_image, get_state), "Get of image 5"),
        "Get of image 5", ResultCode::unknown_instance);
    const Heard answer = bench.demand(bench.question(Action::start_software_download, MeClass::software_image,
                                                     unknown_image, start_request(bench, unknown_image)),
                                      "Start to image 5");
    if (result_of(answer) == ResultCode::success) abort_of(bench, unknown_image);
    expect_result(answer, "Start to image 5", ResultCode::unknown_instance);
    return "Get and Start answered with 5";
}

std::string action_not_supported(Bench& bench) {
    expect_result(bench.demand(bench.question(Action::synchronize_time, MeClass::software_image, bench.target(),
                                              omci::SynchronizeTimeRequest{}),
                               "Synchronize time to a Software image"),
                  "Synchronize time to a Software image", ResultCode::not_supported);
    return "answered with 2";
}

std::string several_targets(Bench& bench) {
    const Heard answer = bench.demand(bench.question(Action::start_software_download, MeClass::software_image, several,
                                                     start_request(bench, bench.target())),
                                      "Start to 0xffff");
    if (result_of(answer) == ResultCode::success) {
        bench.download_begins();
        abort_of(bench, several);
        return "several targets are supported";
    }
    return expect_refusal(answer, "Start to 0xffff", ResultCode::unknown_instance);
}

std::string start_running_image(Bench& bench) {
    const MeInstance running = omci::image_instance(bench.found().active);
    const Heard answer = bench.demand(bench.question(Action::start_software_download, MeClass::software_image, running,
                                                     start_request(bench, running)),
                                      "Start to the running image");
    if (result_of(answer) == ResultCode::success) abort_of(bench, running);  // before anything is written over it
    return expect_refusal(answer, "Start to the running image", ResultCode::parameter_error);
}

std::string activate_invalid(Bench& bench) {
    make_not_valid(bench);
    return expect_refusal(bench.demand(bench.question(Action::activate_software, MeClass::software_image,
                                                      bench.target(), omci::ActivateRequest{omci::CallPolicy::always}),
                                       "Activate of an image that is not valid"),
                          "Activate of an image that is not valid", ResultCode::parameter_error);
}

std::string commit_invalid(Bench& bench) {
    make_not_valid(bench);
    return expect_refusal(bench.demand(bench.question(Action::commit_software, MeClass::software_image, bench.target(),
                                                      omci::CommitRequest{}),
                                       "Commit of an image that is not valid"),
                          "Commit of an image that is not valid", ResultCode::parameter_error);
}

/// To the running image, so that an ONT that ignores the flags restarts with what it has.
std::string activate_flags(Bench& bench) {
    const auto up = bench.uptime();
    const Heard answer =
        bench.demand(bench.question(Action::activate_software, MeClass::software_image,
                                    omci::image_instance(bench.found().active), omci::ActivateRequest{reserved_flags}),
                     "Activate with flags 3");
    if (result_of(answer) == ResultCode::success)
        bench.await_restart("Activate with flags 3", bench.found().active, up);
    return expect_refusal(answer, "Activate with flags 3", ResultCode::parameter_error);
}

}  // namespace tools::conform
