// SPDX-License-Identifier: Apache-2.0
// One bit on its way, and the checks over it.
#include "sim/tamper.h"

#include <algorithm>

#include "omci/crc32.h"
#include "omci/software_download.h"
#include "omci/wire.h"

namespace sim {

void Tamperer::download_started() noexcept {
    accepted_ = 0;
    changed_ = false;
    ++downloads_;
}

std::span<const std::uint8_t> Tamperer::pass(std::span<const std::uint8_t> octets) {
    if (options_.downloads_max != 0 && downloads_ > options_.downloads_max) return octets;
    const auto frame = omci::read_frame(octets);
    if (!frame || frame->header.acknowledgement || frame->header.me_class != omci::MeClass::software_image)
        return octets;
    const auto contents_at = static_cast<std::size_t>(frame->contents.data() - octets.data());
    if (frame->header.action == omci::Action::download_section) {
        const auto section = omci::read_message<omci::SectionRequest>(*frame);
        if (!section) return octets;
        const std::size_t first =
            accepted_ + std::size_t{section->section_number} * omci::section_octets(frame->header.set);
        if (options_.at < first || options_.at - first >= section->data.size()) return octets;
        // A window that the ONT forgot comes again; one that is not meant for it lies somewhere else in the stream.
        const std::size_t known = std::min(section->data.size(), options_.stream.size() - first);
        if (!std::equal(section->data.begin(), section->data.begin() + static_cast<std::ptrdiff_t>(known),
                        options_.stream.begin() + static_cast<std::ptrdiff_t>(first)))
            return octets;
        changed_ = true;
        octets_.assign(octets.begin(), octets.end());
        octets_[contents_at + 1 + (options_.at - first)] ^= 1;
        return resealed();
    }
    if (frame->header.action != omci::Action::end_software_download || !changed_) return octets;
    const auto end = omci::read_message<omci::EndRequest>(*frame);
    if (!end || end->is_abort()) return octets;
    if (!crc_) {
        std::vector<std::uint8_t> stream(options_.stream.begin(), options_.stream.end());
        stream[options_.at] ^= 1;
        crc_ = omci::crc32(stream);
    }
    octets_.assign(octets.begin(), octets.end());
    omci::store_be(octets_.data() + contents_at, *crc_);
    return resealed();
}

std::span<const std::uint8_t> Tamperer::resealed() {
    const std::size_t checked = octets_.size() - omci::mic_octets;
    omci::store_be(octets_.data() + checked, omci::crc32(std::span{octets_}.first(checked)));
    return octets_;
}

}  // namespace sim
