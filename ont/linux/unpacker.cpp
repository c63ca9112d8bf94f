// SPDX-License-Identifier: Apache-2.0
#include "ont/linux/unpacker.h"

#include <algorithm>
#include <cstring>
#include <new>

#ifdef OMCAST_ZSTD
#include <zstd.h>
#endif

namespace ont {

#ifdef OMCAST_ZSTD

bool Unpacker::available() { return true; }

Unpacker::Unpacker()
    : decoder_{ZSTD_createDCtx()}, yielded_{new (std::nothrow) std::uint8_t[omci::frame_yield_octets]} {}

Unpacker::~Unpacker() { ZSTD_freeDCtx(decoder_); }

std::size_t Unpacker::octets() const {
    return decoder_ && yielded_ ? ZSTD_sizeof_DCtx(decoder_) + omci::frame_yield_octets : 0;
}

int Unpacker::start(omci::Octets frame) {
    // RFC 8878 3.1.1; the library also takes frames that are only to be skipped, and those of its own past.
    constexpr std::uint8_t magic[] = {0x28, 0xB5, 0x2F, 0xFD};
    started_ = false;
    if (!decoder_ || !yielded_) return 1;
    if (frame.size() < sizeof magic || std::memcmp(frame.data(), magic, sizeof magic) != 0) return 1;
    if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) return 1;
    const std::size_t size =
        ZSTD_decompressDCtx(decoder_, yielded_.get(), omci::frame_yield_octets, frame.data(), frame.size());
    if (ZSTD_isError(size)) return 1;
    size_ = size;
    taken_ = 0;
    started_ = true;
    return 0;
}

#else

bool Unpacker::available() { return false; }
Unpacker::Unpacker() = default;
Unpacker::~Unpacker() = default;
std::size_t Unpacker::octets() const { return 0; }
int Unpacker::start(omci::Octets) { return 1; }

#endif

int Unpacker::next(std::uint8_t* out, std::size_t room, std::size_t* count) {
    *count = 0;
    if (!started_) return 1;
    *count = std::min(room, size_ - taken_);
    std::copy_n(yielded_.get() + taken_, *count, out);
    taken_ += *count;
    return 0;
}

}  // namespace ont
