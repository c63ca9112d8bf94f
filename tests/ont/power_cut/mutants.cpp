// SPDX-License-Identifier: Apache-2.0
// Code that is wrong on purpose: what the platform does with a boot record where a mutant is asked for. Each is right
// as long as nobody cuts the power, or as nobody counts; a sweep that does not find them finds nothing.
#include <algorithm>

#include "ont/boot_record.h"
#include "tests/ont/power_cut/board.h"

namespace power_cut {

/// Stores the record that was held back.
int Board::release_record() {
    if (held_record_.empty()) return 0;
    const Bytes record = std::move(held_record_);
    held_record_.clear();
    return backend_.records->record_write(record.data(), record.size());
}

int Board::wrong_record_write(const std::uint8_t* octets, std::size_t size) {
    ont::RecordStore& records = *backend_.records;
    Bytes old(ONT_RECORD_OCTETS_MAX);
    std::size_t old_size = 0;
    if (records.record_read(old.data(), old.size(), &old_size) != 0) old_size = 0;
    old.resize(old_size);
    const auto before = ont::decode_record(old);
    auto after = ont::decode_record({octets, size});
    if (before && after) {
        switch (setup.mutant) {
        case Mutant::torn_record: {
            Bytes half(octets, octets + size);
            std::copy(old.begin() + static_cast<std::ptrdiff_t>(size / 2), old.end(),
                      half.begin() + static_cast<std::ptrdiff_t>(size / 2));
            if (records.record_write(half.data(), size) != 0) return -1;
            break;
        }
        case Mutant::erase_before_record:
            for (std::size_t i = 0; i < ont::images; ++i)
                if (before->image[i].valid && !after->image[i].valid) {
                    held_record_.assign(octets, octets + size);
                    return 0;
                }
            break;
        case Mutant::answer_first:
            if (booting_) break;
            held_record_.assign(octets, octets + size);
            return 0;
        case Mutant::uncounted_boot:
            if (!booting_) break;
            for (std::size_t i = 0; i < ont::images; ++i) after->image[i].tries_left = before->image[i].tries_left;
            {
                const auto counted_not = ont::encode(*after);
                return records.record_write(counted_not.data(), counted_not.size());
            }
        case Mutant::early_counter:
            for (const ont::ImageRecord& image : after->image) {
                std::uint32_t stored = 0;
                if (image.valid && records.counter_read(&stored) == 0 && image.security_counter > stored)
                    (void)records.counter_write(image.security_counter);
            }
            break;
        default: break;
        }
    }
    return records.record_write(octets, size);
}

}  // namespace power_cut
