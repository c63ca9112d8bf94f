// SPDX-License-Identifier: Apache-2.0
// The boot record in the environment of a boot loader that decides by itself which image runs: the loader's variables
// (boot_dialects.h) and the complete record, in hexadecimal in a variable of its own, change in one store. So the
// loader and the handler never mean different things, whenever the power goes.
//
//     the loader boots image N      by its variables; it takes back or counts down what is tried
//     early init: booted(N)         reads both, makes the record say what the loader did, and stores that
//                 lend(platform)    record_read and record_write are this object's
//                 ont_booted(N), ont_init()
//
// Where there is no record yet, the variables are the record: an ONT in the field is taken over as it is. Where the
// variables say something the loader does not write by itself (another tool committed an image), they count too. All
// other variables stay what they are. Errors are sentences; with one nothing was changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "ont/boot_record.h"
#include "ont/linux/boot_dialects.h"
#include "ont/linux/environment_store.h"
#include "ont/ont.h"

namespace ont {

/// For loaders that have no variable for an image to be tried: a mark of the platform that the loader looks at, that is
/// gone after the next boot, and that no power cut survives (a register of the processor, say). Sets it to 0 or 1, or
/// takes it back with `boot_once_nothing`. 0 for success. Null: such a loader can try nothing, and Activate fails.
struct BootOnce {
    int (*set)(void* context, int image) = nullptr;
    void* context = nullptr;
};
inline constexpr int boot_once_nothing = -1;

class BootEnvironment {
public:
    /// The variable that holds the whole record.
    static constexpr const char* record_variable = "omcast_boot_record";

    /// Both must live as long as this object.
    BootEnvironment(EnvironmentStore& store, const Dialect& dialect, BootOnce boot_once = {})
        : store_{store}, dialect_{dialect}, boot_once_{boot_once} {}

    /// Opens U-Boot's environment as `config` (the path of a fw_env.config) describes it, with the preset `dialect`.
    /// Empty and `to` is there, or a sentence.
    static std::string open(const std::string& config, const std::string& dialect, std::unique_ptr<BootEnvironment>& to,
                            BootOnce boot_once = {});

    /// The loader booted `image`: to be called once per power-on or restart, before anything else here but
    /// ont_factory_record(). Empty, or a sentence. Stores once, if there is anything to store. Where the environment
    /// cannot be read, record_read() fails from then on; where it only could not be stored, record_read() still tells
    /// which slot runs, and the variables are as the loader left them.
    std::string booted(std::uint8_t image);

    /// Fills in the record callbacks of `platform` and its context, which is this object. A host that needs a context
    /// of its own calls the functions below from its own callbacks.
    void lend(ont_platform& platform);

    int record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) const;
    /// Fails where no variable and no mark of the platform can say what the record asks for: error() tells.
    int record_write(const std::uint8_t* octets, std::size_t size);

    /// Why the last record_write() failed; empty where it did not.
    const std::string& error() const { return error_; }

private:
    std::string read_stored(std::uint8_t image, BootRecord& record, LoaderState& now);
    std::string store(const BootRecord& record);
    std::string mark(const BootRecord& record);

    std::unique_ptr<EnvironmentStore> owned_;
    EnvironmentStore& store_;
    const Dialect& dialect_;
    BootOnce boot_once_;
    BootRecord record_;
    bool known_ = false;  ///< record_ is what is stored
    int marked_ = boot_once_nothing;
    std::string error_;
};

/// What the loader did with the record since it was stored: tries that were used up or counted.
BootRecord after_loader(const Dialect& dialect, BootRecord record, const LoaderState& now);

/// What others wrote: an image that is valid, or not, or another one than the record says, or that is committed. A
/// record that agrees with the variables stays as it is.
BootRecord after_others(BootRecord record, const LoaderState& now);

}  // namespace ont
