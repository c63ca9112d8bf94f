/* SPDX-License-Identifier: Apache-2.0
 *
 * A complete ONT firmware around the handler, as small as it gets: two slots and a boot record in memory, and an OMCC
 * of UDP datagrams, one message each. It is there to be read, to be upgraded once, and to be replaced callback by
 * callback by what your device has; each says what that would be. Only ont/ont.h is used, in C11.
 *
 *     cc -std=c11 minimal.c $(pkg-config --cflags --libs --static omcast-ont) -o minimal
 *     ./minimal 5000 &
 *     omcast upgrade --link udp:127.0.0.1:5000 --onts 0 --image fw.bin --reboot-wait 5s
 *
 * Plain images of at most 4 MiB. Packages take the callbacks sha256_* (and signature, where a trust anchor is set), and
 * memory lent in ont_options: packages.cpp, beside this file, has them. Without, each package is refused by name.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "ont/ont.h"

enum { slot_size = 4 * 1024 * 1024, erase_unit = 64 * 1024 };

/* All that outlives a restart is slots and record: on a real device flash, here memory that main() leaves alone. */
static struct device {
    uint8_t slot[ONT_IMAGES][slot_size];
    uint8_t record[ONT_RECORD_OCTETS_MAX];
    size_t record_octets;
    int omcc;               /* the socket */
    struct sockaddr_in olt; /* who spoke last */
    int restart;            /* asked for by the handler */
} device;

/* Slots: the two partitions an image may lie in. On MTD an erase is MEMERASE, a write is pwrite(), and bad blocks are
 * skipped; on a block device or a file erase does nothing and slot_erase_unit says 0. What runs from a slot is never
 * erased or written: the handler knows which one that is. */
static uint32_t slot_octets(void* context, uint8_t image) {
    (void)context, (void)image;
    return slot_size;
}
static uint32_t slot_erase_unit(void* context, uint8_t image) {
    (void)context, (void)image;
    return erase_unit;
}
static int slot_erase(void* context, uint8_t image, uint32_t offset) {
    struct device* dev = context;
    memset(dev->slot[image] + offset, 0xFF, erase_unit);
    return 0;
}
static int slot_write(void* context, uint8_t image, uint32_t offset, const uint8_t* octets, size_t count) {
    struct device* dev = context;
    memcpy(dev->slot[image] + offset, octets, count);
    return 0;
}
/* Must read the storage itself, not a cache of what was written: the image is judged by what is read here. */
static int slot_read(void* context, uint8_t image, uint32_t offset, uint8_t* octets, size_t count) {
    const struct device* dev = context;
    memcpy(octets, dev->slot[image] + offset, count);
    return 0;
}
/* Real storage: fsync(), and return only when all that was written is on the medium. */
static int slot_sync(void* context, uint8_t image) {
    (void)context, (void)image;
    return 0;
}

/* The boot record: the boot loader must find it, and a power cut must leave the old one or the new one. Two copies
 * in two erase units, each with a counter and a check, written in turn, do; so does U-Boot's redundant environment. */
static int record_read(void* context, uint8_t* octets, size_t room, size_t* size) {
    const struct device* dev = context;
    if (dev->record_octets > room) return -1;
    memcpy(octets, dev->record, dev->record_octets);
    *size = dev->record_octets; /* 0: none was ever stored */
    return 0;
}
static int record_write(void* context, const uint8_t* octets, size_t size) {
    struct device* dev = context;
    if (size > sizeof dev->record) return -1;
    memcpy(dev->record, octets, size);
    dev->record_octets = size;
    return 0;
}

/* Real firmware hands the frame to the driver of the OMCC, which may add the MIC: seal_frames is 0 then. */
static int send_frame(void* context, const uint8_t* frame, size_t octets) {
    const struct device* dev = context;
    const ssize_t sent = sendto(dev->omcc, frame, octets, 0, (const struct sockaddr*)&dev->olt, sizeof dev->olt);
    return sent == (ssize_t)octets ? 0 : -1;
}

/* Real firmware restarts the device, under a watchdog that restarts it again if the new image hangs. */
static void reboot(void* context) { ((struct device*)context)->restart = 1; }

/* Real firmware writes its log. */
static void event(void* context, int kind, uint32_t value) {
    (void)context;
    if (kind == ONT_EVENT_DOWNLOAD_STARTED) printf("download of %lu octets\n", (unsigned long)value);
    if (kind == ONT_EVENT_DOWNLOAD_ENDED) printf("download ended: %lu\n", (unsigned long)value);
    if (kind == ONT_EVENT_ACTIVATE) printf("image %lu is activated\n", (unsigned long)value);
    if (kind == ONT_EVENT_COMMIT) printf("image %lu is committed\n", (unsigned long)value);
    if (kind == ONT_EVENT_REFUSED) printf("refused for reason %lu\n", (unsigned long)value);
}

/* Any clock that never goes back. */
static uint64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static const struct ont_platform platform = {
    .version = ONT_PLATFORM_VERSION,
    .context = &device,
    .slot_octets = slot_octets,
    .slot_erase_unit = slot_erase_unit,
    .slot_erase = slot_erase,
    .slot_write = slot_write,
    .slot_read = slot_read,
    .slot_sync = slot_sync,
    .record_read = record_read,
    .record_write = record_write,
    .send = send_frame,
    .reboot = reboot,
    .event = event,
};

/* Real firmware reads these from its factory data. */
static const struct ont_identity identity = {
    .vendor_id = {'O', 'M', 'C', 'A'},
    .serial_number = {'O', 'M', 'C', 'A', 0, 0, 0, 1},
    .hardware_version = "1.0",
    .equipment_id = "EXAMPLE",
    .omcc_version = 0xA0, /* baseline messages only */
};

/* From power on to the next restart: the boot loader's part, then the firmware's. */
static int run(void) {
    static ont_handler handler;
    static uint8_t window[ONT_WINDOW_OCTETS_MAX];
    const struct ont_options options = {
        .window_sections_max = 256,
        .window = window,
        .window_octets = sizeof window,
        .seal_frames = 1,
        .trial_boots_max = 3,
    };
    uint8_t image;
    int error;

    device.restart = 0;
    /* The boot loader's part, once per start: it counts the tries of an image that is new. Then that image is run. */
    error = ont_boot(&platform, &options, &image);
    if (error != 0) return error;
    error = ont_init(&handler, &platform, &identity, &options);
    if (error != 0) return error;
    printf("image %u runs\n", (unsigned)image);
    /* Real firmware says so when the ONT is ranged, the OMCC is up, and its own checks passed; never, in an image that
     * does not work: then the next boots go back to the other one. */
    error = ont_healthy(&handler);
    if (error != 0) return error;

    while (!device.restart) {
        uint8_t frame[ONT_FRAME_OCTETS_MAX];
        struct pollfd omcc = {.fd = device.omcc, .events = POLLIN};
        /* Work goes on between frames, a bounded piece at a time; with none left, sleep until a frame comes. */
        const int more = ont_step(&handler, now_ms());
        fflush(stdout);
        if (poll(&omcc, 1, more || device.restart ? 0 : -1) <= 0) continue;
        socklen_t size = sizeof device.olt;
        const ssize_t octets = recvfrom(device.omcc, frame, sizeof frame, 0, (struct sockaddr*)&device.olt, &size);
        if (octets > 0) ont_handle(&handler, frame, (size_t)octets, ONT_FROM_OMCC, now_ms());
    }
    return 0;
}

int main(int argc, char** argv) {
    static const uint8_t version[14] = "FACTORY-1.0";
    const int port = argc == 2 ? atoi(argv[1]) : 0;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int error;

    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: minimal PORT\n");
        return 2;
    }
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    device.omcc = socket(AF_INET, SOCK_DGRAM, 0);
    if (device.omcc < 0 || bind(device.omcc, (const struct sockaddr*)&here, sizeof here) != 0) {
        perror("minimal: the port cannot be opened");
        return 1;
    }
    /* Once, in the factory: image 0 is there, image 1 is empty. */
    error = ont_factory_record(&platform, 0, version, NULL);
    while (error == 0) error = run(); /* each turn is a restart */
    fprintf(stderr, "minimal: error %d\n", error);
    return 1;
}
