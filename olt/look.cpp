// SPDX-License-Identifier: Apache-2.0
#include "olt/look.h"

#include <algorithm>

namespace olt {
namespace {

/// Where both sides know a hash it decides; a version is only as good as the name someone gave the image.
bool holds(const OntView& ont, std::uint8_t index, const Image& wanted, const OntHistory& history) {
    const omci::SoftwareImage& image = ont.images[index];
    if (!image.valid && !image.active) return false;
    if (history.written == index && omci::same_version(image.version, history.written_version)) return true;
    if (wanted.hash && ont.hashes[index]) return *wanted.hash == *ont.hashes[index];
    return wanted.version != omci::Version{} && omci::same_version(wanted.version, image.version);
}

}  // namespace

Verdict verdict(const OntView& ont, const Image& wanted, const OntHistory& history) noexcept {
    if (ont.images[0].active == ont.images[1].active) return {Next::unreadable, 0};
    const std::uint8_t active = ont.images[0].active ? 0 : 1;
    const std::uint8_t other = active ^ 1;
    const bool committed = ont.images[active].committed;

    if (holds(ont, active, wanted, history)) return {committed ? Next::finish : Next::commit, active};
    if (history.activated && history.written == other) return {Next::came_back, other};
    if (ont.images[other].valid && holds(ont, other, wanted, history)) return {Next::activate, other};
    if (!committed) return {Next::no_idle, active};
    return {Next::transfer, other};
}

bool read_state(const omci::GetResponse& response, omci::SoftwareImage& image) noexcept {
    using namespace omci::software_image;
    const std::uint16_t mask = omci::value(response.mask);
    constexpr std::uint16_t needed = is_committed | is_active | is_valid;
    if (response.result != omci::ResultCode::success && response.result != omci::ResultCode::attributes_failed)
        return false;
    if ((mask & needed) != needed) return false;
    const std::size_t version_size = (mask & version) ? omci::version_octets : 0;
    if (response.values.size() < version_size + 3) return false;
    image = {};
    std::copy_n(response.values.begin(), version_size, image.version.begin());
    image.committed = response.values[version_size] != 0;
    image.active = response.values[version_size + 1] != 0;
    image.valid = response.values[version_size + 2] != 0;
    return true;
}

std::optional<omci::ImageHash> read_hash(const omci::GetResponse& response) noexcept {
    if (response.result != omci::ResultCode::success) return std::nullopt;
    if (omci::value(response.mask) != omci::software_image::image_hash) return std::nullopt;
    if (response.values.size() < omci::image_hash_octets) return std::nullopt;
    omci::ImageHash hash;
    std::copy_n(response.values.begin(), hash.size(), hash.begin());
    if (hash == omci::ImageHash{}) return std::nullopt;
    return hash;
}

}  // namespace olt
