// SPDX-License-Identifier: Apache-2.0
#include "tools/simulate/serve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/served_pon.h"
#include "tools/image_file.h"
#include "tools/link/link.h"
#include "tools/md5.h"
#include "tools/report/json_text.h"
#include "tools/report/output_file.h"
#include "tools/report/progress.h"
#include "tools/simulate/serve_report.h"
#include "tools/units.h"
#include "tools/usage.h"

namespace tools {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t frames_per_turn = 256;   ///< taken in before answers have their turn again
constexpr olt::Duration looks_after = 200ms;   ///< at how it goes, for the view
constexpr olt::Duration line_pause_min = 1s;   ///< between two lines where the output is no terminal
constexpr olt::Duration frame_spacing = 15us;  ///< of frames that were read together: an ONT serves one in that time
constexpr olt::Instant at_once = olt::Instant::min();

class Md5Hash final : public sim::RunningHash {
public:
    void start() override { md5_.start(); }
    void update(std::span<const std::uint8_t> octets) override { md5_.update(octets); }
    omci::ImageHash finish() override { return md5_.finish(); }

private:
    Md5 md5_;
};

/// How it goes: one line redrawn on a terminal, elsewhere one whenever something has changed, but not all the time.
class View {
public:
    View(bool quiet, bool json_on_stdout, std::uint16_t onts)
        : file_{json_on_stdout ? stderr : stdout}, live_line_{file_}, onts_{onts} {
        live_ = is_live(file_);
        off_ = quiet || (json_on_stdout && !live_);
    }

    void show(const sim::ServedStatus& status, olt::Instant now) {
        if (off_) return;
        const std::string text = described(status);
        if (live_)
            return live_line_.draw(fmt::format("{}  {}", time_text(now.time_since_epoch().count()), text),
                                   std::chrono::steady_clock::now());
        if (text == said_ || now < may_say_at_) return;
        said_ = text;
        may_say_at_ = now + line_pause_min;
        fmt::print(file_, "{:>11}  {}\n", time_text(now.time_since_epoch().count()), text);
        std::fflush(file_);
    }
    void clear() { live_line_.clear(); }

private:
    std::string described(const sim::ServedStatus& status) const {
        std::string out = fmt::format("{} of {} up, {} downloading", status.running, onts_, status.downloading);
        if (status.downloading > 0 && status.octets_total > 0) {
            const std::uint64_t percent = status.octets_done * 100 / status.octets_total;
            out += fmt::format(" {:>2} %", live_ ? percent : percent / 10 * 10);
        }
        return out + fmt::format(", so far {} stored, {} activated, {} committed", status.downloads, status.activations,
                                 status.commits);
    }

    std::FILE* file_;
    LiveLine live_line_;
    std::uint16_t onts_;
    bool live_ = false, off_ = false;
    std::string said_;
    olt::Instant may_say_at_{};
};

std::string headline(const SimulateOptions& options, const olt::Image& image, const std::string& package,
                     const Link& link) {
    const sim::Options& world = options.world;
    std::string out = "image    ";
    if (options.image.empty())
        out += "any";
    else
        out += fmt::format("{}, {}, version {}", options.image, mebibytes(image.size()), omci::text(image.version));
    if (!package.empty()) out += "\npackage  " + package;
    out += fmt::format("\nserving  {} ONT{} at {}, {}\nworld    seed {}", world.onts, world.onts == 1 ? "" : "s",
                       options.serve->text, link.has_shared_port() ? "shared port heard" : "without a shared port",
                       world.seed);
    if (world.loss != 0) out += fmt::format(", loss {}", probability_text(world.loss));
    if (world.upstream_loss != 0) out += fmt::format(", upstream loss {}", probability_text(world.upstream_loss));
    if (!world.faults.empty()) out += fmt::format(", {} with a fault", world.faults.size());
    return out + "\n\n";
}

/// The loop around the PON: what is due goes out, what comes goes in, until somebody or the clock ends it.
class Server {
public:
    Server(const sim::Options& world, const olt::Image& image, Link& link) : pon_{world, image}, link_{link} {}

    void run(olt::Instant end, View& view) {
        olt::Instant look_at = link_.now();
        for (olt::Instant now = link_.now(); now < end && link_.loop().interrupts() == 0; now = link_.now()) {
            pon_.advance(now);
            send_what_is_due();
            if (now >= look_at) {
                view.show(pon_.status(), now);
                look_at = now + looks_after;
            }
            take_what_came(std::min({pon_.deadline(), end, look_at}), now);
        }
        if (link_.loop().interrupts() > 1) throw std::runtime_error{"interrupted"};
    }

    sim::ServedReport report(ServeFacts& facts) {
        facts.counts = link_.counts();
        facts.late_frames = late_frames_;
        facts.latest = latest_;
        return pon_.report(link_.now());
    }

private:
    void send_what_is_due() {
        while (const auto frame = pon_.transmit()) {
            const olt::Duration late = link_.now() - frame->due;
            late_frames_ += late > late_after;
            latest_ = std::max(latest_, late);
            // The link's PON has the number that it was given; ours is the only one we know.
            link_.send({link_.pon(), frame->from.onu_id}, frame->octets);
        }
    }

    /// Frames that waited for us while we did something else are not a burst that the OLT sent: they came at some time
    /// since the last turn, and get a time of their own each.
    void take_what_came(olt::Instant deadline, olt::Instant last_turn) {
        count_ = 0;
        while (count_ < taken_.size()) {
            const auto arrival = link_.wait_until(count_ == 0 ? deadline : at_once);
            if (!arrival) break;
            Taken& taken = taken_[count_++];
            taken.onu_id = arrival->address.onu_id;
            taken.octets.assign(arrival->octets.begin(), arrival->octets.end());
        }
        const olt::Instant now = link_.now();
        for (std::size_t i = 0; i < count_; ++i) {
            const olt::Duration before = static_cast<std::int64_t>(count_ - 1 - i) * frame_spacing;
            pon_.receive({0, taken_[i].onu_id}, taken_[i].octets, std::max(last_turn, now - before));
        }
    }

    struct Taken {
        std::uint16_t onu_id = 0;
        std::vector<std::uint8_t> octets;
    };

    sim::ServedPon pon_;
    Link& link_;
    std::vector<Taken> taken_ = std::vector<Taken>(frames_per_turn);
    std::size_t count_ = 0;
    std::uint64_t late_frames_ = 0;
    olt::Duration latest_{};
};

void refuse_same_files(const SimulateOptions& options) {
    const std::pair<const char*, const std::string&> files[] = {
        {"--image", options.image}, {"--json", options.json}, {"--capture", options.serve->capture}};
    for (const auto& one : files)
        for (const auto& other : files)
            if (&one < &other && !one.second.empty() && !other.second.empty() && same_file(one.second, other.second))
                throw UsageError{fmt::format("{} and {} name the same file, {}", one.first, other.first, one.second)};
}

}  // namespace

int serve(const SimulateOptions& options) {
    refuse_same_files(options);
    std::optional<ImageFile> file;
    olt::Image image;
    if (!options.image.empty()) {
        file = load_to_send(options.image);
        if (options.version && file->package)
            throw UsageError{"--version contradicts a package: its manifest says what ONTs call it"};
        image = {file->octets, omci::ImageCrc{file->crc}, file->version, file->md5};
        if (options.version) image.version = omci::make_version(*options.version);
    }
    sim::Options world = options.world;
    const ImageFile any;
    lend_packages(world, file ? *file : any, options.trust);
    world.real_time = true;
    world.make_md5 = [] { return std::make_unique<Md5Hash>(); };

    Loop loop;
    Link link{loop, *options.serve, LinkEnd::ont, 0, world.onts};
    std::optional<OutputFile> json;
    if (!options.json.empty() && !options.json_on_stdout()) json.emplace(options.json);
    const bool for_people = !options.quiet && !options.json_on_stdout();
    if (for_people) fmt::print("{}", headline(options, image, file ? package_line(*file) : "", link));
    std::fflush(stdout);

    Server server{world, image, link};
    View view{options.quiet, options.json_on_stdout(), world.onts};
    const olt::Instant end = options.duration == 0 ? olt::never : link.now() + olt::Duration{options.duration};
    server.run(end, view);
    view.clear();

    ServeFacts facts;
    facts.link = options.serve->text;
    facts.seed = world.seed;
    facts.image_known = file.has_value();
    const sim::ServedReport report = server.report(facts);
    const std::string as_json = options.json.empty() ? "" : json_text(serve_json(report, facts));
    if (json) json->finish(as_json);
    if (options.json_on_stdout()) fmt::print("{}", as_json);
    if (for_people) fmt::print("{}", serve_table(report, facts));
    const std::string broken = broken_promise(report);
    if (broken.empty()) return 0;
    std::fflush(stdout);
    fmt::print(stderr, "omcast: {}\n", broken);
    return 1;
}

}  // namespace tools
