// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/package_services.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "ont/linux/sha256.h"
#include "ont/linux/unpacker.h"
#include "tools/usage.h"

namespace tools {
namespace {

/// What zstd makes of a frame that it cannot make smaller.
constexpr std::uint32_t frame_octets_max = omci::frame_yield_octets + omci::frame_yield_octets / 128 + 1024;

class Sha256 final : public sim::RunningSha256 {
public:
    void start() override { hash_.start(); }
    void update(std::span<const std::uint8_t> octets) override { hash_.update(octets); }
    omci::Sha256 finish() override { return hash_.finish(); }

private:
    ont::Sha256 hash_;
};

/// Of 128 ONTs that get the same frames hardly one has to unpack any: the room is made when one does.
class Unpacker final : public sim::Unpacker {
public:
    bool start(std::span<const std::uint8_t> frame) override {
        if (!real_) real_.emplace();
        return real_->start(frame) == 0;
    }
    bool next(std::span<std::uint8_t> out, std::size_t& count) override {
        return real_ && real_->next(out.data(), out.size(), &count) == 0;
    }

private:
    std::optional<ont::Unpacker> real_;
};

class Services final : public sim::PackageServices {
public:
    Services(std::shared_ptr<ont::PackageTrust> current, std::shared_ptr<ont::PackageTrust> old)
        : current_{std::move(current)}, old_{std::move(old)} {}

    std::unique_ptr<sim::RunningSha256> make_sha256() override { return std::make_unique<Sha256>(); }
    std::unique_ptr<sim::Unpacker> make_unpacker() override {
        return ont::Unpacker::available() ? std::make_unique<Unpacker>() : nullptr;
    }
    int signature(Anchor anchor, std::span<const std::uint8_t> cms, std::span<const std::uint8_t> manifest,
                  unsigned signers_min) override {
        return (anchor == Anchor::old ? old_ : current_)->check(cms, manifest, signers_min);
    }

private:
    std::shared_ptr<ont::PackageTrust> current_, old_;
};

/// The first item of a list, or `otherwise`.
std::string first_of(std::string_view list, const char* otherwise) {
    return list.empty() ? otherwise : std::string{list.substr(0, list.find(','))};
}

void refuse_vain_faults(const sim::Options& world, bool is_package, bool has_anchor) {
    for (const sim::OntFault& fault : world.faults) {
        if (!is_package && (fault.wrong_product || fault.high_counter || fault.small_head))
            throw UsageError{
                fmt::format("--fault for ONU-ID {}: what it says is of packages, and the image is none", fault.onu_id)};
        if (fault.old_anchor && !has_anchor)
            throw UsageError{
                fmt::format("--fault for ONU-ID {}: old-ca needs --ca FILE, what all others trust", fault.onu_id)};
    }
}

}  // namespace

void lend_packages(sim::Options& world, const ImageFile& image, const SimulatedTrust& options) {
    refuse_vain_faults(world, image.package.has_value(), options.trust.given());
    if (!image.package && !options.trust.given()) return;
    TrustOptions old = options.trust;
    old.anchors.clear();
    if (!options.old_anchors.empty()) old.anchors.push_back(options.old_anchors);
    sim::PackageOptions& packages = world.packages;
    packages.services = std::make_shared<Services>(load_trust(options.trust), load_trust(old));
    packages.trust_anchor = options.trust.given();
    packages.signers_min = static_cast<std::uint8_t>(options.trust.signers_min);
    packages.block_buffer = options.block_buffer;
    packages.frame_octets = frame_octets_max;
    packages.unpack_octets = ont::Unpacker::octets_max;
    if (!image.package) return;
    const omci::Manifest& manifest = image.package->manifest;
    packages.installed = image.installed();
    packages.product_code = std::string{manifest.product_code};
    packages.hardware = first_of(manifest.hardware, packages.hardware.c_str());
    packages.package_counter = manifest.security_counter;
}

}  // namespace tools
