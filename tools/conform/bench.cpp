// SPDX-License-Identifier: Apache-2.0
#include "tools/conform/bench.h"

#include <fmt/format.h>

#include <algorithm>

#include "omci/me_table.h"
#include "tools/units.h"

namespace tools::conform {
namespace {

using omci::Action;
using omci::MeClass;
using omci::ResultCode;

/// Sections of the images we make: a window of 64 and one of 5, the very last section not full.
constexpr std::size_t drawn_sections = 69;
constexpr std::size_t drawn_short_by = 7;

std::string printable(omci::Octets octets) {
    std::string text;
    for (const std::uint8_t octet : octets)
        if (octet != 0) text += octet > ' ' && octet <= '~' ? static_cast<char>(octet) : ' ';
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

std::string serial_text(omci::Octets octets) {
    std::string text = printable(octets.first(4));
    for (const std::uint8_t octet : octets.subspan(4)) text += fmt::format("{:02x}", octet);
    return text;
}

std::string hex(omci::Octets octets) {
    std::string text;
    for (const std::uint8_t octet : octets) text += fmt::format("{:02x}", octet);
    return text;
}

}  // namespace

std::string version_text(const omci::Version& version) { return printable(version); }

std::vector<std::uint8_t> drawn_octets(std::size_t count) {
    std::vector<std::uint8_t> octets(count);
    std::uint32_t state = 0x2545'F491;
    for (std::uint8_t& octet : octets) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        octet = static_cast<std::uint8_t>(state >> 11) | 1;  // no zeros: they could be taken for padding
    }
    return octets;
}

std::optional<ResultCode> result_of(const Heard& answer) {
    const omci::Octets contents = answer.frame().contents;
    if (contents.empty()) return std::nullopt;
    return static_cast<ResultCode>(contents[0]);
}

std::string came(const Heard& answer) {
    constexpr std::size_t shown_max = 8;
    const omci::Frame frame = answer.frame();
    const omci::Octets octets = answer.octets;
    const bool all = frame.contents.size() <= shown_max;
    const auto result = result_of(answer);
    return fmt::format("{} ({} {} {} {} {}: {}{})", result ? fmt::format("result {}", value(*result)) : "no result",
                       hex(octets.first(2)), hex(octets.subspan(2, 1)), hex(octets.subspan(3, 1)),
                       hex(octets.subspan(4, 2)), hex(octets.subspan(6, 2)),
                       hex(frame.contents.first(std::min(shown_max, frame.contents.size()))), all ? "" : "..");
}

void expect_result(const Heard& answer, std::string_view what, ResultCode wanted) {
    if (result_of(answer) == wanted) return;
    throw Failure{fmt::format("{}: expected result {}, came {}", what, value(wanted), came(answer))};
}

Bench::Bench(Conversation& talk, const olt::Address& onu, const Settings& settings, bool sealed)
    : talk_{talk}, onu_{onu}, settings_{settings}, sealed_{sealed} {}

const std::vector<std::uint8_t>& Bench::image() {
    if (!settings_.image.empty()) return settings_.image;
    auto& image = images_[static_cast<std::size_t>(variant_)];
    if (image.empty()) image = drawn_octets(drawn_sections * payload_of(variant_) - drawn_short_by);
    return image;
}

std::optional<Heard> Bench::ask(const Conversation::Question& question, Insist insist) {
    const unsigned attempts = insist == Insist::yes ? settings_.attempts : 1;
    for (unsigned attempt = 0; attempt < attempts; ++attempt) {
        talk_.send(question.to, question.octets);
        if (auto answer = talk_.await(onu_, question.header.transaction_id, now() + settings_.answer_time))
            return answer;
    }
    return std::nullopt;
}

void Bench::check_header(const Conversation::Question& question, const Heard& answer, std::string_view what) const {
    const omci::Header expected = omci::response_to(question.header);
    const omci::Header header = answer.frame().header;
    if (header == expected) return;
    const char* differs = header.set != expected.set                         ? "the other message set"
                          : header.action != expected.action                 ? "another message type"
                          : header.acknowledge_request || header.destination ? "wrong bits in octet 3"
                          : header.me_class != expected.me_class             ? "another class"
                          : header.me_instance != expected.me_instance       ? "another instance"
                                                                             : "another transaction";
    throw Failure{fmt::format("{}: expected an answer with the header of the request, came one with {}: {}", what,
                              differs, came(answer))};
}

Heard Bench::demand(const Conversation::Question& question, std::string_view what) {
    auto answer = ask(question, Insist::yes);
    if (!answer)
        throw Failure{fmt::format("{}: expected an answer within {}, came none, asked {} times", what,
                                  time_text(settings_.answer_time.count()), settings_.attempts)};
    check_header(question, *answer, what);
    return *std::move(answer);
}

void Bench::expect_silence(const Conversation::Question& question, std::string_view what) {
    if (const auto answer = ask(question))
        throw Failure{fmt::format("{}: expected silence, came {}", what, came(*answer))};
}

std::vector<std::uint8_t> Bench::get(MeClass me_class, std::uint16_t mask, std::string_view what) {
    const Heard answer =
        demand(question(Action::get, me_class, omci::MeInstance{0}, omci::GetRequest{omci::AttributeMask{mask}}), what);
    expect_result(answer, what, ResultCode::success);
    const auto response = omci::read_message<omci::GetResponse>(answer.frame());
    return {response->values.begin(), response->values.end()};
}

omci::SoftwareImage Bench::look(unsigned image) {
    const std::string what = fmt::format("Get of image {}", image);
    const Heard answer = demand(question(Action::get, MeClass::software_image, omci::image_instance(image),
                                         omci::GetRequest{omci::AttributeMask{omci::software_image::state}}),
                                what);
    expect_result(answer, what, ResultCode::success);
    const auto response = omci::read_message<omci::GetResponse>(answer.frame());
    if (!response || value(response->mask) != omci::software_image::state ||
        response->values.size() < omci::SoftwareImage::octets)
        throw Failure{fmt::format("{}: expected version, committed, active and valid, came {}", what, came(answer))};
    return omci::SoftwareImage::from_values(response->values);
}

std::optional<omci::SoftwareImage> Bench::try_look(unsigned image) {
    const auto answer = ask(talk_.question(onu_, Action::get, omci::MessageSet::baseline, MeClass::software_image,
                                           omci::image_instance(image),
                                           omci::GetRequest{omci::AttributeMask{omci::software_image::state}}));
    if (!answer || result_of(*answer) != ResultCode::success) return std::nullopt;
    const auto response = omci::read_message<omci::GetResponse>(answer->frame());
    if (!response || response->values.size() < omci::SoftwareImage::octets) return std::nullopt;
    return omci::SoftwareImage::from_values(response->values);
}

void Bench::expect_image(unsigned image, std::string_view when, bool valid, bool active, bool committed) {
    const omci::SoftwareImage is = look(image);
    if (is.valid == valid && is.active == active && is.committed == committed) return;
    throw Failure{fmt::format("{}: expected valid {:d} active {:d} committed {:d} of image {}, read {:d} {:d} {:d}",
                              when, valid, active, committed, image, is.valid, is.active, is.committed)};
}

void Bench::expect_not_valid(std::string_view when) {
    if (look(found_.idle()).valid)
        throw Failure{fmt::format("{}: expected valid 0 of image {}, read 1", when, found_.idle())};
}

void Bench::look_around() {
    variant_ = Variant::baseline;
    for (unsigned image = 0; image < 2; ++image) {
        try {
            found_.images[image] = look(image);
        } catch (const Failure& failure) {
            throw std::runtime_error{fmt::format("ONU-ID {}: {}", onu_.onu_id, failure.what())};
        }
    }
    const auto& [first, second] = found_.images;
    if (first.active == second.active || first.committed == second.committed)
        throw std::runtime_error{
            fmt::format("ONU-ID {}: not exactly one image is active and one committed: "
                        "active {:d} and {:d}, committed {:d} and {:d}",
                        onu_.onu_id, first.active, second.active, first.committed, second.committed)};
    found_.active = second.active;
    found_.committed = second.committed;
    if (found_.active != found_.committed)
        throw std::runtime_error{
            fmt::format("ONU-ID {}: both images are in use (image {} is active, image {} "
                        "committed), none can be downloaded to; commit one first",
                        onu_.onu_id, found_.active, found_.committed)};
    read_identity();
}

/// What an ONT does not tell stays empty: that is no reason not to test it.
void Bench::read_identity() {
    const auto tell = [this](MeClass me_class, std::size_t attribute, const auto& take) {
        try {
            const auto values = get(me_class, omci::attribute_bit(attribute), "Get");
            if (!values.empty()) take(omci::Octets{values});
        } catch (const Failure&) {}
    };
    tell(MeClass::onu_g, 3,
         [this](omci::Octets v) { found_.serial = serial_text(v.first(std::min<std::size_t>(v.size(), 8))); });
    tell(MeClass::onu_g, 2,
         [this](omci::Octets v) { found_.hardware = printable(v.first(std::min<std::size_t>(v.size(), 14))); });
    tell(MeClass::onu2_g, 1,
         [this](omci::Octets v) { found_.equipment = printable(v.first(std::min<std::size_t>(v.size(), 20))); });
    tell(MeClass::onu2_g, 2, [this](omci::Octets v) { found_.omcc_version = v[0]; });
}

std::optional<std::uint32_t> Bench::uptime() {
    try {
        const auto values = get(MeClass::onu2_g, omci::attribute_bit(10), "Get of the uptime");
        if (values.size() >= 4) return omci::load_be<std::uint32_t>(values.data());
    } catch (const Failure&) {}
    return std::nullopt;
}

}  // namespace tools::conform
