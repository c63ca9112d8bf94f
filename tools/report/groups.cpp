// SPDX-License-Identifier: Apache-2.0
#include "tools/report/groups.h"

#include <fmt/format.h>

#include <algorithm>

namespace tools {
namespace {

constexpr std::size_t every_other_min = 4;  // "3-7 odd" is harder to read than "3, 5, 7"

/// How many addresses from `begin` on follow each other on one PON at a distance of `step`.
std::size_t run_length(const std::vector<olt::Address>& onus, std::size_t begin, unsigned step) {
    std::size_t end = begin + 1;
    while (end < onus.size() && onus[end].pon == onus[begin].pon && onus[end].onu_id == onus[end - 1].onu_id + step)
        ++end;
    return end - begin;
}

template <typename Same>
std::vector<SameEnd> fold_where(const std::vector<OntEnd>& onts, bool name_pons, Same same) {
    struct Entry {
        SameEnd end;
        std::vector<olt::Address> onus;
    };
    std::vector<Entry> entries;
    for (const OntEnd& ont : onts) {
        auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& known) { return same(*known.end.example, ont); });
        if (entry == entries.end()) entry = entries.insert(entries.end(), Entry{{.example = &ont}, {}});
        ++entry->end.onts;
        entry->end.windows_repaired += ont.outcome.windows_repaired;
        if (ont.outcome.refusal) {
            const std::uint32_t ms = ont.outcome.refusal->milliseconds;
            Range<std::uint32_t>& all = entry->end.refused_ms;
            all = entry->end.onts == 1 ? Range<std::uint32_t>{ms, ms}
                                       : Range<std::uint32_t>{std::min(all.first, ms), std::max(all.last, ms)};
        }
        entry->end.longest = std::max(entry->end.longest, ont.outcome.ended - ont.outcome.began);
        entry->onus.push_back(ont.outcome.onu);
    }
    std::vector<SameEnd> ends;
    for (Entry& entry : entries) {
        entry.end.ids = text_of_ids(entry.onus, name_pons);
        ends.push_back(std::move(entry.end));
    }
    return ends;
}

bool same_refusal(const olt::OntDone& a, const olt::OntDone& b) {
    if (!a.refusal || !b.refusal) return !a.refusal && !b.refusal;
    return a.refusal->refusal == b.refusal->refusal && a.refusal->phase == b.refusal->phase;
}

bool same_end(const OntEnd& a, const OntEnd& b) {
    return same_refusal(a.outcome, b.outcome) && a.outcome.rolled_back == b.outcome.rolled_back &&
           a.reported == b.reported && a.outcome.result == b.outcome.result && a.outcome.reason == b.outcome.reason &&
           a.outcome.alone == b.outcome.alone && a.unserved == b.unserved;
}

}  // namespace

/// Mixed standby images make every other ONT's fate the same.
std::string text_of_ids(const std::vector<olt::Address>& onus, bool name_pons) {
    std::string out;
    for (std::size_t at = 0; at < onus.size();) {
        const std::size_t neighbours = run_length(onus, at, 1), others = run_length(onus, at, 2);
        const bool every_other = neighbours == 1 && others >= every_other_min;
        const std::size_t count = every_other ? others : neighbours;
        if (!out.empty()) out += ", ";
        if (name_pons) out += fmt::format("{}/", onus[at].pon);
        out += fmt::format("{}", onus[at].onu_id);
        if (count > 1) out += fmt::format("-{}", onus[at + count - 1].onu_id);
        if (every_other) out += onus[at].onu_id % 2 == 0 ? " even" : " odd";
        at += count;
    }
    return out;
}

bool achieved(const OntEnd& ont) {
    return ont.as_asked || (ont.reported && (ont.outcome.result == olt::Result::upgraded ||
                                             ont.outcome.result == olt::Result::up_to_date));
}

std::string name_of(omci::Refusal refusal) {
    const omci::RefusalRow& row = omci::row(refusal);
    return row.refusal == refusal ? row.name : fmt::format("refusal-{}", static_cast<unsigned>(refusal));
}

std::string text_of_end(const SameEnd& same) {
    const OntEnd& ont = *same.example;
    if (!ont.unserved.empty()) return ont.unserved;
    if (!ont.reported) return "no outcome reported";
    if (ont.outcome.rolled_back)
        return fmt::format("{}: rolled back after its trial boots", olt::text(ont.outcome.result));
    if (const auto& why = ont.outcome.refusal) {
        const omci::RefusalRow& row = omci::row(why->refusal);
        std::string out = fmt::format("{}: {}", olt::text(ont.outcome.result), name_of(why->refusal));
        if (row.refusal == why->refusal) out += fmt::format(" ({}), {}", row.tag, row.sentence);
        const auto [first, last] = same.refused_ms;
        return out + (first == last ? fmt::format("; {}, after {} ms", text(why->phase), first)
                                    : fmt::format("; {}, after {} to {} ms", text(why->phase), first, last));
    }
    if (ont.outcome.reason == olt::Reason::none && ont.outcome.alone != olt::Reason::none)
        return fmt::format("{}, alone: {}", olt::text(ont.outcome.result), olt::text(ont.outcome.alone));
    if (ont.outcome.reason == olt::Reason::none) return olt::text(ont.outcome.result);
    return fmt::format("{}: {}", olt::text(ont.outcome.result), olt::text(ont.outcome.reason));
}

std::vector<SameEnd> fold(const std::vector<OntEnd>& onts, bool name_pons) {
    return fold_where(onts, name_pons, [](const OntEnd& a, const OntEnd& b) {
        return same_end(a, b) && a.outcome.group == b.outcome.group && a.outcome.image == b.outcome.image &&
               (a.outcome.group == 0 || a.outcome.onu.pon == b.outcome.onu.pon);  // groups are numbered per PON
    });
}

std::vector<SameEnd> fold_by_end(const std::vector<OntEnd>& onts, bool name_pons) {
    return fold_where(onts, name_pons, same_end);
}

}  // namespace tools
