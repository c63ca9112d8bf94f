// SPDX-License-Identifier: Apache-2.0
// The bench an ONT is put on: questions that must be answered (or must not), what the ONT shows of its images, what was
// learned of it so far, and the way back to how it was found. Every case works on one; see cases.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "omci/entity_messages.h"
#include "omci/software_image.h"
#include "tools/conform/settings.h"
#include "tools/conform/verdict.h"
#include "tools/conversation.h"

namespace tools::conform {

/// What the ONT was when the run began.
struct Found {
    std::array<omci::SoftwareImage, 2> images{};
    unsigned active = 0;
    unsigned committed = 0;
    std::string serial;     ///< "OMCT00000001"; empty: not told
    std::string equipment;  ///< ONU2-G equipment id
    std::string hardware;   ///< ONU-G version
    std::optional<std::uint8_t> omcc_version;

    unsigned idle() const noexcept { return 1 - active; }
    bool extended() const noexcept { return omcc_version && omci::speaks_extended(*omcc_version); }
};

/// What cases learn for later ones and for the profile. Arrays: baseline, extended.
struct Learnt {
    bool takes_gaps = false;        ///< says 0 to a window with a hole: then other cases cannot tell a hole
    bool executes_repeats = false;  ///< a close that comes again is a new one to it
    std::array<std::optional<unsigned>, 2> window{};
    std::array<std::optional<bool>, 2> downloads{};  ///< a whole download went well
    std::array<std::optional<bool>, 2> repeats{};
    std::array<std::optional<std::uint32_t>, 2> sections_per_second{};
    std::optional<bool> hears_shared;
    std::optional<bool> shared_close;
    std::optional<std::uint32_t> close_guard_us;
};

/// How often a frame is sent again, the same each time, where nothing is heard of it.
enum class Insist : bool { no, yes };

class Bench {
public:
    /// `sealed`: frames carry a check that the ONT can judge.
    Bench(Conversation& talk, const olt::Address& onu, const Settings& settings, bool sealed);

    /// Reads what the ONT is. Throws std::runtime_error: it is silent, has no two images, or has none to spare.
    void look_around();

    /// The shape that the next case has.
    void use(Variant variant) noexcept { variant_ = variant; }
    Variant variant() const noexcept { return variant_; }
    omci::MessageSet set() const noexcept { return set_of(variant_); }
    std::size_t place() const noexcept { return variant_ == Variant::baseline ? 0 : 1; }  ///< in Learnt's arrays
    /// The image that this shape downloads.
    const std::vector<std::uint8_t>& image();
    omci::MeInstance target() const noexcept { return omci::image_instance(found_.idle()); }

    template <typename Message>
    Conversation::Question question(omci::Action action, omci::MeClass me_class, omci::MeInstance instance,
                                    const Message& message, bool reply_wanted = true) {
        return talk_.question(onu_, action, set(), me_class, instance, message, reply_wanted);
    }

    /// The answer; its header is checked. Throws Failure where the ONT stays silent or answers to something else.
    Heard demand(const Conversation::Question& question, std::string_view what);
    /// The answer, or none.
    std::optional<Heard> ask(const Conversation::Question& question, Insist insist = Insist::no);
    void expect_silence(const Conversation::Question& question, std::string_view what);

    /// State of an image in the set of the running case.
    omci::SoftwareImage look(unsigned image);
    void expect_image(unsigned image, std::string_view when, bool valid, bool active, bool committed);
    /// The idle image has not been made valid.
    void expect_not_valid(std::string_view when);
    /// Attributes of an entity. Throws Failure for any result but 0.
    std::vector<std::uint8_t> get(omci::MeClass me_class, std::uint16_t mask, std::string_view what);
    /// ONU2-G uptime, in 10 ms; none where the ONT does not tell.
    std::optional<std::uint32_t> uptime();

    /// Waits for the ONT to come back from a restart that it was told to make. Throws Failure.
    void await_restart(std::string_view what, unsigned active_before, std::optional<std::uint32_t> uptime_before);

    /// After each case: nothing of it is left running, and the ONT answers; where it does not, waits for it. Returns
    /// false where it had to. Throws Gone.
    bool tidy();
    /// At the end: the images that were active and committed are so again, and no image of ours is left that an OLT
    /// could activate. Says how the ONT is left; throws Failure where that is not how it should be.
    std::string restore();

    void rest(olt::Duration time) { talk_.rest_until(talk_.link().now() + time); }
    olt::Instant now() const { return talk_.link().now(); }

    Conversation& talk() noexcept { return talk_; }
    const olt::Address& onu() const noexcept { return onu_; }
    const Settings& settings() const noexcept { return settings_; }
    const Found& found() const noexcept { return found_; }
    Learnt& learnt() noexcept { return learnt_; }
    bool sealed() const noexcept { return sealed_; }

    /// Told by Downloader.
    void download_begins() noexcept { download_open_ = touched_ = true; }
    void download_is_over() noexcept { download_open_ = false; }

private:
    std::optional<omci::SoftwareImage> try_look(unsigned image);
    void read_identity();
    void abort_quietly();
    void go_back_to_found();
    void clear_idle_image();
    void check_header(const Conversation::Question& question, const Heard& answer, std::string_view what) const;

    Conversation& talk_;
    olt::Address onu_;
    Settings settings_;
    bool sealed_;
    Variant variant_ = Variant::baseline;
    std::array<std::vector<std::uint8_t>, variants.size()> images_;
    Found found_;
    Learnt learnt_;
    bool download_open_ = false;
    bool touched_ = false;  ///< a Start was sent: the idle image is not what it was
};

/// The result octet of an answer; none where there are no contents.
std::optional<omci::ResultCode> result_of(const Heard& answer);
/// "result 1 (0001 34 0a 0007 0001: 01 0f)".
std::string came(const Heard& answer);
/// Throws Failure where the answer has another result.
void expect_result(const Heard& answer, std::string_view what, omci::ResultCode wanted);
/// What can be printed of it.
std::string version_text(const omci::Version& version);
/// Octets that look like no image and have no pattern.
std::vector<std::uint8_t> drawn_octets(std::size_t count);

}  // namespace tools::conform
