// SPDX-License-Identifier: Apache-2.0
// What is decided before there is a handler: the first record, which image boots, and what is stored of it. Called by
// the boot loader, early init or the factory, by the functions of ont.h.
#include <cstring>

#include "ont/boot_record.h"
#include "ont/image_bank.h"
#include "ont/platform.h"
#include "ont/report.h"

int ont_factory_record(const ont_platform* platform, uint8_t image, const uint8_t version[14],
                       const uint8_t* other_version) {
    if (!ont::complete(platform) || image >= ont::images || version == nullptr) return ONT_ERROR_ARGUMENT;
    ont::BootRecord record;
    record.active = record.committed = record.announced = image;
    record.image[image].valid = record.image[image].proven = true;  // the factory saw it run
    std::memcpy(record.image[image].version.data(), version, omci::version_octets);
    if (other_version != nullptr) {
        record.image[ont::other(image)].valid = true;
        std::memcpy(record.image[ont::other(image)].version.data(), other_version, omci::version_octets);
    }
    return ont::write_record(*platform, record) ? 0 : ONT_ERROR_STORAGE;
}

int ont_boot(const ont_platform* platform, const ont_options* options, uint8_t* image) {
    if (!ont::complete(platform) || options == nullptr || image == nullptr) return ONT_ERROR_ARGUMENT;
    ont::BootRecord record;
    if (const int error = ont::read_record(*platform, record); error != 0) return error;
    const ont::BootRow& row = ont::boot_row(record);
    if (row.boots == ont::Boots::nothing) return ONT_ERROR_NO_IMAGE;
    const ont::BootRecord next = ont::after_boot(record, row);
    *image = next.active;
    if (next == record || ont::write_record(*platform, next)) return 0;
    // What cannot be stored does not happen: no uncounted trial. The committed image may run whatever the record says
    // of it, for it is never erased.
    ont::report(*platform, ONT_EVENT_STORAGE_FAILED, ont::record_storage);
    *image = record.committed;
    // A trial that ran before is still what the record calls active: a handler would take it for what runs.
    const bool known = record.active == record.committed;
    return known && record.image[record.committed].valid ? 0 : ONT_ERROR_STORAGE;
}

int ont_booted(const ont_platform* platform, const ont_options* options, uint8_t image) {
    if (!ont::complete(platform) || options == nullptr || image >= ont::images) return ONT_ERROR_ARGUMENT;
    ont::BootRecord record;
    if (const int error = ont::read_record(*platform, record); error != 0) return error;
    if (!record.image[image].valid) return ONT_ERROR_NO_IMAGE;
    const ont::BootRecord next = ont::running(record, image);
    if (next == record || ont::write_record(*platform, next)) return 0;
    ont::report(*platform, ONT_EVENT_STORAGE_FAILED, ont::record_storage);
    return ONT_ERROR_STORAGE;
}
