// SPDX-License-Identifier: Apache-2.0
//
// Signed packages for a firmware like minimal.c, on Linux: the callbacks and the memory that ont.h asks for, out of
// ont/linux/. To be copied; minimal.c then gives product_code in its identity, has a platform that is not const,
// and says before its ont_boot():
//
//     if (lend_packages(&platform, &options, "/etc/omcast/anchors.pem") != 0) return -1;
//
// Where the device has a place for them, counter_read, counter_write and head_write come on top (linux/state_folder.h).
// What is in ont/linux/ is not installed: it is compiled with the firmware, out of the source tree of omcast.
//
//     c++ -std=c++20 -DOMCAST_ZSTD -I OMCAST -c packages.cpp OMCAST/ont/linux/{package_trust,sha256,unpacker}.cpp
//     cc minimal.c *.o $(pkg-config --libs --static omcast-ont) -lcrypto -lzstd -lstdc++
//
// The handler gives its context to every callback; nothing here looks at it, so the platform's own stays what it is.
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "ont/linux/package_trust.h"
#include "ont/linux/sha256.h"
#include "ont/linux/unpacker.h"
#include "ont/ont.h"

namespace {

constexpr std::size_t slot_octets = 32 * 1024 * 1024;  // the largest image
constexpr std::size_t blocks = slot_octets / 65'536, frames = slot_octets / 262'144;
constexpr std::size_t head_octets = 28 + 8192 + blocks * 32 + (blocks + 7) / 8 + frames * 44;
constexpr std::size_t frame_octets = 262'144 + 1'024;  // a frame that does not shrink grows by a little

/// All that packages take, for as long as the handler lives: 32 KiB of head, a block, a frame, the decoder's 384 KiB.
struct Packages {
    ont::PackageTrust trust;
    ont::Sha256 sha256;
    ont::Unpacker unpacker;
    std::uint8_t head[head_octets];
    std::uint8_t block[65'536];
    std::uint8_t frame[frame_octets];
};
std::unique_ptr<Packages> packages;

int signature(void*, const std::uint8_t* cms, std::size_t cms_octets, const std::uint8_t* manifest,
              std::size_t manifest_octets, unsigned signers_min) {
    return packages->trust.check({cms, cms_octets}, {manifest, manifest_octets}, signers_min);
}

/// Power, battery, calls: what a real ONT looks at before it lets itself be updated. Plain images: not in the field.
int permission(void*, enum ont_question question, const std::uint8_t*) { return question == ONT_MAY_START; }

}  // namespace

/// 0, or -1: the anchors cannot be read (said on stderr), or no memory. Nothing is changed then.
extern "C" int lend_packages(ont_platform* platform, ont_options* options, const char* anchors) {
    packages.reset(new (std::nothrow) Packages);
    if (!packages) return -1;
    if (const auto error = packages->trust.add_anchors(anchors)) {
        std::fprintf(stderr, "%s\n", error->c_str());
        return -1;
    }
    platform->sha256_start = [](void*) { packages->sha256.start(); };
    platform->sha256_update = [](void*, const std::uint8_t* octets, std::size_t count) {
        packages->sha256.update({octets, count});
    };
    platform->sha256_finish = [](void*, std::uint8_t hash[32]) {
        const auto made = packages->sha256.finish();
        std::memcpy(hash, made.data(), made.size());
    };
    platform->signature = signature;
    platform->permission = permission;
    options->trust_anchor = 1;
    options->head = packages->head;
    options->head_octets = sizeof packages->head;
    options->block = packages->block;
    options->block_octets = sizeof packages->block;
    if (ont::Unpacker::available() && packages->unpacker.octets() != 0) {
        platform->unpack_start = [](void*, const std::uint8_t* frame, std::size_t octets) {
            return packages->unpacker.start({frame, octets});
        };
        platform->unpack_next = [](void*, std::uint8_t* out, std::size_t room, std::size_t* count) {
            return packages->unpacker.next(out, room, count);
        };
        options->frame = packages->frame;
        options->frame_octets = sizeof packages->frame;
        options->unpack_octets = ont::Unpacker::octets_max;  // what packers count on
    }
    return 0;
}
