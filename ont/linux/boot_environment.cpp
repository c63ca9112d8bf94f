// SPDX-License-Identifier: Apache-2.0
// The record and the loader's variables, kept in step.
#include "ont/linux/boot_environment.h"

#include <algorithm>
#include <cstring>

#include "ont/linux/uboot_store.h"

namespace ont {
namespace {

constexpr char digits[] = "0123456789abcdef";

std::string to_hexadecimal(std::span<const std::uint8_t> octets) {
    std::string text;
    for (const std::uint8_t octet : octets) {
        text += digits[octet >> 4];
        text += digits[octet & 15];
    }
    return text;
}

std::optional<BootRecord> from_hexadecimal(const std::string& text) {
    std::vector<std::uint8_t> octets(text.size() / 2);
    if (text.size() % 2 != 0 || octets.size() > ONT_RECORD_OCTETS_MAX) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char* digit = text[i] != 0 ? std::strchr(digits, text[i]) : nullptr;
        if (digit == nullptr) return std::nullopt;
        octets[i / 2] = static_cast<std::uint8_t>(octets[i / 2] << 4 | (digit - digits));
    }
    return decode_record(octets);
}

BootEnvironment& self(void* context) { return *static_cast<BootEnvironment*>(context); }

/// The image that the loader would boot next, but for one that is tried once; `images` where nobody says.
std::uint8_t aims_at(const LoaderState& now) {
    if (now.stays) return *now.stays;
    if (now.chosen) {
        const bool used_up = now.counting && now.boots_taken.value_or(0) >= now.boots_max.value_or(255);
        return used_up ? other(*now.chosen) : *now.chosen;
    }
    for (const std::uint8_t image : now.order)
        if (now.boots_left[image].value_or(1) > 0) return image;
    return now.order.empty() ? std::uint8_t{images} : now.order.front();
}

}  // namespace

BootRecord after_loader(const Dialect& dialect, BootRecord record, const LoaderState& now) {
    const auto planned = plan(record);
    if (!planned || !planned->tries_one()) return record;
    ImageRecord& image = record.image[planned->tried];
    unsigned left = 0;
    if (has(dialect, Means::order)) {
        left = now.boots_left[planned->tried].value_or(0);
    } else if (has(dialect, Means::chosen)) {
        const unsigned taken = now.boots_taken.value_or(0), most = now.boots_max.value_or(0);
        if (now.chosen == planned->tried && now.counting && most > taken) left = most - taken;
    } else if (has(dialect, Means::tried_once)) {
        if (now.tried == planned->tried) left = image.tries_left;
    }
    image.tries_left = static_cast<std::uint8_t>(std::min<unsigned>(left, image.tries_left));
    return record;
}

BootRecord after_others(BootRecord record, const LoaderState& now) {
    const auto planned = plan(record);
    for (std::size_t i = 0; i < images; ++i) {
        ImageRecord& image = record.image[i];
        const std::string version = now.version[i].value_or("").substr(0, omci::version_octets);
        const bool other_version = now.version[i] && version != version_text(image.version);
        if (now.valid[i] == false && image.valid) image = {};
        if (now.valid[i] == true && (!image.valid || other_version))
            image = {.valid = true, .version = omci::make_version(version)};
    }
    const std::uint8_t committed = aims_at(now);
    const bool as_planned = planned && committed == (now.stays ? planned->stays : planned->next());
    if (!as_planned && committed < images && record.image[committed].valid) {
        record.committed = committed;
        record.trial = false;
        record.image[committed].proven = true;  // who committed it knew why: the loader was to boot it for good
    }
    return record;
}

std::string BootEnvironment::open(const std::string& config, const std::string& dialect,
                                  std::unique_ptr<BootEnvironment>& to, BootOnce boot_once) {
    const Dialect* found = find_dialect(dialect);
    if (found == nullptr) return "there is no boot loader dialect \"" + dialect + "\": they are " + dialect_names();
    std::unique_ptr<EnvironmentStore> store;
    if (std::string error = open_uboot_store(config, store); !error.empty()) return error;
    auto environment = std::make_unique<BootEnvironment>(*store, *found, boot_once);
    environment->owned_ = std::move(store);
    to = std::move(environment);
    return {};
}

/// What lies in the environment, as it stands.
std::string BootEnvironment::read_stored(std::uint8_t image, BootRecord& record, LoaderState& now) {
    if (std::string error = store_.load(); !error.empty()) return error;
    if (std::string error = read(dialect_, store_, now); !error.empty()) return error;
    record = {};
    const auto stored = store_.get(record_variable);
    if (stored) {
        const auto decoded = from_hexadecimal(*stored);
        if (!decoded)
            return std::string{record_variable} +
                   " in the boot loader's environment is no boot record: remove the "
                   "variable, and the loader's own ones count";
        record = *decoded;
        return {};
    }
    record.committed = record.active = record.announced = image;
    if (has(dialect_, Means::valid)) return {};  // the variables say it all
    record.image[image].valid = record.image[image].proven = true;
    return {};
}

std::string BootEnvironment::booted(std::uint8_t image) {
    known_ = false;
    // The boot took the mark; should this not be a boot but a second call, it is taken back.
    marked_ = boot_once_nothing;
    if (boot_once_.set != nullptr) (void)boot_once_.set(boot_once_.context, boot_once_nothing);
    if (image >= images) return "image " + std::to_string(image) + " is said to run: there are 0 and 1";
    if (std::string error = check(dialect_); !error.empty()) return error;
    BootRecord record;
    LoaderState now;
    if (std::string error = read_stored(image, record, now); !error.empty()) return error;
    record = after_others(after_loader(dialect_, record, now), now);
    if (!record.image[image].valid)
        return "image " + std::to_string(image) + " runs, but is not valid in the boot loader's environment";
    if (!record.image[record.committed].valid)
        return "image " + std::to_string(record.committed) +
               " is committed, but is not valid in the boot loader's environment";
    record = running(record, image);
    // The slot that runs is known from here on, and never written, even if this cannot be stored.
    record_ = record;
    known_ = true;
    return store(record);
}

void BootEnvironment::lend(ont_platform& platform) {
    platform.context = this;
    platform.record_read = [](void* context, std::uint8_t* octets, std::size_t room, std::size_t* size) {
        return self(context).record_read(octets, room, size);
    };
    platform.record_write = [](void* context, const std::uint8_t* octets, std::size_t size) {
        return self(context).record_write(octets, size);
    };
}

int BootEnvironment::record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) const {
    if (!known_ || room < record_octets) return -1;
    const auto encoded = encode(record_);
    std::copy(encoded.begin(), encoded.end(), octets);
    *size = encoded.size();
    return 0;
}

int BootEnvironment::record_write(const std::uint8_t* octets, std::size_t size) {
    const auto record = decode_record({octets, size});
    if (!record || !plan(*record)) {
        error_ = "the boot record that is to be stored boots no image";
        return -1;
    }
    error_ = check(dialect_);
    if (error_.empty()) error_ = store_.load();
    if (error_.empty()) error_ = store(*record);
    if (!error_.empty()) return -1;
    record_ = *record;
    known_ = true;
    return 0;
}

/// All that the record changes, in one store; the mark of the platform comes last, for it must never be there alone.
std::string BootEnvironment::store(const BootRecord& record) {
    const bool tries = plan(record)->tries_one();
    if (tries && trial(dialect_) == Trial::by_hint && boot_once_.set == nullptr)
        return "the boot loader has no variable for an image that is to be tried, and the platform no mark for it";
    auto settings = changes(dialect_, record, store_);
    const std::string encoded = to_hexadecimal(encode(record));
    if (store_.get(record_variable) != encoded) settings.push_back({record_variable, encoded});
    if (!settings.empty())
        if (std::string error = store_.store(settings); !error.empty()) return error;
    return trial(dialect_) == Trial::by_hint ? mark(record) : std::string{};
}

std::string BootEnvironment::mark(const BootRecord& record) {
    const auto wanted = plan(record);
    const int image = wanted->tries_one() ? wanted->tried : boot_once_nothing;
    if (boot_once_.set == nullptr || image == marked_) return {};
    if (boot_once_.set(boot_once_.context, image) != 0)
        return "the platform could not mark image " + std::to_string(wanted->next()) + " to be booted";
    marked_ = image;
    return {};
}

}  // namespace ont
