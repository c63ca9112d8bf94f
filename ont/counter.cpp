// SPDX-License-Identifier: Apache-2.0
// The second store of the security counter, behind the boot record.
#include "ont/counter.h"

#include "ont/report.h"

namespace ont {

void settle_counter(const ont_platform& platform, const BootRecord& record) noexcept {
    if (platform.counter_write == nullptr || record.counter == 0) return;
    std::uint32_t stored = 0;
    // What cannot be read is not written: it might be higher.
    const bool known = platform.counter_read(platform.context, &stored) == 0;
    if (known && stored >= record.counter) return;
    if (known && platform.counter_write(platform.context, record.counter) == 0)
        report(platform, ONT_EVENT_COUNTER_RAISED, record.counter);
    else
        report(platform, ONT_EVENT_STORAGE_FAILED, counter_storage);
}

bool read_counter(const ont_platform& platform, const BootRecord& record, std::uint32_t& value) noexcept {
    value = 0;
    if (platform.counter_read == nullptr) return true;
    if (platform.counter_read(platform.context, &value) != 0) return false;
    if (record.counter > value) value = record.counter;
    return true;
}

}  // namespace ont
