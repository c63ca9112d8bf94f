// SPDX-License-Identifier: Apache-2.0
// The loop of the daemon: frames first, then a little of the work behind their answers, then frames again.
#include "tools/ont.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <optional>

#include "tools/link/link.h"
#include "tools/ont/log.h"
#include "tools/ont/options.h"
#include "tools/ont/rack.h"
#include "tools/units.h"

namespace tools {
namespace {

/// Work goes on for so long before frames are looked at again: an answer waits for this and one piece of work at most.
constexpr olt::Duration work_slice = std::chrono::milliseconds{1};
/// Frames that are served before work has its turn, where frames keep coming.
constexpr unsigned frames_between_work = 64;

class Daemon final : public OntOutside {
public:
    explicit Daemon(const OntOptions& options)
        : log_{options.log, options.quiet},
          link_{loop_, options.link, LinkEnd::ont, options.first, options.count},
          rack_{options.kind, options.first, options.count, options.slots, *this} {
        const olt::SerialNumber first = [&] {
            olt::SerialNumber serial;
            std::copy(std::begin(options.kind.identity.serial_number), std::end(options.kind.identity.serial_number),
                      serial.octets.begin());
            return serial;
        }();
        log_.line(std::nullopt,
                  fmt::format("{} ONT{} on {}, serial {}{}, slots of {} in {}", options.count,
                              options.count == 1 ? "" : "s", options.link.text, olt::text(first),
                              options.count == 1 ? "" : " and up", mebibytes(options.kind.slot_octets), options.slots));
    }

    void run() {
        rack_.power_on(link_.now());
        for (unsigned served = 0; loop_.interrupts() == 0;) {
            const bool work = rack_.has_work();
            const auto arrival = link_.wait_until(work ? olt::Instant::min() : rack_.deadline());
            const olt::Instant now = link_.now();
            rack_.advance(now);
            if (arrival) rack_.deliver(arrival->address, arrival->octets, now);
            if (failure_) std::rethrow_exception(failure_);
            if (arrival && ++served < frames_between_work) continue;
            served = 0;
            const olt::Instant until = now + work_slice;
            for (olt::Instant at = now; rack_.has_work() && at < until; at = link_.now()) rack_.step(at);
        }
        const LinkCounts counts = link_.counts();
        log_.line(std::nullopt,
                  fmt::format("ends; frames: {} received, {} sent, {} with a wrong check, {} unreadable or "
                              "from strangers, {} not sent, {} lost because this process was busy",
                              grouped(counts.received), grouped(counts.sent), grouped(counts.bad_check),
                              grouped(counts.unreadable), grouped(counts.not_sent), grouped(counts.overrun)));
        if (!link_.capture_failure().empty()) log_.line(std::nullopt, link_.capture_failure());
    }

private:
    /// Called from within the handler, through which no exception can go.
    void ont_sends(std::uint16_t onu_id, omci::Octets frame) override {
        try {
            link_.send({link_.pon(), onu_id}, frame);
        } catch (...) {
            failure_ = std::current_exception();
        }
    }
    void ont_says(std::uint16_t onu_id, std::string_view words) override { log_.line(onu_id, words); }

    OntLog log_;
    Loop loop_;
    Link link_;  // before the slots: a link that cannot be opened leaves no folders behind
    OntRack rack_;
    std::exception_ptr failure_;
};

}  // namespace

int ont_command(int argc, char** argv) {
    const OntOptions options = parse_ont_options(argc, argv);
    if (options.help) {
        fmt::print("{}", ont_help());
        return 0;
    }
    OntOptions with_trust = options;
    if (options.trust.given()) with_trust.kind.packages.trust = load_trust(options.trust);
    Daemon{with_trust}.run();
    return 0;
}

}  // namespace tools
