// SPDX-License-Identifier: Apache-2.0
#include "tools/upgrade/report.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/json/array.hpp>

#include "tools/units.h"

namespace tools {
namespace {

namespace json = boost::json;

std::int64_t nanoseconds(const timeval& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + std::int64_t{time.tv_usec} * 1'000;
}

}  // namespace

ProcessCost cost_so_far() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime),
            static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
}

UpgradeReport::UpgradeReport(std::span<const OntSeen> onts, std::uint64_t image_octets, omci::MessageSet set,
                             bool stored_is_enough)
    : stored_is_enough_{stored_is_enough} {
    campaign_.image_octets = image_octets;
    campaign_.set = set;
    for (const OntSeen& ont : onts) {
        OntEnd end;
        end.outcome.onu = ont.onu;
        if (ont.serial) end.outcome.serial = *ont.serial;
        end.outcome.result = ont.trouble.empty() || !ont.serial ? olt::Result::lost : olt::Result::refused;
        end.reported = false;
        end.unserved = ont.trouble;
        failed_ += !ont.trouble.empty();
        if (ont.trouble.empty()) by_serial_[*ont.serial] = campaign_.onts.size();
        campaign_.onts.push_back(std::move(end));
    }
}

void UpgradeReport::take(const olt::Event& event) {
    if (const auto* group = std::get_if<olt::GroupFormed>(&event)) campaign_.groups.push_back({*group, 0, 0});
    const auto* outcome = std::get_if<olt::OntDone>(&event);
    if (!outcome) return;
    const auto place = by_serial_.find(outcome->serial);
    if (place == by_serial_.end()) return;
    OntEnd& end = campaign_.onts[place->second];
    const olt::Address onu = end.outcome.onu;
    end.outcome = *outcome;
    end.outcome.onu = onu;
    end.reported = true;
    end.as_asked = stored_is_enough_ && outcome->result == olt::Result::held && outcome->reason == olt::Reason::none;
    ++(achieved(end) ? done_ : failed_);
}

void UpgradeReport::finish(const EngineHost& host, const LinkCounts& link, olt::Duration took) {
    campaign_.accounts = host.engine().accounts();
    for (GroupEnd& group : campaign_.groups)
        for (const OntEnd& ont : campaign_.onts)
            if (ont.reported && ont.outcome.group == group.formed.group)
                ++(achieved(ont) ? group.upgraded : group.others);
    host_ = host.counts();
    link_ = link;
    stopped_ = host.stopped();
    took_ = took;
    const olt::Accounts& accounts = campaign_.accounts;
    if (accounts.last_end > accounts.first_section) transfer_ = accounts.last_end - accounts.first_section;
    if (host_.sections > 0) sending_ = host_.last_section - host_.first_section;
    cost_ = cost_so_far();
}

std::uint64_t UpgradeReport::sections_per_second() const noexcept {
    const auto microseconds = static_cast<std::uint64_t>(sending_ / std::chrono::microseconds{1});
    return microseconds == 0 ? 0 : host_.sections * 1'000'000 / microseconds;
}

std::string UpgradeReport::table() const {
    std::string out = fmt::format("\n{}\n{}{}{}", ends_table(campaign_), group_lines(campaign_),
                                  campaign_.groups.empty() ? "" : "\n", account_lines(campaign_));
    out += fmt::format("time           {}", time_text(took_.count()));
    if (transfer_ > olt::Duration{}) out += fmt::format(", {} of it transfer", time_text(transfer_.count()));
    if (const std::uint64_t rate = sections_per_second(); rate > 0)
        out += fmt::format("\nsections       {} in {}: {} a second", grouped(host_.sections),
                           time_text(sending_.count()), grouped(rate));
    out += fmt::format("\nthis process   {} of processor time, {} of memory at its peak\n", time_text(cost_.cpu_ns),
                       mebibytes(cost_.memory_octets));
    if (link_.bad_check + link_.unreadable + link_.not_sent > 0)
        out += fmt::format("link           {} with a wrong check, {} unreadable, {} could not be sent\n",
                           grouped(link_.bad_check), grouped(link_.unreadable), grouped(link_.not_sent));
    if (link_.overrun > 0)
        out += fmt::format("link           {} answers lost because this process was busy\n", grouped(link_.overrun));
    if (stopped_) out += "stopped by Ctrl-C\n";
    return out;
}

json::object UpgradeReport::json() const {
    json::object out;
    out["result"] = text(result_of(campaign_));
    out["stopped"] = stopped_;
    put_accounts(out, campaign_);
    out["message_set"] = campaign_.set == omci::MessageSet::baseline ? "baseline" : "extended";
    out["sections"] = host_.sections;
    out["sections_per_second"] = sections_per_second();
    out["sending_seconds"] = seconds(sending_);
    out["transfer_seconds"] = seconds(transfer_);
    out["wall_seconds"] = seconds(took_);
    out["cpu_seconds"] = seconds(olt::Duration{cost_.cpu_ns});
    out["memory_octets"] = cost_.memory_octets;
    out["frames_sent"] = link_.sent;
    out["frames_received"] = link_.received;
    out["bad_checks"] = link_.bad_check;
    out["unreadable"] = link_.unreadable;
    out["not_sent"] = link_.not_sent;
    out["overrun"] = link_.overrun;
    out["foreign_frames"] = host_.foreign;
    put_groups(out, campaign_);
    json::array onts;
    for (const OntEnd& ont : campaign_.onts) {
        json::object one = ont_json(ont);
        if (ont.outcome.serial == olt::SerialNumber{}) one["serial"] = nullptr;
        onts.push_back(std::move(one));
    }
    out["onts"] = std::move(onts);
    return out;
}

}  // namespace tools
