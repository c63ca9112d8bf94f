// SPDX-License-Identifier: Apache-2.0
// A class 7 ONT as a script, for tests of the engine alone: it does what a conforming ONT does, records what it was
// told, and can be bent (silent, busy, deaf, lossy) by its public fields. And the link between it and an engine.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "olt/engine.h"
#include "omci/frame.h"
#include "omci/mib_messages.h"
#include "omci/software_download.h"
#include "omci/software_image.h"
#include "omci/update_entity.h"

namespace olt_test {

using namespace std::chrono_literals;

struct ScriptedOnt {
    // What it is.
    std::array<omci::SoftwareImage, 2> images{omci::SoftwareImage{omci::make_version("old"), true, true, true}, {}};
    std::uint16_t window_max = 256;
    std::uint8_t omcc_version = 0xA2;
    bool hears_shared = true;

    // How it is bent. A filter sees every command first and may answer in its place, or drop it (empty answer).
    std::function<std::optional<std::optional<omci::ResultCode>>(const omci::Frame&)> filter;
    /// What becomes of its answer to a command on the way back; empty: it is lost.
    std::function<std::vector<std::uint8_t>(const omci::Frame& command, std::vector<std::uint8_t> answer)> rewrite;
    bool goes_down_to_reboot = true;
    bool ignores_holes = false;       ///< answers a window with success whatever of it was lost
    bool counts_sections = false;     ///< End fails where more or fewer came than the image has, repeats included
    bool full_sections_only = false;  ///< refuses windows with a section that is not full, but for the image's last
    bool version_from_image = false;  ///< shows the first fourteen octets of the image as its version

    /// What its update entity says; none: it has no such entity.
    struct Update {
        omci::UpdateState state{};
        omci::LastRefusal last_refusal{};
        std::array<std::uint8_t, 8> magic = omci::update_entity_magic;
    };
    std::optional<Update> update;

    // What happened to it.
    std::vector<std::string> heard;  ///< commands, sections left out
    std::vector<std::uint8_t> stored;
    std::uint32_t announced = 0;
    bool downloading = false;
    int reboots = 0;
    int windows_acknowledged = 0;
    std::uint32_t sections = 0;            ///< heard since Start
    std::vector<std::uint16_t> close_ids;  ///< transaction of every close that was executed or replayed

    /// The reply to one frame, or nothing.
    std::optional<std::vector<std::uint8_t>> handle(std::span<const std::uint8_t> octets);
    bool wants_reboot = false;
    void reboot();

private:
    omci::ResultCode close_window(omci::MessageSet set, const omci::SectionRequest& last);
    bool image_is_good(const omci::Frame& end);
    std::map<std::uint8_t, std::vector<std::uint8_t>> window_;
    std::optional<omci::TransactionId> last_id_;
    std::vector<std::uint8_t> last_reply_;
    std::optional<unsigned> trial_;
};

/// One engine and its ONTs on links without delay or loss (but for the ONTs' own filters).
struct Rig {
    explicit Rig(std::size_t onts, olt::EngineOptions options = {}, std::uint8_t pons = 1);

    olt::Engine engine;
    std::map<std::pair<std::uint8_t, std::uint16_t>, ScriptedOnt> onts;
    olt::Instant now{};
    std::vector<olt::OntDone> outcomes;
    std::vector<olt::Event> events;
    bool store_records = true;
    bool provide_shared_port = true;
    std::uint64_t frames_shared = 0;
    std::function<bool(const olt::Transmission&)> wire;  ///< false: the frame is lost for everybody

    ScriptedOnt& ont(std::uint16_t onu_id, std::uint8_t pon = 0) { return onts.at({pon, onu_id}); }
    static constexpr std::size_t steps_max = 5'000'000;  ///< frames and deadlines
    static olt::SerialNumber serial(std::uint8_t pon, std::uint16_t onu_id);
    /// Runs until the campaign is over, or `until`, or for steps_max steps: an engine that never comes to rest.
    void run(olt::Instant until = olt::Instant{} + 3600s);
    const olt::OntDone& outcome(std::uint16_t onu_id, std::uint8_t pon = 0) const;
    template <typename T>
    std::size_t count() const {
        std::size_t n = 0;
        for (const auto& event : events) n += std::holds_alternative<T>(event);
        return n;
    }

private:
    void drain_events();
    void deliver(olt::Address to, std::span<const std::uint8_t> octets);
};

/// `octets` octets of nothing in particular, the same every time.
std::vector<std::uint8_t> some_image(std::size_t octets);
olt::Campaign campaign_of(const std::vector<std::uint8_t>& image);

}  // namespace olt_test
