// SPDX-License-Identifier: Apache-2.0
#include "tools/replay/survey.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "omci/crc32.h"
#include "omci/mic.h"
#include "omci/software_download.h"
#include "tools/replay/reply_fields.h"

namespace tools {
namespace {

using omci::Action;
using omci::MeClass;
using omci::ResultCode;

constexpr std::uint16_t both_images = 2;

bool changes_images(const omci::Header& header) {
    return header.me_class == MeClass::software_image && header.action >= Action::start_software_download &&
           header.action <= Action::commit_software;
}

/// What a section carries, as far as two sections have to be told apart.
std::uint32_t digest(const omci::Frame& frame) {
    omci::Crc32 crc;
    crc.update(frame.contents);
    return crc.value();
}

/// A command that changes images.
struct Command {
    std::uint64_t packet = 0;
    std::uint16_t transaction = 0;
    Action action{};
    std::uint16_t instance = 0;
    std::uint8_t section = 0;    ///< of a Download section: its number ...
    std::uint32_t contents = 0;  ///< ... its contents ...
    std::uint32_t window = 0;    ///< ... and the contents of section 0 of its window
    ResultCode answer{};
};

Command read_command(const CapturedFrame& captured) {
    const omci::Header& header = captured.frame.header;
    Command command{captured.packet, omci::value(header.transaction_id), header.action,
                    omci::value(header.me_instance)};
    if (header.action != Action::download_section || captured.frame.contents.empty()) return command;
    command.section = captured.frame.contents[0];
    command.contents = digest(captured.frame);
    return command;
}

/// Follows one ONT through the capture.
class OntObserver {
public:
    void command(Command command, bool reply_wanted) {
        if (doubt_ && command.packet != doubt_->packet) {
            if (repeats(command, *doubt_)) facts_.given_again.push_back({doubt_->packet, doubt_->answer});
            doubt_.reset();
        }
        if (command.action == Action::download_section) {
            if (command.section == 0) window_ = command.contents;
            command.window = window_;
        }
        if (reply_wanted) waiting_ = command;
    }

    /// A command of any kind that came on the shared port and wants a reply.
    void asked_on_shared_port(omci::TransactionId transaction) { asked_on_shared_port_ = transaction; }

    void reply(const omci::Frame& frame) {
        const omci::Header& header = frame.header;
        facts_.answers_shared_port |= asked_on_shared_port_ == header.transaction_id;
        if (header.action == Action::get) return read_values(frame);
        if (!waiting_ || waiting_->transaction != omci::value(header.transaction_id) || !changes_images(header)) return;
        Command answered = *std::exchange(waiting_, std::nullopt);
        const std::string result = field_text(reply_fields(frame), "result");
        answered.answer = result == "0"   ? ResultCode::success
                          : result == "6" ? ResultCode::device_busy
                                          : ResultCode::processing_error;
        if (answered.answer == ResultCode::success) return done(answered);
        const bool section = answered.action == Action::download_section;
        if (answered.answer == ResultCode::device_busy || (section && result == "1")) doubt_ = answered;
    }

    OntFacts facts(const ReplayOptions& options) const {
        OntFacts facts = facts_;
        const std::uint8_t active = active_ ? *active_ : committed_ ? *committed_ : other(asked_for_.value_or(1));
        facts.first.active = active;
        facts.first.committed = committed_.value_or(active);
        if (options.standby) facts.first.active = facts.first.committed = other(*options.standby);
        facts.first.other_valid = valid_[other(facts.first.active)];
        if (options.omcc_version) facts.first.omcc_version = *options.omcc_version;
        facts.first.window_sections_max = options.window_sections_max;
        return facts;
    }

    /// A Start that nobody answered still tells what the OLT took for idle.
    void asked_for(std::uint16_t image) {
        if (!asked_for_ && image < both_images) asked_for_ = static_cast<std::uint8_t>(image);
    }

private:
    static std::uint8_t other(std::uint8_t image) { return image ^ 1u; }

    static bool repeats(const Command& next, const Command& doubtful) {
        if (next.action != doubtful.action || next.instance != doubtful.instance) return false;
        if (next.action != Action::download_section) return true;
        return next.section == 0 ? next.contents == doubtful.window
                                 : next.section == doubtful.section && next.contents == doubtful.contents;
    }

    /// The first commands that succeed tell what the ONT must have been, unless it was asked before: what was activated
    /// or committed without a Start was valid.
    void done(const Command& command) {
        if (command.instance >= both_images || changed_) return;
        const auto image = static_cast<std::uint8_t>(command.instance);
        switch (command.action) {
        case Action::start_software_download:
            if (!active_) active_ = other(image);
            break;
        case Action::activate_software:
            if (!active_) active_ = other(image);
            if (*active_ != image && !asked_for_) valid_[image] = true;
            break;
        case Action::commit_software:  // what is committed is what was activated before
            if (!active_) active_ = image;
            if (!committed_) committed_ = other(image);
            if (*active_ != image && !asked_for_) valid_[image] = true;
            break;
        default: return;
        }
        changed_ = true;
    }

    void read_values(const omci::Frame& frame) {
        const auto fields = reply_fields(frame);
        const std::string omcc = field_text(fields, "omcc_version");
        if (frame.header.me_class == MeClass::onu2_g && !omcc.empty() && !knows_omcc_)
            knows_omcc_ =
                std::from_chars(omcc.data(), omcc.data() + omcc.size(), facts_.first.omcc_version).ec == std::errc{};
        if (frame.header.me_class != MeClass::software_image) return;
        if (facts_.first.product_code.empty()) facts_.first.product_code = field_text(fields, "product_code");
        const std::string missing = field_text(fields, "optional_attr_mask");
        unsigned mask = 0;
        if (missing.size() > 2) std::from_chars(missing.data() + 2, missing.data() + missing.size(), mask, 16);
        if ((mask & omci::software_image::image_hash) != 0) facts_.first.hashes = false;

        const std::uint16_t instance = omci::value(frame.header.me_instance);
        if (changed_ || instance >= both_images) return;
        const auto image = static_cast<std::uint8_t>(instance);
        const auto told = [&](const char* name, std::optional<std::uint8_t>& which) {
            const std::string text = field_text(fields, name);
            if (!text.empty() && !which) which = text == "0" ? other(image) : image;
        };
        told("is_active", active_);
        told("is_committed", committed_);
        if (asked_for_) return;  // what lies in the idle slot may be of this capture, whatever the answers say
        if (field_text(fields, "is_valid") == "1") valid_[image] = true;
        if (const std::string version = field_text(fields, "version"); !version.empty())
            facts_.first.versions[image] = version;
    }

    OntFacts facts_;
    std::optional<omci::TransactionId> asked_on_shared_port_;  ///< the last one
    std::optional<Command> waiting_;                           ///< the last command, not answered yet
    std::optional<Command> doubt_;                             ///< the last command, answered 6 or 1
    std::uint32_t window_ = 0;                                 ///< contents of section 0 of the running window
    std::optional<std::uint8_t> active_, committed_, asked_for_;
    std::array<bool, both_images> valid_{};
    bool changed_ = false;  ///< from here on it is not what it was at first
    bool knows_omcc_ = false;
};

}  // namespace

ReplaySurvey survey(ReplayCapture& capture, const ReplayOptions& options) {
    ReplaySurvey found;
    std::map<OntKey, OntObserver> observers;
    bool good_crc = false, bad_crc = false;
    while (const std::optional<CapturedFrame> captured = capture.next()) {
        const omci::Header& header = captured->frame.header;
        const omci::MicState mic = omci::check_crc(captured->frame);
        good_crc |= mic == omci::MicState::good;
        bad_crc |= mic == omci::MicState::bad;
        found.downstream_frames += captured->downstream;
        OntObserver* observer = captured->shared ? nullptr : &observers[captured->ont];
        if (!captured->downstream) {
            if (observer && header.acknowledgement) observer->reply(captured->frame);
            continue;
        }
        const auto each_member = [&](auto tell) {
            for (auto& [key, member] : observers)
                if (key.named && key.pon == captured->ont.pon) tell(member);
        };
        if (captured->shared && header.acknowledge_request)
            each_member([&](OntObserver& member) { member.asked_on_shared_port(header.transaction_id); });
        if (!changes_images(header)) continue;
        const Command command = read_command(*captured);
        if (observer) {
            if (header.action == Action::start_software_download) observer->asked_for(command.instance);
            observer->command(command, header.acknowledge_request);
            continue;
        }
        each_member([&](OntObserver& member) { member.command(command, header.acknowledge_request); });
    }
    found.foreign_mic = bad_crc && !good_crc;
    for (const auto& [key, observer] : observers) found.onts[key] = observer.facts(options);
    return found;
}

}  // namespace tools
