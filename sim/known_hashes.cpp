// SPDX-License-Identifier: Apache-2.0
// Hashes that are computed once for all ONTs.
#include "sim/known_hashes.h"

#include <algorithm>
#include <cstring>

#include "omci/wire.h"
#include "sim/flash.h"

namespace sim {

namespace {

bool begins_with(KnownHashes::Piece whole, KnownHashes::Piece part) noexcept {
    return part.size() <= whole.size() && std::memcmp(whole.data(), part.data(), part.size()) == 0;
}

}  // namespace

KnownHashes::KnownHashes(PackageServices& services, std::span<const std::uint8_t> installed,
                         std::span<const std::uint8_t> stream)
    : sha256_{services.make_sha256()}, erased_(flash_block_octets, 0xFF) {
    for (std::size_t at = 0; at < installed.size(); at += omci::block_octets)
        add(installed.subspan(at, std::min<std::size_t>(omci::block_octets, installed.size() - at)), {});
    add(erased_, {});
    omci::PackageHeader header;
    if (omci::read_header(stream, header) != omci::HeaderFault::ok || header.head_octets() > stream.size()) return;
    const auto head_octets = static_cast<std::size_t>(header.head_octets());
    const omci::PackageHead head = omci::split_head(header, stream.first(head_octets));
    const Piece payload = stream.subspan(head_octets);
    for (std::size_t i = 0; i < head.frames.size() / omci::FrameEntry::wire_octets; ++i) {
        const omci::FrameEntry entry = omci::read_frame_entry(head.frames, i);
        const std::size_t yield = i * omci::frame_yield_octets;
        if (entry.offset > payload.size() || entry.octets > payload.size() - entry.offset || yield >= installed.size())
            return;
        add(payload.subspan(entry.offset, entry.octets),
            installed.subspan(yield, std::min<std::size_t>(omci::frame_yield_octets, installed.size() - yield)));
    }
}

void KnownHashes::add(Piece octets, Piece unpacked) {
    if (octets.size() < key_octets) return;
    by_key_.emplace(key(octets), pieces_.size());
    pieces_.push_back({octets, std::nullopt, unpacked});
}

std::uint64_t KnownHashes::key(Piece octets) noexcept {
    return omci::load_be<std::uint64_t>(octets.data()) * 0x9E37'79B9'7F4A'7C15u ^
           omci::load_be<std::uint64_t>(octets.data() + 8);
}

std::optional<std::size_t> KnownHashes::find(Piece octets) const {
    if (octets.size() < key_octets) return std::nullopt;
    const auto [first, last] = by_key_.equal_range(key(octets));
    for (auto at = first; at != last; ++at)
        if (begins_with(pieces_[at->second].octets, octets)) return at->second;
    return std::nullopt;
}

const omci::Sha256& KnownHashes::hash(std::size_t number) {
    Known& known = pieces_[number];
    if (!known.hash) {
        sha256_->start();
        sha256_->update(known.octets);
        known.hash = sha256_->finish();
    }
    return *known.hash;
}

KnownHashes::Piece KnownHashes::unpacked(Piece frame) const {
    const auto found = find(frame);
    return found && pieces_[*found].octets.size() == frame.size() ? pieces_[*found].unpacked : Piece{};
}

void KnowingSha256::start() noexcept {
    piece_.reset();
    taken_ = 0;
    real_runs_ = false;
}

void KnowingSha256::update(std::span<const std::uint8_t> octets) {
    if (octets.empty()) return;
    if (!real_runs_ && known_) {
        if (taken_ == 0) piece_ = known_->find(octets);
        if (piece_ && begins_with(known_->piece(*piece_).subspan(taken_), octets)) {
            taken_ += octets.size();
            return;
        }
    }
    if (!real_runs_) begin_for_real();
    real_->update(octets);
}

/// What was taken for known so far has to be hashed after all.
void KnowingSha256::begin_for_real() {
    real_runs_ = true;
    real_->start();
    if (piece_) real_->update(known_->piece(*piece_).first(taken_));
}

omci::Sha256 KnowingSha256::finish() {
    if (!real_runs_ && piece_ && taken_ == known_->piece(*piece_).size()) return known_->hash(*piece_);
    if (!real_runs_) begin_for_real();
    return real_->finish();
}

}  // namespace sim
