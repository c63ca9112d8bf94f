// SPDX-License-Identifier: Apache-2.0
// Whether the platform brought every callback that is not optional. Asked by each function of ont.h that takes one.
#pragma once

#include "ont/ont.h"

namespace ont {

inline bool complete(const ont_platform* p) noexcept {
    if (p == nullptr || p->version != ONT_PLATFORM_VERSION) return false;
    const bool md5_all = p->md5_start && p->md5_update && p->md5_finish;
    const bool md5_none = !p->md5_start && !p->md5_update && !p->md5_finish;
    const bool counter_all_or_none = (p->counter_read == nullptr) == (p->counter_write == nullptr);
    const bool sha256_all = p->sha256_start && p->sha256_update && p->sha256_finish;
    const bool sha256_none = !p->sha256_start && !p->sha256_update && !p->sha256_finish;
    const bool unpack_all_or_none = (p->unpack_start == nullptr) == (p->unpack_next == nullptr);
    return p->slot_octets && p->slot_erase_unit && p->slot_erase && p->slot_write && p->slot_read && p->slot_sync &&
           p->record_read && p->record_write && p->send && p->reboot && (md5_all || md5_none) &&
           (sha256_all || sha256_none) && counter_all_or_none && unpack_all_or_none;
}

}  // namespace ont
