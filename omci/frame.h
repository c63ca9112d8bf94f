// SPDX-License-Identifier: Apache-2.0
// Baseline and extended envelopes (G.988 11.2): header, contents, trailer. This is the only place where the two
// message sets differ in their framing; what the contents mean stands in software_download.h and mib_messages.h.
//
//   baseline, always 48 octets            1-2  3     4     5-6    7-8       9-40      41-42   43-44   45-48
//                                        | TCI|type |0x0A |class |instance |contents |UU,CPI |length |MIC |
//   extended, up to 1980 octets           1-2  3     4     5-6    7-8       9-10      11..N-4  N-3..N
//                                        | TCI|type |0x0B |class |instance |length   |contents |MIC   |
//
// A Frame is a view: it points into the octets it was read from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "omci/action.h"
#include "omci/ids.h"
#include "omci/mic.h"
#include "omci/result.h"
#include "omci/wire.h"

namespace omci {

inline constexpr std::size_t baseline_header_octets = 8;
inline constexpr std::size_t baseline_contents_octets = 32;
inline constexpr std::size_t baseline_checked_octets = 44;  ///< what the MIC covers
inline constexpr std::size_t baseline_frame_octets = 48;
inline constexpr std::uint16_t baseline_sdu_length = 0x0028;  ///< CPCS-SDU length, octets 43-44
inline constexpr std::size_t extended_header_octets = 10;
inline constexpr std::size_t extended_contents_max_octets = 1966;
inline constexpr std::size_t mic_octets = 4;
inline constexpr std::size_t frame_max_octets = extended_header_octets + extended_contents_max_octets + mic_octets;

struct Header {
    TransactionId transaction_id{};
    bool destination = false;          ///< bit 8 of the type octet: always zero in G.988
    bool acknowledge_request = false;  ///< AR: a reply is wanted
    bool acknowledgement = false;      ///< AK: this is a reply
    Action action{};
    MessageSet set = MessageSet::baseline;
    MeClass me_class{};
    MeInstance me_instance{};

    constexpr std::uint8_t type_octet() const noexcept {
        return static_cast<std::uint8_t>((destination ? 0x80 : 0) | (acknowledge_request ? 0x40 : 0) |
                                         (acknowledgement ? 0x20 : 0) | static_cast<std::uint8_t>(action));
    }

    bool operator==(const Header&) const = default;
};

/// The header of a command: AR set unless `reply_wanted` is false (Download section only).
constexpr Header request(Action action, TransactionId id, MessageSet set, MeClass me_class, MeInstance me_instance,
                         bool reply_wanted = true) noexcept {
    return {id, false, reply_wanted, false, action, set, me_class, me_instance};
}

/// The header of the reply to `command`: same identifier, set, class and instance, AK in place of AR.
constexpr Header response_to(const Header& command) noexcept {
    Header header = command;
    header.acknowledge_request = false;
    header.acknowledgement = true;
    return header;
}

/// What stands behind the contents. An extended frame has `none` or `mic`.
enum class Trailer : std::uint8_t { none, length, mic };

enum class MicState : std::uint8_t {
    absent,  ///< the frame ends before its MIC
    zero,    ///< four zero octets: whoever sends it on fills them in
    good,    ///< the G-PON CRC-32 of the octets before it
    bad,     ///< anything else: damaged, or an AES-CMAC that only the key's owner can check
};

struct Frame {
    Header header;
    Octets contents;  ///< baseline: 32 octets; extended: as many as the header says; fewer in a truncated frame
    Octets checked;   ///< the octets that the MIC covers
    Trailer trailer = Trailer::none;
    bool truncated = false;              ///< the octets ended before the contents did
    std::uint16_t contents_octets = 32;  ///< as the header announces them
    std::uint16_t uu_cpi = 0;            ///< CPCS-UU and CPI, octets 41-42: sent as zero, ignored on receive
    std::uint16_t sdu_length = baseline_sdu_length;
    Mic mic{};
};

/// Reads the envelope of one message; octets behind its end are ignored.
/// Fails with header_short or unknown_device only: a frame that ends too early is marked as truncated.
Result<Frame> read_frame(Octets octets) noexcept;

/// Compares the MIC with the G-PON CRC-32 (I.363.5).
MicState check_crc(const Frame& frame) noexcept;

/// How a frame shall end. Without a `mic` the G-PON CRC-32 is computed.
struct TrailerChoice {
    Trailer trailer = Trailer::mic;
    std::uint16_t uu_cpi = 0;
    std::uint16_t sdu_length = baseline_sdu_length;
    std::optional<Mic> mic{};
};

/// Lays the header down and leaves the contents' room to the caller: baseline_contents_octets zeroed octets, or up
/// to extended_contents_max_octets. Fails with no_room where not even the smallest frame fits into `room`.
Result<std::span<std::uint8_t>> begin_frame(const Header& header, std::span<std::uint8_t> room) noexcept;

/// Completes a frame whose contents have `contents_octets`. Returns the frame's size in octets, or no_room.
Result<std::size_t> end_frame(MessageSet set, std::size_t contents_octets, const TrailerChoice& choice,
                              std::span<std::uint8_t> room) noexcept;

/// Writes one whole message. Returns its size in octets; no_room where it does not fit.
template <typename Message>
Result<std::size_t> write_frame(const Header& header, const Message& message, std::span<std::uint8_t> room,
                                const TrailerChoice& choice = {}) noexcept {
    const auto contents = begin_frame(header, room);
    if (!contents) return contents.error();
    Writer writer{*contents, header.set};
    Message::layout(writer, message);
    if (!writer.ok()) return Error::no_room;
    return end_frame(header.set, writer.size(), choice, room);
}

/// Reads the contents of a message that is expected here: the frame must be whole, the action and direction those
/// of `Message`, and every value one that may exist.
template <typename Message>
Result<Message> read_message(const Frame& frame) noexcept {
    if (frame.header.action != Message::action || frame.header.acknowledgement != Message::is_response)
        return Error::wrong_action;
    if (frame.truncated) return Error::truncated;
    Reader reader{frame.contents, frame.header.set};
    Message message;
    Message::layout(reader, message);
    if (!message.valid()) return Error::bad_value;
    return message;
}

}  // namespace omci
