// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "omci/mic.h"
#include "tools/capture/pcap_file.h"
#include "tools/image_file.h"
#include "tools/report/json_text.h"
#include "tools/report/output_file.h"
#include "tools/report/progress.h"
#include "tools/simulate/crash_note.h"
#include "tools/simulate/hunt.h"
#include "tools/simulate/interrupts.h"
#include "tools/simulate/options.h"
#include "tools/simulate/report.h"
#include "tools/simulate/serve.h"
#include "tools/usage.h"

namespace tools {
namespace {

/// A world, its image, and what becomes of the run.
struct Job {
    sim::Options world;
    olt::Image image;
    std::string name;     ///< of the image, for people
    std::string package;  ///< what it says of itself where it is one
    bool drawn = false;   ///< by a hunt: then ONTs may fail, and only broken promises count
};

bool uses_extended(const sim::Options& world) { return world.set == olt::SetChoice::extended && world.extended; }

std::string headline(const Job& job) {
    const sim::Options& world = job.world;
    const unsigned onts = unsigned{world.onts} * world.pons;
    std::string out = fmt::format("image    {}, {}", job.name, mebibytes(job.image.size()));
    if (const std::string_view version = omci::text(job.image.version); !version.empty())
        out += fmt::format(", version {}", version);
    if (!job.package.empty()) out += "\npackage  " + job.package;
    out += fmt::format("\nto       {} ONT{}", onts, onts == 1 ? "" : "s");
    if (world.pons > 1) out += fmt::format(" on {} PONs", world.pons);
    out += world.mode == olt::Mode::unicast    ? ", unicast"
           : world.close == olt::Close::shared ? ", lockstep, shared close"
                                               : ", lockstep, unicast close";
    out += fmt::format(", {} windows of {}, {}", uses_extended(world) ? "extended" : "baseline", world.window_sections,
                       rate_text(world.rate_bits_per_second));
    out += fmt::format("\nworld    seed {}", world.seed);
    if (world.loss != 0) out += fmt::format(", loss {}", probability_text(world.loss));
    if (world.upstream_loss != 0) out += fmt::format(", upstream loss {}", probability_text(world.upstream_loss));
    if (!world.faults.empty()) out += fmt::format(", {} with a fault", world.faults.size());
    return out + "\n\n";
}

PcapPlace place_of(const sim::FrameSeen& frame) {
    PcapPlace place;
    place.direction = frame.downstream ? omci::Direction::downstream : omci::Direction::upstream;
    place.pon = frame.address.pon;
    if (!frame.address.is_shared()) place.onu_id = frame.address.onu_id;
    return place;
}

CampaignView::View view_for(const SimulateOptions& options, std::FILE*& file) {
    using View = CampaignView::View;
    // The report owns the standard output where it is JSON; then a terminal may still watch on the other one.
    file = options.json_on_stdout() ? stderr : stdout;
    if (options.quiet) return View::none;
    if (is_live(file)) return View::live;
    return options.json_on_stdout() ? View::none : View::lines;
}

CampaignMoment moment_of(const sim::Progress& now) {
    CampaignMoment moment;
    moment.time = olt::Duration{now.time};
    moment.onts = {now.octets_done, now.transferring, now.repairing, now.staged, now.rebooting, now.stage};
    moment.octets_total = now.octets_total;
    moment.downstream_octets = now.downstream_octets;
    moment.done = now.done;
    moment.failed = now.failed;
    return moment;
}

int run(const Job& job, const SimulateOptions& options) {
    const Interrupts interrupts;
    std::optional<OutputFile> json;
    std::optional<PcapWriter> capture;
    if (!options.json.empty() && !options.json_on_stdout()) json.emplace(options.json);
    if (!options.pcap.empty()) capture.emplace(options.pcap);

    const bool for_people = !options.quiet && !options.json_on_stdout();
    if (for_people) fmt::print("{}", headline(job));
    std::fflush(stdout);

    std::FILE* view_file = nullptr;
    const CampaignView::View view = view_for(options, view_file);
    CampaignView progress{view, view_file, std::uint32_t{job.world.onts} * job.world.pons};
    sim::Observers observers;
    // Once stopped, the simulator asks for no more progress; every frame may end the run at once.
    observers.frame = [&](const sim::FrameSeen& frame) {
        Interrupts::check();
        if (capture) capture->write(static_cast<std::uint64_t>(frame.time), place_of(frame), frame.octets);
    };
    observers.progress = [&](const sim::Progress& now) {
        progress.show(moment_of(now), std::chrono::steady_clock::now());
        Interrupts::check();
        return !Interrupts::stop_asked();
    };

    const WallTime began = std::chrono::steady_clock::now();
    const sim::Report report = sim::simulate(job.world, job.image, observers);
    const std::chrono::nanoseconds wall = std::chrono::steady_clock::now() - began;
    progress.clear();

    const RunFacts facts{.seed = job.world.seed,
                         .image_octets = job.image.size(),
                         .installed_octets = sim::installed_image(job.world, job.image).size(),
                         .package = job.world.packages.guards(),
                         .set = uses_extended(job.world) ? omci::MessageSet::extended : omci::MessageSet::baseline,
                         .pons = job.world.pons,
                         .wall_ns = wall.count()};
    const std::string as_json = options.json.empty() ? "" : json_text(report_json(report, facts));
    if (capture) capture->close();
    if (json) json->finish(as_json);
    if (options.json_on_stdout()) fmt::print("{}", as_json);
    if (for_people) fmt::print("{}", report_table(report, facts));

    const bool broken = !report.violations.empty() || report.wrong_octets_accepted > 0;
    if (job.drawn && !broken) return 0;
    const std::string sentence = shortfall(report, facts);
    if (sentence.empty()) return 0;
    std::fflush(stdout);
    fmt::print(stderr, "omcast: {}\n", sentence);
    return 1;
}

int run_file(const SimulateOptions& options) {
    for (const auto& [flag, output] : {std::pair{"--pcap", options.pcap}, std::pair{"--json", options.json}})
        if (!output.empty() && same_file(output, options.image))
            throw UsageError{fmt::format("{}: {} is the image itself", flag, output)};
    if (!options.pcap.empty() && same_file(options.pcap, options.json))
        throw UsageError{"--pcap and --json name the same file, " + options.pcap};
    const ImageFile file = load_to_send(options.image);
    if (options.version && file.package)
        throw UsageError{"--version contradicts a package: its manifest says what ONTs call it"};
    Job job;
    job.world = options.world;
    lend_packages(job.world, file, options.trust);
    job.name = options.image;
    job.package = package_line(file);
    job.image = {file.octets, omci::ImageCrc{file.crc}, file.version, file.md5};
    if (options.version) job.image.version = omci::make_version(*options.version);
    return run(job, options);
}

int run_seed(const SimulateOptions& options) {
    const std::uint64_t seed = options.hunt->first;
    const CrashReporter crash_reporter;
    const CrashNote note{seed};
    const sim::DrawnRun drawn = sim::drawn_run(seed, sim::draw_world(seed));
    Job job;
    job.world = drawn.options;
    job.name = fmt::format("drawn {} of {} octets", drawn.package.empty() ? "image" : "package",
                           grouped(drawn.image.octets.size()));
    job.drawn = true;
    job.image = drawn.image;
    return run(job, options);
}

}  // namespace

int simulate_command(int argc, char** argv) {
    const SimulateOptions options = parse_simulate_options(argc, argv);
    if (options.help) {
        fmt::print("{}", simulate_help());
        return 0;
    }
    if (options.serve) return serve(options);
    if (!options.hunt) return run_file(options);
    return options.hunt->first == options.hunt->last ? run_seed(options) : hunt_command(options);
}

}  // namespace tools
