// SPDX-License-Identifier: Apache-2.0
#include "omci/frame.h"

#include <algorithm>
#include <cstring>

#include "omci/crc32.h"

namespace omci {
namespace {

constexpr std::uint16_t length_mask = 0x07FF;  // the top five bits are reserved (G.988 11.2.5)

/// Field by field where the caller keeps it: one that is put together first and then copied stalls the copy.
void read_header(Octets octets, Header& header) {
    const std::uint8_t type = octets[2];
    header.transaction_id = TransactionId{load_be<std::uint16_t>(octets.data())};
    header.destination = (type & 0x80) != 0;
    header.acknowledge_request = (type & 0x40) != 0;
    header.acknowledgement = (type & 0x20) != 0;
    header.action = static_cast<Action>(type & 0x1F);
    header.set = static_cast<MessageSet>(octets[3]);
    header.me_class = MeClass{load_be<std::uint16_t>(octets.data() + 4)};
    header.me_instance = MeInstance{load_be<std::uint16_t>(octets.data() + 6)};
}

void read_mic(Octets octets, std::size_t at, Frame& frame) {
    frame.checked = octets.first(at);
    if (octets.size() < at + mic_octets) return;
    frame.trailer = Trailer::mic;
    std::copy_n(octets.data() + at, mic_octets, frame.mic.begin());
}

/// Both fill in the frame where the caller of read_frame() will find it: copying one costs more than reading it.
void read_baseline(Octets octets, Frame& frame) {
    read_header(octets, frame.header);
    const std::size_t contents_end = baseline_header_octets + baseline_contents_octets;
    frame.truncated = octets.size() < contents_end;
    frame.contents = octets.subspan(baseline_header_octets,
                                    std::min(baseline_contents_octets, octets.size() - baseline_header_octets));
    frame.checked = octets.first(std::min(octets.size(), contents_end));
    if (octets.size() < baseline_checked_octets) return;
    frame.trailer = Trailer::length;
    frame.uu_cpi = load_be<std::uint16_t>(octets.data() + 40);
    frame.sdu_length = load_be<std::uint16_t>(octets.data() + 42);
    read_mic(octets, baseline_checked_octets, frame);
}

void read_extended(Octets octets, Frame& frame) {
    read_header(octets, frame.header);
    frame.contents_octets = load_be<std::uint16_t>(octets.data() + 8) & length_mask;
    const std::size_t present = octets.size() - extended_header_octets;
    frame.truncated = present < frame.contents_octets;
    frame.contents = octets.subspan(extended_header_octets, std::min<std::size_t>(present, frame.contents_octets));
    read_mic(octets, extended_header_octets + frame.contents.size(), frame);
}

}  // namespace

Result<Frame> read_frame(Octets octets) noexcept {
    Result<Frame> result{Frame{}};
    if (octets.size() < baseline_header_octets) {
        result = Error::header_short;
    } else if (octets[3] == static_cast<std::uint8_t>(MessageSet::baseline)) {
        read_baseline(octets, *result);
    } else if (octets[3] != static_cast<std::uint8_t>(MessageSet::extended)) {
        result = Error::unknown_device;
    } else if (octets.size() < extended_header_octets) {
        result = Error::header_short;
    } else {
        read_extended(octets, *result);
    }
    return result;
}

MicState check_crc(const Frame& frame) noexcept {
    if (frame.trailer != Trailer::mic) return MicState::absent;
    const auto mic = load_be<std::uint32_t>(frame.mic.data());  // as a number: comparing arrays calls memcmp
    if (mic == load_be<std::uint32_t>(crc_mic(frame.checked).data())) return MicState::good;
    return mic == 0 ? MicState::zero : MicState::bad;
}

Result<std::span<std::uint8_t>> begin_frame(const Header& header, std::span<std::uint8_t> room) noexcept {
    const bool baseline = header.set == MessageSet::baseline;
    const std::size_t header_octets = baseline ? baseline_header_octets : extended_header_octets;
    if (room.size() < header_octets + (baseline ? baseline_contents_octets : 0)) return Error::no_room;
    store_be(room.data(), value(header.transaction_id));
    room[2] = header.type_octet();
    room[3] = static_cast<std::uint8_t>(header.set);
    store_be(room.data() + 4, value(header.me_class));
    store_be(room.data() + 6, value(header.me_instance));
    if (baseline) {
        std::memset(room.data() + header_octets, 0, baseline_contents_octets);
        return room.subspan(header_octets, baseline_contents_octets);
    }
    return room.subspan(header_octets, std::min(room.size() - header_octets, extended_contents_max_octets));
}

Result<std::size_t> end_frame(MessageSet set, std::size_t contents_octets, const TrailerChoice& choice,
                              std::span<std::uint8_t> room) noexcept {
    std::size_t size = baseline_header_octets + baseline_contents_octets;
    if (set == MessageSet::extended) {
        store_be(room.data() + 8, static_cast<std::uint16_t>(contents_octets));
        size = extended_header_octets + contents_octets;
    } else if (choice.trailer != Trailer::none) {
        if (room.size() < baseline_checked_octets) return Error::no_room;
        store_be(room.data() + size, choice.uu_cpi);
        store_be(room.data() + size + 2, choice.sdu_length);
        size = baseline_checked_octets;
    }
    if (choice.trailer != Trailer::mic) return size;
    if (room.size() < size + mic_octets) return Error::no_room;
    const Mic mic = choice.mic ? *choice.mic : crc_mic(room.first(size));
    std::memcpy(room.data() + size, mic.data(), mic.size());
    return size + mic_octets;
}

}  // namespace omci
