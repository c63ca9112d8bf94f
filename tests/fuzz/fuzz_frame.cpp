// SPDX-License-Identifier: Apache-2.0
// Envelopes: whatever the octets, a frame that can be read lies within them, and a whole one is written as it was read.
#include <algorithm>
#include <array>

#include "omci/format.h"
#include "omci/frame.h"
#include "tests/fuzz/demand.h"

using namespace omci;

namespace {

bool within(Octets part, Octets whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

/// Bits that are ignored on receive and sent as zero: the top five of an extended frame's length.
void clear_reserved(std::span<std::uint8_t> octets, const Frame& frame) {
    if (frame.header.set == MessageSet::extended) octets[8] &= 0x07;
}

void write_again(const Frame& frame, Octets input) {
    std::array<std::uint8_t, frame_max_octets> room;
    const auto contents = begin_frame(frame.header, room);
    DEMAND(contents);
    if (frame.contents.size() > contents->size()) return;  // announced longer than an extended frame may be
    std::copy(frame.contents.begin(), frame.contents.end(), contents->begin());

    TrailerChoice choice;
    choice.trailer = frame.trailer;
    choice.uu_cpi = frame.uu_cpi;
    choice.sdu_length = frame.sdu_length;
    choice.mic = frame.mic;
    const auto size = end_frame(frame.header.set, frame.contents.size(), choice, room);
    DEMAND(size);
    DEMAND(*size <= input.size());

    std::array<std::uint8_t, frame_max_octets> expected;
    std::copy_n(input.begin(), *size, expected.begin());
    clear_reserved(expected, frame);
    DEMAND(std::equal(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*size), expected.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Octets input{data, size};
    const auto frame = read_frame(input);
    if (!frame) return 0;
    DEMAND(within(frame->contents, input));
    DEMAND(within(frame->checked, input));
    DEMAND(frame->truncated == (frame->contents.size() < frame->contents_octets));
    DEMAND((check_crc(*frame) == MicState::absent) == (frame->trailer != Trailer::mic));
    DEMAND(!format(*frame).empty());
    if (!frame->truncated) write_again(*frame, input);
    return 0;
}
