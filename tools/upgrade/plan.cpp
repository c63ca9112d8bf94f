// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "olt/pacer.h"

namespace tools {
namespace {

constexpr std::uint16_t usual_window = 32;
constexpr std::uint64_t usual_rate = 10'000'000;
/// A process that sleeps is woken tens of microseconds late, on a busy machine a millisecond: 14 and 240 baseline
/// sections at 100 Mbit/s. It may catch up with all of that, or it would never reach its rate. Queues stand it: an ONT
/// never has more than one window and its close before it, and a socket holds hundreds of frames.
constexpr olt::Duration pace_slack = std::chrono::milliseconds{1};
/// An ONT that is a process on a busy machine may have its turn tens of milliseconds late. A close that was sent again
/// while its answer was on the way then arrives behind sections of the next window, and spoils that one.
constexpr olt::Duration close_timeout_min = std::chrono::milliseconds{50};
/// An ONT that says nothing of its restart is looked at first after the usual times, and sooner where less was allowed.
constexpr unsigned quiet_share = 4, poll_share = 8;

std::size_t count_extended(std::span<const OntSeen> onts, std::size_t& of) {
    std::size_t count = 0;
    for (const OntSeen& ont : onts) {
        of += ont.trouble.empty();
        count += ont.trouble.empty() && omci::speaks_extended(ont.omcc_version);
    }
    return count;
}

void choose_message_set(UpgradePlan& plan, const UpgradeOptions& options, const Profile& profile, const LinkFacts& link,
                        std::span<const OntSeen> onts) {
    const bool asked = options.message_set == olt::SetChoice::extended;
    const bool fits = link.message_max >= omci::frame_max_octets;
    if (asked && !fits)
        throw std::runtime_error{fmt::format(
            "{}: --message-set extended needs messages of {} octets, and this link carries {}: raise its MTU, or use "
            "baseline",
            options.set.link.text, omci::frame_max_octets, link.message_max)};
    std::size_t all = 0;
    const std::size_t able = count_extended(onts, all);
    plan.campaign.set = olt::SetChoice::baseline;
    if (options.message_set == olt::SetChoice::baseline) {
        plan.message_set = "baseline";
    } else if (!fits) {
        plan.message_set =
            fmt::format("baseline, since the MTU of the link bounds messages to {} octets", link.message_max);
    } else if (!asked && profile.extended == false) {
        plan.message_set = "baseline, as the profile has it";
    } else if (able == 0) {
        plan.message_set = all == 1 ? "baseline, since the ONT knows no other"
                                    : fmt::format("baseline, since none of {} ONTs knows extended", all);
    } else {
        plan.campaign.set = olt::SetChoice::extended;
        plan.message_set = able == all ? "extended" : fmt::format("extended, which {} of {} ONTs know", able, all);
    }
}

void choose_distribution(UpgradePlan& plan, const UpgradeOptions& options, const Profile& profile,
                         const LinkFacts& link) {
    const bool shareable = link.has_shared_port && !link.keyed;
    const bool deaf = profile.hears_shared == false;
    plan.campaign.mode = options.mode ? *options.mode : shareable && !deaf ? olt::Mode::lockstep : olt::Mode::unicast;
    plan.campaign.close = options.close ? *options.close : profile.close.value_or(olt::Close::unicast);
    if (plan.campaign.mode == olt::Mode::lockstep)
        plan.distribution =
            plan.campaign.close == olt::Close::shared ? "lockstep, shared close" : "lockstep, unicast close";
    else if (options.mode || shareable)
        plan.distribution = options.mode ? "unicast" : "unicast, since by the profile they do not hear the shared port";
    else
        plan.distribution =
            link.keyed ? "unicast, since frames are keyed" : "unicast, since the link has no shared port";
}

/// The command line wins; a profile only ever slows down, for what the PON can spare is not the ONT's to say.
std::uint64_t choose_rate(const UpgradeOptions& options, const Profile& profile, omci::MessageSet set) {
    if (options.rate) return *options.rate;
    if (!profile.sections_per_second) return usual_rate;
    const std::size_t frame = set == omci::MessageSet::extended ? omci::frame_max_octets : omci::baseline_frame_octets;
    return std::min(usual_rate, *profile.sections_per_second * std::uint64_t{8} * olt::wire_octets(frame));
}

}  // namespace

UpgradePlan plan_upgrade(const UpgradeOptions& options, const Profile& profile, const LinkFacts& link,
                         std::span<const OntSeen> onts) {
    UpgradePlan plan;
    choose_message_set(plan, options, profile, link, onts);
    choose_distribution(plan, options, profile, link);
    plan.campaign.window_sections = options.window ? *options.window : profile.window.value_or(usual_window);
    plan.campaign.calls = options.calls;
    plan.campaign.activate = options.activate;
    plan.campaign.commit = options.commit;
    for (const OntSeen& ont : onts)
        if (ont.trouble.empty()) plan.campaign.targets.push_back(*ont.serial);

    const auto set =
        plan.campaign.set == olt::SetChoice::extended ? omci::MessageSet::extended : omci::MessageSet::baseline;
    olt::Policy& policy = plan.engine.policy;
    plan.engine.rate_bits_per_second = choose_rate(options, profile, set);
    policy.pace_slack = pace_slack;
    policy.close_timeout_min = close_timeout_min;
    if (profile.close_guard_us) policy.close_guard = std::chrono::microseconds{*profile.close_guard_us};
    policy.confirm_wait_max = options.reboot_wait;
    policy.reboot_quiet = std::min<olt::Duration>(policy.reboot_quiet, options.reboot_wait / quiet_share);
    policy.reboot_poll = std::min<olt::Duration>(policy.reboot_poll, options.reboot_wait / poll_share);
    return plan;
}

}  // namespace tools
