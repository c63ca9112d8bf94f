// SPDX-License-Identifier: Apache-2.0
#include "ont/mib_upload.h"

#include <algorithm>
#include <array>

namespace ont {
namespace {

constexpr std::size_t piece_header_octets = 8;  // size (extended only), class, instance, mask

/// One entity, or as many of its attributes as fit into a reply.
struct Piece {
    Entity entity;
    std::uint16_t mask = 0;
    std::size_t octets = 0;
};

/// Walks all pieces of a MIB in their order; each has at most `octets_max` octets of values.
class Pieces {
public:
    Pieces(const MibValues& values, const MibSource& source, std::size_t octets_max)
        : values_{values}, source_{source}, octets_max_{octets_max} {
        enter(0);
    }

    /// The next piece; its mask is 0 behind the last one.
    Piece next() {
        while (left_ == 0 && entity_.attributes != 0) enter(index_ + 1);
        Piece piece{entity_, 0, 0};
        if (entity_.attributes == 0) return piece;
        const omci::MeRow& row = *omci::find_me(entity_.me_class);
        for (std::size_t number = 1; number <= row.attributes.size(); ++number) {
            const omci::Attribute& attribute = row.attributes[number - 1];
            const auto bit = static_cast<std::uint16_t>(left_ & omci::attribute_bit(number));
            if (bit == 0) continue;
            if (piece.octets + attribute.octets > octets_max_) break;
            piece.mask |= bit;
            piece.octets += attribute.octets;
        }
        left_ = static_cast<std::uint16_t>(left_ & ~piece.mask);
        return piece;
    }

private:
    void enter(std::size_t index) {
        index_ = index;
        entity_ = entity_at(values_, source_, index);
        left_ = entity_.attributes;
    }

    const MibValues& values_;
    const MibSource& source_;
    std::size_t octets_max_;
    std::size_t index_ = 0;
    Entity entity_;
    std::uint16_t left_ = 0;
};

/// Calls `visit(piece, reply, offset)` for each piece: in which reply it travels, and where in its contents.
template <typename Visit>
std::uint16_t walk(const MibValues& values, const MibSource& source, omci::MessageSet set, const Visit& visit) {
    const bool extended = set == omci::MessageSet::extended;
    Pieces pieces{values, source, extended ? values_octets_max : omci::baseline_upload_values_octets};
    std::uint16_t reply = 0;
    std::size_t at = 0;
    for (Piece piece = pieces.next(); piece.mask != 0; piece = pieces.next()) {
        const std::size_t size = piece_header_octets + piece.octets;
        if (at > 0 && (!extended || at + size > upload_next_octets_max)) {
            ++reply;
            at = 0;
        }
        visit(piece, reply, at);
        at += size;
    }
    return static_cast<std::uint16_t>(reply + 1);
}

}  // namespace

std::uint16_t MibUpload::start(const MibValues& values, const MibSource& source, omci::MessageSet set,
                               std::uint64_t now_ms) noexcept {
    values_ = values;
    record_ = source.record;
    update_ = source.update;
    uptime_10_ms_ = source.uptime_10_ms;
    expires_ms_ = now_ms + upload_lifetime_ms;
    live_ = true;
    return walk(values, source, set, [](const Piece&, std::uint16_t, std::size_t) {});
}

std::size_t MibUpload::next(const MibSource& now, std::uint16_t sequence, omci::MessageSet set, std::uint64_t now_ms,
                            std::span<std::uint8_t> room) noexcept {
    live_ = live_ && now_ms <= expires_ms_;
    if (!live_) return 0;
    expires_ms_ = now_ms + upload_lifetime_ms;
    const MibSource source{now.identity, record_, update_, now.hashes, uptime_10_ms_};
    const bool extended = set == omci::MessageSet::extended;
    std::size_t size = 0;
    walk(values_, source, set, [&](const Piece& piece, std::uint16_t reply, std::size_t at) {
        if (reply != sequence) return;
        std::uint8_t* out = room.data() + at;
        if (extended) {
            omci::store_be(out, static_cast<std::uint16_t>(piece.octets));
            out += 2;
        }
        omci::store_be(out, omci::value(piece.entity.me_class));
        omci::store_be(out + 2, omci::value(piece.entity.instance));
        omci::store_be(out + 4, piece.mask);
        size = static_cast<std::size_t>(out + 6 - room.data()) +
               read_values(values_, source, piece.entity, piece.mask, out + 6);
    });
    return size;
}

}  // namespace ont
