// SPDX-License-Identifier: Apache-2.0
// What the board lends its handler to judge and unpack packages: toys, of one computation at a time.
#include <algorithm>

#include "tests/ont/power_cut/board.h"

namespace power_cut {
namespace {

constexpr std::size_t head_octets = 4096;
constexpr std::size_t frame_octets = 0x2'0000;

}  // namespace

void Board::lend_packages() {
    arena_.head.resize(head_octets);
    arena_.block.resize(omci::block_octets);
    arena_.frame.resize(frame_octets);
    options_.head = arena_.head.data();
    options_.head_octets = arena_.head.size();
    options_.block = arena_.block.data();
    options_.block_octets = arena_.block.size();
    options_.frame = arena_.frame.data();
    options_.frame_octets = arena_.frame.size();
    options_.trust_anchor = 1;
    platform_.sha256_start = [](void* c) { static_cast<Board*>(c)->hash_.start(); };
    platform_.sha256_update = [](void* c, const std::uint8_t* octets, std::size_t count) {
        static_cast<Board*>(c)->hash_.update({octets, count});
    };
    platform_.sha256_finish = [](void* c, std::uint8_t hash[32]) {
        const omci::Sha256 is = static_cast<Board*>(c)->hash_.finish();
        std::copy(is.begin(), is.end(), hash);
    };
    platform_.signature = [](void* c, const std::uint8_t* cms, std::size_t cms_octets, const std::uint8_t* manifest,
                             std::size_t manifest_octets, unsigned) -> int {
        const bool good = signed_well({cms, cms_octets}, {manifest, manifest_octets});
        const bool any = static_cast<Board*>(c)->setup.mutant == Mutant::any_signature;
        return good || any ? ONT_REFUSAL_NONE : ONT_REFUSAL_SIGNATURE_WRONG;
    };
    // A frame is its octets.
    platform_.unpack_start = [](void* c, const std::uint8_t* frame, std::size_t octets) {
        static_cast<Board*>(c)->frame_ = {frame, octets};
        return 0;
    };
    platform_.unpack_next = [](void* c, std::uint8_t* out, std::size_t room, std::size_t* count) {
        auto& frame = static_cast<Board*>(c)->frame_;
        *count = std::min(room, frame.size());
        std::copy_n(frame.begin(), *count, out);
        frame = frame.subspan(*count);
        return 0;
    };
}

}  // namespace power_cut
