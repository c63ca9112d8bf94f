// SPDX-License-Identifier: Apache-2.0
#include "tools/ont/packages.h"

#include "omci/package.h"

namespace tools {
namespace {

constexpr std::uint32_t cms_octets = 8 * 1024;
constexpr std::uint32_t head_spare_octets = 64;
/// What zstd makes of a frame that it cannot make smaller.
constexpr std::uint32_t frame_octets_max = omci::frame_yield_octets + omci::frame_yield_octets / 128 + 1024;

std::unique_ptr<std::uint8_t[]> room(std::size_t octets) {
    return std::make_unique_for_overwrite<std::uint8_t[]>(octets);
}

}  // namespace

OntPackages::OntPackages(const OntPackageKind& kind, std::uint32_t slot_octets)
    : kind_{kind},
      head_octets_{omci::package_header_octets + cms_octets + head_spare_octets +
                   omci::block_count(slot_octets) * omci::sha256_octets +
                   omci::frame_count(slot_octets) * omci::FrameEntry::wire_octets},
      head_{room(head_octets_)} {
    if (kind.block_buffer) block_ = room(omci::block_octets);
    if (!ont::Unpacker::available()) return;
    unpacker_ = std::make_unique<ont::Unpacker>();
    frame_ = room(frame_octets_max);
}

void OntPackages::lend(ont_options& options) {
    options.head = head_.get();
    options.head_octets = head_octets_;
    options.block = block_.get();
    options.block_octets = block_ ? omci::block_octets : 0;
    options.frame = frame_.get();
    options.frame_octets = frame_ ? frame_octets_max : 0;
    options.unpack_octets = unpacker_ ? ont::Unpacker::octets_max : 0;
    options.trust_anchor = kind_.trust ? 1 : 0;
    options.signers_min = kind_.signers_min;
}

}  // namespace tools
