// SPDX-License-Identifier: Apache-2.0
// Where the two images of a Linux ONT lie, and where its few octets of memory lie: two interfaces, since a boot
// loader's environment may hold the record while MTD holds the images. `omcast ont`, firmware and the tests use storage
// through them; open_slots() (slot_spec.h) makes one from a line of text.
//
//     FileSlots         files in a folder, sparse               erase unit 64 KiB
//     BlockDeviceSlots  two partitions of eMMC or a disk        none: written without erasing
//     MtdSlots          two MTD partitions, NAND or NOR         an erase block; bad blocks are skipped
//     UbiSlots          two UBI volumes                         a logical erase block
//     MemorySlots       memory, for tests and demonstrations    as wanted
//
// An erase unit need not be a power of two, nor a multiple of 64 KiB: that of UBI on 128 KiB blocks is 126 976 octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "ont/ont.h"

namespace ont {

/// Two slots, by the rules of ont.h: all functions but name() are what its callbacks of that name promise. Those that
/// return int give 0, or -1 with errno, and complaint() then says it in a sentence.
class Slots {
public:
    Slots() = default;
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;
    virtual ~Slots() = default;

    /// Of the whole slot. It shrinks by an erase unit where a block of NAND goes bad.
    virtual std::uint32_t octets(std::uint8_t image) const = 0;
    /// 0: storage that is written without erasing.
    virtual std::uint32_t erase_unit(std::uint8_t image) const = 0;
    /// The file or device, for people.
    virtual std::string name(std::uint8_t image) const = 0;

    /// The unit at `offset`, a multiple of the erase unit. Whatever lies behind it is no longer relied upon: units are
    /// erased in ascending order.
    int erase(std::uint8_t image, std::uint32_t offset);
    int write(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count);
    int read(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count);
    /// All that was written before has reached the storage. It ends what is written: the page or block that the last
    /// octets lie in may be full then.
    int sync(std::uint8_t image);

    /// A write that a power cut ended reads as written or as not written, today and tomorrow. Not so on raw flash,
    /// where a page may read well for a while and badly later: ont_options.rewrite_all is for it.
    virtual bool reads_stay() const { return true; }

    /// Keeps the head of a package beside the slot: after a power cut the old one or the new one is there, whole. It
    /// does not say that the slot holds the image it describes.
    virtual int head_write(std::uint8_t image, const std::uint8_t* head, std::size_t octets);
    /// Sets *size, to 0 where no head is kept.
    virtual int head_read(std::uint8_t image, std::uint8_t* head, std::size_t room, std::size_t* size);
    virtual bool keeps_heads() const { return false; }

    /// The image that runs, once that is known: erasing and writing it fails from now on with EROFS. The handler never
    /// asks for that; this is the second lock on the same door.
    void set_running(std::uint8_t image) { running_ = image; }

    /// What the last failure was: "/dev/mtd5: erasing at 131072: Input/output error".
    std::string complaint() const;

    /// Fills in the callbacks of the slots; the context of `platform` becomes this object.
    void lend(ont_platform& platform);
    Slots& slots() { return *this; }

private:
    // The arguments are sound: an image that exists, octets that lie in its slot.
    virtual int erase_unit_at(std::uint8_t image, std::uint32_t offset) = 0;
    virtual int write_at(std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets, std::size_t count) = 0;
    virtual int read_at(std::uint8_t image, std::uint32_t offset, std::uint8_t* octets, std::size_t count) = 0;
    virtual int sync_all(std::uint8_t image) = 0;

    int failed(const char* doing, std::uint8_t image, std::uint32_t offset);
    bool outside(std::uint8_t image, std::uint32_t offset, std::size_t count) const;

    static constexpr std::uint8_t none = 0xFF;

    std::uint8_t running_ = none;
    struct {
        const char* doing = nullptr;
        std::uint8_t image = 0;
        std::uint32_t offset = 0;
        int cause = 0;
    } failure_;
};

/// The boot record and the security counter. 0, or -1 with errno.
class RecordStore {
public:
    RecordStore() = default;
    RecordStore(const RecordStore&) = delete;
    RecordStore& operator=(const RecordStore&) = delete;
    virtual ~RecordStore() = default;

    /// As record_read and record_write of ont.h; atomic.
    virtual int record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) = 0;
    virtual int record_write(const std::uint8_t* octets, std::size_t size) = 0;
    /// As counter_read and counter_write of ont.h; 0 where none was ever stored. Atomic.
    virtual int counter_read(std::uint32_t* value) = 0;
    virtual int counter_write(std::uint32_t value) = 0;

    RecordStore& records() { return *this; }
};

/// Fills in the slot callbacks for a host whose context is a `Host` with a function slots(). Leaves the context alone.
template <typename Host>
void lend_slots(ont_platform& platform) {
    platform.slot_octets = [](void* c, std::uint8_t image) { return static_cast<Host*>(c)->slots().octets(image); };
    platform.slot_erase_unit = [](void* c, std::uint8_t image) {
        return static_cast<Host*>(c)->slots().erase_unit(image);
    };
    platform.slot_erase = [](void* c, std::uint8_t image, std::uint32_t offset) {
        return static_cast<Host*>(c)->slots().erase(image, offset);
    };
    platform.slot_write = [](void* c, std::uint8_t image, std::uint32_t offset, const std::uint8_t* octets,
                             std::size_t count) {
        return static_cast<Host*>(c)->slots().write(image, offset, octets, count);
    };
    platform.slot_read = [](void* c, std::uint8_t image, std::uint32_t offset, std::uint8_t* octets,
                            std::size_t count) {
        return static_cast<Host*>(c)->slots().read(image, offset, octets, count);
    };
    platform.slot_sync = [](void* c, std::uint8_t image) { return static_cast<Host*>(c)->slots().sync(image); };
    platform.head_write = [](void* c, std::uint8_t image, const std::uint8_t* head, std::size_t octets) {
        Slots& slots = static_cast<Host*>(c)->slots();
        return slots.keeps_heads() ? slots.head_write(image, head, octets) : 0;
    };
}

/// The same for record and counter, of a `Host` with a function records().
template <typename Host>
void lend_records(ont_platform& platform) {
    platform.record_read = [](void* c, std::uint8_t* octets, std::size_t room, std::size_t* size) {
        return static_cast<Host*>(c)->records().record_read(octets, room, size);
    };
    platform.record_write = [](void* c, const std::uint8_t* octets, std::size_t size) {
        return static_cast<Host*>(c)->records().record_write(octets, size);
    };
    platform.counter_read = [](void* c, std::uint32_t* value) {
        return static_cast<Host*>(c)->records().counter_read(value);
    };
    platform.counter_write = [](void* c, std::uint32_t value) {
        return static_cast<Host*>(c)->records().counter_write(value);
    };
}

/// Slots and records of different make under one context.
class Storage {
public:
    Storage(Slots& slots, RecordStore& records) : slots_{slots}, records_{records} {}
    Slots& slots() { return slots_; }
    RecordStore& records() { return records_; }
    /// Fills in the storage callbacks of `platform` and its context, which is this object.
    void lend(ont_platform& platform) {
        platform.context = this;
        lend_slots<Storage>(platform);
        lend_records<Storage>(platform);
    }

private:
    Slots& slots_;
    RecordStore& records_;
};

}  // namespace ont
