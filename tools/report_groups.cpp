// SPDX-License-Identifier: Apache-2.0
#include "tools/report_groups.h"

#include <fmt/format.h>

#include <algorithm>

namespace tools {
namespace {

/// Writes ranges of neighbours: 0-4, 6. Fed with addresses in ascending order.
class Ranges {
public:
    explicit Ranges(bool name_pons) : name_pons_{name_pons} {}

    void add(const olt::Address& onu) {
        if (open_ && onu.pon == first_.pon && onu.onu_id == last_ + 1) {
            last_ = onu.onu_id;
            return;
        }
        close();
        first_ = onu;
        last_ = onu.onu_id;
        open_ = true;
    }

    std::string text() {
        close();
        return out_;
    }

private:
    void close() {
        if (!open_) return;
        if (!out_.empty()) out_ += ", ";
        if (name_pons_) out_ += fmt::format("{}/", first_.pon);
        out_ += fmt::format("{}", first_.onu_id);
        if (last_ != first_.onu_id) out_ += fmt::format("-{}", last_);
        open_ = false;
    }

    bool name_pons_;
    bool open_ = false;
    olt::Address first_{};
    unsigned last_ = 0;
    std::string out_;
};

template <typename Same>
std::vector<SameEnd> fold_where(const std::vector<sim::OntReport>& onts, bool name_pons, Same same) {
    struct Entry {
        SameEnd end;
        Ranges ranges;
    };
    std::vector<Entry> entries;
    for (const sim::OntReport& ont : onts) {
        auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& known) { return same(*known.end.example, ont); });
        if (entry == entries.end()) entry = entries.insert(entries.end(), Entry{{.example = &ont}, Ranges{name_pons}});
        ++entry->end.onts;
        entry->end.windows_repaired += ont.outcome.windows_repaired;
        entry->end.longest = std::max(entry->end.longest, ont.outcome.ended - ont.outcome.began);
        entry->ranges.add(ont.outcome.onu);
    }
    std::vector<SameEnd> ends;
    for (Entry& entry : entries) {
        entry.end.ids = entry.ranges.text();
        ends.push_back(std::move(entry.end));
    }
    return ends;
}

bool same_end(const sim::OntReport& a, const sim::OntReport& b) {
    return a.reported == b.reported && a.outcome.result == b.outcome.result && a.outcome.reason == b.outcome.reason;
}

}  // namespace

bool achieved(const sim::OntReport& ont) {
    return ont.reported &&
           (ont.outcome.result == olt::Result::upgraded || ont.outcome.result == olt::Result::up_to_date);
}

std::string text_of_end(const sim::OntReport& ont) {
    if (!ont.reported) return "no outcome reported";
    if (ont.outcome.reason == olt::Reason::none) return olt::text(ont.outcome.result);
    return fmt::format("{}: {}", olt::text(ont.outcome.result), olt::text(ont.outcome.reason));
}

std::vector<SameEnd> fold(const std::vector<sim::OntReport>& onts, bool name_pons) {
    return fold_where(onts, name_pons, [](const sim::OntReport& a, const sim::OntReport& b) {
        return same_end(a, b) && a.outcome.group == b.outcome.group && a.outcome.image == b.outcome.image &&
               (a.outcome.group == 0 || a.outcome.onu.pon == b.outcome.onu.pon);  // groups are numbered per PON
    });
}

std::vector<SameEnd> fold_by_end(const std::vector<sim::OntReport>& onts, bool name_pons) {
    return fold_where(onts, name_pons, same_end);
}

}  // namespace tools
