// SPDX-License-Identifier: Apache-2.0
// Unpacks the frames of a compressed payload with libzstd, for the unpack_* callbacks of ont.h and for the tools.
//
// A frame yields at most 256 KiB, so it is unpacked whole, in one call, into room for that, and handed out piece by
// piece: the room is the window. A streaming decoder would keep a window of its own beside what it hands out, 0.6 MiB
// in all, and its size would be the sender's to choose. Here all memory is taken in the constructor, and a frame that
// yields more is refused, whatever window it asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "omci/package.h"

struct ZSTD_DCtx_s;

namespace ont {

class Unpacker {
public:
    /// What an Unpacker takes at most: 256 KiB and the tables of the decoder. For ont_options.unpack_octets; the packer
    /// adds it to the longest frame for the manifest's max-memory.
    static constexpr std::uint32_t octets_max = 384 * 1024;

    /// False where this was built without libzstd: then no frame can be unpacked.
    static bool available();

    Unpacker();
    ~Unpacker();
    Unpacker(const Unpacker&) = delete;
    Unpacker& operator=(const Unpacker&) = delete;

    /// What this one takes. 0 where no memory was to be had: then start() fails.
    std::size_t octets() const;

    /// Unpacks a whole frame: one of Zstandard (RFC 8878) without dictionary, with nothing behind it. Nonzero where it
    /// is none, is damaged, or yields more than 256 KiB. The frame is not looked at again.
    int start(omci::Octets frame);

    /// Up to `room` further octets of what the frame yielded; fewer only at its end. Nonzero behind a failed start().
    int next(std::uint8_t* out, std::size_t room, std::size_t* count);

private:
    ZSTD_DCtx_s* decoder_ = nullptr;
    std::unique_ptr<std::uint8_t[]> yielded_;
    std::size_t size_ = 0;
    std::size_t taken_ = 0;
    bool started_ = false;
};

}  // namespace ont
