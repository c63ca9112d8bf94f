// SPDX-License-Identifier: Apache-2.0
// Our own boot table, and the boot loaders that decide by themselves: a model of the loader (boot_loaders.h), then the
// environment as the handler's record. The stores of both are cut alike.
#include <array>
#include <utility>

#include "ont/linux/boot_environment.h"
#include "tests/ont/boot_loaders.h"
#include "tests/ont/power_cut/backends.h"

namespace power_cut {
namespace {

/// What a mutant makes of an environment: half of the variables in one store, the rest in another.
class SplitStore final : public ont::EnvironmentStore {
public:
    explicit SplitStore(ont::EnvironmentStore& whole) : whole_{whole} {}
    std::string load() override { return whole_.load(); }
    std::optional<std::string> get(const std::string& name) const override { return whole_.get(name); }
    std::string store(std::span<const ont::Setting> settings) override {
        const std::size_t half = settings.size() / 2;
        if (half > 0)
            if (std::string wrong = whole_.store(settings.first(half)); !wrong.empty()) return wrong;
        return whole_.store(settings.subspan(half));
    }

private:
    ont::EnvironmentStore& whole_;
};

/// The record lies in the environment, the counter where it always does.
class EnvironmentRecords final : public ont::RecordStore {
public:
    EnvironmentRecords(Board& board, const ont::Dialect& dialect)
        : split_{board.environment},
          environment_{board.setup.mutant == Mutant::two_stores ? static_cast<ont::EnvironmentStore&>(split_)
                                                                : board.environment,
                       dialect,
                       {set_hint, &board}},
          counter_{*board.backend().records} {}

    ont::BootEnvironment& environment() { return environment_; }

    int record_read(std::uint8_t* octets, std::size_t room, std::size_t* size) override {
        return environment_.record_read(octets, room, size);
    }
    int record_write(const std::uint8_t* octets, std::size_t size) override {
        return environment_.record_write(octets, size);
    }
    int counter_read(std::uint32_t* value) override { return counter_.counter_read(value); }
    int counter_write(std::uint32_t value) override { return counter_.counter_write(value); }

private:
    static int set_hint(void* context, int image) {
        Board& board = *static_cast<Board*>(context);
        if (board.power.dark()) return -1;
        board.boot_once.reset();
        if (image != ont::boot_once_nothing) board.boot_once = static_cast<std::uint8_t>(image);
        return 0;
    }

    SplitStore split_;
    ont::BootEnvironment environment_;
    ont::RecordStore& counter_;
};

/// The table of ont/boot_record.h decides.
int boot_own(Board& board, std::uint8_t& slot) { return ont_boot(&board.platform(), &board.options(), &slot); }

constexpr const char* others_value = "02:00:00:00:00:01";

/// Variables that are nobody's business here, and stay.
void lay_out(tests::MemoryEnvironment::Variables& variables) {
    variables = {{"bootdelay", "3"}, {"ethaddr", others_value}};
}

template <std::size_t loader>
void open(Board& board) {
    const ont::Dialect* dialect = ont::find_dialect(tests::boot_loaders[loader].dialect);
    if (dialect == nullptr) throw std::logic_error{"a boot loader has no dialect"};
    board.environment.on_store = [&board] {
        using Store = tests::MemoryEnvironment::Store;
        switch (board.power.operation("store", "environment", 0, 0)) {
        case Fate::done: return Store::done;
        case Fate::last: return Store::done_dark;
        case Fate::nothing: return Store::lost;
        default: return Store::torn;
        }
    };
    auto records = std::make_unique<EnvironmentRecords>(board, *dialect);
    board.backend().records = records.get();
    board.backend().environment_records = std::move(records);
}

template <std::size_t loader>
int boot(Board& board, std::uint8_t& slot) {
    const int hint = board.boot_once ? *board.boot_once : tests::no_hint;
    board.boot_once.reset();
    const int image = tests::boot_loaders[loader].boot(board.environment, hint);
    if (board.power.dark()) return 0;
    if (image < 0) return nothing_boots;
    slot = static_cast<std::uint8_t>(image);
    auto& records = static_cast<EnvironmentRecords&>(*board.backend().environment_records);
    const std::string wrong = records.environment().booted(slot);
    if (board.power.dark()) return 0;
    if (!wrong.empty()) throw Violation{"early init: " + wrong};
    if (board.environment.get("ethaddr") != others_value) throw Violation{"a variable of others was changed"};
    return ont_booted(&board.platform(), &board.options(), slot);
}

constexpr Promise once{1, false, true};
constexpr Promise once_until_dark{1, true, true};
constexpr Promise counted{3, false, true};

constexpr std::array table{
    DialectRow{"own", counted, nullptr, nullptr, boot_own},
    DialectRow{"sw_active", once, lay_out, open<0>, boot<0>},
    DialectRow{"committed_image", once_until_dark, lay_out, open<1>, boot<1>},
    DialectRow{"boot_order", counted, lay_out, open<2>, boot<2>},
    DialectRow{"bootcount", counted, lay_out, open<3>, boot<3>},
};

}  // namespace

std::span<const DialectRow> dialects() { return table; }

}  // namespace power_cut
