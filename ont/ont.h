/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole interface of the ONT-side handler of G.988 software download (class 7), for firmware in C or C++.
 *
 * The handler is a guest: the caller brings the memory and a struct of callbacks, hands in every OMCI frame the ONT
 * receives, and calls ont_step() while it has work. It keeps no globals, calls no allocator, starts no thread, and
 * never blocks: a command is answered at once, erasing and hashing go on behind the reply, one bounded piece a step.
 *
 *     power on ->  ont_boot()       which image runs? (boot loader or early init)
 *                  ont_init()       the handler of the running image
 *                  ont_handle()     for each frame;  ont_step()  while it returns nonzero
 *                  ont_healthy()    once: the OMCC is up and the platform's own checks passed
 *
 * Unless said otherwise functions return 0 for success and a negative ONT_ERROR_* else. Callbacks do the same; any
 * nonzero value of theirs is a failure. Nothing here may be called from within a callback.
 */
#ifndef OMCAST_ONT_H
#define OMCAST_ONT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of struct ont_platform that this header describes; the handler refuses another. */
#define ONT_PLATFORM_VERSION 2u

#define ONT_IMAGES 2u                /* image 0 and image 1 of the ONU itself (G.988 9.1.4) */
#define ONT_RECORD_OCTETS_MAX 160u   /* room that a boot record needs */
#define ONT_FRAME_OCTETS_MAX 1980u   /* the longest OMCI message, MIC included (G.988 11.2.5) */
#define ONT_HANDLER_OCTETS 2048u     /* room that one handler needs */
#define ONT_WINDOW_OCTETS_MAX 8192u  /* window buffer that holds 256 baseline sections; less means smaller windows */

/* What one call does at most; a test measures it. ont_step(): one erase, or one verdict on signatures, or so many
 * octets written, unpacked and hashed (by SHA-256 and MD5 each), and twice as many read, where a block is copied from
 * the running slot and none is lent. ont_handle(): so many written and hashed, and those of the window on top; it never
 * erases, reads a slot or asks for a verdict. Each stores the boot record once at most. */
#define ONT_CALL_OCTETS_MAX 65536u

enum ont_error {
    ONT_ERROR_ARGUMENT = -1, /* a null or impossible argument, or an ont_platform of another version */
    ONT_ERROR_STORAGE = -2,  /* a callback failed */
    ONT_ERROR_NO_IMAGE = -3, /* no slot holds an image that may run */
};

/* Why a package or an image was refused: the numbers of omci/refusal.h. */
enum ont_refusal {
    ONT_REFUSAL_NONE = 0,
    ONT_REFUSAL_NOT_SUPPORTED = 1,
    ONT_REFUSAL_MALFORMED_HEAD = 2,
    ONT_REFUSAL_MALFORMED_MANIFEST = 3,
    ONT_REFUSAL_HEAD_TOO_LARGE = 4,
    ONT_REFUSAL_LIST_HASH_WRONG = 5,
    ONT_REFUSAL_SIGNATURE_WRONG = 10,
    ONT_REFUSAL_SIGNER_UNKNOWN = 11,
    ONT_REFUSAL_SIGNER_REVOKED = 12,
    ONT_REFUSAL_SIGNERS_TOO_FEW = 13,
    ONT_REFUSAL_PLAIN_IMAGE = 14,
    ONT_REFUSAL_WRONG_PRODUCT = 20,
    ONT_REFUSAL_WRONG_HARDWARE = 21,
    ONT_REFUSAL_RUNNING_TOO_OLD = 22,
    ONT_REFUSAL_COUNTER_TOO_LOW = 23,
    ONT_REFUSAL_WRONG_BASE = 24,
    ONT_REFUSAL_SLOT_TOO_SMALL = 30,
    ONT_REFUSAL_MEMORY_TOO_SMALL = 31,
    ONT_REFUSAL_NOT_PERMITTED = 32,
    ONT_REFUSAL_SIZE_WRONG = 33,
    ONT_REFUSAL_BLOCK_HASH_WRONG = 40,
    ONT_REFUSAL_FRAME_HASH_WRONG = 41,
    ONT_REFUSAL_FRAME_UNDECODABLE = 42,
    ONT_REFUSAL_STORAGE_FAILED = 43,
};

/* What the permission callback is asked. */
enum ont_question {
    ONT_MAY_START = 1,         /* a download, now? Power, battery, calls, an update elsewhere */
    ONT_MAY_INSTALL_PLAIN = 2, /* an image that is no package, where a trust anchor is set */
};

/* Where a frame came from. From the shared port only Download sections and the probe (a Get of class 7) are taken:
 * it is in clear and everyone hears it. */
enum ont_origin { ONT_FROM_OMCC = 0, ONT_FROM_SHARED_PORT = 1 };

/* What calls are up, for the flags of Activate and Reboot (G.988 A.2.37). */
enum ont_calls { ONT_NO_CALL = 0, ONT_CALL_UP = 1, ONT_EMERGENCY_CALL_UP = 2 };

/* What the platform lends the handler. Every call may be the last before a power cut; the platform promises only that
 * what was written before a slot_sync() or record_write() that returned 0 has reached the storage. */
struct ont_platform {
    uint32_t version; /* ONT_PLATFORM_VERSION */
    void *context;    /* handed to every callback */

    /* Slots. `image` is 0 or 1; the running slot is never erased or written. Sizes and offsets in octets. Erase takes
     * the offset of one erase unit; a write lies inside erased units, and octets are written once, in ascending
     * order. */
    uint32_t (*slot_octets)(void *context, uint8_t image);
    uint32_t (*slot_erase_unit)(void *context, uint8_t image);
    int (*slot_erase)(void *context, uint8_t image, uint32_t offset);
    int (*slot_write)(void *context, uint8_t image, uint32_t offset, const uint8_t *octets, size_t count);
    int (*slot_read)(void *context, uint8_t image, uint32_t offset, uint8_t *octets, size_t count);
    int (*slot_sync)(void *context, uint8_t image);

    /* The boot record: a few opaque octets (at most ONT_RECORD_OCTETS_MAX) that the platform stores atomically: after
     * a power cut either the old or the new ones are read. record_read sets *size to 0 where none was ever stored. */
    int (*record_read)(void *context, uint8_t *octets, size_t room, size_t *size);
    int (*record_write)(void *context, const uint8_t *octets, size_t size);

    /* Sends one frame (reply or notification) on the OMCC. It is complete but for the MIC where options say so. */
    int (*send)(void *context, const uint8_t *frame, size_t octets);

    /* Restarts the ONT, soon after it returns. Frames that are handed in before that are ignored. */
    void (*reboot)(void *context);

    /* Optional, null where the platform has none. */
    enum ont_calls (*calls)(void *context); /* null: no call is ever up */
    /* MD5 for the image hash attribute; one computation at a time. All null: the ONT has no such attribute. */
    void (*md5_start)(void *context);
    void (*md5_update)(void *context, const uint8_t *octets, size_t count);
    void (*md5_finish)(void *context, uint8_t hash[16]);
    /* The version of the image in a slot, where the rule of omci/image_version.h is not the platform's. */
    int (*image_version)(void *context, uint8_t image, uint32_t image_octets, uint8_t version[14]);
    /* Packages (omci/package.h). All four null: the ONT judges none and refuses each by name; plain images are taken.
     * SHA-256, one computation at a time, beside the MD5. */
    void (*sha256_start)(void *context);
    void (*sha256_update)(void *context, const uint8_t *octets, size_t count);
    void (*sha256_finish)(void *context, uint8_t hash[32]);
    /* Are at least options.signers_min of the signatures in the DER CMS good for exactly these manifest octets (which
     * lie inside `cms`), by signers with a chain to a trust anchor, none of them revoked? 0 or an ONT_REFUSAL_*. May
     * take its time: it is called from ont_step(). Never called where options.trust_anchor is 0. */
    int (*signature)(void *context, const uint8_t *cms, size_t cms_octets, const uint8_t *manifest,
                     size_t manifest_octets, unsigned signers_min);
    /* Unpacking, null where the ONT takes raw payloads only. unpack_start: a whole frame, which stays in place until
     * its last octet was taken. unpack_next fills up to `room` octets and says how many; fewer than `room` only at the
     * end of the frame. Nonzero: it cannot be unpacked. */
    int (*unpack_start)(void *context, const uint8_t *frame, size_t octets);
    int (*unpack_next)(void *context, uint8_t *out, size_t room, size_t *count);
    /* Nonzero: yes. Null: ONT_MAY_START yes, ONT_MAY_INSTALL_PLAIN no. `version` is the manifest's, or null. */
    int (*permission)(void *context, enum ont_question question, const uint8_t *version);
    /* The store of the security counter, beside the boot record: it only ever rises. Both null: none is kept, and the
     * counter of a package is not looked at. */
    int (*counter_read)(void *context, uint32_t *value);
    int (*counter_write)(void *context, uint32_t value);
    /* Keeps the head of a package beside the slot in which its image lies; replaces the one before. Null: not kept. */
    int (*head_write)(void *context, uint8_t image, const uint8_t *head, size_t octets);
    /* Called between pieces of long work. Null where the watchdog needs nothing. */
    void (*feed_watchdog)(void *context);
    /* Told what happened, for the ONT's own log. `kind` is an enum ont_event, `value` as said there. */
    void (*event)(void *context, int kind, uint32_t value);
};

enum ont_event {
    ONT_EVENT_DOWNLOAD_STARTED = 1,  /* value: image octets announced */
    ONT_EVENT_WINDOW_ACCEPTED = 2,   /* value: image octets accepted so far */
    ONT_EVENT_WINDOW_REFUSED = 3,    /* value: sections of the window that arrived */
    ONT_EVENT_DOWNLOAD_ENDED = 4,    /* value: 0 stored and good, 1 refused, 2 aborted, 3 thrown away by a Start */
    ONT_EVENT_ACTIVATE = 5,          /* value: image */
    ONT_EVENT_COMMIT = 6,            /* value: image */
    ONT_EVENT_FRAME_DROPPED = 7,     /* value: an enum ont_drop */
    ONT_EVENT_STORAGE_FAILED = 8,    /* value: offset, 0xFFFFFFFF for the boot record, 0xFFFFFFFE for the counter */
    ONT_EVENT_REFUSED = 9,           /* value: an enum ont_refusal */
    ONT_EVENT_UPDATE_STATE = 10,     /* value: an enum ont_update_state */
    ONT_EVENT_BLOCK_KEPT = 11,       /* value: block of the image that lay in the slot already: not written again */
    ONT_EVENT_BLOCK_COPIED = 12,     /* value: block that was copied from the running slot */
    ONT_EVENT_COUNTER_RAISED = 13,   /* value: the security counter that is stored now */
};

/* What a person is told of an update; also in the update entity (omci/update_entity.h). */
enum ont_update_state {
    ONT_UPDATE_IDLE = 0,
    ONT_UPDATE_DOWNLOADING = 1,
    ONT_UPDATE_VERIFYING = 2,
    ONT_UPDATE_APPLYING = 3,
    ONT_UPDATE_REBOOTING = 4,
    ONT_UPDATE_ROLLBACK = 5,
};

enum ont_drop {
    ONT_DROP_BAD_MIC = 1,
    ONT_DROP_MALFORMED = 2,
    ONT_DROP_NOT_FOR_SHARED_PORT = 3,
    ONT_DROP_RESTARTING = 4,
};

/* What an OLT reads of this ONT. Text is padded with zero octets. */
struct ont_identity {
    uint8_t vendor_id[4];        /* ONU-G 1 */
    uint8_t serial_number[8];    /* ONU-G 3: vendor (4 letters), then 4 octets */
    uint8_t hardware_version[14];/* ONU-G 2 */
    uint8_t equipment_id[20];    /* ONU2-G 1 */
    uint8_t omcc_version;        /* ONU2-G 2: 0xA0.. baseline only; 0x96, 0xB0..0xB4 extended too (G.988 9.1.2) */
    uint8_t product_code[25];    /* Software image 5; all zero: no such attribute, and no package is for it */
};

struct ont_options {
    uint16_t window_sections_max; /* 1..256: the largest window this ONT agrees to, baseline and extended */
    uint8_t *window;              /* the window buffer; lives as long as the handler */
    size_t window_octets;         /* its size: at least 31 octets, 1965 where extended is spoken */
    uint8_t seal_frames;          /* nonzero: frames end with the G-PON CRC-32; zero: the driver adds the MIC */
    uint8_t trial_boots_max;      /* boots that an image has to get healthy before the other one is back; 0 means 3 */

    /* Packages: memory that is lent for as long as the handler lives. Null and 0: packages are refused by name. */
    uint8_t *head; /* 28 octets, the CMS (8 KiB by default), 32 octets and a bit for each 64 KiB block, 44 a frame */
    size_t head_octets;
    uint8_t *block; /* 65 536 octets: a block is proven before it is written; null: written, read back, then proven */
    size_t block_octets;
    uint8_t *frame; /* one travelling frame of a compressed payload; null: raw payloads only */
    size_t frame_octets;
    uint32_t unpack_octets; /* what unpack_start() and unpack_next() need beside it */
    uint8_t trust_anchor;   /* nonzero: signatures are asked for, and plain images need permission */
    uint8_t signers_min;    /* 0 means 1; 2: vendor and operator */
    /* Nonzero: nothing that lies in a slot is kept for a package that starts again. For raw NAND and NOR: a page whose
     * writing was cut at its very end may read well for a while and badly later. */
    uint8_t rewrite_all;
};

/* Room for one handler, provided by the caller; its contents are private. */
typedef union ont_handler {
    uint64_t align;
    unsigned char octets[ONT_HANDLER_OCTETS];
} ont_handler;

/* Writes a first boot record, as a factory does: `image` is valid, active and committed and has `version`, the other
 * slot is empty, unless `other_version` is given: then it is valid too. */
int ont_factory_record(const struct ont_platform *platform, uint8_t image, const uint8_t version[14],
                       const uint8_t *other_version);

/* Decides which image boots, by the table of boot_record.h, and stores what that decision changes (tries left, active).
 * To be called once per power-on or restart, before ont_init(). Sets *image to 0 or 1. ONT_ERROR_NO_IMAGE where
 * nothing may run. ONT_ERROR_STORAGE: restart; where *image was set, that image may run all the same, but the
 * record still names another one, so that ont_booted() must succeed before ont_init(). */
int ont_boot(const struct ont_platform *platform, const struct ont_options *options, uint8_t *image);

/* The same where a boot loader decides by itself which image runs, and by counts of its own (linux/boot_environment.h):
 * stores that `image` runs, and that the trial is over where it is the committed one. In place of ont_boot(), once per
 * power-on or restart. ONT_ERROR_NO_IMAGE where the record holds `image` for not valid; ONT_ERROR_STORAGE: to be called
 * again before ont_init(), for the handler must know which slot runs. */
int ont_booted(const struct ont_platform *platform, const struct ont_options *options, uint8_t image);

/* Sets up a handler for the image that ont_boot() chose. `platform`, `identity` and `options` are copied; what they
 * point to must live as long as the handler. A partial download from before is forgotten (Fig. I.3.1-1, NOTE). */
int ont_init(ont_handler *handler, const struct ont_platform *platform, const struct ont_identity *identity,
             const struct ont_options *options);

/* Takes one OMCI frame: 40, 44 or 48 octets baseline, up to 1980 extended, without GEM or Ethernet header. A bad MIC
 * (G-PON CRC-32) drops it in silence (G.988 B.2.2); a MIC that is absent or zero was checked by the driver.
 * `now_ms` is any monotonic clock in milliseconds. The reply goes out through send() before this returns. */
void ont_handle(ont_handler *handler, const uint8_t *frame, size_t octets, enum ont_origin origin, uint64_t now_ms);

/* Does one bounded piece of work: erases one unit; reads and hashes at most 64 KiB; copies 64 KiB from the running
 * slot; unpacks 64 KiB and writes them; asks for the verdict on a signature; or restarts the ONT. Returns nonzero while
 * there is more to do at once. */
int ont_step(ont_handler *handler, uint64_t now_ms);

/* The running image is healthy: ranged, OMCC up, own checks passed. Its boots are no longer counted. */
int ont_healthy(ont_handler *handler);

/* How the update goes: an enum ont_update_state, percent of that state, and the last refusal since ont_init() (an enum
 * ont_refusal). Null pointers are skipped. */
int ont_update(const ont_handler *handler, int *state, unsigned *percent, int *refusal);

/* State of one image as class 7 shows it: 1 or 0 each (null pointers are skipped). */
int ont_image_state(const ont_handler *handler, uint8_t image, uint8_t *valid, uint8_t *active, uint8_t *committed,
                    uint8_t version[14]);

#ifdef __cplusplus
}
#endif
#endif
