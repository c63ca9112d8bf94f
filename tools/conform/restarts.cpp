// SPDX-License-Identifier: Apache-2.0
// Cases that activate and commit (TP-247 6.10). Each leaves the ONT running its old image, committed.
#include <fmt/format.h>

#include "omci/mib_messages.h"
#include "tools/conform/cases.h"
#include "tools/conform/downloader.h"

namespace tools::conform {
namespace {

using omci::Action;
using omci::MeClass;
using omci::ResultCode;

void activate(Bench& bench, unsigned image, const char* what) {
    const auto up = bench.uptime();
    expect_result(
        bench.demand(bench.question(Action::activate_software, MeClass::software_image, omci::image_instance(image),
                                    omci::ActivateRequest{omci::CallPolicy::always}),
                     what),
        what, ResultCode::success);
    bench.await_restart(what, 1 - image, up);
}

void reboot(Bench& bench, unsigned active) {
    const auto up = bench.uptime();
    expect_result(bench.demand(bench.question(Action::reboot, MeClass::onu_g, omci::MeInstance{0},
                                              omci::RebootRequest{omci::CallPolicy::always}),
                               "Reboot"),
                  "Reboot", ResultCode::success);
    bench.await_restart("Reboot", active, up);
}

void commit(Bench& bench, unsigned image, const char* what) {
    expect_result(bench.demand(bench.question(Action::commit_software, MeClass::software_image,
                                              omci::image_instance(image), omci::CommitRequest{}),
                               what),
                  what, ResultCode::success);
}

void bring_and_activate(Bench& bench) {
    Downloader download{bench, bench.image()};
    download.start(64);
    download.transfer();
    download.finish();
    const unsigned fresh = bench.found().idle();
    activate(bench, fresh, "Activate of the new image");
    bench.expect_image(fresh, "after Activate and its restart", true, true, false);
    bench.expect_image(1 - fresh, "after Activate and its restart", true, false, true);
}

}  // namespace

std::string activate_no_commit(Bench& bench) {
    bring_and_activate(bench);
    const unsigned fresh = bench.found().idle();
    reboot(bench, fresh);
    bench.expect_image(1 - fresh, "after a reboot without Commit", true, true, true);
    return "the old image is back";
}

std::string activate_commit(Bench& bench) {
    bring_and_activate(bench);
    const unsigned fresh = bench.found().idle();
    commit(bench, fresh, "Commit of the new image");
    bench.expect_image(fresh, "after Commit", true, true, true);
    reboot(bench, fresh);
    bench.expect_image(fresh, "after Commit and a reboot", true, true, true);
    activate(bench, 1 - fresh, "Activate of the old image");
    commit(bench, 1 - fresh, "Commit of the old image");
    bench.expect_image(1 - fresh, "after going back", true, true, true);
    return "the new image stayed; then back to the old one";
}

}  // namespace tools::conform
