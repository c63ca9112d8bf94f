// SPDX-License-Identifier: Apache-2.0
// All that one device stores: files of one folder, block devices, raw flash, UBI volumes. It can be copied, and a run
// begins with such a copy. fake_kernel.h shows it to the backends of ont/linux/ as the kernel would.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/ont/power_cut/flash_model.h"
#include "tests/ont/power_cut/media.h"

namespace power_cut {

enum class Kind : std::uint8_t { file, folder, block, flash, volume, text };

struct Node {
    Kind kind = Kind::file;
    std::string path;  ///< as it was created
    Media media;       ///< of files and block devices
    Flash flash;
    Volume volume;
    std::string text;  ///< of what sysfs says
};

/// A name and what it stands for.
struct Entry {
    std::string path;
    int node = -1;
};
using Entries = std::vector<Entry>;

inline constexpr const char* folder_path = "/ont";

class Storage {
public:
    Storage();

    int find(std::string_view path) const;  ///< -1: nothing of that name
    Node& node(int number) { return nodes_[static_cast<std::size_t>(number)]; }
    const Node& node(int number) const { return nodes_[static_cast<std::size_t>(number)]; }
    const Node* node_of(std::string_view path) const;

    /// Something that was always there.
    int add(Kind kind, std::string path);

    // Changes of the folder; they last once it was synced, and a cut keeps a first part of the others.
    int create(Fate fate, std::string path);
    void rename(Fate fate, std::string_view from, std::string to);
    void unlink(Fate fate, std::string_view path);
    void sync_folder(Fate fate, Dice& dice);

    /// The power was out: what was not synced is lost, kept, or part of it is.
    void settle(Dice& dice);

    /// For all raw flash: as there.
    void age(Dice& dice);

private:
    void changed(Fate fate, Entries next);

    std::vector<Node> nodes_;
    Entries durable_;
    std::vector<Entries> pending_;  ///< the folder after each change since it was synced

    const Entries& entries() const { return pending_.empty() ? durable_ : pending_.back(); }
};

}  // namespace power_cut
