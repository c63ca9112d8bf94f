// SPDX-License-Identifier: Apache-2.0
// Every load and store opens the environment anew: others (fw_setenv, scripts) may change it in between, and what they
// change is not ours to undo. libubootenv holds its lock meanwhile, and syncs what it wrote before it returns.
#include "ont/linux/uboot_store.h"

#ifdef OMCAST_UBOOTENV

#include <libuboot.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

namespace ont {
namespace {

/// The library's context, opened. Close comes with the end of its life.
class Opened {
public:
    explicit Opened(const std::string& config) {
        if (libuboot_initialize(&context_, nullptr) != 0) {
            context_ = nullptr;
            error_ = "libubootenv could not be set up";
        } else if (libuboot_read_config(context_, config.c_str()) != 0) {
            error_ = config + " describes no environment of U-Boot, or one on a device that is not there";
        } else if (const int error = open(); error != 0) {
            error_ = "the environment that " + config + " describes cannot be read: " +
                     (error == -ENODATA ? "no copy of it is whole" : std::strerror(error < -1 ? -error : EIO));
        }
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    ~Opened() {
        if (context_ == nullptr) return;
        if (tried_) libuboot_close(context_);  // also when it failed: it holds the lock then, too
        libuboot_exit(context_);
    }
    const std::string& error() const { return error_; }
    uboot_ctx* get() const { return context_; }

private:
    int open() {
        tried_ = true;
        return libuboot_open(context_);
    }

    uboot_ctx* context_ = nullptr;
    bool tried_ = false;
    std::string error_;
};

/// Lines that name a copy: device, offset, size.
int copies(const std::string& config) {
    int copies = 0;
    std::ifstream file{config};
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line};
        std::string device, offset, size;
        if (words >> device >> offset >> size && device.front() == '/') ++copies;
    }
    return copies;
}

class UbootStore final : public EnvironmentStore {
public:
    explicit UbootStore(std::string config) : config_{std::move(config)} {}

    std::string load() override {
        if (!std::ifstream{config_}) return "cannot read " + config_ + ": " + std::strerror(errno);
        const Opened environment{config_};
        if (!environment.error().empty()) return environment.error();
        variables_.clear();
        for (void* at = libuboot_iterator(environment.get(), nullptr); at != nullptr;
             at = libuboot_iterator(environment.get(), at)) {
            const char* name = libuboot_getname(at);
            const char* value = libuboot_getvalue(at);
            if (name != nullptr && value != nullptr) variables_[name] = value;
        }
        return {};
    }

    std::optional<std::string> get(const std::string& name) const override {
        const auto found = variables_.find(name);
        if (found == variables_.end()) return std::nullopt;
        return found->second;
    }

    std::string store(std::span<const Setting> settings) override {
        {
            const Opened environment{config_};
            if (!environment.error().empty()) return environment.error();
            for (const Setting& setting : settings) {
                const char* value = setting.value.empty() ? nullptr : setting.value.c_str();
                if (libuboot_set_env(environment.get(), setting.name.c_str(), value) != 0)
                    return setting.name + " cannot be set to \"" + setting.value + "\" in the environment of U-Boot";
            }
            if (const int error = libuboot_env_store(environment.get()); error != 0)
                return "the environment that " + config_ + " describes cannot be stored: " +
                       (error == -ENOMEM ? "it is full" : std::strerror(error < -1 ? -error : EIO));
        }
        if (std::string error = load(); !error.empty()) return error;
        for (const Setting& setting : settings)
            if (get(setting.name).value_or("") != setting.value)
                return setting.name + " was stored in the environment of U-Boot, but reads back as another value";
        return {};
    }

private:
    std::string config_;
    std::map<std::string, std::string> variables_;
};

}  // namespace

std::string open_uboot_store(const std::string& config, std::unique_ptr<EnvironmentStore>& to) {
    auto store = std::make_unique<UbootStore>(config);
    if (copies(config) == 1)
        return config + " describes one copy of the environment: a power cut while it is stored would leave none";
    if (std::string error = store->load(); !error.empty()) return error;
    to = std::move(store);
    return {};
}

}  // namespace ont

#else

namespace ont {

std::string open_uboot_store(const std::string& config, std::unique_ptr<EnvironmentStore>&) {
    return "the environment that " + config + " describes cannot be read: this was built without libubootenv";
}

}  // namespace ont

#endif
