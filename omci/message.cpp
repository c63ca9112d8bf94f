// SPDX-License-Identifier: Apache-2.0
#include "omci/message.h"

#include <utility>

namespace omci {
namespace {

template <typename T>
bool read_if_it_is(const Frame& frame, Message& out) noexcept {
    if (frame.header.action != T::action || frame.header.acknowledgement != T::is_response) return false;
    Reader reader{frame.contents, frame.header.set};
    T::layout(reader, out.emplace<T>());
    return true;
}

}  // namespace

Message decode_message(const Frame& frame) noexcept {
    Message message{RawContents{frame.contents}};
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (void)(read_if_it_is<std::variant_alternative_t<I + 1, Message>>(frame, message) || ...);
    }(std::make_index_sequence<std::variant_size_v<Message> - 1>{});
    return message;
}

Result<std::size_t> encode_message(const Header& header, const Message& message, std::span<std::uint8_t> room,
                                   const TrailerChoice& choice) noexcept {
    return std::visit([&](const auto& typed) { return write_frame(header, typed, room, choice); }, message);
}

}  // namespace omci
