// SPDX-License-Identifier: Apache-2.0
// One ONT's upgrade: look, start, windows, end, verify, activate, confirm, commit. A session knows how to say each
// command and what its answers mean; when it may go on to the next part is decided by its Pon (groups and windows) and
// by the Waves (activation). Every change of stage goes through enter().
//
// A session has at most one command to answer at a time (G.988 B.2: stop-and-wait). Its bulk, the sections of a window
// sent to it alone, needs no answers but the last one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "olt/context.h"
#include "olt/look.h"
#include "omci/frame.h"

namespace olt {

/// How the window that a session was last given has ended.
enum class WindowState : std::uint8_t {
    none,      ///< no window given, or the last one was taken note of
    held,      ///< to be sent to this ONT alone, at a later time
    sending,   ///< sections are going out to this ONT alone
    closing,   ///< the close is on its way, or to be sent
    accepted,  ///< answered 0
    refused,   ///< answered 1: the ONT forgot the whole window
    rejected,  ///< answered with another error: this image is refused for good
    gone,      ///< silent, or busy for too long
};

class Session {
public:
    Session(Context& context, Address onu, const SerialNumber& serial, LinkKind link);
    /// The same ONT in a new campaign: nothing of the earlier one is remembered.
    Session(const Session& earlier, bool is_target);
    Session& operator=(const Session&) = delete;

    // --- who and where ---

    const SerialNumber& serial() const noexcept { return serial_; }
    Address address() const noexcept { return onu_; }
    LinkKind link() const noexcept { return link_; }
    Stage stage() const noexcept { return stage_; }
    bool done() const noexcept { return stage_ == Stage::done || !targeted; }
    const OntView& view() const noexcept { return view_; }
    Verdict verdict() const noexcept { return verdict_; }
    Instant looked_at() const noexcept { return looked_at_; }
    omci::MessageSet set() const noexcept { return set_; }
    std::uint8_t target() const noexcept { return target_; }
    std::uint16_t agreed_window() const noexcept { return agreed_window_; }
    std::uint32_t octets_done() const noexcept;
    Result result() const noexcept { return result_; }
    bool is_up() const noexcept { return is_up_; }
    /// It would activate, but a call is up.
    bool held_by_call() const noexcept { return stage_ == Stage::activating && busy_since_; }

    // --- what its Pon knows of it ---

    std::size_t index = 0;         ///< its place in its Pon
    bool targeted = false;         ///< the campaign is for it
    bool hears_shared = false;     ///< answered the probe
    bool shared_port_set = false;  ///< the host put it on the shared port
    std::optional<Reason> alone;   ///< it left a group, or could join none, for this reason
    std::uint16_t group = 0;       ///< the group it is or was a member of; 0: none
    int late_share = 0;            ///< smoothed: windows in which it was, in 1/1024
    Duration lateness{};           ///< smoothed: behind most members of its group, a window
    /// Windows whose first close failed, in a row. Begins with 1: a new member has yet to show that it keeps up.
    std::uint16_t refused_in_a_row = 1;
    Duration late_total{};       ///< behind most members of its group, over all windows
    std::size_t group_slot = 0;  ///< its place among the members
    bool member = false;         ///< its answers to closes count for the running group

    // --- what it is told to do ---

    void up(Address onu, LinkKind link, Instant now);
    void down(Instant now);
    void grant(Instant now);
    void revoke(Instant now);
    void look(Instant now);
    void start(Instant now);
    /// Sends `window` to this ONT alone, not before `at`, then closes it.
    void send_window(const Window& window, Instant at, Instant now);
    /// `window` went out on the shared port, closed there under `shared_id`, or to be closed here.
    void close_window(const Window& window, std::optional<omci::TransactionId> shared_id, Instant now);
    void take_note() noexcept { window_state_ = WindowState::none; }
    void end(Instant now);
    /// Ends the download with size 0; then the session waits for another transfer, or is done for `why`.
    void abort(Reason why, Instant now);
    void activate(Instant now);
    /// From now on it is served alone; the first reason is the one reported.
    void serve_alone(Reason why) noexcept {
        if (!alone) alone = why;
    }
    void finish(Result result, Reason reason, Instant now, std::uint8_t code = 0);
    /// Record `number` and all before it are stored. True if the session waited for that.
    bool stored(std::uint64_t number);
    /// The serial number was seen on another PON.
    void move_away(Instant now);
    void stop(Instant now);

    // --- the loop ---

    WindowState window_state() const noexcept { return window_state_; }
    const Window& window() const noexcept { return window_; }
    /// Silent or busy, where window_state() is gone.
    Reason why_gone() const noexcept { return abort_reason_; }
    Reason why_not_started() const noexcept { return busy_since_ ? Reason::busy : Reason::silent; }
    /// How long sections may wait in this ONT behind the shared port.
    Duration drain_time() const noexcept;
    /// The close was sent more than once: its answer says nothing about what waits behind the shared port.
    bool close_resent() const noexcept { return exchange_.resent(); }
    omci::TransactionId last_id() const noexcept { return exchange_.id(); }
    /// The largest window worth sending to this ONT alone, as its answers so far have it.
    std::uint16_t window_limit() const noexcept { return window_limit_; }
    std::uint8_t window_failures() const noexcept { return window_failures_; }
    /// A command waits to be sent.
    bool wants_control() const noexcept { return command_ != Command::none && to_send_; }
    /// A section of a window for this ONT alone waits to be sent.
    bool wants_bulk() const noexcept { return window_state_ == WindowState::sending; }
    struct Written {
        std::size_t octets = 0;  ///< 0: nothing to be sent after all
        Purpose purpose{};
    };
    Written write(std::span<std::uint8_t> room, Instant now);
    /// True if the frame answers this session's command.
    bool receive(const omci::Frame& frame, Instant now);
    void advance(Instant now);
    Instant due() const noexcept;

private:
    enum class Command : std::uint8_t {
        none,
        look_state_0,
        look_state_1,
        look_omcc,
        look_hash_0,
        look_hash_1,
        start,
        close,
        end,
        verify_state,
        verify_hash,
        abort,
        pre_activate,  ///< a look, before every Activate
        activate,
        confirm,
        commit,
        check_commit,
        ask_why,  ///< an end is known: the update entity is read, once
    };

    void enter(Stage stage);
    void ask(Command command);
    void ask_later(Command command, Instant at);
    void ask_after_record(Record::What what, Command command);
    bool answers(Command command, const omci::Header& header) const noexcept;
    std::size_t write_command(std::span<std::uint8_t> room, omci::TransactionId id);
    std::size_t write_section(std::span<std::uint8_t> room, omci::TransactionId id, std::uint16_t number, bool close);
    Duration timeout() const noexcept;
    Duration silence_max() const noexcept;
    bool between_windows() const noexcept { return command_ == Command::close || command_ == Command::abort; }

    void on_reply(Command command, const omci::Frame& frame, Instant now);
    void on_get(Command command, const omci::Frame& frame, Instant now);
    void on_result(Command command, omci::ResultCode result, Instant now);
    void on_start(const omci::StartResponse& reply, Instant now);
    void on_close(omci::ResultCode result, Instant now);
    void on_end(omci::ResultCode result, Instant now);
    void on_busy(Command command, Instant now);
    void on_unreadable(Command command, omci::ResultCode result, Instant now);
    bool ask_again(Command command, Duration limit, Instant now);
    void go_away(Reason why, Instant now);
    void come_back(Instant now);
    void on_silence(Command command, Instant now);
    void after_look(Command command, Instant now);
    void after_verify(Instant now);
    void after_abort(Instant now);
    void abort_failed(Reason why, Instant now, std::uint8_t code = 0);
    void on_confirm(Instant now);
    void note_activate(Instant now);
    void look_again_for_new_image(Instant now);
    /// finish(), but first the ONT is asked why, where it may have something to say.
    void conclude(Result result, Reason reason, Instant now, std::uint8_t code = 0);
    void on_why(const omci::Frame& frame, Instant now);
    void end_asking(Instant now);
    void advance_mib_sync();
    bool is_clean_close() const noexcept { return clean_ && command_ == Command::close; }
    std::uint8_t transfers_max() const noexcept;
    std::uint16_t offered_window() const noexcept;
    void leave(Reason why);

    Context& context_;

    // Who and where.
    Address onu_;
    SerialNumber serial_;
    LinkKind link_;
    bool is_up_ = true;
    bool granted_ = true;

    Stage stage_ = Stage::absent;
    OntView view_;
    OntHistory history_;
    Verdict verdict_;
    Instant looked_at_{};  ///< when the look behind verdict_ was complete
    omci::MessageSet set_ = omci::MessageSet::baseline;
    std::uint8_t target_ = 0;  ///< the instance that is written and activated

    // The command under way.
    Command command_ = Command::none;
    bool to_send_ = false;
    Exchange exchange_;
    bool fresh_id_ = true;              ///< the next sending takes a new transaction identifier
    Instant send_at_ = never;           ///< a command that waits for its time
    std::uint64_t awaited_record_ = 0;  ///< a command that waits for a record; 0: none
    std::optional<Instant> busy_since_;
    Duration busy_pause_{};
    AnswerTime quick_answers_;
    AnswerTime shared_answers_;  ///< to closes on the shared port, what waited there before them included
    bool closed_on_shared_ = false;

    // The window under way.
    WindowState window_state_ = WindowState::none;
    Window window_;
    std::uint16_t next_section_ = 0;
    std::uint8_t window_failures_ = 0;
    std::uint16_t agreed_window_ = 0;
    std::uint16_t window_limit_ = 0;
    Instant send_window_at_ = never;

    // What is remembered between the stages.
    bool in_download_ = false;  ///< the ONT may be in S2 because of us
    bool abort_first_ = false;  ///< it came back with a download perhaps still open
    Reason abort_reason_ = Reason::none;
    std::uint8_t transfers_ = 0;
    bool sent_again_ = false;  ///< in this transfer: a section, were it only a close
    bool clean_ = false;       ///< since an End that failed after that: nothing is sent twice any more
    std::uint8_t activates_ = 0;
    std::uint8_t commits_ = 0;
    bool activate_answered_ = false;
    bool commit_answered_ = false;
    bool no_extended_ = false;  ///< says it knows extended messages, but does not answer them
    std::uint8_t refusal_code_ = 0;
    Reason away_reason_ = Reason::went_down;
    bool came_back_ = false;  ///< the host saw it go and return since Activate
    Instant confirm_until_ = never;
    Instant absent_until_ = never;
    Instant began_ = Instant::max();
    Result result_{};
    std::uint32_t windows_repaired_ = 0;

    // The end of an ONT that is being asked for its reason, and what it said.
    struct Conclusion {
        Result result{};
        Reason reason{};
        std::uint8_t code = 0;
    };
    std::optional<Conclusion> conclusion_;
    std::optional<omci::LastRefusal> refusal_;
    bool rolled_back_ = false;
};

}  // namespace olt
