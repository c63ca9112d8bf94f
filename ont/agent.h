// SPDX-License-Identifier: Apache-2.0
// The handler itself: a frame in, a reply out. It checks where a frame came from and that it is whole, replays what
// came before, refuses what cannot be, and hands the rest to the parts that do it: the image bank, the running
// download, the MIB. Called by ont.cpp only.
//
// It may be moved about in memory as plain octets: nothing in it points into itself.
#pragma once

#include <cstdint>
#include <span>

#include "omci/frame.h"
#include "omci/software_download.h"
#include "ont/download.h"
#include "ont/image_bank.h"
#include "ont/mib.h"
#include "ont/mib_upload.h"
#include "ont/ont.h"
#include "ont/replay.h"
#include "ont/update_state.h"

namespace ont {

/// What the shared port may bring: it is in clear and everyone hears it. The place for further kinds of data.
constexpr bool allowed_on_shared_port(const omci::Header& header) noexcept {
    return header.me_class == omci::MeClass::software_image &&
           (header.action == omci::Action::download_section || header.action == omci::Action::get);
}

class Agent {
public:
    Agent(const ont_platform& platform, const ont_identity& identity, const ont_options& options) noexcept
        : platform_{platform}, identity_{identity}, options_{options} {}

    /// Reads the boot record. 0 or an ONT_ERROR_*.
    int load() noexcept;

    void handle(omci::Octets octets, ont_origin origin, std::uint64_t now_ms) noexcept;

    /// One bounded piece of work. Returns true while there is more to do at once.
    bool step(std::uint64_t now_ms) noexcept;

    /// The running image is healthy; tells the OLT if another image runs than it knows of.
    int healthy() noexcept;

    const BootRecord& record() const noexcept { return bank_.record(); }

    UpdateStatus update_status() const noexcept { return update_.status(download_, record(), restarting_); }

private:
    void section(const omci::Frame& frame, std::uint64_t now_ms) noexcept;
    void execute(const omci::Frame& frame, std::uint64_t now_ms) noexcept;
    void observe(std::uint64_t now_ms) noexcept;
    void refuse(const omci::Header& header, omci::ResultCode result) noexcept;

    void start(const omci::Frame& frame, std::uint64_t now_ms) noexcept;
    void end(const omci::Frame& frame) noexcept;
    void activate(const omci::Frame& frame, std::uint64_t now_ms) noexcept;
    void commit(const omci::Frame& frame, std::uint64_t now_ms) noexcept;
    void reboot(const omci::Frame& frame) noexcept;

    void get(const omci::Frame& frame, std::uint64_t now_ms) noexcept;
    void create(const omci::Frame& frame) noexcept;
    void set(const omci::Frame& frame) noexcept;
    void upload_next(const omci::Frame& frame, std::uint64_t now_ms) noexcept;

    bool replayed(const omci::Header& header) noexcept;
    template <typename Message>
    void reply(const omci::Header& command, const Message& message) noexcept;
    void send(omci::Octets frame) noexcept;
    void notify(omci::MeClass me_class, omci::MeInstance instance, std::uint16_t mask, omci::Octets values) noexcept;
    void notify_active(std::uint8_t image) noexcept;

    omci::ResultCode calls_permit(std::optional<omci::CallPolicy> flags) const noexcept;
    omci::ResultCode counter_permits(std::uint8_t image, std::uint64_t now_ms) noexcept;
    MibSource source(std::uint64_t now_ms) noexcept;
    omci::TrailerChoice trailer() const noexcept;
    std::uint8_t tries() const noexcept {
        return options_.trial_boots_max > 0 ? options_.trial_boots_max : trial_boots_default;
    }
    Host host() noexcept { return {platform_, options_, identity_, bank_}; }
    void drop(ont_drop why) noexcept;

    ont_platform platform_;
    ont_identity identity_;
    ont_options options_;
    ImageBank bank_;
    Download download_;
    Update update_;
    Mib mib_;
    MibUpload upload_;
    Replay replay_;
    std::uint64_t began_ms_ = 0;
    bool began_ = false;
    bool restarting_ = false;     ///< Activate or Reboot was answered: the next step restarts the ONT
    bool restart_asked_ = false;  ///< and this one has
};

/// Lays the reply to `command` down, keeps it for replay, and sends it. Silence where no reply is wanted.
template <typename Message>
void Agent::reply(const omci::Header& command, const Message& message) noexcept {
    if (!command.acknowledge_request) return;
    std::array<std::uint8_t, omci::extended_header_octets + upload_next_octets_max + omci::mic_octets> room;
    const auto size = omci::write_frame(omci::response_to(command), message, room, trailer());
    if (!size) return;  // cannot be: every reply is bounded by upload_next_octets_max
    const auto frame = omci::Octets{room}.first(*size);
    replay_.remember(command, frame);
    send(frame);
}

}  // namespace ont
