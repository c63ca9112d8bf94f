// SPDX-License-Identifier: Apache-2.0
#include "tests/ont/power_cut/storage.h"

#include <algorithm>
#include <utility>

namespace power_cut {

Storage::Storage() { add(Kind::folder, folder_path); }

int Storage::find(std::string_view path) const {
    const Entries& all = entries();
    const auto entry = std::find_if(all.begin(), all.end(), [&](const Entry& e) { return e.path == path; });
    return entry == all.end() ? -1 : entry->node;
}

const Node* Storage::node_of(std::string_view path) const {
    const int number = find(path);
    return number < 0 ? nullptr : &node(number);
}

int Storage::add(Kind kind, std::string path) {
    const int number = static_cast<int>(nodes_.size());
    nodes_.emplace_back();
    nodes_.back().kind = kind;
    nodes_.back().path = path;
    durable_.push_back({std::move(path), number});
    return number;
}

/// A change of names is one entry of the file system's journal: it is there or it is not.
void Storage::changed(Fate fate, Entries next) {
    if (fate == Fate::done || fate == Fate::last) pending_.push_back(std::move(next));
}

int Storage::create(Fate fate, std::string path) {
    const int number = static_cast<int>(nodes_.size());
    nodes_.emplace_back();
    nodes_.back().path = path;
    Entries next = entries();
    next.push_back({std::move(path), number});
    changed(fate, std::move(next));
    return number;
}

void Storage::rename(Fate fate, std::string_view from, std::string to) {
    Entries next = entries();
    std::erase_if(next, [&](const Entry& e) { return e.path == to; });
    for (Entry& e : next)
        if (e.path == from) e.path = to;
    changed(fate, std::move(next));
}

void Storage::unlink(Fate fate, std::string_view path) {
    Entries next = entries();
    std::erase_if(next, [&](const Entry& e) { return e.path == path; });
    changed(fate, std::move(next));
}

void Storage::sync_folder(Fate fate, Dice& dice) {
    if (pending_.empty() || fate == Fate::nothing) return;
    // A folder that is synced by half keeps a first part of its changes.
    const bool whole = fate == Fate::done || fate == Fate::last;
    const std::size_t kept = whole ? pending_.size() : dice.below(pending_.size() + 1);
    if (kept == 0) return;
    durable_ = std::move(pending_[kept - 1]);
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(kept));
}

void Storage::settle(Dice& dice) {
    const auto survival = static_cast<Survival>(dice.below(3));
    const auto stays = [&](std::size_t count) {
        return survival == Survival::keep ? count : survival == Survival::lose ? 0 : dice.below(count + 1);
    };
    if (const std::size_t kept = stays(pending_.size()); kept > 0) durable_ = std::move(pending_[kept - 1]);
    pending_.clear();
    for (Node& node : nodes_) {
        node.media.settle(survival, dice);
        node.volume.settle(dice);
    }
}

void Storage::age(Dice& dice) {
    for (Node& node : nodes_) node.flash.age(dice);
}

}  // namespace power_cut
