// SPDX-License-Identifier: Apache-2.0
// A boot loader's environment of any contents, in each dialect: refused by a sentence with nothing changed, or taken,
// and then what the loader boots from it is always an image that the record holds for valid.
//
// Input: one octet (bits 0-1 the dialect, bit 2 the image that runs), then lines NAME=VALUE. A line that begins with
// '@' is a boot record with its CRC right: two octets of flags, the flags of the images, and their tries.
#include <algorithm>
#include <cstdint>
#include <string>

#include "ont/linux/boot_environment.h"
#include "tests/fuzz/demand.h"
#include "tests/ont/boot_loaders.h"

namespace {

using tests::MemoryEnvironment;

std::string record_from(const std::string& line) {
    const auto octet = [&](std::size_t i) { return i < line.size() ? static_cast<std::uint8_t>(line[i]) : 0u; };
    ont::BootRecord record;
    record.active = octet(1) & 1;
    record.committed = octet(1) >> 1 & 1;
    record.trial = (octet(1) & 4) != 0;
    record.rolled_back = (octet(1) & 8) != 0;
    for (std::size_t i = 0; i < ont::images; ++i) {
        record.image[i].valid = (octet(2 + i) & 1) != 0;
        record.image[i].proven = (octet(2 + i) & 2) != 0;
        record.image[i].tries_left = static_cast<std::uint8_t>(octet(4 + i));
        record.image[i].version[0] = static_cast<std::uint8_t>(octet(6 + i));
    }
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t one : ont::encode(record)) {
        text += digits[one >> 4];
        text += digits[one & 15];
    }
    return text;
}

MemoryEnvironment::Variables variables_from(const std::string& text) {
    MemoryEnvironment::Variables variables;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        const std::size_t equals = line.find('=');
        if (!line.empty() && line[0] == '@')
            variables[ont::BootEnvironment::record_variable] = record_from(line);
        else if (equals != std::string::npos && equals > 0)
            variables[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return variables;
}

ont::BootRecord record_of(const ont::BootEnvironment& environment) {
    std::array<std::uint8_t, ONT_RECORD_OCTETS_MAX> octets{};
    std::size_t size = 0;
    DEMAND(environment.record_read(octets.data(), octets.size(), &size) == 0);
    const auto record = ont::decode_record({octets.data(), size});
    DEMAND(record);
    return *record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const tests::Loader& loader = tests::boot_loaders[data[0] & 3];
    auto image = static_cast<std::uint8_t>(data[0] >> 2 & 1);
    const ont::Dialect& dialect = *ont::find_dialect(loader.dialect);
    const auto before = variables_from({reinterpret_cast<const char*>(data) + 1, size - 1});
    MemoryEnvironment environment{before};
    ont::BootEnvironment boot{environment, dialect};

    const std::string error = boot.booted(image);
    if (!error.empty()) {
        DEMAND(environment.variables() == before);
        return 0;
    }
    // As often as it takes to use up whatever is tried, and back.
    for (int boots = 0; boots < 12; ++boots) {
        const ont::BootRecord record = record_of(boot);
        DEMAND(record.active == image);
        DEMAND(record.image[image].valid);
        DEMAND(record.image[record.committed].valid);
        auto after = environment.variables();
        for (const auto& variable : before) {
            const std::string& name = variable.first;
            bool ours = name == ont::BootEnvironment::record_variable;
            for (const ont::Variable& one : dialect.variables) ours = ours || name == one.name;
            DEMAND(ours || after.at(name) == variable.second);
        }
        const int booted = loader.boot(environment, tests::no_hint);
        DEMAND(booted == 0 || booted == 1);
        DEMAND(record.image[static_cast<std::size_t>(booted)].valid);
        image = static_cast<std::uint8_t>(booted);
        DEMAND(boot.booted(image).empty());
    }
    DEMAND(!record_of(boot).trial || record_of(boot).active != record_of(boot).committed);
    return 0;
}
