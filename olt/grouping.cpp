// SPDX-License-Identifier: Apache-2.0
#include "olt/grouping.h"

#include <algorithm>

namespace olt {

std::vector<Group> make_groups(const std::vector<Candidate>& candidates, std::size_t members_min) {
    std::vector<Group> groups;
    for (const Candidate& candidate : candidates) {
        if (!candidate.hears_shared) continue;
        const auto same = [&](const Group& g) { return g.image == candidate.image && g.set == candidate.set; };
        auto group = std::find_if(groups.begin(), groups.end(), same);
        if (group == groups.end()) group = groups.insert(group, Group{candidate.image, candidate.set, {}});
        group->members.push_back(candidate.index);
    }
    std::erase_if(groups, [&](const Group& g) { return g.members.size() < members_min; });
    std::stable_sort(groups.begin(), groups.end(),
                     [](const Group& a, const Group& b) { return a.members.size() > b.members.size(); });
    return groups;
}

}  // namespace olt
