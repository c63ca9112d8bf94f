// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <random>
#include <stdexcept>

#include "tools/conversation.h"
#include "tools/image_file.h"
#include "tools/link/link.h"
#include "tools/report/json_text.h"
#include "tools/report/output_file.h"
#include "tools/report/progress.h"
#include "tools/units.h"
#include "tools/upgrade/engine_host.h"
#include "tools/upgrade/options.h"
#include "tools/upgrade/plan.h"
#include "tools/upgrade/report.h"
#include "tools/upgrade/survey.h"
#include "tools/usage.h"

namespace tools {
namespace {

/// Says it as far as somebody listens: a reader that went away is no reason to leave ONTs in mid-transfer, and the exit
/// status tells of the ONTs.
void say(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

std::string headline(const UpgradeOptions& options, const ImageFile& file, const olt::Image& image,
                     const UpgradePlan& plan, std::span<const OntSeen> onts) {
    std::string out = fmt::format("image    {}, {}", options.image, mebibytes(image.size()));
    if (const std::string_view version = omci::text(image.version); !version.empty())
        out += fmt::format(", version {}", printable(version));
    if (file.package)
        out += fmt::format("\npackage  {}{}", package_line(file), options.trust.given() ? ", signature good" : "");
    const std::size_t well = plan.campaign.targets.size();
    out += fmt::format("\nlink     {}\nto       {} ONT{}", options.set.link.text, well, well == 1 ? "" : "s");
    if (well < onts.size()) out += fmt::format(" of {}", onts.size());
    out += fmt::format(", {}, windows of {}, {}\nsections {}\n", plan.distribution, plan.campaign.window_sections,
                       rate_text(plan.engine.rate_bits_per_second), plan.message_set);
    for (const OntSeen& ont : onts)
        if (!ont.trouble.empty()) out += fmt::format("left out ONU-ID {}: {}\n", ont.onu.onu_id, ont.trouble);
    return out + "\n";
}

CampaignView::View view_for(const OntSet& set, std::FILE*& file) {
    using View = CampaignView::View;
    file = set.json_on_stdout() ? stderr : stdout;
    if (set.quiet) return View::none;
    if (is_live(file)) return View::live;
    return set.json_on_stdout() ? View::none : View::lines;
}

void refuse_same_files(const UpgradeOptions& options) {
    for (const auto& [flag, output] : {std::pair{"--capture", options.set.link.capture}, {"--json", options.set.json}})
        if (!output.empty() && same_file(output, options.image))
            throw UsageError{fmt::format("{}: {} is the image itself", flag, output)};
}

olt::Image image_of(const ImageFile& file, const UpgradeOptions& options) {
    olt::Image image{file.octets, omci::ImageCrc{file.crc}, file.version, file.md5};
    if (options.version) image.version = omci::make_version(*options.version);
    return image;
}

int upgrade(const UpgradeOptions& options) {
    refuse_same_files(options);
    const Profile profile = options.profile.empty() ? Profile{} : load_profile(options.profile);
    const ImageFile file = load_to_send(options.image);
    if (options.version && file.package)
        throw UsageError{"--version contradicts a package: its manifest says what ONTs call it"};
    if (options.trust.given()) check_signatures(file, options.image, options.trust);
    const OntSet& set = options.set;
    std::optional<OutputFile> json;
    if (!set.json.empty() && !set.json_on_stdout()) json.emplace(set.json);

    Loop loop;
    Link link{loop, set.link, LinkEnd::olt, set.first(), set.count()};
    Conversation conversation{link, static_cast<std::uint16_t>(std::random_device{}())};
    const std::vector<OntSeen> onts = identify(conversation, set.onu_ids, patience_of(set.answer_time));
    if (!any_answers(onts)) throw std::runtime_error{nobody_answers(onts, set.link.text)};

    UpgradePlan plan = plan_upgrade(options, profile, {link.message_max(), link.keyed(), link.has_shared_port()}, onts);
    plan.campaign.image = image_of(file, options);
    // Behind the questions just asked: an ONT that saw a command under the same identifier would repeat its answer.
    plan.engine.first_transaction = omci::value(conversation.next_id());
    if (set.for_people()) say(headline(options, file, plan.campaign.image, plan, onts));

    const auto message_set =
        plan.campaign.set == olt::SetChoice::extended ? omci::MessageSet::extended : omci::MessageSet::baseline;
    UpgradeReport report{onts, file.octets.size(), message_set, !options.activate};
    EngineHost host{link, plan.engine};
    for (const OntSeen& ont : onts)
        if (ont.trouble.empty() && !host.up(ont.onu.onu_id, *ont.serial))
            throw std::logic_error{fmt::format("the engine takes no ONU-ID {}", ont.onu.onu_id)};

    std::FILE* view_file = nullptr;
    const CampaignView::View kind = view_for(set, view_file);
    CampaignView view{kind, view_file, static_cast<std::uint32_t>(onts.size())};
    const olt::Instant began = link.now();
    EngineHost::Watch watch;
    watch.event = [&](const olt::Event& event) { report.take(event); };
    watch.look = [&](olt::Instant now) {
        CampaignMoment moment;
        moment.time = now - began;
        moment.onts = olt::overview(host.engine().status(), file.octets.size());
        moment.octets_total = file.octets.size();
        moment.downstream_octets = host.engine().accounts().downstream_octets();
        moment.done = report.done();
        moment.failed = report.failed();
        view.show(moment, std::chrono::steady_clock::now());
    };
    if (!host.run(plan.campaign, watch)) throw std::logic_error{"the engine refuses the campaign"};
    view.clear();

    report.finish(host, link.counts(), link.now() - began);
    const std::string as_json = set.json.empty() ? "" : json_text(report.json());
    if (set.json_on_stdout()) say(as_json);
    if (set.json_on_stdout() && std::ferror(stdout) != 0)
        throw std::runtime_error{"--json: the standard output cannot be written"};
    if (set.for_people()) say(report.table());
    if (json) json->finish(as_json);  // behind the table: where it fails, people have seen how the ONTs ended
    for (const std::string& sentence : {link.capture_failure(), report.shortfall()})
        if (!sentence.empty()) std::fprintf(stderr, "omcast: %s\n", sentence.c_str());
    return link.capture_failure().empty() && report.shortfall().empty() ? 0 : 1;
}

}  // namespace

int upgrade_command(int argc, char** argv) {
    const UpgradeOptions options = parse_upgrade_options(argc, argv);
    if (!options.help) return upgrade(options);
    std::fputs(upgrade_help().c_str(), stdout);
    return 0;
}

}  // namespace tools
