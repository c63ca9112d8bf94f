// SPDX-License-Identifier: Apache-2.0
// Messages: what any frame decodes to is encoded so that the same is decoded again, field for field, octet for octet.
#include <algorithm>
#include <array>
#include <concepts>
#include <cstring>

#include "omci/message.h"
#include "tests/fuzz/demand.h"

using namespace omci;

namespace {

/// Messages that hold octets have no ==; for those equal octets must do.
template <typename T>
bool same(const T& a, const T& b) {
    if constexpr (std::equality_comparable<T>)
        return a == b;
    else
        return true;
}

/// read_message() must agree with decode_message() about every message it accepts.
template <typename T>
void agrees(const Frame& frame, const T& message) {
    if constexpr (!std::is_same_v<T, RawContents>) {
        const auto read = read_message<T>(frame);
        DEMAND(read.has_value() == (!frame.truncated && message.valid()));
        if (read) DEMAND(same(*read, message));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto frame = read_frame({data, size});
    if (!frame) return 0;
    const Message message = decode_message(*frame);
    std::visit([&](const auto& typed) { agrees(*frame, typed); }, message);

    std::array<std::uint8_t, frame_max_octets> first;
    const auto first_size = encode_message(frame->header, message, first);
    if (!first_size) {
        DEMAND(frame->contents.size() > extended_contents_max_octets);
        return 0;
    }
    const auto again = read_frame(std::span{first}.first(*first_size));
    DEMAND(again);
    DEMAND(!again->truncated);
    DEMAND(again->header == frame->header);
    DEMAND(check_crc(*again) == MicState::good);

    const Message second_message = decode_message(*again);
    DEMAND(second_message.index() == message.index());
    std::visit(
        [&](const auto& typed) {
            using T = std::remove_cvref_t<decltype(typed)>;
            // An optional field that was absent stays absent, so that values and not only octets are the same.
            DEMAND(same(typed, std::get<T>(second_message)));
        },
        message);
    std::array<std::uint8_t, frame_max_octets> second;
    const auto second_size = encode_message(again->header, second_message, second);
    DEMAND(second_size);
    DEMAND(*second_size == *first_size);
    DEMAND(std::memcmp(first.data(), second.data(), *first_size) == 0);
    return 0;
}
