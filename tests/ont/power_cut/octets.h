// SPDX-License-Identifier: Apache-2.0
// Octets that many copies of a device share until one of them changes them: a run begins with a copy of all that a
// device stores, and changes little of it. Copied with memcpy(), which is quick under the sanitizers too.
#pragma once

#include <cstring>
#include <memory>
#include <span>

#include "tests/ont/power_cut/power.h"

namespace power_cut {

class Octets {
public:
    explicit Octets(std::size_t octets = 0, std::uint8_t fill = 0) : shared_{std::make_shared<Bytes>(octets, fill)} {}

    const Bytes& get() const { return *shared_; }
    std::size_t size() const { return shared_->size(); }

    /// To be changed: by now they are this object's alone.
    Bytes& change() {
        if (shared_.use_count() == 1) return *shared_;
        auto own = std::make_shared<Bytes>(shared_->size());
        if (!own->empty()) std::memcpy(own->data(), shared_->data(), own->size());
        shared_ = std::move(own);
        return *shared_;
    }

private:
    std::shared_ptr<Bytes> shared_;
};

/// What a slot holds, piece by piece.
using Pieces = std::vector<std::span<const std::uint8_t>>;

}  // namespace power_cut
