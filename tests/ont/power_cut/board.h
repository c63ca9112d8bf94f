// SPDX-License-Identifier: Apache-2.0
// One device: what it stores (storage.h), and for each life between two resets the kernel, the backends and the handler
// on top of that, set up as firmware does. Everything goes through ont.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "ont/linux/slots.h"
#include "ont/ont.h"
#include "tests/ont/memory_environment.h"
#include "tests/ont/power_cut/fake_kernel.h"
#include "tests/ont/power_cut/images.h"
#include "tests/ont/power_cut/ledger.h"
#include "tests/ont/power_cut/packages.h"
#include "tests/ont/power_cut/storage.h"

namespace power_cut {

class Board;

/// Sizes of a device. Small, so that a run is quick; odd, where a backend must not care.
struct Geometry {
    std::uint32_t slot_octets = 16'384;
    std::uint32_t memory_unit = 4096;
    std::uint32_t nand_block = 4096;
    std::uint32_t nand_page = 512;
    std::uint32_t nor_block = 4096;
    std::uint32_t ubi_block = 3968;
    std::size_t window_octets = 8192;
};

/// What one life uses; the context of its calls outlives it.
struct Backend {
    std::unique_ptr<ont::Slots> slots;
    ont::RecordStore* records = nullptr;  ///< of the slots, or one of the following
    std::unique_ptr<ont::RecordStore> own_records, environment_records;
    std::string error;  ///< why there is none
};

struct BackendRow {
    const char* name;
    void (*lay_out)(Storage& storage, const Geometry& geometry);
    Backend (*open)(Board& board);
    /// What really lies in a slot, read past all drivers.
    Pieces (*slot)(const Storage& storage, std::uint8_t slot);
    /// Downloads that may fail because a block of flash does, before one succeeds.
    unsigned failures_max = 0;
};

struct DialectRow {
    const char* name;
    Promise promise;
    /// What the factory leaves in the environment; null: there is none.
    void (*lay_out)(tests::MemoryEnvironment::Variables& variables);
    /// Puts the environment in the place of the record store. Null: the record store is the backend's.
    void (*open)(Board& board);
    /// The boot loader, then early init: which slot boots. Negative ONT_ERROR_* or `nothing_boots`.
    int (*boot)(Board& board, std::uint8_t& slot);
};
inline constexpr int nothing_boots = -100;

/// Code that is wrong on purpose, to see that the sweep finds it (mutants.cpp).
enum class Mutant : std::uint8_t {
    none,
    torn_record,          ///< a record is stored in two halves
    one_copy,             ///< the two copies of a record are one
    unsynced_record,      ///< a record is not waited for
    erase_before_record,  ///< the record says that an image is not valid once its slot is erased already
    no_sync,              ///< what lies in the slot is not waited for
    answer_first,         ///< records are stored behind the answer
    uncounted_boot,       ///< a boot that takes a try does not store it
    two_stores,           ///< the variables of an environment change in two stores
    lost_counter,         ///< the security counter is not stored
    early_counter,        ///< the security counter rises with the download
    any_signature,        ///< every signature is good
    kept_flash,           ///< what lies in raw flash is kept for a package that starts again
    count,
};

struct MutantRow {
    const char* name;
    const char* scenario;  ///< in which it is looked for
};
inline constexpr std::array<MutantRow, static_cast<std::size_t>(Mutant::count)> mutants{{
    {"none", ""},
    {"torn-record", "full"},
    {"one-copy", "full"},
    {"unsynced-record", "full"},
    {"erase-before-record", "full"},
    {"no-sync", "full"},
    {"answer-first", "full"},
    {"uncounted-boot", "rollback"},
    {"two-stores", "full"},
    {"lost-counter", "counter"},
    {"early-counter", "package"},
    {"any-signature", "refused"},
    {"kept-flash", "resume"},
}};

struct Setup {
    const BackendRow* backend = nullptr;
    const DialectRow* dialect = nullptr;
    const Library* library = nullptr;
    Geometry geometry;
    Mutant mutant = Mutant::none;
};

/// Memory that every life of every board uses anew: the tests have one board at a time.
struct Arena {
    ont_handler handler;
    Bytes window, head, block, frame;
};

/// What a device is when its run begins.
struct Saved {
    Storage storage;
    tests::MemoryEnvironment::Variables environment;
    std::optional<std::uint8_t> boot_once;
};

class Board {
public:
    Board(const Setup& setup, Arena& arena, const Saved& saved);
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;
    ~Board();

    Setup setup;
    Storage storage;
    Power power;
    Mistakes mistakes;
    tests::MemoryEnvironment environment;  ///< of the boot loader
    /// What a boot loader knows until the power goes out: a register that a reset leaves alone.
    std::optional<std::uint8_t> boot_once;

    /// Writes what the factory writes: images, first record. Never cut.
    void leave_factory(bool two_images);

    /// The power is back after a cut: what was not synced is settled.
    void restore_power();
    /// A reset: loader, early init, handler. False: the power went out meanwhile. Throws Violation where nothing boots.
    bool boot(Ledger& ledger);
    /// As the platform does when its checks passed. False: the power went out.
    bool healthy(Ledger& ledger);

    /// One frame for the handler. What it answers is reply().
    void hear(std::span<const std::uint8_t> frame);
    std::span<const std::uint8_t> reply() const { return {reply_.data(), reply_octets_}; }
    /// Steps until there is no more to do.
    void work();
    bool restarting() const { return restarting_; }

    Pieces slot(std::uint8_t number) const { return setup.backend->slot(storage, number); }
    std::uint32_t counter();

    // For backends, dialects and mutants.
    FakeKernel& kernel() { return *kernel_; }
    Backend& backend() { return backend_; }
    const ont_platform& platform() const { return platform_; }
    const ont_options& options() const { return options_; }
    std::uint8_t running() const { return running_; }
    void say(const char* format, ...) __attribute__((format(printf, 2, 3)));

private:
    void end_life();
    void begin_life();
    void set_up_platform();
    void lend_packages();
    int record_write(const std::uint8_t* octets, std::size_t size);
    int wrong_record_write(const std::uint8_t* octets, std::size_t size);
    int release_record();
    ont::Slots& slots() { return *backend_.slots; }
    void check_heads();
    bool running_slot(std::uint8_t image, const char* what);

    Arena& arena_;
    std::unique_ptr<FakeKernel> kernel_;
    Backend backend_;
    ont_platform platform_{};
    ont_options options_{};
    ont_identity identity_{};
    std::uint8_t running_ = 0;
    bool booting_ = false;
    bool restarting_ = false;
    std::uint64_t now_ms_ = 0;
    std::array<std::uint8_t, ONT_FRAME_OCTETS_MAX> reply_{};
    std::size_t reply_octets_ = 0;
    QuickHash hash_;
    std::span<const std::uint8_t> frame_;  ///< what is left of the frame that is unpacked
    Bytes held_record_;                    ///< of a mutant that stores too late
};

}  // namespace power_cut
