// SPDX-License-Identifier: Apache-2.0
// An ONT whose boot loader decides: environment in memory, model of the loader, BootEnvironment and image bank, for the
// tests of boot environments.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "ont/image_bank.h"
#include "ont/linux/boot_environment.h"
#include "tests/ont/boot_loaders.h"

namespace tests {

class LoadedOnt {
public:
    static constexpr std::uint8_t tries = 3;

    /// As the factory leaves it: image 0 runs, image 1 is valid too, and the environment has variables of others.
    explicit LoadedOnt(const Loader& model) : LoadedOnt{model, {{"ethaddr", "02:00:00:00:00:01"}, {"bootdelay", "3"}}} {
        make_environment();
        const std::uint8_t first[14] = "FIRST", second[14] = "SECOND";
        REQUIRE(ont_factory_record(&platform, 0, first, second) == 0);
        REQUIRE(power_on() == 0);
        REQUIRE(healthy());
    }
    /// Whatever lies in the environment; nothing is switched on.
    LoadedOnt(const Loader& model, MemoryEnvironment::Variables variables)
        : loader{model}, environment{std::move(variables)} {
        dialect = ont::find_dialect(model.dialect);
        REQUIRE(dialect != nullptr);
        lend();
    }
    LoadedOnt(const LoadedOnt&) = delete;
    LoadedOnt& operator=(const LoadedOnt&) = delete;

    const Loader& loader;
    const ont::Dialect* dialect;
    MemoryEnvironment environment;
    std::unique_ptr<ont::BootEnvironment> boot;
    ont::ImageBank bank;
    ont_platform platform{};
    ont_options options{};
    int hint = no_hint;
    bool has_hint = true;
    bool fail_hint = false;
    std::string error;  ///< of booted()

    /// The image that the loader boots, and nothing after it: what a hang before early init leaves.
    int loader_only() { return loader.boot(environment, std::exchange(hint, no_hint)); }

    /// Loader, early init, handler. The image that runs, or what the loader ended with.
    int reset() {
        const int image = loader_only();
        if (image >= 0) (void)early_init(image);
        return image;
    }
    int power_on() {
        hint = no_hint;  // a power cut forgets it
        return reset();
    }
    bool early_init(int image) {
        make_environment();
        error = boot->booted(static_cast<std::uint8_t>(image));
        if (!error.empty()) return false;
        return ont_booted(&platform, &options, static_cast<std::uint8_t>(image)) == 0 && bank.load(platform) == 0;
    }
    bool healthy() { return bank.prove(platform); }
    bool activate(std::uint8_t image) { return bank.activate(platform, image, tries); }
    bool commit(std::uint8_t image) { return bank.commit(platform, image, tries); }
    const ont::BootRecord& record() const { return bank.record(); }
    int boots_of_a_trial() const { return loader.counts ? tries : 1; }

    /// The attributes of both images, as in "ACV --V".
    std::string states() const {
        std::string text;
        for (std::uint8_t i = 0; i < 2; ++i) {
            text += i == 0 ? "" : " ";
            text += record().active == i ? 'A' : '-';
            text += record().committed == i ? 'C' : '-';
            text += record().image[i].valid ? 'V' : '-';
        }
        return text;
    }

    void make_environment() {
        ont::BootOnce mark;
        mark.context = this;
        mark.set = [](void* context, int image) {
            auto& self = *static_cast<LoadedOnt*>(context);
            if (self.fail_hint) return -1;
            self.hint = image == ont::boot_once_nothing ? no_hint : image;
            return 0;
        };
        boot = std::make_unique<ont::BootEnvironment>(environment, *dialect, has_hint ? mark : ont::BootOnce{});
    }

private:
    static LoadedOnt& self(void* context) { return *static_cast<LoadedOnt*>(context); }

    void lend() {
        platform.version = ONT_PLATFORM_VERSION;
        platform.context = this;
        platform.slot_octets = [](void*, std::uint8_t) { return 1u; };
        platform.slot_erase_unit = [](void*, std::uint8_t) { return 0u; };
        platform.slot_erase = [](void*, std::uint8_t, std::uint32_t) { return 0; };
        platform.slot_write = [](void*, std::uint8_t, std::uint32_t, const std::uint8_t*, std::size_t) { return 0; };
        platform.slot_read = [](void*, std::uint8_t, std::uint32_t, std::uint8_t*, std::size_t) { return 0; };
        platform.slot_sync = [](void*, std::uint8_t) { return 0; };
        platform.send = [](void*, const std::uint8_t*, std::size_t) { return 0; };
        platform.reboot = [](void*) {};
        platform.record_read = [](void* context, std::uint8_t* octets, std::size_t room, std::size_t* size) {
            return self(context).boot->record_read(octets, room, size);
        };
        platform.record_write = [](void* context, const std::uint8_t* octets, std::size_t size) {
            return self(context).boot->record_write(octets, size);
        };
    }
};

}  // namespace tests
