/* SPDX-License-Identifier: Apache-2.0
 *
 * The C interface of the handler, from C11 and from ont.h alone: a small image is downloaded, activated and committed
 * frame by frame, with a reboot in between. Frames have 40 octets: their check was the driver's work.
 */
#include "ont/ont.h"

#include <stdio.h>
#include <string.h>

#define SLOT_OCTETS 4096u
#define IMAGE_OCTETS 100u

struct device {
    uint8_t slot[ONT_IMAGES][SLOT_OCTETS];
    uint8_t record[ONT_RECORD_OCTETS_MAX];
    size_t record_octets;
    uint8_t reply[ONT_FRAME_OCTETS_MAX];
    size_t reply_octets;
    int reboots;
};

static int failures;

static void check(int holds, const char *what, int line) {
    if (holds) return;
    printf("%d: %s\n", line, what);
    ++failures;
}
#define CHECK(what) check((what) ? 1 : 0, #what, __LINE__)

static uint32_t slot_octets(void *context, uint8_t image) { (void)context, (void)image; return SLOT_OCTETS; }
static uint32_t slot_erase_unit(void *context, uint8_t image) { (void)context, (void)image; return 1024; }
static int slot_erase(void *context, uint8_t image, uint32_t offset) {
    struct device *device = context;
    memset(device->slot[image] + offset, 0xFF, 1024);
    return 0;
}
static int slot_write(void *context, uint8_t image, uint32_t offset, const uint8_t *octets, size_t count) {
    struct device *device = context;
    memcpy(device->slot[image] + offset, octets, count);
    return 0;
}
static int slot_read(void *context, uint8_t image, uint32_t offset, uint8_t *octets, size_t count) {
    struct device *device = context;
    memcpy(octets, device->slot[image] + offset, count);
    return 0;
}
static int slot_sync(void *context, uint8_t image) { (void)context, (void)image; return 0; }
static int record_read(void *context, uint8_t *octets, size_t room, size_t *size) {
    struct device *device = context;
    if (device->record_octets > room) return -1;
    memcpy(octets, device->record, device->record_octets);
    *size = device->record_octets;
    return 0;
}
static int record_write(void *context, const uint8_t *octets, size_t size) {
    struct device *device = context;
    memcpy(device->record, octets, size);
    device->record_octets = size;
    return 0;
}
static int send_frame(void *context, const uint8_t *frame, size_t octets) {
    struct device *device = context;
    memcpy(device->reply, frame, octets);
    device->reply_octets = octets;
    return 0;
}
static void reboot(void *context) { ++((struct device *)context)->reboots; }

/* The CRC-32 of I.363.5, bit by bit. */
static uint32_t crc32(const uint8_t *octets, size_t count) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < count; ++i) {
        crc ^= (uint32_t)octets[i] << 24;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x80000000u) ? (crc << 1) ^ 0x04C11DB7u : crc << 1;
    }
    return ~crc;
}

static ont_handler handler;
static struct device device;
static uint16_t transaction;

/* Sends one command to a Software image instance; returns its result octet, or -1 where no reply came. */
static int command(uint8_t type, uint8_t image, const uint8_t *contents, size_t count) {
    uint8_t frame[40] = {0};
    ++transaction;
    frame[0] = (uint8_t)(transaction >> 8);
    frame[1] = (uint8_t)transaction;
    frame[2] = type;
    frame[3] = 0x0A;
    frame[5] = 7;
    frame[7] = image;
    if (count > 0) memcpy(frame + 8, contents, count);
    device.reply_octets = 0;
    ont_handle(&handler, frame, sizeof frame, ONT_FROM_OMCC, transaction);
    if (device.reply_octets != 48) return -1;
    CHECK(device.reply[0] == frame[0] && device.reply[1] == frame[1]);
    CHECK(device.reply[2] == (uint8_t)((type & 0x1F) | 0x20));
    CHECK(crc32(device.reply, 44) == ((uint32_t)device.reply[44] << 24 | (uint32_t)device.reply[45] << 16 |
                                      (uint32_t)device.reply[46] << 8 | device.reply[47]));
    return device.reply[8];
}

int main(void) {
    static uint8_t window[ONT_WINDOW_OCTETS_MAX];
    struct ont_platform platform = {0};
    struct ont_identity identity = {.omcc_version = 0xA0};
    struct ont_options options = {.window_sections_max = 32, .window = window, .window_octets = sizeof window,
                                  .seal_frames = 1, .trial_boots_max = 3};
    const uint8_t version[14] = "FACTORY";
    uint8_t image = 9, valid = 9, active = 9, committed = 9;
    uint8_t octets[IMAGE_OCTETS];

    platform.version = ONT_PLATFORM_VERSION;
    platform.context = &device;
    platform.slot_octets = slot_octets;
    platform.slot_erase_unit = slot_erase_unit;
    platform.slot_erase = slot_erase;
    platform.slot_write = slot_write;
    platform.slot_read = slot_read;
    platform.slot_sync = slot_sync;
    platform.record_read = record_read;
    platform.record_write = record_write;
    platform.send = send_frame;
    platform.reboot = reboot;

    CHECK(ont_boot(&platform, &options, &image) == ONT_ERROR_NO_IMAGE);
    CHECK(ont_factory_record(&platform, 0, version, NULL) == 0);
    CHECK(ont_boot(&platform, &options, &image) == 0 && image == 0);
    CHECK(ont_init(&handler, &platform, &identity, &options) == 0);
    CHECK(ont_healthy(&handler) == 0);

    for (size_t i = 0; i < sizeof octets; ++i) octets[i] = (uint8_t)(i * 7 + 1);

    /* Start: 32 sections a window, 100 octets, one target. */
    const uint8_t start[] = {31, 0, 0, 0, IMAGE_OCTETS, 1, 0, 1};
    CHECK(command(0x53, 1, start, sizeof start) == 0);
    CHECK(device.reply[9] == 31);
    while (ont_step(&handler, 0)) {}

    /* Four sections, the last one short; the close asks for an answer. */
    for (uint8_t number = 0; number < 4; ++number) {
        uint8_t section[32] = {number};
        const size_t at = 31u * number;
        memcpy(section + 1, octets + at, at + 31 <= sizeof octets ? 31 : sizeof octets - at);
        CHECK(command(number == 3 ? 0x54 : 0x14, 1, section, sizeof section) == (number == 3 ? 0 : -1));
    }

    /* End: busy while the slot is read back, then good. */
    const uint32_t crc = crc32(octets, sizeof octets);
    const uint8_t end[] = {(uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc,
                           0, 0, 0, IMAGE_OCTETS, 1, 0, 1};
    int polls = 0;
    int result = 6;
    while (result == 6 && polls++ < 10) {
        result = command(0x55, 1, end, sizeof end);
        ont_step(&handler, 0);
    }
    CHECK(result == 0);
    CHECK(memcmp(device.slot[1], octets, sizeof octets) == 0);
    CHECK(ont_image_state(&handler, 1, &valid, &active, &committed, NULL) == 0);
    CHECK(valid == 1 && active == 0 && committed == 0);

    /* Activate: the reply comes first, the restart in a later step, and the new image boots. */
    CHECK(command(0x56, 1, NULL, 0) == 0);
    CHECK(device.reboots == 0);
    ont_step(&handler, 0);
    CHECK(device.reboots == 1);
    CHECK(ont_boot(&platform, &options, &image) == 0 && image == 1);
    CHECK(ont_init(&handler, &platform, &identity, &options) == 0);
    CHECK(ont_healthy(&handler) == 0);

    CHECK(command(0x57, 1, NULL, 0) == 0);
    CHECK(ont_boot(&platform, &options, &image) == 0 && image == 1);
    CHECK(ont_image_state(&handler, 1, &valid, &active, &committed, NULL) == 0);
    CHECK(valid == 1 && active == 1 && committed == 1);

    CHECK(ont_init(NULL, &platform, &identity, &options) == ONT_ERROR_ARGUMENT);
    platform.version = 0;
    CHECK(ont_init(&handler, &platform, &identity, &options) == ONT_ERROR_ARGUMENT);

    if (failures == 0) puts("the C interface holds");
    return failures != 0;
}
