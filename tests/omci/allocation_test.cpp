// SPDX-License-Identifier: Apache-2.0
// No allocation on the path of a section: operator new counts its calls, and a section makes none.
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <new>

#include "omci/message.h"

namespace {

std::size_t allocations = 0;

void* counted(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc{};
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace omci;

TEST_CASE("allocations: the counter counts") {
    const std::size_t before = allocations;
    ::operator delete(::operator new(1));  // by name: the compiler may leave out a new-expression that serves nothing
    CHECK(allocations > before);
}

TEST_CASE("allocations: encoding and decoding sections of both sets makes none") {
    std::array<std::uint8_t, extended_section_max_octets> image{};
    std::array<std::uint8_t, frame_max_octets> room;
    std::size_t sections = 0;
    const std::size_t before = allocations;
    for (const MessageSet set : {MessageSet::baseline, MessageSet::extended})
        for (unsigned number = 0; number < 256; ++number) {
            const Header header = request(Action::download_section, TransactionId{0x4000}, set, MeClass::software_image,
                                          MeInstance{1}, number == 255);
            const SectionRequest section{static_cast<std::uint8_t>(number),
                                         std::span{image}.first(section_octets(set))};
            const auto size = write_frame(header, section, room);
            if (!size) continue;
            const auto frame = read_frame(std::span{room}.first(*size));
            if (!frame || check_crc(*frame) != MicState::good) continue;
            const auto read = read_message<SectionRequest>(*frame);
            const Message any = decode_message(*frame);
            if (read && read->section_number == number && std::holds_alternative<SectionRequest>(any)) ++sections;
        }
    const std::size_t after = allocations;
    CHECK(sections == 512);
    CHECK(after == before);
}
